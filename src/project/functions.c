/* functions.c - functions of templates that need the project or what it stores.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/limits.h"
#include "project/project_private.h"
#include "value/call.h"

#include "base/banned.h"

#define REDIS_PASSWORD "redis.password"

static struct world *world_of(const struct call *call)
{
	return call->heap->world;
}

static bool is_set(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

/* ---- mc_project ---- */

/* get_configuration(name=…, **settings): the settings over the configuration, in a copy. */
static int get_configuration(struct call *call, struct value *ret_value, struct err *err)
{
	struct project *project = world_of(call)->project;
	struct dict *over = dict_new(call->heap);
	struct value name = call->n_args ? call->args[0] : value_none();

	if (!project)
		return err_set(err, ERR_MISSING,
			       "mc_project.get_configuration: there is no project here");
	for (size_t i = 0; i < call->n_keywords; i++) {
		const struct keyword *keyword = &call->keywords[i];
		if (str_is(keyword->name, "name"))
			name = keyword->value;
		else
			dict_put(call->heap, over, value_text(call->heap, keyword->name),
				 keyword->value);
	}
	struct str text = STR("");
	if (is_set(name) && value_as_str(name, &text, err))
		return -1;
	if (is_set(name) && !str_is(text, project->name))
		return err_set(err, ERR_MISSING,
			       "the configuration of '%.*s' is not at hand: this is project '%s'",
			       STR_ARG(text), project->name);
	*ret_value = value_of_dict(over->n ? settings_merge(call->heap, project->cfg, over)
					   : project->cfg);
	return 0;
}

/* ---- placeholders ---- */

static int call_format_resolve(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"original_dict", PARAM_OPTIONAL}, {NULL}};
	struct value args[2];

	if (call_bind(call, "format_resolve", params, args, err))
		return -1;
	if (is_set(args[1]) && args[1].kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "format_resolve() takes a mapping, not '%s'",
			       value_type_name(args[1]));
	return format_resolve_value(call->heap, args[0], is_set(args[1]) ? args[1].dict : NULL,
				    ret_value, err);
}

/* ---- passwords ---- */

static int bind_key(struct call *call, const char *function, struct value args[4],
		    const char **ret_key, struct err *err)
{
	static const struct param params[] = {{"key", PARAM_REQUIRED},
					      {"length", PARAM_OPTIONAL},
					      {"force", PARAM_OPTIONAL},
					      {"value", PARAM_OPTIONAL},
					      {NULL}};
	struct str key;

	if (call_bind(call, function, params, args, err) || value_as_str(args[0], &key, err))
		return -1;
	*ret_key = heap_strdup(call->heap, key);
	return 0;
}

/* A new one in place of what is stored under the key. */
static int store_new(struct world *world, const char *key, size_t length, struct err *err)
{
	struct str password;

	return password_generate(world->heap, length, &password, err) ||
			       stored_set(world, key, password, err)
		       ? -1
		       : 0;
}

/* (key, length=16, force=False, value=None): value stores that one, force a new one. */
static int generate_stored_password(struct call *call, struct value *ret_value, struct err *err)
{
	struct world *world = world_of(call);
	struct value args[4];
	const char *key;
	int64_t length = PASSWORD_LENGTH;
	bool force = false;
	struct str password;

	if (bind_key(call, "generate_stored_password", args, &key, err) ||
	    (is_set(args[1]) && value_as_int(args[1], &length, err)) ||
	    (is_set(args[2]) && value_truth(call->heap, args[2], &force, err)))
		return -1;
	if (is_set(args[3])) {
		if (value_as_str(args[3], &password, err) || stored_set(world, key, password, err))
			return -1;
	} else if (force && store_new(world, key, length > 0 ? (size_t)length : 0, err)) {
		return -1;
	}
	if (stored_password(world, key, length > 0 ? (size_t)length : 0, &password, err))
		return -1;
	*ret_value = value_view(password);
	return 0;
}

static int unix_crypt(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"passwd", PARAM_REQUIRED}, {NULL}};
	struct value password;
	struct str text, hash;

	if (call_bind(call, "unix_crypt", params, &password, err) ||
	    value_as_str(password, &text, err) ||
	    stored_crypt(world_of(call), heap_strdup(call->heap, text), &hash, err))
		return -1;
	*ret_value = value_view(hash);
	return 0;
}

/* ---- mc_utils.get: a path through whatever is configured ---- */

