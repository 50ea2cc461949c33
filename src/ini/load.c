/* load.c - init files to a model: the first cut, services with a command.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/load.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>

#include "base/io.h"
#include "ini/limits.h"
#include "ini/parse.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

struct model *model_new(const char *const *env)
{
	struct model *model = xcalloc(1, sizeof(*model));
	struct text_list list = {0};
	for (; env && *env; env++)
		text_list_add(&model->arena, &list, arena_strdup(&model->arena, *env));
	if (!list.items)
		list.items = arena_alloc(&model->arena, sizeof(*list.items));
	model->env = list.items;
	model->init = (struct init_settings){
		.stop_timeout = 9 * SECOND, .control_mode = 0600, .umask = -1, .log_level = 2};
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	struct arena arena = model->arena;
	free(model);
	arena_done(&arena);
}

struct service_spec *model_add_service(struct model *model, const char *name)
{
	size_t n = model->n_services;
	struct service_spec *services = arena_alloc(&model->arena, (n + 1) * sizeof(*services));
	if (n)
		memcpy(services, model->services, n * sizeof(*services));
	model->services = services;
	model->n_services = n + 1;
	services[n] = (struct service_spec){
		.name = arena_strdup(&model->arena, name),
		.env = model->env,
		.login_env = true,
		.umask = -1,
		.nice = INT_MIN,
		.oom_score = INT_MIN,
		.keep_capabilities = UINT64_MAX,
		.autostart = true,
		.copies = 1,
		.restart_delay = SECOND / 10,
		.restart_delay_max = 30 * SECOND,
		.restart_stable = 10 * SECOND,
		.restart_window = 60 * SECOND,
		.max_retry = -1,
		.success = {1},
		.stop_signal = SIGTERM,
		.stop_timeout = 8 * SECOND,
		.reload_signal = SIGHUP,
		.ready_fd = -1,
		.ready_timeout = 60 * SECOND,
		.ready_interval = SECOND,
		.health_interval = 30 * SECOND,
		.health_timeout = 5 * SECOND,
		.health_retries = 3,
		.out = {.target = LOG_TO_STDOUT, .format = LOG_PREFIX, .keep = 5},
		.errors = {.target = LOG_TO_STDERR, .format = LOG_PREFIX, .keep = 5},
	};
	return &services[n];
}

static int key_set(struct model *model, struct service_spec *spec, struct str key,
		   const char *value, struct err *err)
{
	bool flag;
	if (str_is(key, "command"))
		return parse_words(&model->arena, value, &spec->words, err);
	if (str_is(key, "main")) {
		if (parse_bool(value, &spec->main, err))
			return -1;
		spec->restart = RESTART_NEVER;
		return 0;
	}
	if (str_is(key, "autostart"))
		return parse_bool(value, &spec->autostart, err);
	if (str_is(key, "shell")) {
		if (parse_bool(value, &flag, err))
			return -1;
		return 0;
	}
	return err_set(err, ERR_INPUT, "unknown key '%.*s'", STR_ARG(key));
}

int model_load(const struct load_options *options, struct model **ret_model, struct err *err)
{
	autobuf struct buf text = {0};
	const char *file = options->file ? options->file : INIT_FILE;
	if (file_read_at(AT_FDCWD, file, LIMIT_INI_FILE, &text, err))
		return -1;
	struct model *model = model_new(options->env);
	struct service_spec *spec = NULL;
	model->file = arena_strdup(&model->arena, file);
	struct src_pos pos = {.file = model->file, .column = 1};
	for (struct str rest = buf_str(&text); rest.ptr;) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		pos.line++;
		if (!line.len || line.ptr[0] == '#')
			continue;
		if (line.ptr[0] == '[' && str_starts(line, STR("[service:"))) {
			char *name =
				arena_str(&model->arena, (struct str){line.ptr + 9, line.len - 10});
			spec = model_add_service(model, name);
			continue;
		}
		struct str value = line, key = str_trim(str_cut(&value, '='));
		autofree char *copy = str_dup(str_trim(value));
		struct err cause = {0};
		if (!spec || key_set(model, spec, key, copy, &cause)) {
			err_at(err, pos, "%s",
			       spec ? err_text(&cause) : "text before the first section");
			err_clear(&cause);
			model_free(model);
			return -1;
		}
	}
	*ret_model = model;
	return 0;
}

void model_dump(const struct model *model, struct buf *buf)
{
	buf_printf(buf, "{\"services\": %zu}\n", model->n_services);
}

const char *service_option(const struct service_spec *spec, const char *key, struct arena *arena)
{
	return text_eq(key, "numprocesses") ? arena_printf(arena, "%d", spec->copies) : NULL;
}

int service_set_option(struct model *model, struct service_spec *spec, const char *key,
		       const char *value, struct err *err)
{
	return key_set(model, spec, str_of(key), value, err);
}

bool service_differs(const struct service_spec *a, const struct service_spec *b,
		     bool *ret_only_copies)
{
	*ret_only_copies = a->copies != b->copies;
	return *ret_only_copies;
}

bool is_secret_name(const char *name)
{
	return strstr(name, "PASS") || strstr(name, "SECRET") || strstr(name, "TOKEN") ||
	       strstr(name, "KEY");
}
