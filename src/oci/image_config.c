/* image_config.c - reading, writing and copying image configurations.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/image_config.h"

#include <assert.h>

#include "base/buf.h"
#include "doc/fields.h"
#include "doc/json.h"
#include "oci/limits.h"

#include "base/banned.h"

/* The order of these tables is the order of the canonical bytes: that of the reference's types. */
static const struct field head_fields[] = {
	F_TEXT(struct image_config, created, "created", .omit_zero = true),
	F_TEXT(struct image_config, author, "author", .omit_zero = true),
	F_TEXT(struct image_config, architecture, "architecture", .omit_zero = true),
	F_TEXT(struct image_config, variant, "variant", .omit_zero = true),
	F_TEXT(struct image_config, os, "os", .omit_zero = true),
	F_TEXT(struct image_config, os_version, "os.version", .omit_zero = true),
	F_TEXTS(struct image_config, os_features, "os.features"),
	{0},
};

static const struct field run_fields[] = {
	F_TEXT(struct run_config, user, "User", .omit_zero = true),
	F_KEYS(struct run_config, exposed_ports, "ExposedPorts"),
	F_TEXTS(struct run_config, env, "Env"),
	F_TEXTS(struct run_config, entrypoint, "Entrypoint"),
	F_TEXTS(struct run_config, cmd, "Cmd"),
	F_KEYS(struct run_config, volumes, "Volumes"),
	F_TEXT(struct run_config, working_dir, "WorkingDir", .omit_zero = true),
	F_MAPPING(struct run_config, labels, "Labels"),
	F_TEXT(struct run_config, stop_signal, "StopSignal", .omit_zero = true),
	F_TEXTS(struct run_config, on_build, "OnBuild"),
	F_TEXTS(struct run_config, shell, "Shell"),
	{0},
};

static const struct field health_fields[] = {
	F_TEXTS(struct healthcheck, test, "Test"),
	F_INT(struct healthcheck, interval_ns, "Interval", .omit_zero = true),
	F_INT(struct healthcheck, timeout_ns, "Timeout", .omit_zero = true),
	F_INT(struct healthcheck, start_period_ns, "StartPeriod", .omit_zero = true),
	F_INT(struct healthcheck, start_interval_ns, "StartInterval", .omit_zero = true),
	F_INT(struct healthcheck, retries, "Retries", .omit_zero = true),
	{0},
};

static const struct field history_fields[] = {
	F_TEXT(struct history_entry, created, "created", .omit_zero = true),
	F_TEXT(struct history_entry, created_by, "created_by", .omit_zero = true),
	F_TEXT(struct history_entry, author, "author", .omit_zero = true),
	F_TEXT(struct history_entry, comment, "comment", .omit_zero = true),
	F_BOOL(struct history_entry, empty_layer, "empty_layer", .omit_zero = true),
	{0},
};

void run_config_done(struct run_config *config)
{
	fields_done(run_fields, config);
	fields_done(health_fields, &config->healthcheck);
}

void run_config_copy(struct run_config *dst, const struct run_config *src)
{
	fields_copy(run_fields, dst, src);
	fields_copy(health_fields, &dst->healthcheck, &src->healthcheck);
}

int run_config_decode(const struct node *map, struct run_config *ret_config, struct err *err)
{
	const struct node *health = node_get(map, "Healthcheck");
	struct run_config config = {0};

	if (map && map->kind != NODE_NULL &&
	    fields_decode(run_fields, FIELDS_OPEN, map, &config, err))
		return -1;
	if (health && health->kind != NODE_NULL &&
	    fields_decode(health_fields, FIELDS_OPEN, health, &config.healthcheck, err)) {
		run_config_done(&config);
		return -1;
	}
	*ret_config = config;
	return 0;
}

