/* describe.c - what commands tell about images: inspect, and the facts that lists and filters use.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "image/image_private.h"

#include "base/banned.h"

int64_t created_ns_of(const struct image_config *config, const struct image *image)
{
	int64_t ns;

	if (config->created && clock_parse_rfc3339(str_of(config->created), &ns))
		return ns;
	return image->added_ns;
}

int image_created_at(struct store *store, const struct image *image, int64_t *ret_ns,
		     struct err *err)
{
	cleanup(image_config_done) struct image_config config = {0};

	if (store_read_config(store, &image->id, &config, err))
		return -1;
	*ret_ns = created_ns_of(&config, image);
	return 0;
}

uint64_t image_size(struct store *store, const struct image_config *config,
		    const struct manifest *manifest)
{
	struct digest chain = {0};
	uint64_t size = 0;

	for (size_t i = 0; i < config->n_diff_ids; i++) {
		autoerr struct err ignored = {0};
		struct layer_meta meta;
		chain = digest_chain(&chain, &config->diff_ids[i]);
		if (store_layer_meta(store, &chain, &meta, &ignored) == 0)
			size += meta.content_bytes;
		else if (i < manifest->n_layers)
			size += manifest->layers[i].size;
	}
	return size;
}

bool labels_have(const struct strlist *labels, const char *wanted)
{
	size_t len = strlen(wanted);
	bool with_value = strchr(wanted, '=') != NULL;

	for (size_t i = 0; i < labels->n; i++) {
		const char *label = labels->items[i];
		if (with_value ? text_eq(label, wanted)
			       : strncmp(label, wanted, len) == 0 && label[len] == '=')
			return true;
	}
	return false;
}

static bool fits_any(const struct strlist *names, const struct strlist *patterns)
{
	for (size_t i = 0; i < names->n; i++)
		for (size_t j = 0; j < patterns->n; j++)
			if (name_fits(names->items[i], patterns->items[j]))
				return true;
	return false;
}

bool image_passes(const struct image_filter *filter, const struct image_config *config,
		  const struct image *image, int64_t created_ns)
{
	const struct strlist *labels = &config->config.labels;

	if ((filter->dangling == IMAGE_DANGLING && image->names.n) ||
	    (filter->dangling == IMAGE_NAMED && !image->names.n))
		return false;
	if ((filter->before_ns && created_ns >= filter->before_ns) ||
	    (filter->since_ns && created_ns <= filter->since_ns))
		return false;
	for (size_t i = 0; filter->labels && i < filter->labels->n; i++)
		if (!labels_have(labels, filter->labels->items[i]))
			return false;
	for (size_t i = 0; filter->no_labels && i < filter->no_labels->n; i++)
		if (labels_have(labels, filter->no_labels->items[i]))
			return false;
	return !filter->references || !filter->references->n ||
	       fits_any(&image->names, filter->references);
}

/* ---- inspect ---- */

static void add_names(struct arena *arena, struct node *root, const struct image *image)
{
	struct node *tags = node_new(arena, NODE_LIST), *digests = node_new(arena, NODE_LIST);
	autostrlist struct strlist repositories = {0};

	for (size_t i = 0; i < image->names.n; i++) {
		autoref struct reference name = {0};
		autoerr struct err ignored = {0};
		if (reference_parse(image->names.items[i], &name, &ignored))
			continue;
		autofree char *familiar = reference_familiar(&name);
		autofree char *repository = reference_familiar_repository(&name);
		if (name.tag)
			node_append(tags, node_new_text(arena, familiar));
		if (strlist_has(&repositories, repository))
			continue;
		strlist_add(&repositories, repository);
		node_append(digests,
			    node_new_text(arena, arena_printf(arena, "%s@%s", repository,
							      image->manifest.digest.text)));
	}
	node_set(arena, root, "RepoTags", tags);
	node_set(arena, root, "RepoDigests", digests);
}

static struct node *describe_root_fs(struct arena *arena, const struct image_config *config)
{
	struct node *root = node_new(arena, NODE_MAP), *layers = node_new(arena, NODE_LIST);

