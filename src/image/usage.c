/* usage.c - system df: what images, containers, volumes and the cache take.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/usage.h"

#include "base/clock.h"
#include "base/size.h"
#include "image/image_private.h"
#include "store/check.h"

#include "base/banned.h"

#define SHORT_ID_DIGITS 12

static const char *size_text(struct arena *arena, uint64_t bytes)
{
	char text[SIZE_TEXT_MAX];

	size_format(bytes, text);
	return arena_strdup(arena, text);
}

/* ---- containers ---- */

static int add_change(const struct change *change, void *bytes, struct err *err)
{
	(void)err;
	if (change->entry && change->entry->type == ENTRY_FILE)
		*(uint64_t *)bytes += change->entry->size;
	return 0;
}

int container_sizes(struct engine *engine, struct container *container,
		    struct container_sizes *ret_sizes, struct err *err)
{
	static const struct manifest no_manifest = {0};
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	cleanup(image_config_done) struct image_config config = {0};
	struct digest id = container_image_id(container);
	uint64_t rw = 0;

	if (container_open_snapshot(container, &snapshot, err) ||
	    snap_changes(snapshot, container_exclude, container, add_change, &rw, err) ||
	    store_read_config(engine->store, &id, &config, err))
		return err_wrap(err, "container '%s'", container_name(container));
	ret_sizes->rw = rw;
	ret_sizes->root_fs = rw + image_size(engine->store, &config, &no_manifest);
	return 0;
}

static struct node *container_row(struct arena *arena, struct container *container,
				  const struct container_sizes *sizes)
{
	struct node *row = node_new(arena, NODE_MAP);
	struct node *inspected = container_inspect(arena, container);
	const struct node *mounts = node_get(inspected, "Mounts");
	const char *created = node_get_text(inspected, "Created");
	int64_t n_volumes = 0, created_ns;
	char since[CLOCK_TEXT_MAX];

	if (mounts && mounts->kind == NODE_LIST)
		node_foreach(mount, mounts)
			n_volumes += text_eq(node_get_text(mount, "Type"), "volume");
	node_set_text(arena, row, "ID",
		      arena_printf(arena, "%.*s", SHORT_ID_DIGITS, container_id(container)));
	node_set_text(arena, row, "Image",
		      arena_strdup(arena, node_text(node_lookup(inspected, "Config.Image"))));
	node_set_text(arena, row, "Command", node_get_text(inspected, "Path"));
	node_set(arena, row, "LocalVolumes", node_new_int(arena, n_volumes));
	node_set_text(arena, row, "Size", size_text(arena, sizes->rw));
	since[0] = '\0';
	if (created && clock_parse_rfc3339(str_of(created), &created_ns))
		clock_human_duration(clock_now_ns() - created_ns, since);
	node_set_text(arena, row, "RunningFor", arena_printf(arena, "%s ago", since));
	node_set_text(arena, row, "Status", container_state_name(container_state(container, NULL)));
	node_set_text(arena, row, "Names", container_name(container));
	return row;
}

struct node *usage_of_containers(struct arena *arena, struct engine *engine, struct err *err)
{
	struct node *rows = node_new(arena, NODE_LIST);
	struct container_list list = {0};

	if (container_list(engine, &list, err))
		return NULL;
	vec_foreach(it, &list) {
		struct container_sizes sizes;
		if (container_sizes(engine, *it, &sizes, err)) {
			rows = NULL;
			break;
		}
		node_append(rows, container_row(arena, *it, &sizes));
	}
	container_list_done(&list);
	return rows;
}

/* ---- images ---- */

struct measured { /* an image and its layers */
	const struct image *image;
	struct image_config config;
	struct manifest manifest;
	size_t n_users;
	uint64_t size, shared;
};
struct measures {
	struct image_list images;
	struct measured *items;
	size_t n, cap;
	struct map layers; /* chain ID → how many images have it, as a number in the pointer */
};

static void measures_done(struct measures *all)
{
	vec_foreach(it, all) {
		image_config_done(&it->config);
		manifest_done(&it->manifest);
	}
	vec_done(all);
	map_done(&all->layers);
	image_list_done(&all->images);
}

static size_t count_of(const struct map *layers, const struct digest *chain)
{
	return (size_t)map_get(layers, chain->text);
}

static uint64_t layer_bytes(struct store *store, const struct digest *chain)
{
	autoerr struct err ignored = {0};
	struct layer_meta meta;

	return store_layer_meta(store, chain, &meta, &ignored) == 0 ? meta.content_bytes : 0;
}

