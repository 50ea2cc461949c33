/* verbs_setup.c - add, rm and set: services that are as an operator says.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Models need memory, and without it they end their process: a copy of us tries, we do it again. */
#include <stdio.h>
#include <sys/mman.h>

#include "base/str.h"
#include "ini/load.h"
#include "init/control_private.h"
#include "init/reload.h"

#include "base/banned.h"

/* ---- options ---- */

/* A value of JSON in the words of a file. NULL: an object or a list. */
static const char *value_text(const struct json_node *node)
{
	switch (node->type) {
	case JSON_NULL: return "";
	case JSON_FALSE: return "no";
	case JSON_TRUE: return "yes";
	case JSON_NUMBER:
	case JSON_STRING: return node->text;
	default: return NULL;
	}
}

/* {"A": "b c"} as words of a shell: A='b c'. A comma would end a value in the words of circus when
 * another name followed. */
static int set_env(struct model *model, struct service_spec *spec, const struct json_node *object,
		   struct err *err)
{
	autobuf struct buf words = {.max = LIMIT_CONTROL_LINE * 4};
	for (const struct json_node *it = json_first(object); it; it = json_next(object, it)) {
		const char *text = value_text(it + 1);
		if (!text)
			return err_set(err, ERR_INPUT, "'%s' isn't a string", it->text);
		buf_printf(&words, "%s%s='", words.len ? " " : "", it->text);
		for (; *text; text++) {
			if (*text == '\'')
				buf_puts(&words, "'\\''");
			else
				buf_putc(&words, *text);
			if (*text == ',')
				buf_puts(&words, "''");
		}
		buf_putc(&words, '\'');
	}
	return service_set_option(model, spec, "env", buf_text(&words), err);
}

/* {"hooks": {"before_start": "…"}} is the option hooks.before_start. */
static int set_nested(struct model *model, struct service_spec *spec, const char *key,
		      const struct json_node *object, struct err *err)
{
	char name[256];
	for (const struct json_node *it = json_first(object); it; it = json_next(object, it)) {
		const char *text = value_text(it + 1);
		if (snprintf(name, sizeof(name), "%s.%s", key, it->text) >= (int)sizeof(name) ||
		    !text)
			return err_set(err, ERR_INPUT, "'%s' isn't a valid object", key);
		if (service_set_option(model, spec, name, text, err))
			return -1;
	}
	return 0;
}

/* Whether a new one gets our environment is said here alone: those of files have [env:x]. */
static int set_options(struct model *model, struct service_spec *spec,
		       const struct json_node *options, bool is_new, struct err *err)
{
	for (const struct json_node *it = json_first(options); it; it = json_next(options, it)) {
		const struct json_node *value = it + 1;
		const char *text = value_text(value);
		if (is_new && text_eq(it->text, "copy_env")) {
			service_copy_env(model, spec, json_is_true(value));
		} else if (value->type == JSON_OBJECT && text_eq(it->text, "env")) {
			if (set_env(model, spec, value, err))
				return -1;
		} else if (value->type == JSON_OBJECT) {
			if (set_nested(model, spec, it->text, value, err))
				return -1;
		} else if (!text) {
			return err_set(err, ERR_INPUT, "'%s' isn't a valid value", it->text);
		} else if (service_set_option(model, spec, it->text, text, err)) {
			return -1;
		}
	}
	return 0;
}

static enum answer refuse_err(struct call *call, const struct err *err)
{
	return call_refuse(call, REQUEST_MESSAGE, "%s", err_text(err));
}

static struct model *model_for(const struct call *call)
{
	const struct model *now = call->supervisor->model;
	struct model *model = model_new((const char *const *)now->env);
	model->vocabulary = now->vocabulary;
	return model;
}

/* ---- add ---- */

/* In circus' words as in its files: whatever is no control character. */
static bool is_good_name(const char *name, bool is_circus)
{
	size_t n = 0;
	for (; name[n]; n++)
		if ((unsigned char)name[n] < ' ' || name[n] == 0x7f ||
		    (!is_circus && strchr(" /,:", name[n])))
			return false;
	return n > 0 && n <= 255;
}

/* The words of "cmd", then those of "args". */
static int set_command(struct call *call, struct model *model, struct service_spec *spec,
		       struct err *err)
{
	const struct json_node *args = json_member(call->properties, "args");
	const char *text = args ? value_text(args) : NULL;
	const char *cmd = call_text(call, "cmd");
	if (!cmd)
		return err_set(err, ERR_INPUT, "'cmd' is a text");
	if (service_set_option(model, spec, "cmd", cmd, err))
		return -1;
	if (text && text[0])
		return service_set_option(model, spec, "args", text, err);
	for (const struct json_node *it = json_first(args); it; it = json_next(args, it)) {
		const char *word = value_text(it);
		if (!word)
			return err_set(err, ERR_INPUT, "'args' is a list of words");
		text_list_add(&model->arena, &spec->words, arena_strdup(&model->arena, word));
	}
	return spec->words.n ? 0 : err_set(err, ERR_INPUT, "'cmd' is empty");
}

