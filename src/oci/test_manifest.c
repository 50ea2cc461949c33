/* test_manifest.c - manifests and indexes: what is read, what is refused, what is written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/manifest.h"

#include <fcntl.h>

#include "base/io.h"
#include "doc/json.h"
#include "oci/image_config.h"
#include "oci/limits.h"
#include "testing/test.h"

/* Each reads the text and gives its canonical bytes. */
static int rewrite_manifest(const char *file, struct str text, char **ret_text, struct err *err)
{
	struct manifest manifest = {0};
	size_t len;

	if (manifest_parse(file, text, &manifest, err))
		return -1;
	*ret_text = manifest_write(&manifest, &len);
	manifest_done(&manifest);
	return 0;
}

static int rewrite_index(const char *file, struct str text, char **ret_text, struct err *err)
{
	struct index index = {0};
	size_t len;

	if (index_parse(file, text, &index, err))
		return -1;
	*ret_text = index_write(&index, &len);
	index_done(&index);
	return 0;
}

static int rewrite_config(const char *file, struct str text, char **ret_text, struct err *err)
{
	struct image_config config = {0};
	struct image_config copy = {0};
	size_t len;

	if (image_config_parse(file, text, &config, err))
		return -1;
	image_config_copy(&copy, &config);
	image_config_done(&config);
	*ret_text = image_config_write(&copy, &len);
	image_config_done(&copy);
	return 0;
}

static const struct {
	const char *name;
	int (*rewrite)(const char *file, struct str text, char **ret_text, struct err *err);
} kinds[] = {
	{"manifest-", rewrite_manifest},
	{"index-", rewrite_index},
	{"config-", rewrite_config},
};

static void read_file(const char *name, struct buf *text)
{
	autoerr struct err err = {0};
	autofree char *path = path_join("testdata", name);

	CHECK_OK(file_read_at(AT_FDCWD, path, LIMIT_CONFIG_BYTES, text, &err), &err);
}

/* good-KIND-x.json is written as good-KIND-x.json.out says, and that is read and written as itself;
 * bad-KIND-x.json is refused as bad-KIND-x.json.err says. */
static void check_file(const char *name, size_t kind)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	autobuf struct buf expected = {0};
	autofree char *got = NULL;
	autofree char *again = NULL;
	bool is_good = text_starts(name, "good-");
	autofree char *answer = xasprintf("%s.%s", name, is_good ? "out" : "err");

	read_file(name, &text);
	read_file(answer, &expected);
	buf_truncate(&expected, expected.len - 1);
	int failed = kinds[kind].rewrite(name, buf_str(&text), &got, &err);
	CHECK_STR(failed ? err_text(&err) : got, buf_text(&expected));
	CHECK(is_good == !failed);
	if (failed)
		return;
	CHECK_OK(kinds[kind].rewrite(answer, str_of(got), &again, &err), &err);
	CHECK_STR(again, got);
}

static void check_files(size_t kind, size_t at_least)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};
	size_t n_checked = 0;

	CHECK_OK(dir_list(AT_FDCWD, "testdata", &names, &err), &err);
	for (size_t i = 0; i < names.n; i++) {
		const char *dash = strchr(names.items[i], '-');
		if (!text_ends(names.items[i], ".json") || !text_starts(dash + 1, kinds[kind].name))
			continue;
		check_file(names.items[i], kind);
		n_checked++;
	}
	CHECK(n_checked >= at_least);
}

TEST(manifests_are_read_or_refused_as_their_names_say)
{
	check_files(0, 15);
}

TEST(indexes_are_read_or_refused_as_their_names_say)
{
	check_files(1, 5);
}

TEST(configs_are_read_or_refused_as_their_names_say)
{
	check_files(2, 10);
}

static void parse_file(const char *name, struct manifest *manifest)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0};

	read_file(name, &text);
	CHECK_OK(manifest_parse(name, buf_str(&text), manifest, &err), &err);
}

TEST(a_manifest_tells_types_sizes_and_digests)
{
	struct manifest manifest = {0};

	parse_file("good-manifest-docker.json", &manifest);
	CHECK_INT(manifest.type, MEDIA_DOCKER_MANIFEST);
	CHECK_INT(manifest.config.type, MEDIA_DOCKER_CONFIG);
	CHECK(!manifest.config.type_text);
	CHECK_INT(manifest.n_layers, 2);
	CHECK_INT(manifest.layers[0].size, 52428800);
	CHECK_INT(manifest.layers[1].type, MEDIA_DOCKER_FOREIGN_LAYER_GZIP);
	CHECK_STR(manifest.layers[1].urls.items[0], "https://layers.example/1");
	manifest_done(&manifest);
}

TEST(a_text_that_does_not_name_its_type_is_oci)
{
	struct manifest manifest = {0};

	parse_file("good-manifest-no-media-type.json", &manifest);
	CHECK_INT(manifest.type, MEDIA_OCI_MANIFEST);
	manifest_done(&manifest);
}

TEST(a_copied_descriptor_stands_alone)
{
	autoarena struct arena arena = {0};
	autobuf struct buf buf = {0};
	struct descriptor descriptor = {
		.type = MEDIA_OCI_MANIFEST,
		.digest = digest_of_bytes("x", 1),
		.size = 7,
		.platform = {.os = xstrdup("linux"),
			     .architecture = xstrdup("arm"),
			     .variant = xstrdup("v7")},
		.artifact_type = xstrdup("text/plain"),
	};
	struct descriptor copy = {.type_text = xstrdup("old")};

	strlist_add(&descriptor.annotations, "b=2");
	strlist_add(&descriptor.annotations, "a=1=1");
	descriptor_copy(&copy, &descriptor);
	descriptor_copy(&copy, &copy);
	descriptor_done(&descriptor);
	json_write(&buf, descriptor_encode(&arena, &copy), JSON_COMPACT);
	CHECK_STR(
		buf_text(&buf),
		"{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		"\"digest\":\"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\","
		"\"size\":7,\"annotations\":{\"a\":\"1=1\",\"b\":\"2\"},"
		"\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"},"
		"\"artifactType\":\"text/plain\"}");
	descriptor_done(&copy);
}

static enum err_kind refusal(struct str text)
{
	autoerr struct err err = {0};
	struct manifest manifest = {0};

	CHECK(manifest_parse("m", text, &manifest, &err) == -1);
	CHECK(!manifest.layers && !manifest.n_layers);
	return err.kind;
}

TEST(sizes_and_numbers_of_layers_are_bounded)
{
	autobuf struct buf text = {0};
	autofree char *large = xcalloc(1, LIMIT_MANIFEST_BYTES + 1);

	memset(large, ' ', LIMIT_MANIFEST_BYTES + 1);
	CHECK_INT(refusal((struct str){large, LIMIT_MANIFEST_BYTES + 1}), ERR_LIMIT);

	buf_printf(
		&text,
		"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"%s\",\"size\":1,\"digest\":\"%s\"},\"layers\":[1",
		media_type_text(MEDIA_OCI_CONFIG), digest_of_bytes("", 0).text);
	for (unsigned i = 0; i < LIMIT_LAYERS; i++)
		buf_puts(&text, ",1");
	buf_puts(&text, "]}");
	CHECK_INT(refusal(buf_str(&text)), ERR_LIMIT);
}
