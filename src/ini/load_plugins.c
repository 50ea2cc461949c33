/* load_plugins.c - circus' plugins: what of them is part of a service here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/loader_private.h"
#include "ini/parse.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

/* One value of a plugin: a number, or the default. */
static int64_t number_of(struct loader *loader, const struct section *section, const char *name,
			 int64_t standard, bool is_duration)
{
	const struct entry_line *entry = section_entry(section, name);
	autoerr struct err err = {0};
	int64_t number = standard;
	if (!entry)
		return standard;
	if (is_duration ? parse_duration(entry->value, &number, &err)
			: !str_to_i64(str_of(entry->value), &number)) {
		if (err_is_set(&err))
			problem_take(&loader->problems, entry->value_pos, name, &err);
		else
			problem_add(&loader->problems, entry->value_pos,
				    "%s: '%s' is no whole number", name, entry->value);
	}
	return number;
}

static bool bool_of(struct loader *loader, const struct section *section, const char *name,
		    bool standard)
{
	const struct entry_line *entry = section_entry(section, name);
	autoerr struct err err = {0};
	bool value = standard;
	if (entry && parse_bool(entry->value, &value, &err))
		problem_take(&loader->problems, entry->value_pos, name, &err);
	return value;
}

static struct service_spec *service_find(struct model *model, struct str name)
{
	for (size_t i = 0; i < model->n_services; i++) {
		if (str_is_nocase(name, model->services[i].name))
			return &model->services[i];
	}
	return NULL;
}

/* ---- Flapping: so many ends in a window, a pause, and so many pauses ---- */

struct flapping {
	int64_t attempts, max_retry;
	int64_t window, retry_in;
	bool active;
};

/* Values of a section; `front` is "flapping." in a watcher's. */
static struct flapping flapping_read(struct loader *loader, const struct section *section,
				     const char *front, const struct flapping *standard)
{
	struct flapping f = *standard;
	struct {
		const char *name;
		int64_t *field;
		bool is_duration;
	} rows[] = {{"attempts", &f.attempts, false},
		    {"window", &f.window, true},
		    {"retry_in", &f.retry_in, true},
		    {"max_retry", &f.max_retry, false}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *name = xasprintf("%s%s", front, rows[i].name);
		*rows[i].field =
			number_of(loader, section, name, *rows[i].field, rows[i].is_duration);
	}
	autofree char *active = xasprintf("%sactive", front);
	f.active = bool_of(loader, section, active, f.active);
	return f;
}

static void flapping_apply(const struct flapping *f, struct service_spec *spec)
{
	bool is_sane = f->attempts > 0 && f->attempts < 1000 && f->max_retry < 1000;
	if (!f->active || !is_sane)
		return;
	/* Pauses grow up to its retry_in; max_retry of them and it is over, -1 goes on for ever. */
	spec->restart_delay_max = f->retry_in ? f->retry_in : spec->restart_delay_max;
	if (spec->restart_delay > spec->restart_delay_max)
		spec->restart_delay = spec->restart_delay_max;
	spec->restart_limit = f->max_retry < 0 ? 0 : (int)(f->attempts * (f->max_retry + 1));
	spec->restart_window =
		(f->max_retry < 0 ? 1 : f->max_retry + 1) * (f->window + f->retry_in);
	spec->on_limit = ON_LIMIT_STOP;
}

static void flapping_load(struct loader *loader, const struct section *section)
{
	static const struct flapping standard = {2, 5, SECOND, 7 * SECOND, true};
	struct flapping common = flapping_read(loader, section, "", &standard);
	for (const struct section *watcher = loader->sections.first; watcher;
	     watcher = watcher->next) {
		struct service_spec *spec =
			text_eq(watcher->kind, "watcher") && watcher->name
				? service_find(loader->model, str_of(watcher->name))
				: NULL;
		if (!spec)
			continue;
		struct flapping own = flapping_read(loader, watcher, "flapping.", &common);
		flapping_apply(&own, spec);
	}
}

/* ---- observers: a probe for each service that they restart ---- */