	for (size_t i = 0; i < config->n_diff_ids; i++)
		node_append(layers, node_new_text(arena, config->diff_ids[i].text));
	node_set_text(arena, root, "Type", "layers");
	node_set(arena, root, "Layers", layers);
	return root;
}

/* Docker's view of an image as if it were mounted: the top layer is the upper directory. */
static struct node *describe_driver(struct arena *arena, struct store *store,
				    const struct image_config *config)
{
	struct node *root = node_new(arena, NODE_MAP), *dirs = node_new(arena, NODE_MAP);
	autostrlist struct strlist lower = {0};
	struct digest chain = {0};

	for (size_t i = 0; i < config->n_diff_ids; i++) {
		chain = digest_chain(&chain, &config->diff_ids[i]);
		if (!store_has_layer(store, &chain))
			break;
		const char *path = arena_printf(arena, "%s/layers/%s/fs", store_root(store),
						digest_hex(&chain));
		if (i + 1 == config->n_diff_ids)
			node_set_text(arena, dirs, "UpperDir", path);
		else
			strlist_add(&lower, path);
	}
	for (size_t i = 0; i < lower.n / 2; i++) { /* topmost first */
		char *swapped = lower.items[i];
		lower.items[i] = lower.items[lower.n - 1 - i];
		lower.items[lower.n - 1 - i] = swapped;
	}
	if (lower.n) {
		autofree char *joined = strlist_join(&lower, ":");
		node_set_text(arena, dirs, "LowerDir", joined);
	}
	node_set_text(arena, root, "Name", "overlay");
	node_set(arena, root, "Data", dirs);
	return root;
}

static const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

static const char *last_comment(const struct image_config *config)
{
	return config->n_history ? text_or_empty(config->history[config->n_history - 1].comment)
				 : "";
}

static void add_platform(struct arena *arena, struct node *root, const struct image_config *config)
{
	node_set_text(arena, root, "Architecture", text_or_empty(config->architecture));
	if (config->variant)
		node_set_text(arena, root, "Variant", config->variant);
	node_set_text(arena, root, "Os", text_or_empty(config->os));
	if (config->os_version)
		node_set_text(arena, root, "OsVersion", config->os_version);
}

static struct node *describe_times(struct arena *arena, const struct image *image)
{
	struct node *root = node_new(arena, NODE_MAP);
	char added[CLOCK_TEXT_MAX];

	clock_format_rfc3339(image->added_ns, added);
	node_set_text(arena, root, "LastTagTime", added);
	return root;
}

struct node *image_inspect(struct arena *arena, struct store *store, const struct image *image,
			   struct err *err)
{
	cleanup(image_config_done) struct image_config config = {0};
	cleanup(manifest_done) struct manifest manifest = {0};
	struct node *root = node_new(arena, NODE_MAP);

	if (store_read_config(store, &image->id, &config, err) ||
	    store_read_manifest(store, &image->manifest.digest, &manifest, err))
		return NULL;
	int64_t size = (int64_t)image_size(store, &config, &manifest);
	node_set_text(arena, root, "Id", image->id.text);
	add_names(arena, root, image);
	node_set_text(arena, root, "Parent", "");
	node_set_text(arena, root, "Comment", last_comment(&config));
	node_set_text(arena, root, "Created", text_or_empty(config.created));
	node_set_text(arena, root, "DockerVersion", "");
	node_set_text(arena, root, "Author", text_or_empty(config.author));
	node_set(arena, root, "Config", run_config_inspect(arena, &config.config));
	add_platform(arena, root, &config);
	node_set(arena, root, "Size", node_new_int(arena, size));
	node_set(arena, root, "VirtualSize", node_new_int(arena, size));
	node_set(arena, root, "GraphDriver", describe_driver(arena, store, &config));
	node_set(arena, root, "RootFS", describe_root_fs(arena, &config));
	node_set(arena, root, "Metadata", describe_times(arena, image));
	return root;
}