static int read_image(struct store *store, struct measures *all, const struct image *image,
		      struct err *err)
{
	struct measured *it = vec_add(all);
	struct digest chain = {0};

	it->image = image;
	if (store_read_config(store, &image->id, &it->config, err) ||
	    store_read_manifest(store, &image->manifest.digest, &it->manifest, err))
		return err_wrap(err, "image %s", image->id.text);
	it->size = image_size(store, &it->config, &it->manifest);
	for (size_t i = 0; i < it->config.n_diff_ids; i++) {
		chain = digest_chain(&chain, &it->config.diff_ids[i]);
		map_set(&all->layers, chain.text, (void *)(count_of(&all->layers, &chain) + 1));
	}
	return 0;
}

static void measure_shared(struct store *store, const struct map *layers, struct measured *it)
{
	struct digest chain = {0};

	for (size_t i = 0; i < it->config.n_diff_ids; i++) {
		chain = digest_chain(&chain, &it->config.diff_ids[i]);
		if (count_of(layers, &chain) > 1)
			it->shared += layer_bytes(store, &chain);
	}
}

static int count_users(struct engine *engine, struct measures *all, struct err *err)
{
	struct container_list list = {0};

	if (container_list(engine, &list, err))
		return -1;
	vec_foreach(container, &list) {
		struct digest id = container_image_id(*container);
		vec_foreach(it, all)
			it->n_users += digest_eq(&it->image->id, &id);
	}
	container_list_done(&list);
	return 0;
}

static int measure_images(struct engine *engine, struct measures *all, struct err *err)
{
	if (store_list_images(engine->store, &all->images, err))
		return -1;
	vec_foreach(image, &all->images)
		if (read_image(engine->store, all, image, err))
			return -1;
	vec_foreach(it, all)
		measure_shared(engine->store, &all->layers, it);
	return count_users(engine, all, err);
}

static void add_image_row(struct arena *arena, struct node *rows, const struct measured *it,
			  const char *repository, const char *tag)
{
	struct node *row = node_new(arena, NODE_MAP);
	char since[CLOCK_TEXT_MAX];

	clock_human_duration(clock_now_ns() - created_ns_of(&it->config, it->image), since);
	node_set_text(arena, row, "Repository", repository);
	node_set_text(arena, row, "Tag", tag);
	node_set_text(arena, row, "ID",
		      arena_printf(arena, "%.*s", SHORT_ID_DIGITS, digest_hex(&it->image->id)));
	node_set_text(arena, row, "CreatedSince", arena_printf(arena, "%s ago", since));
	node_set_text(arena, row, "Size", size_text(arena, it->size));
	node_set_text(arena, row, "SharedSize", size_text(arena, it->shared));
	node_set_text(arena, row, "UniqueSize", size_text(arena, it->size - it->shared));
	node_set(arena, row, "Containers", node_new_int(arena, (int64_t)it->n_users));
	node_append(rows, row);
}

struct node *usage_of_images(struct arena *arena, struct engine *engine, struct err *err)
{
	cleanup(measures_done) struct measures all = {0};
	struct node *rows = node_new(arena, NODE_LIST);

	if (measure_images(engine, &all, err))
		return NULL;
	vec_foreach(it, &all) {
		autoref struct reference name = {0};
		autoerr struct err ignored = {0};
		autofree char *repository = NULL;
		if (it->image->names.n &&
		    reference_parse(it->image->names.items[0], &name, &ignored) == 0)
			repository = reference_familiar_repository(&name);
		add_image_row(arena, rows, it, repository ? repository : "<none>",
			      name.tag ? name.tag : "<none>");
	}
	return rows;
}

/* ---- volumes ---- */

struct node *usage_of_volumes(struct arena *arena, struct engine *engine, struct err *err)
{
	cleanup(volume_list_done) struct volume_list list = {0};
	struct node *rows = node_new(arena, NODE_LIST);

	if (volume_list(engine, &list, err))
		return NULL;
	vec_foreach(it, &list) {
		struct node *row = node_new(arena, NODE_MAP);
		node_set_text(arena, row, "Name", it->name);
		node_set(arena, row, "Links", node_new_int(arena, (int64_t)it->n_users));
		node_set_text(arena, row, "Size", size_text(arena, it->bytes));
		node_append(rows, row);
	}
	return rows;
}