static void observer_apply(struct loader *loader, const struct section *section,
			   const struct entry_line *services, const char *probe)
{
	struct text_list names = {0};
	struct key row = {.type = &type_list};
	struct value value = {.arena = &loader->arena, .text = services->value};
	autoerr struct err err = {0};
	if (type_list.parse(&row, &value, &names, &err))
		problem_take(&loader->problems, services->value_pos, services->key, &err);
	for (size_t i = 0; i < names.n; i++) {
		struct service_spec *spec = service_find(loader->model, str_of(names.items[i]));
		if (!spec) {
			problem_add(&loader->problems, services->value_pos,
				    "there is no watcher '%s'", names.items[i]);
			continue;
		}
		if (parse_probe(&loader->model->arena, probe, &spec->health, &err)) {
			problem_take(&loader->problems, section->pos, NULL, &err);
			return;
		}
		spec->health_interval = number_of(loader, section, "loop_rate", 60 * SECOND, true);
		spec->health_timeout = number_of(loader, section, "timeout", 10 * SECOND, true);
		spec->health_retries = 1;
		spec->on_unhealthy = ON_UNHEALTHY_RESTART;
	}
}

static void observer_load(struct loader *loader, const struct section *section,
			  const char *restart_key, const char *probe)
{
	const struct entry_line *services = section_entry(section, restart_key);
	if (services)
		observer_apply(loader, section, services, probe);
	else
		warning_add(&loader->problems, section->pos,
			    "without '%s' [plugin:%s] has no effect here", restart_key,
			    section->name ? section->name : "");
}

static void http_load(struct loader *loader, const struct section *section)
{
	const struct entry_line *url = section_entry(section, "check_url");
	observer_load(loader, section, "restart_on_error", url ? url->value : "http://localhost/");
}

/* redis://[:password@]host[:port][/db] */
static void redis_load(struct loader *loader, const struct section *section)
{
	const struct entry_line *url = section_entry(section, "redis_url");
	const char *text = url ? url->value : "redis://localhost:6379/0";
	if (text_starts(text, "redis://"))
		text += 8;
	size_t n = strcspn(text, "/");
	const char *at = memrchr(text, '@', n);
	struct str host = {text, n};
	if (at)
		host = (struct str){at + 1, n - (size_t)(at - text) - 1};
	bool has_port = host.len && memchr(host.ptr, ':', host.len);
	observer_load(
		loader, section, "restart_on_timeout",
		arena_printf(&loader->arena, "tcp:%.*s%s", STR_ARG(host), has_port ? "" : ":6379"));
}

static const struct plugin {
	const char *class;
	void (*load)(struct loader *loader, const struct section *section);
	const char *instead; /* load NULL: what there is here */
} plugins[] = {
	{"circus.plugins.flapping.Flapping", flapping_load, NULL},
	{"circus.plugins.http_observer.HttpObserver", http_load, NULL},
	{"circus.plugins.redis_observer.RedisObserver", redis_load, NULL},
	{"circus.plugins.resource_watcher.ResourceWatcher", NULL, "rlimit_… and max_age"},
	{"circus.plugins.statsd.StatsdEmitter", NULL, "[circus] health, which has /metrics"},
	{"circus.plugins.statsd.FullStats", NULL, "[circus] health, which has /metrics"},
	{"circus.plugins.watchdog.WatchDog", NULL, "the watcher's own key watchdog"},
	{"circus.plugins.command_reloader.CommandReloader", NULL, "the command reload"},
};

static void plugin_load(struct loader *loader, const struct section *section)
{
	const struct entry_line *use = section_entry(section, "use");
	const char *name = section->name ? section->name : "";
	if (!use) {
		problem_add(&loader->problems, section->pos, "[plugin:%s] needs 'use'", name);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(plugins); i++) {
		if (!text_eq(use->value, plugins[i].class))
			continue;
		if (plugins[i].load)
			plugins[i].load(loader, section);
		else
			warning_add(&loader->problems, use->value_pos,
				    "'%s' is not part of hull-init, ignoring it; there is %s",
				    use->value, plugins[i].instead);
		return;
	}
	problem_add(&loader->problems, use->value_pos,
		    "'%s' is Python, which is not run here: remove [plugin:%s]", use->value, name);
}

void load_plugins(struct loader *loader)
{
	for (const struct section *section = loader->sections.first; section;
	     section = section->next) {
		if (text_eq(section->kind, "plugin"))
			plugin_load(loader, section);
	}
}
