/* cmd_inspect.c - hull inspect: all that is known of containers and images.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "image/image.h"
#include "image/usage.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct inspect_opts {
	const char *format, *type;
	bool size;
};

static const struct opt inspect_opts[] = {
	{'f', "format", OPT_STRING, offsetof(struct inspect_opts, format), "FORMAT",
	 "Go template, or 'json'"},
	{'s', "size", OPT_FLAG, offsetof(struct inspect_opts, size), NULL,
	 "With the sizes of containers"},
	{0, "type", OPT_STRING, offsetof(struct inspect_opts, type), "TYPE",
	 "'container' or 'image': only that"},
	{0},
};

static const struct opt image_inspect_opts[] = {
	{'f', "format", OPT_STRING, offsetof(struct inspect_opts, format), "FORMAT",
	 "Go template, or 'json'"},
	{0, "platform", OPT_UNSUPPORTED, 0, "OS/ARCH", "the store keeps one platform of an image"},
	{0},
};

static const struct opt container_inspect_opts[] = {
	{'f', "format", OPT_STRING, offsetof(struct inspect_opts, format), "FORMAT",
	 "Go template, or 'json'"},
	{'s', "size", OPT_FLAG, offsetof(struct inspect_opts, size), NULL, "With sizes"},
	{0},
};

static int inspect_container(struct hull *hull, struct arena *arena, const char *name,
			     bool with_size, struct node **ret_object, struct err *err)
{
	cleanup(container_closep) struct container *container = NULL;
	struct container_sizes sizes;

	if (container_find(&hull->engine, name, &container, err))
		return -1;
	struct node *object = container_inspect(arena, container);
	if (with_size) {
		if (container_sizes(&hull->engine, container, &sizes, err))
			return -1;
		node_set(arena, object, "SizeRw", node_new_int(arena, (int64_t)sizes.rw));
		node_set(arena, object, "SizeRootFs", node_new_int(arena, (int64_t)sizes.root_fs));
	}
	*ret_object = object;
	return 0;
}

static int inspect_image(struct hull *hull, struct arena *arena, const char *name,
			 struct node **ret_object, struct err *err)
{
	cleanup(image_done) struct image image = {0};

	if (store_find_image(hull->engine.store, name, &image, err))
		return -1;
	struct node *object = image_inspect(arena, hull->engine.store, &image, err);
	if (!object)
		return -1;
	*ret_object = object;
	return 0;
}

static int inspect_one(struct hull *hull, struct arena *arena, const struct inspect_opts *opts,
		       const char *name, struct node **ret_object, struct err *err)
{
	bool is_any = !opts->type || !opts->type[0];

	if (is_any || text_eq(opts->type, "container")) {
		if (inspect_container(hull, arena, name, opts->size, ret_object, err) == 0)
			return 0;
		if (!is_any || err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
	if (inspect_image(hull, arena, name, ret_object, err) == 0)
		return 0;
	if (is_any && (err->kind == ERR_MISSING || err->kind == ERR_INPUT)) {
		err_clear(err);
		return err_set(err, ERR_MISSING, "no such container or image '%s'", name);
	}
	return -1;
}

static int inspect_all(struct hull *hull, const struct inspect_opts *opts, int argc, char **argv,
		       struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *found = node_new(&arena, NODE_LIST);
	bool is_json = !opts->format || !opts->format[0] || text_eq(opts->format, "json");
	int status = 0;

	for (int i = 0; i < argc; i++) {
		autoerr struct err failed = {0};
		struct node *object;
		if (inspect_one(hull, &arena, opts, argv[i], &object, &failed)) {
			log_error("%s", err_text(&failed));
			status = 1;
		} else if (is_json) {
			node_append(found, object);
		} else if (output_object(opts->format, object, err)) {
			return -1;
		}
	}
	if (is_json && output_object(NULL, found, err))
		return -1;
	return status;
}

static int inspect_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	static const char *const types[] = {"container", "image", NULL};
	const struct inspect_opts *opts = opts_ptr;
	const char *type = opts->type;

	if (type && type[0] && !text_eq(type, types[0]) && !text_eq(type, types[1])) {
		const char *nearest = str_nearest(type, types);
		return err_set(err, ERR_INPUT, "--type is 'container' or 'image', not '%s'%s%s%s",
			       type, nearest ? " (did you mean '" : "", nearest ? nearest : "",
			       nearest ? "'?)" : "");
	}
	return inspect_all(hull, opts, argc, argv, err);
}

static int container_inspect_run(void *context, void *opts_ptr, int argc, char **argv,
				 struct err *err)
{
	struct hull *hull = context;
	struct inspect_opts *opts = opts_ptr;

	opts->type = "container";
	return inspect_all(hull, opts, argc, argv, err);
}

static int image_inspect_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	struct inspect_opts *opts = opts_ptr;

	opts->type = "image";
	return inspect_all(hull, opts, argc, argv, err);
}

const struct command cmd_inspect = {
	.name = "inspect",
	.args = "NAME|ID [NAME|ID...]",
	.summary = "Show all that is known of containers and images",
	.opts = inspect_opts,
	.opts_size = sizeof(struct inspect_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = inspect_run,
};

const struct command cmd_image_inspect = {
	.name = "image inspect",
	.args = "IMAGE [IMAGE...]",
	.summary = "Show all that is known of images",
	.opts = image_inspect_opts,
	.opts_size = sizeof(struct inspect_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = image_inspect_run,
};

const struct command cmd_container_inspect = {
	.name = "container inspect",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Show all that is known of containers",
	.opts = container_inspect_opts,
	.opts_size = sizeof(struct inspect_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = container_inspect_run,
};