/* ---- the sums ---- */

struct sum {
	size_t n, n_active;
	uint64_t bytes, reclaimable;
};

static void add_sum(struct arena *arena, struct node *rows, const char *type, const struct sum *sum)
{
	struct node *row = node_new(arena, NODE_MAP);
	const char *reclaimable = size_text(arena, sum->reclaimable);

	if (sum->bytes)
		reclaimable =
			arena_printf(arena, "%s (%llu%%)", reclaimable,
				     (unsigned long long)(sum->reclaimable * 100 / sum->bytes));
	node_set_text(arena, row, "Type", type);
	node_set(arena, row, "TotalCount", node_new_int(arena, (int64_t)sum->n));
	node_set(arena, row, "Active", node_new_int(arena, (int64_t)sum->n_active));
	node_set_text(arena, row, "Size", size_text(arena, sum->bytes));
	node_set_text(arena, row, "Reclaimable", reclaimable);
	node_append(rows, row);
}

/* What nobody has added yet counts; it may go when no used image has it. */
static void sum_layers(struct store *store, const struct measured *it, struct map *seen,
		       struct sum *sum)
{
	struct digest chain = {0};

	for (size_t i = 0; i < it->config.n_diff_ids; i++) {
		chain = digest_chain(&chain, &it->config.diff_ids[i]);
		if (map_has(seen, chain.text))
			continue;
		map_set(seen, chain.text, sum);
		uint64_t bytes = layer_bytes(store, &chain);
		sum->bytes += bytes;
		sum->reclaimable += it->n_users ? 0 : bytes;
	}
}

static int sum_images(struct engine *engine, struct sum *sum, struct err *err)
{
	cleanup(measures_done) struct measures all = {0};
	automap struct map seen = {0};

	if (measure_images(engine, &all, err))
		return -1;
	vec_foreach(it, &all) {
		sum->n++;
		sum->n_active += it->n_users > 0;
		if (it->n_users)
			sum_layers(engine->store, it, &seen, sum);
	}
	vec_foreach(it, &all)
		sum_layers(engine->store, it, &seen, sum);
	return 0;
}

static int sum_containers(struct engine *engine, struct sum *sum, struct err *err)
{
	struct container_list list = {0};
	int result = 0;

	if (container_list(engine, &list, err))
		return -1;
	vec_foreach(it, &list) {
		enum container_state state = container_state(*it, NULL);
		bool is_active = state == CONTAINER_RUNNING || state == CONTAINER_PAUSED ||
				 state == CONTAINER_RESTARTING;
		struct container_sizes sizes;
		result = container_sizes(engine, *it, &sizes, err);
		if (result)
			break;
		sum->n++;
		sum->n_active += is_active;
		sum->bytes += sizes.rw;
		sum->reclaimable += is_active ? 0 : sizes.rw;
	}
	container_list_done(&list);
	return result;
}

static int sum_volumes(struct engine *engine, struct sum *sum, struct err *err)
{
	cleanup(volume_list_done) struct volume_list list = {0};

	if (volume_list(engine, &list, err))
		return -1;
	vec_foreach(it, &list) {
		sum->n++;
		sum->n_active += it->n_users > 0;
		sum->bytes += it->bytes;
		sum->reclaimable += it->n_users ? 0 : it->bytes;
	}
	return 0;
}

/* What the store has beside that: blobs, records, answers of builds, leftovers. */
static int sum_store(struct engine *engine, struct sum *sum, struct err *err)
{
	struct store_usage usage;

	if (store_usage(engine->store, &usage, err))
		return -1;
	sum->bytes = usage.blob_bytes + usage.other_bytes;
	sum->reclaimable =
		usage.reclaimable_bytes < sum->bytes ? usage.reclaimable_bytes : sum->bytes;
	return 0;
}

struct node *usage_rows(struct arena *arena, struct engine *engine, struct err *err)
{
	static const struct {
		const char *type;
		int (*sum)(struct engine *engine, struct sum *sum, struct err *err);
	} kinds[] = {
		{"Images", sum_images},
		{"Containers", sum_containers},
		{"Local Volumes", sum_volumes},
		{"Blobs and Cache", sum_store},
	};
	struct node *rows = node_new(arena, NODE_LIST);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct sum sum = {0};
		if (kinds[i].sum(engine, &sum, err))
			return NULL;
		add_sum(arena, rows, kinds[i].type, &sum);
	}
	return rows;
}
