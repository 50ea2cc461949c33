/* test_describe.c - names and patterns, images written, listed, told of.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "doc/json.h"
#include "image/image_private.h"
#include "layer/tar.h"
#include "testing/test.h"

#include "base/banned.h"

static struct store *make_store(void)
{
	const char *path;
	struct store *store = NULL;
	struct err err = {0};

	test_dir(&path);
	autofree char *root = path_join(path, "store");
	CHECK_OK(store_open(root, &store, &err), &err);
	return store;
}

static struct reference parse_name(const char *text)
{
	struct reference name = {0};
	struct err err = {0};

	CHECK_OK(reference_parse(text, &name, &err), &err);
	reference_default_tag(&name);
	return name;
}

/* A layer that is a blob: an empty tar of `n_blocks` zero blocks, compressed as asked. */
static struct layer_meta make_layer(struct store *store, struct lease *lease, size_t n_blocks,
				    enum compression compression)
{
	autofree char *zeros = xcalloc(n_blocks, 512);
	struct buf packed = {0};
	autowriter struct writer *writer = NULL;
	struct compress_options options = {0};
	struct err err = {0};
	struct layer_meta meta = {0};

	CHECK_OK(writer_compress(writer_to_buf(&packed), compression, &options, &writer, &err),
		 &err);
	CHECK_OK(writer_write(writer, zeros, n_blocks * 512, &err), &err);
	CHECK_OK(writer_finish(writer, &err), &err);
	meta.diff_id = digest_of_bytes(zeros, n_blocks * 512);
	meta.chain_id = meta.diff_id;
	meta.blob_bytes = packed.len;
	CHECK_OK(store_put_blob(store, lease, packed.ptr, packed.len, &meta.blob, &err), &err);
	buf_done(&packed);
	return meta;
}

static void begin_config(struct image_config *config, const struct layer_meta *layers, size_t n,
			 const char *created)
{
	*config = (struct image_config){0};
	config->os = xstrdup("linux");
	config->architecture = xstrdup("amd64");
	config->created = xstrdup(created);
	for (size_t i = 0; i < n; i++) {
		image_config_add_layer(config, &layers[i].diff_id);
		image_config_add_history(config, created, "step\twith a tab", "why", false);
	}
}

static struct image add_image(struct store *store, const char *name, const char *created,
			      const char *label)
{
	struct err err = {0};
	struct lease *lease = NULL;
	struct image image = {0};
	struct image_config config;
	autoref struct reference ref = {0};

	if (name)
		ref = parse_name(name);
	CHECK_OK(lease_begin(store, &lease, &err), &err);
	struct layer_meta layer = make_layer(store, lease, 2, COMPRESSION_GZIP);
	begin_config(&config, &layer, 1, created);
	if (label)
		strlist_add(&config.config.labels, label);
	CHECK_OK(image_write(store, lease, &config, &layer, 1, name ? &ref : NULL, &image, &err),
		 &err);
	image_config_done(&config);
	lease_end(lease);
	return image;
}

