/* load_services.c - [service:x], [job:x], [cron:x] and circus' [watcher:x].
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/limits.h"
#include "ini/loader_private.h"

#include "base/banned.h"

static const struct {
	const char *section;
	enum vocabulary vocabulary;
	enum service_kind kind;
	unsigned flag;
} kinds[] = {
	{"service", VOCABULARY_NATIVE, SERVICE_DAEMON, KEY_DAEMON},
	{"job", VOCABULARY_NATIVE, SERVICE_JOB, KEY_JOB},
	{"cron", VOCABULARY_NATIVE, SERVICE_CRON, KEY_CRON},
	{"watcher", VOCABULARY_CIRCUS, SERVICE_DAEMON, KEY_DAEMON},
};

/* Index into kinds, or -1. */
static int kind_find(const struct loader *loader, const struct section *section)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (text_eq(section->kind, kinds[i].section) &&
		    kinds[i].vocabulary == loader->model->vocabulary)
			return (int)i;
	}
	return -1;
}

/* Names go to logs, sockets and command lines; circus' may hold blanks. */
static bool name_is_good(struct loader *loader, const struct section *section)
{
	const char *name = section->name;
	if (!name) {
		problem_add(&loader->problems, section->pos, "[%s] needs a name: [%s:NAME]",
			    section->kind, section->kind);
		return false;
	}
	if (strlen(name) > LIMIT_NAME) {
		problem_add(&loader->problems, section->pos, "a name with more than %d bytes",
			    LIMIT_NAME);
		return false;
	}
	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;
		bool is_odd = !loader_is_circus(loader) &&
			      (c == ' ' || c == ',' || c == '*' || c == '?' || c == '[');
		if (c < ' ' || c == 0x7f || is_odd) {
			problem_add(&loader->problems, section->pos,
				    "the name '%s' has a blank or one of , * ? [", name);
			return false;
		}
	}
	return true;
}

static void free_options_keep(struct loader *loader, struct service_spec *spec,
			      const struct text_list *unknown)
{
	struct free_option *options =
		arena_alloc(&loader->model->arena, (unknown->n / 2 + 1) * sizeof(*options));
	for (size_t i = 0; i + 1 < unknown->n; i += 2)
		options[i / 2] = (struct free_option){unknown->items[i], unknown->items[i + 1]};
	spec->free_options = options;
}

/* env NAME=value words: not every word is one. */
static void own_env_check(struct loader *loader, const struct service_spec *spec)
{
	struct src_pos pos = origin_find(spec->origins, spec->n_origins, service_keys, "env");
	for (size_t i = 0; i < spec->own_env.n; i++) {
		const char *word = spec->own_env.items[i], *equals = strchr(word, '=');
		if (!equals || !is_variable_name((struct str){word, (size_t)(equals - word)}))
			problem_add(&loader->problems, pos, "env: '%s' is no NAME=value", word);
	}
}

static void shell_warn(struct loader *loader, const struct service_spec *spec)
{
	if (!loader_is_circus(loader) || !spec->shell || !spec->command_text)
		return;
	const char *found = spec->command_text + strcspn(spec->command_text, "|&;<>`*");
	if (*found)
		warning_add(&loader->problems,
			    origin_find(spec->origins, spec->n_origins, service_keys, "command"),
			    "circus quotes every word of a shell's command: '%c' is no operator; "
			    "write cmd = sh -c '…' instead",
			    *found);
}

static void service_load(struct loader *loader, const struct section *section, unsigned flag,
			 struct service_spec *spec)
{
	static const char *const known[] = {"flapping.", NULL};
	struct model *model = loader->model;
	struct text_list unknown = {0};
	struct variables env = loader->global;
	autoerr struct err err = {0};
	spec->name = arena_strdup(&model->arena, section->name);
	spec->pos = section->pos;
	service_set_standard(model, spec);
	struct section_target target = {
		.table = service_keys,
		.object = spec,
		.env = &env,
		.kind = flag,
		.only = KEY_ENVIRONMENT,
		.ret_origins = &spec->origins,
		.ret_n_origins = &spec->n_origins,
	};
	section_read(loader, section, &target);
	own_env_check(loader, spec);
	load_service_environment(loader, spec, &env);
	target.only = 0;
	target.without = KEY_ENVIRONMENT;
	if (loader_is_circus(loader)) {
		target.known = known;
		target.ret_unknown = &unknown;
	}
	section_read(loader, section, &target);
	free_options_keep(loader, spec, &unknown);
	service_settle(spec, model->vocabulary);
	if (!origin_find(spec->origins, spec->n_origins, service_keys, "utc").line)
		spec->utc = model->init.utc;
	if (service_build_words(model, spec, &env, &err)) {
		struct src_pos pos =
			origin_find(spec->origins, spec->n_origins, service_keys, "command");
		problem_take(&loader->problems, pos.line ? pos : section->pos,
			     pos.line ? section_entry(section, "cmd") ? "cmd" : "command" : NULL,
			     &err);
	}
	shell_warn(loader, spec);
}

/* One program alone writes as it would without us; of several one wants to know who spoke. */
static void formats_settle(struct model *model)
{
	for (size_t i = 0; i < model->n_services && model->n_services > 1; i++) {
		struct service_spec *spec = &model->services[i];
		if (!spec->log_format_auto)
			continue;
		if (spec->out.format == LOG_RAW && spec->out.target != LOG_TO_FILE)
			spec->out.format = LOG_PREFIX;
		if (spec->errors.format == LOG_RAW && spec->errors.target != LOG_TO_FILE)
			spec->errors.format = LOG_PREFIX;
	}
}

/* Who gives a service longer than everything together has wants that time. */
static void stop_timeout_settle(struct model *model, const struct key *table)
{
	struct init_settings *init = &model->init;
	if (origin_find(init->origins, init->n_origins, table, "stop_timeout").line)
		return;
	for (size_t i = 0; i < model->n_services; i++) {
		const struct service_spec *spec = &model->services[i];
		bool is_given = origin_find(spec->origins, spec->n_origins, service_keys,
					    "graceful_timeout")
					.line;
		if (is_given && spec->stop_timeout >= init->stop_timeout)
			init->stop_timeout = spec->stop_timeout + INT64_C(1000000000);
	}
}

void load_services(struct loader *loader)
{
	struct model *model = loader->model;
	size_t n = 0;
	for (const struct section *section = loader->sections.first; section;
	     section = section->next)
		n += kind_find(loader, section) >= 0;
	model->services = arena_alloc(&model->arena, (n + 1) * sizeof(*model->services));
	for (const struct section *section = loader->sections.first; section;
	     section = section->next) {
		int kind = kind_find(loader, section);
		if (kind < 0 || section_is_skipped(loader, section) ||
		    !name_is_good(loader, section))
			continue;
		struct service_spec *spec = &model->services[model->n_services++];
		spec->kind = kinds[kind].kind;
		service_load(loader, section, kinds[kind].flag, spec);
	}
	formats_settle(model);
	stop_timeout_settle(model, loader_is_circus(loader) ? circus_keys : init_keys);
	check_environment_sections(loader);
}