static int decode_rootfs(const struct node *root, struct image_config *config, struct err *err)
{
	const struct node *rootfs = node_get(root, "rootfs");
	const struct node *list = node_get(rootfs, "diff_ids");

	if (!rootfs || rootfs->kind != NODE_MAP)
		return err_at(err, rootfs ? rootfs->pos : root->pos,
			      "this is not an image's config: it needs a map 'rootfs'");
	if (!text_eq(node_get_text(rootfs, "type"), "layers"))
		return err_at(err, rootfs->pos, "the 'type' of 'rootfs' must be 'layers'");
	if (!list || list->kind == NODE_NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return err_at(err, list->pos, "'diff_ids' must be a list, not %s",
			      node_kind_name(list->kind));
	if (list->children.n > LIMIT_LAYERS)
		return err_set(err, ERR_LIMIT, "%s:%u:%u: more than %u layers", list->pos.file,
			       list->pos.line, list->pos.column, LIMIT_LAYERS);
	node_foreach(child, list) {
		struct digest diff_id = {0};
		if (child->kind != NODE_STRING)
			return err_at(err, child->pos,
				      "each item of 'diff_ids' must be a string, not %s",
				      node_kind_name(child->kind));
		if (digest_parse(child->text, &diff_id, err))
			return err_wrap(err, "%s:%u:%u", child->pos.file, child->pos.line,
					child->pos.column);
		image_config_add_layer(config, &diff_id);
	}
	return 0;
}

static int decode_history(const struct node *list, struct image_config *config, struct err *err)
{
	if (!list || list->kind == NODE_NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return err_at(err, list->pos, "'history' must be a list, not %s",
			      node_kind_name(list->kind));

	config->history = xcalloc(list->children.n + 1, sizeof(*config->history));
	node_foreach(child, list) {
		struct history_entry *entry = &config->history[config->n_history];
		if (fields_decode(history_fields, FIELDS_OPEN, child, entry, err))
			return -1;
		config->n_history++;
	}
	return 0;
}

static int decode(const struct node *root, struct image_config *config, struct err *err)
{
	if (fields_decode(head_fields, FIELDS_OPEN, root, config, err) ||
	    run_config_decode(node_get(root, "config"), &config->config, err) ||
	    decode_rootfs(root, config, err))
		return -1;
	return decode_history(node_get(root, "history"), config, err);
}

int image_config_parse(const char *file, struct str json, struct image_config *ret_config,
		       struct err *err)
{
	autoarena struct arena arena = {0};
	struct image_config config = {0};
	struct node *root = NULL;

	if (json.len > LIMIT_CONFIG_BYTES)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", file,
			       LIMIT_CONFIG_BYTES);
	if (json_parse(&arena, file, json, &root, err))
		return -1;
	if (decode(root, &config, err)) {
		image_config_done(&config);
		return -1;
	}
	*ret_config = config;
	return 0;
}

static bool has_healthcheck(const struct healthcheck *health)
{
	return health->test.n || health->interval_ns || health->timeout_ns ||
	       health->start_period_ns || health->start_interval_ns || health->retries;
}

static struct node *encode_run_config(struct arena *arena, const struct run_config *config)
{
	static const char *const unordered[] = {"ExposedPorts", "Volumes", "Labels"};
	struct node *map = fields_encode(arena, run_fields, config);

	for (size_t i = 0; i < ARRAY_LEN(unordered); i++) {
		struct node *child = node_get(map, unordered[i]);
		if (child)
			node_sort(child);
	}
	if (has_healthcheck(&config->healthcheck))
		node_set(arena, map, "Healthcheck",
			 fields_encode(arena, health_fields, &config->healthcheck));
	return map;
}

static struct node *encode_rootfs(struct arena *arena, const struct image_config *config)
{
	struct node *rootfs = node_new(arena, NODE_MAP);
	struct node *list = node_new(arena, NODE_LIST);

	for (size_t i = 0; i < config->n_diff_ids; i++)
		node_append(list, node_new_text(arena, config->diff_ids[i].text));
	node_set_text(arena, rootfs, "type", "layers");
	node_set(arena, rootfs, "diff_ids", list);
	return rootfs;
}

char *image_config_write(const struct image_config *config, size_t *ret_len)
{
	autoarena struct arena arena = {0};
	struct buf buf = {.max = SIZE_MAX / 2}; /* as large as what is in memory already */
	struct node *root = fields_encode(&arena, head_fields, config);
	struct node *history = node_new(&arena, NODE_LIST);

	for (size_t i = 0; i < config->n_history; i++)
		node_append(history, fields_encode(&arena, history_fields, &config->history[i]));
	node_set(&arena, root, "config", encode_run_config(&arena, &config->config));
	node_set(&arena, root, "rootfs", encode_rootfs(&arena, config));
	if (config->n_history)
		node_set(&arena, root, "history", history);
	json_write(&buf, root, JSON_COMPACT);
	*ret_len = buf.len;
	return buf_steal(&buf);
}

/* What docker inspect shows for a name that is not set; NODE_NULL: null of that kind. */
static const struct {
	const char *name;
	enum node_kind kind;
	enum node_kind null_of;
} inspected[] = {
	{"Hostname", NODE_STRING},
	{"Domainname", NODE_STRING},
	{"User", NODE_STRING},
	{"AttachStdin", NODE_BOOL},
	{"AttachStdout", NODE_BOOL},
	{"AttachStderr", NODE_BOOL},
	{"ExposedPorts", NODE_NULL, NODE_MAP},
	{"Tty", NODE_BOOL},
	{"OpenStdin", NODE_BOOL},
	{"StdinOnce", NODE_BOOL},
	{"Env", NODE_NULL, NODE_LIST},
	{"Cmd", NODE_NULL, NODE_LIST},
	{"Healthcheck", NODE_NULL, NODE_MAP},
	{"Image", NODE_STRING},
	{"Volumes", NODE_NULL, NODE_MAP},
	{"WorkingDir", NODE_STRING},
	{"Entrypoint", NODE_NULL, NODE_LIST},
	{"OnBuild", NODE_NULL, NODE_LIST},
	{"Labels", NODE_NULL, NODE_MAP},
	{"StopSignal", NODE_STRING},
	{"Shell", NODE_NULL, NODE_LIST},
};

struct node *run_config_inspect(struct arena *arena, const struct run_config *config)
{
	struct node *set = encode_run_config(arena, config);
	struct node *map = node_new(arena, NODE_MAP);

	for (size_t i = 0; i < ARRAY_LEN(inspected); i++)
		node_set(arena, map, inspected[i].name,
			 inspected[i].kind == NODE_NULL ? node_new_null(arena, inspected[i].null_of)
							: node_new(arena, inspected[i].kind));
	for (struct node *child = set->children.first, *next; child; child = next) {
		next = child->next;
		node_set(arena, map, child->key.ptr, child);
	}
	return map;
}

void image_config_done(struct image_config *config)
{
	for (size_t i = 0; i < config->n_history; i++)
		fields_done(history_fields, &config->history[i]);
	free(config->history);
	free(config->diff_ids);
	run_config_done(&config->config);
	fields_done(head_fields, config);
	*config = (struct image_config){0};
}

void image_config_copy(struct image_config *dst, const struct image_config *src)
{
	if (dst == src)
		return;
	image_config_done(dst);
	fields_copy(head_fields, dst, src);
	run_config_copy(&dst->config, &src->config);
	for (size_t i = 0; i < src->n_diff_ids; i++)
		image_config_add_layer(dst, &src->diff_ids[i]);
	dst->history = src->n_history ? xcalloc(src->n_history, sizeof(*dst->history)) : NULL;
	for (size_t i = 0; i < src->n_history; i++)
		fields_copy(history_fields, &dst->history[i], &src->history[i]);
	dst->n_history = src->n_history;
}

void image_config_add_layer(struct image_config *config, const struct digest *diff_id)
{
	config->diff_ids =
		xreallocarray(config->diff_ids, config->n_diff_ids + 1, sizeof(*config->diff_ids));
	config->diff_ids[config->n_diff_ids++] = *diff_id;
}

void image_config_add_history(struct image_config *config, const char *created,
			      const char *created_by, const char *comment, bool empty_layer)
{
	config->history =
		xreallocarray(config->history, config->n_history + 1, sizeof(*config->history));
	config->history[config->n_history++] = (struct history_entry){
		.created = xstrdup(created),
		.created_by = xstrdup(created_by),
		.comment = xstrdup(comment),
		.empty_layer = empty_layer,
	};
}

struct digest image_config_chain_id(const struct image_config *config, size_t n)
{
	struct digest chain = {0};

	assert(n >= 1 && n <= config->n_diff_ids);
	for (size_t i = 0; i < n; i++)
		chain = digest_chain(&chain, &config->diff_ids[i]);
	return chain;
}