/* "a.b:c" by the longest key that is there, then the rest below it. */
static int find_path(struct heap *heap, const struct dict *dict, struct str path,
		     struct value *ret_value, struct err *err)
{
	const struct value *v = dict_get_str(dict, path);

	if (v) {
		*ret_value = *v;
		return 1;
	}
	for (size_t i = path.len; i-- > 1;) {
		if (path.ptr[i] != '.' && path.ptr[i] != ':')
			continue;
		if (heap_step(heap, err))
			return -1;
		v = dict_get_str(dict, (struct str){path.ptr, i});
		if (!v || v->kind != VALUE_DICT)
			continue;
		struct str rest = {path.ptr + i + 1, path.len - i - 1};
		int found = find_path(heap, v->dict, rest, ret_value, err);
		if (found)
			return found;
	}
	return 0;
}

static int get(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED}, {"default", PARAM_OPTIONAL}, {NULL}};
	struct world *world = world_of(call);
	const struct dict *const sources[] = {world->opts, world->pillar, world->grains};
	struct value args[2];
	struct str key, stored;

	if (call_bind(call, "get", params, args, err) || value_as_str(args[0], &key, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		int found = sources[i] ? find_path(call->heap, sources[i], key, ret_value, err) : 0;
		if (found)
			return found < 0 ? -1 : 0;
	}
	if (!stored_get(world, heap_strdup(call->heap, key), &stored, err)) {
		*ret_value = value_view(stored);
		return 0;
	}
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	*ret_value = param_given(args[1]) ? args[1] : value_literal("");
	return 0;
}

/* ---- mc_redis ---- */

static struct dict *redis_defaults(struct heap *heap, struct value password)
{
	static const struct {
		const char *key, *text;
	} texts[] = {
		{"bind", "127.0.0.1"},
		{"port", "6379"},
		{"daemonize", "no"},
		{"dir", "/var/lib/redis"},
		{"logfile", "/var/log/redis/redis-server.log"},
		{"loglevel", "notice"},
		{"dbfilename", "dump.rdb"},
	};
	struct dict *settings = dict_new(heap), *redis = dict_new(heap);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		dict_set(heap, redis, texts[i].key, value_cstr(heap, texts[i].text));
	dict_set(heap, redis, "requirepass", password);
	dict_set(heap, settings, "user", value_literal("redis"));
	dict_set(heap, settings, "group", value_literal("redis"));
	dict_set(heap, settings, "password", password);
	dict_set(heap, settings, "redis", value_of_dict(redis));
	return settings;
}

static int redis_settings(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{NULL}};
	struct world *world = world_of(call);
	const struct value *given =
		world->pillar ? dict_get(world->pillar, "makina-states.services.db.redis") : NULL;
	struct str password;

	if (call_bind(call, "settings", params, NULL, err) ||
	    stored_password(world, REDIS_PASSWORD, PASSWORD_LENGTH, &password, err))
		return -1;
	struct dict *settings = redis_defaults(call->heap, value_view(password));
	if (given && given->kind == VALUE_DICT)
		settings = settings_merge(call->heap, settings, given->dict);
	*ret_value = value_of_dict(settings);
	return 0;
}

/* change_password(password=None): the one given, or a new one. */
static int redis_change_password(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"password", PARAM_OPTIONAL}, {NULL}};
	struct value given;
	struct str password;

	if (call_bind(call, "change_password", params, &given, err))
		return -1;
	if (is_set(given) ? value_as_str(given, &password, err)
			  : password_generate(call->heap, PASSWORD_LENGTH, &password, err))
		return -1;
	if (stored_set(world_of(call), REDIS_PASSWORD, password, err))
		return -1;
	*ret_value = value_text(call->heap, password);
	return 0;
}

/* What is generated is kept, but never in `check`: there it is made for the run alone. */
static const struct state_function rows[] = {
	{"mc_project.get_configuration", get_configuration, FN_PURE},
	{"mc_redis.change_password", redis_change_password, FN_READS},
	{"mc_redis.settings", redis_settings, FN_READS},
	{"mc_utils.format_resolve", call_format_resolve, FN_PURE},
	{"mc_utils.generate_local_password", generate_stored_password, FN_READS},
	{"mc_utils.generate_stored_password", generate_stored_password, FN_READS},
	{"mc_utils.get", get, FN_READS},
	{"mc_utils.unix_crypt", unix_crypt, FN_READS},
};

const struct function_table functions_project = {rows, ARRAY_LEN(rows)};