TEST(names_fit_patterns_as_docker_has_it)
{
	static const struct {
		const char *name, *pattern;
		bool fits;
	} cases[] = {
		{"docker.io/library/debian:12", "debian", true},
		{"docker.io/library/debian:12", "debian:12", true},
		{"docker.io/library/debian:12", "debian:11", false},
		{"docker.io/library/debian:12", "deb*:1?", true},
		{"docker.io/library/debian:12", "docker.io/library/debian", true},
		{"docker.io/library/debian:12", "*", true},
		{"docker.io/org/debian:12", "*", false}, /* no star crosses a slash */
		{"docker.io/org/debian:12", "*/debian", true},
		{"docker.io/org/debian:12", "debian", false},
		{"host:5000/a/b:1", "host:5000/a/b", true},
		{"host:5000/a/b:1", "host:5000/*/b:[0-9]", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (name_fits(cases[i].name, cases[i].pattern) != cases[i].fits)
			test_fail(__FILE__, __LINE__, "'%s' with '%s'", cases[i].name,
				  cases[i].pattern);
}

TEST(written_image_has_the_layers_types_and_bytes_of_its_blobs)
{
	static const enum media_type wanted[] = {MEDIA_OCI_LAYER, MEDIA_OCI_LAYER_GZIP,
						 MEDIA_OCI_LAYER_ZSTD};
	cleanup(store_closep) struct store *store = make_store();
	cleanup(lease_endp) struct lease *lease = NULL;
	cleanup(image_config_done) struct image_config config;
	cleanup(manifest_done) struct manifest manifest = {0};
	cleanup(image_done) struct image image = {0};
	struct layer_meta layers[3];
	struct err err = {0};

	CHECK_OK(lease_begin(store, &lease, &err), &err);
	for (size_t i = 0; i < 3; i++)
		layers[i] = make_layer(store, lease, i + 2, (enum compression)i);
	begin_config(&config, layers, 3, "2026-01-02T03:04:05Z");
	CHECK_OK(image_write(store, lease, &config, layers, 3, NULL, &image, &err), &err);
	CHECK_INT((long long)image.names.n, 0);
	CHECK_OK(store_read_manifest(store, &image.manifest.digest, &manifest, &err), &err);
	CHECK_INT(manifest.type, MEDIA_OCI_MANIFEST);
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(manifest.layers[i].type, wanted[i]);
		CHECK_STR(manifest.layers[i].digest.text, layers[i].blob.text);
		CHECK_INT((long long)manifest.layers[i].size, (long long)layers[i].blob_bytes);
	}
}

TEST(equal_configs_and_layers_give_equal_images)
{
	cleanup(store_closep) struct store *store = make_store();
	cleanup(image_done) struct image first =
		add_image(store, "a:1", "2026-01-02T03:04:05Z", NULL);
	cleanup(image_done) struct image again =
		add_image(store, "b:1", "2026-01-02T03:04:05Z", NULL);

	CHECK_STR(first.id.text, again.id.text);
	CHECK_STR(first.manifest.digest.text, again.manifest.digest.text);
	CHECK_INT((long long)again.names.n, 2);
}

TEST(layer_without_a_blob_is_refused)
{
	cleanup(store_closep) struct store *store = make_store();
	cleanup(lease_endp) struct lease *lease = NULL;
	cleanup(image_config_done) struct image_config config;
	struct layer_meta layer = {.chain_id = digest_of_bytes("x", 1),
				   .diff_id = digest_of_bytes("x", 1)};
	autoerr struct err err = {0};

	CHECK_OK(lease_begin(store, &lease, &err), &err);
	begin_config(&config, &layer, 1, "2026-01-02T03:04:05Z");
	CHECK(image_write(store, lease, &config, &layer, 1, NULL, NULL, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

static struct node *rows_of(struct arena *arena, struct store *store,
			    const struct image_filter *filter)
{
	struct image_row_options options = {.filter = *filter};
	struct err err = {0};
	struct node *rows = image_rows(arena, store, &options, &err);

	if (!rows)
		test_fail(__FILE__, __LINE__, "%s", err_text(&err));
	return rows;
}

/* "repository:tag …" of all rows. */
static const char *listed(struct arena *arena, struct store *store,
			  const struct image_filter *filter)
{
	struct buf names = {0};

	node_foreach(row, rows_of(arena, store, filter))
		buf_printf(&names, "%s%s:%s", names.len ? " " : "",
			   node_get_text(row, "Repository"), node_get_text(row, "Tag"));
	const char *text = arena_strdup(arena, buf_text(&names));
	buf_done(&names);
	return text;
}

TEST(rows_come_newest_first_and_pass_every_filter)
{
	cleanup(store_closep) struct store *store = make_store();
	autoarena struct arena arena = {0};
	autostrlist struct strlist labels = {0}, references = {0};
	int64_t noon;
	struct image images[] = {
		add_image(store, "org/old:1", "2026-01-01T12:00:00Z", NULL),
		add_image(store, "debian:12", "2026-01-02T12:00:00Z", "kind=base"),
		add_image(store, NULL, "2026-01-03T12:00:00Z", "kind=none"),
	};

	for (size_t i = 0; i < ARRAY_LEN(images); i++)
		image_done(&images[i]);
	CHECK(clock_parse_rfc3339(STR("2026-01-02T12:00:00Z"), &noon));
	strlist_add(&labels, "kind");
	strlist_add(&references, "*/old");

	CHECK_STR(listed(&arena, store, &(struct image_filter){0}),
		  "<none>:<none> debian:12 org/old:1");
	CHECK_STR(listed(&arena, store, &(struct image_filter){.dangling = IMAGE_DANGLING}),
		  "<none>:<none>");
	CHECK_STR(listed(&arena, store, &(struct image_filter){.dangling = IMAGE_NAMED}),
		  "debian:12 org/old:1");
	CHECK_STR(listed(&arena, store, &(struct image_filter){.labels = &labels}),
		  "<none>:<none> debian:12");
	CHECK_STR(listed(&arena, store, &(struct image_filter){.no_labels = &labels}), "org/old:1");
	CHECK_STR(listed(&arena, store, &(struct image_filter){.references = &references}),
		  "org/old:1");
	CHECK_STR(listed(&arena, store, &(struct image_filter){.before_ns = noon}), "org/old:1");
	CHECK_STR(listed(&arena, store, &(struct image_filter){.since_ns = noon}), "<none>:<none>");
}

TEST(rows_tell_times_and_sizes_in_dockers_words)
{
	cleanup(store_closep) struct store *store = make_store();
	cleanup(image_done) struct image image =
		add_image(store, "a:1", "2026-01-02T03:04:05.678Z", NULL);
	autoarena struct arena arena = {0};
	struct node *row = rows_of(&arena, store, &(struct image_filter){0})->children.first;

	CHECK_STR(node_get_text(row, "CreatedAt"), "2026-01-02 03:04:05 +0000 UTC");
	CHECK(text_ends(node_get_text(row, "CreatedSince"), " ago"));
	CHECK(text_ends(node_get_text(row, "Size"), "B"));
	CHECK_INT((long long)strlen(node_get_text(row, "ID")), 12);
	CHECK(text_starts(digest_hex(&image.id), node_get_text(row, "ID")));
	CHECK_STR(node_get_text(row, "Digest"), image.manifest.digest.text);
}

TEST(history_is_newest_first_with_the_id_on_top)
{
	cleanup(store_closep) struct store *store = make_store();
	cleanup(lease_endp) struct lease *lease = NULL;
	cleanup(image_config_done) struct image_config config;
	cleanup(image_done) struct image image = {0};
	struct image_history_options options = {.human = true};
	autoarena struct arena arena = {0};
	struct err err = {0};

	CHECK_OK(lease_begin(store, &lease, &err), &err);
	struct layer_meta layer = make_layer(store, lease, 3, COMPRESSION_NONE);
	begin_config(&config, &layer, 1, "2026-01-02T03:04:05Z");
	image_config_add_history(&config, NULL,
				 "a command that is longer than the forty-five characters shown",
				 NULL, true);
	CHECK_OK(image_write(store, lease, &config, &layer, 1, NULL, &image, &err), &err);
	struct node *rows = image_history(&arena, store, &image, &options, &err);
	CHECK(rows && rows->children.n == 2);
	struct node *top = rows->children.first, *bottom = top->next;
	CHECK(text_starts(digest_hex(&image.id), node_get_text(top, "ID")));
	CHECK_STR(node_get_text(top, "CreatedBy"), "a command that is longer than the forty-five…");
	CHECK_STR(node_get_text(top, "CreatedSince"), "N/A");
	CHECK_STR(node_get_text(top, "Size"), "0B");
	CHECK_STR(node_get_text(bottom, "ID"), "<missing>");
	CHECK_STR(node_get_text(bottom, "CreatedBy"), "step with a tab");
	CHECK_STR(node_get_text(bottom, "Size"), "1.54kB");
	CHECK_STR(node_get_text(bottom, "Comment"), "why");
}

TEST(inspect_has_every_field_of_docker)
{
	static const char *const fields[] = {
		"Id",      "RepoTags",    "RepoDigests", "Parent",       "Comment",
		"Created", "Config",      "Author",      "Architecture", "Os",
		"Size",    "GraphDriver", "RootFS",      "Metadata",     "DockerVersion"};
	cleanup(store_closep) struct store *store = make_store();
	cleanup(image_done) struct image image =
		add_image(store, "debian:12", "2026-01-02T03:04:05Z", "a=b");
	autoarena struct arena arena = {0};
	struct err err = {0};
	struct node *root = image_inspect(&arena, store, &image, &err);

	CHECK(root != NULL);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!node_get(root, fields[i]))
			test_fail(__FILE__, __LINE__, "no field '%s'", fields[i]);
	CHECK_STR(node_get_text(root, "Id"), image.id.text);
	CHECK_STR(node_text(node_get(root, "RepoTags")->children.first), "debian:12");
	CHECK(text_starts(node_text(node_get(root, "RepoDigests")->children.first),
			  "debian@sha256:"));
	CHECK_STR(node_text(node_lookup(root, "RootFS.Type")), "layers");
	CHECK_STR(node_text(node_lookup(root, "Config.Labels.a")), "b");
	CHECK_STR(node_get_text(root, "Comment"), "why");
}