/* NULL: refused. */
static struct service_spec *make_added(struct call *call, struct model **ret_model)
{
	const struct json_node *options = json_member(call->properties, "options");
	const char *name = call_text(call, "name");
	autoerr struct err err = {0};
	bool is_circus = call->supervisor->model->vocabulary == VOCABULARY_CIRCUS;
	if (!name || !is_good_name(name, is_circus)) {
		call_refuse(call, REQUEST_MESSAGE, "'name' is no name of a program");
		return NULL;
	}
	if (supervisor_find(call->supervisor, name)) {
		call_refuse(call, REQUEST_MESSAGE, "'%s' already exist", name);
		return NULL;
	}
	struct model *model = model_for(call);
	struct service_spec *spec = model_add_service(model, name);
	spec->main = false;
	int result = set_command(call, model, spec, &err);
	if (!result && options && options->type != JSON_OBJECT)
		result = err_set(&err, ERR_INPUT, "'options' property should be an object");
	if (!result)
		result = set_options(model, spec, options, true, &err);
	if (result) {
		refuse_err(call, &err);
		model_free(model);
		return NULL;
	}
	*ret_model = model;
	return spec;
}

static int work_add(struct call *call)
{
	struct model *model;
	return make_added(call, &model) ? 0 : 1;
}

static enum answer then_add(struct call *call)
{
	struct model *model;
	struct service_spec *spec = make_added(call, &model);
	if (!spec)
		return ANSWER_ERROR;
	struct service *service = reload_keep_model(call->supervisor, model, NULL)
					  ? NULL
					  : supervisor_add(call->supervisor, spec);
	if (!service)
		return call_refuse(call, REQUEST_SYSTEM, "no memory for %s", spec->name);
	if (!call_flag(call, "start"))
		return ANSWER_OK;
	service_start(service, call->why);
	call_mark(call, service);
	return call_await(call, AWAIT_SETTLED, true);
}

static enum answer run_add(struct call *call)
{
	return call_aside(call, work_add, then_add);
}

/* ---- rm ---- */

static enum answer run_rm(struct call *call)
{
	struct service *service = call_service(call);
	if (!service)
		return ANSWER_ERROR;
	call_mark(call, service);
	enum answer answer = call_await(call, AWAIT_GONE, false);
	supervisor_remove(call->supervisor, service, call_flag(call, "nostop"));
	return answer;
}

/* ---- set ---- */

/* What the next event goes by; all else is for processes that are yet to be started. */
static bool applies_at_once(const char *key)
{
	static const char *const keys[] = {
		"autostart",      "graceful_timeout", "health",         "health_interval",
		"health_retries", "health_start",     "health_timeout", "kill",
		"max_retry",      "numprocesses",     "on_limit",       "on_unhealthy",
		"priority",       "ready_timeout",    "reload",         "reload_signal",
		"respawn",        "restart",          "restart_delay",  "restart_delay_max",
		"restart_limit",  "restart_stable",   "restart_window", "send_hup",
		"singleton",      "stop_children",    "stop_signal",    "success",
		"warmup_delay",
	};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (str_is_nocase(str_of(key), keys[i]))
			return true;
	return str_is_nocase((struct str){key, strnlen(key, 4)}, "hook");
}

/* NULL: refused. The spec has texts of the one that it is a copy of. */
static struct service_spec *make_changed(struct call *call, const struct service *service,
					 struct model **ret_model)
{
	autoerr struct err err = {0};
	struct model *model = model_for(call);
	struct service_spec *spec = model_add_service(model, service->spec->name);
	*spec = *service->spec;
	spec->copies = service->copies;
	if (set_options(model, spec, json_member(call->properties, "options"), false, &err)) {
		refuse_err(call, &err);
		model_free(model);
		return NULL;
	}
	*ret_model = model;
	return spec;
}

static int work_set(struct call *call)
{
	struct service *service = call_service(call);
	struct model *model;
	return service && make_changed(call, service, &model) ? 0 : 1;
}

static enum answer then_set(struct call *call)
{
	const struct json_node *options = json_member(call->properties, "options");
	struct service *service = call_service(call);
	struct model *model = NULL;
	bool at_once = true;
	struct service_spec *spec = service ? make_changed(call, service, &model) : NULL;
	if (!spec)
		return ANSWER_ERROR;
	if (reload_keep_model(call->supervisor, model, service->spec))
		return call_refuse(call, REQUEST_SYSTEM, "no memory for it");
	for (const struct json_node *it = json_first(options); it; it = json_next(options, it))
		at_once = at_once && applies_at_once(it->text);
	int copies = spec->copies;
	bool other_copies = copies != service->copies;
	service_replace_spec(service, spec);
	if (other_copies && service_scale(service, copies))
		return call_refuse(call, REQUEST_COMMAND, "%d copies of %s: not possible", copies,
				   spec->name);
	if (!at_once && service->wanted)
		service_reload(service, spec->reload == RELOAD_SIGNAL || spec->singleton
						? RELOAD_RESTART
						: spec->reload);
	call_mark(call, service);
	return call_await(call, AWAIT_SETTLED, false);
}

static enum answer run_set(struct call *call)
{
	const struct json_node *options = json_member(call->properties, "options");
	if (!call_service(call))
		return ANSWER_ERROR;
	if (options->type != JSON_OBJECT)
		return call_refuse(call, REQUEST_MESSAGE, "'options' property should be an object");
	return call_aside(call, work_set, then_set);
}

static const char *const need_name[] = {"name", NULL};
static const char *const need_command[] = {"name", "cmd", NULL};
static const char *const need_options[] = {"name", "options", NULL};

const struct verb verbs_of_setup[] = {
	{"add", need_command, run_add},
	{"rm", need_name, run_rm},
	{"set", need_options, run_set},
	{0},
};
