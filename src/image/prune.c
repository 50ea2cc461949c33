/* prune.c - images and containers that nobody needs go.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "image/image_private.h"
#include "image/usage.h"

#include "base/banned.h"

/* ---- images ---- */

/* The IDs of the images that containers are made of. */
static int list_used(struct engine *engine, struct map *used, struct err *err)
{
	struct container_list list = {0};

	if (container_list(engine, &list, err))
		return -1;
	vec_foreach(it, &list) {
		struct digest id = container_image_id(*it);
		map_set(used, id.text, used);
	}
	container_list_done(&list);
	return 0;
}

static int may_go(struct engine *engine, const struct image *image,
		  const struct image_filter *filter, bool *ret_may, struct err *err)
{
	cleanup(image_config_done) struct image_config config = {0};

	if (store_read_config(engine->store, &image->id, &config, err))
		return err_wrap(err, "image %s", image->id.text);
	*ret_may = image_passes(filter, &config, image, created_ns_of(&config, image));
	return 0;
}

static void tell_image(const struct image *image, prune_tell tell, void *arg)
{
	for (size_t i = 0; i < image->names.n; i++) {
		autofree char *familiar = name_familiar(image->names.items[i]);
		autofree char *line = xasprintf("untagged: %s", familiar);
		tell(line, arg);
	}
	autofree char *line = xasprintf("deleted: %s", image->id.text);
	tell(line, arg);
}

int image_prune(struct engine *engine, bool all, const struct image_filter *filter, prune_tell tell,
		void *arg, struct err *err)
{
	cleanup(image_list_done) struct image_list images = {0};
	automap struct map used = {0};
	struct image_filter meant = *filter;

	if (!all && meant.dangling == IMAGE_ANY)
		meant.dangling = IMAGE_DANGLING;
	if (store_list_images(engine->store, &images, err) || list_used(engine, &used, err))
		return -1;
	vec_foreach(image, &images) {
		bool may = false;
		if (map_has(&used, image->id.text))
			continue;
		if (may_go(engine, image, &meant, &may, err))
			return -1;
		if (!may)
			continue;
		if (store_remove_image(engine->store, &image->manifest.digest, err))
			return -1;
		tell_image(image, tell, arg);
	}
	return 0;
}

/* ---- containers ---- */

static void read_labels(const struct node *inspected, struct strlist *labels)
{
	const struct node *map = node_lookup(inspected, "Config.Labels");

	if (!map || map->kind != NODE_MAP)
		return;
	node_foreach(label, map)
		strlist_addf(labels, "%.*s=%s", STR_ARG(label->key),
			     node_text(label) ? node_text(label) : "");
}

static bool container_passes(struct container *container, const struct image_filter *filter)
{
	autostrlist struct strlist labels = {0};
	autoarena struct arena arena = {0};
	struct node *inspected = container_inspect(&arena, container);
	const char *created = node_get_text(inspected, "Created");
	int64_t created_ns;

	if (filter->before_ns && created && clock_parse_rfc3339(str_of(created), &created_ns) &&
	    created_ns >= filter->before_ns)
		return false;
	read_labels(inspected, &labels);
	for (size_t i = 0; filter->labels && i < filter->labels->n; i++)
		if (!labels_have(&labels, filter->labels->items[i]))
			return false;
	for (size_t i = 0; filter->no_labels && i < filter->no_labels->n; i++)
		if (labels_have(&labels, filter->no_labels->items[i]))
			return false;
	return true;
}

int container_prune(struct engine *engine, const struct image_filter *filter, prune_tell tell,
		    void *arg, struct err *err)
{
	struct container_list list = {0};
	int result = 0;

	if (container_list(engine, &list, err))
		return -1;
	vec_foreach(it, &list) {
		enum container_state state = container_state(*it, NULL);
		bool is_over = state == CONTAINER_CREATED || state == CONTAINER_EXITED ||
			       state == CONTAINER_DEAD;
		if (!is_over || !container_passes(*it, filter))
			continue;
		autofree char *id = xstrdup(container_id(*it));
		result = container_remove(*it, false, false, err);
		if (result)
			break;
		tell(id, arg);
	}
	container_list_done(&list);
	return result;
}
