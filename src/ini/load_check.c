/* load_check.c - what must hold between sections: names, edges without a cycle, sockets, one main.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>

#include "ini/limits.h"
#include "ini/loader_private.h"
#include "ini/parse.h"

#include "base/banned.h"

/* Where a key stands, or else its section. */
static struct src_pos key_pos(const struct service_spec *spec, const char *key)
{
	struct src_pos pos = origin_find(spec->origins, spec->n_origins, service_keys, key);
	return pos.line ? pos : spec->pos;
}

static bool is_given(const struct service_spec *spec, const char *key)
{
	return origin_find(spec->origins, spec->n_origins, service_keys, key).line;
}

/* ---- names ---- */

static char *lower(const char *name)
{
	char *copy = xstrdup(name);
	for (char *p = copy; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return copy;
}

static void names_check(struct loader *loader, struct map *by_name)
{
	struct model *model = loader->model;
	for (size_t i = 0; i < model->n_services; i++) {
		struct service_spec *spec = &model->services[i];
		autofree char *name = lower(spec->name);
		const struct service_spec *old = map_get(by_name, name);
		if (!old) {
			map_set(by_name, name, spec);
			continue;
		}
		problem_add(&loader->problems, spec->pos,
			    "the name '%s' is taken (upper and lower case are the same) by "
			    "%s:%u:%u",
			    spec->name, old->pos.file, old->pos.line, old->pos.column);
	}
}

static const char *service_nearest(const struct model *model, const char *name)
{
	const char **names = xcalloc(model->n_services + 1, sizeof(*names));
	for (size_t i = 0; i < model->n_services; i++)
		names[i] = model->services[i].name;
	const char *nearest = str_nearest(name, names);
	free(names);
	return nearest;
}

/* ---- edges ---- */

static void edge_check(struct loader *loader, const struct service_spec *spec,
		       struct edge_spec *edge, const struct map *by_name)
{
	struct model *model = loader->model;
	struct src_pos pos = key_pos(spec, edge->needed ? "needs" : "after");
	const char *key = edge->needed ? "needs" : "after";
	autofree char *name = lower(edge->name);
	struct service_spec *target = map_get(by_name, name);
	if (!target) {
		const char *nearest = service_nearest(model, edge->name);
		problem_add(&loader->problems, pos, "%s: no service '%s'%s%s%s", key, edge->name,
			    nearest ? ", nearest '" : "", nearest ? nearest : "",
			    nearest ? "'" : "");
		return;
	}
	edge->service = (size_t)(target - model->services);
	edge->name = target->name;
	if (!edge->has_when && target->kind == SERVICE_JOB)
		edge->when = EDGE_DONE;
	if (target->kind == SERVICE_CRON)
		problem_add(&loader->problems, pos,
			    "%s: '%s' runs at its times, nothing can wait for it", key,
			    target->name);
	if (edge->when == EDGE_HEALTHY && target->health.kind == PROBE_NONE)
		problem_add(&loader->problems, pos, "%s: '%s' has no 'health' to wait for", key,
			    target->name);
	if (edge->when == EDGE_DONE && target->restart == RESTART_ALWAYS)
		problem_add(&loader->problems, pos,
			    "%s: '%s' is never done: it is restarted always", key, target->name);
}

/* Depth first without recursion: one open service a level. */
struct walk {
	struct loader *loader;
	uint8_t *marks; /* 0 new, 1 open, 2 seen */
	size_t *path;   /* open services */
	size_t *next;   /* the edge to look at */
	size_t depth;
};

static void cycle_tell(const struct walk *walk, size_t closing)
{
	const struct model *model = walk->loader->model;
	autobuf struct buf text = {.max = LIMIT_INI_VALUE};
	size_t i = 0;
	while (walk->path[i] != closing)
		i++;
	for (; i < walk->depth; i++)
		buf_printf(&text, "%s, ", model->services[walk->path[i]].name);
	buf_puts(&text, model->services[closing].name);
	const struct service_spec *spec = &model->services[walk->path[walk->depth - 1]];
	const struct edge_spec *edge = &spec->edges[walk->next[walk->depth - 1] - 1];
	problem_add(&walk->loader->problems, key_pos(spec, edge->needed ? "needs" : "after"),
		    "services wait for each other: %s", buf_text(&text));
}

static void walk_from(struct walk *walk, size_t start)
{
	const struct model *model = walk->loader->model;
	walk->path[0] = start;
	walk->next[0] = 0;
	walk->depth = 1;
	walk->marks[start] = 1;
	while (walk->depth) {
		size_t at = walk->path[walk->depth - 1];
		const struct service_spec *spec = &model->services[at];
		size_t *next = &walk->next[walk->depth - 1];
		if (*next == spec->n_edges) {
			walk->marks[at] = 2;
			walk->depth--;
			continue;
		}
		size_t to = spec->edges[(*next)++].service;
		if (walk->marks[to] == 1) {
			cycle_tell(walk, to);
		} else if (!walk->marks[to]) {
			walk->marks[to] = 1;
			walk->path[walk->depth] = to;
			walk->next[walk->depth++] = 0;
		}
	}
}

static void cycles_check(struct loader *loader)
{
	size_t n = loader->model->n_services;
	autofree uint8_t *marks = xcalloc(n + 1, sizeof(*marks));
	autofree size_t *path = xcalloc(n + 1, sizeof(*path));
	autofree size_t *next = xcalloc(n + 1, sizeof(*next));
	struct walk walk = {loader, marks, path, next, 0};
	for (size_t i = 0; i < n; i++) {
		if (!marks[i])
			walk_from(&walk, i);
	}
}

/* ---- sockets ---- */

static void socket_check(struct loader *loader, const struct service_spec *spec, const char *key,
			 const char *name)
{
	const struct model *model = loader->model;
	const char **names = xcalloc(model->n_sockets + 1, sizeof(*names));
	bool is_there = false;
	for (size_t i = 0; i < model->n_sockets; i++) {
		names[i] = model->sockets[i].name;
		is_there |= str_is_nocase(str_of(name), names[i]);
	}
	const char *nearest = is_there ? NULL : str_nearest(name, names);
	free(names);
	if (!is_there)
		problem_add(&loader->problems, key_pos(spec, key), "%s: no [socket:%s]%s%s%s", key,
			    name, nearest ? ", nearest '" : "", nearest ? nearest : "",
			    nearest ? "'" : "");
}

static void sockets_check(struct loader *loader, const struct service_spec *spec)
{
	for (size_t i = 0; i < spec->sockets.n; i++)
		socket_check(loader, spec, "sockets", spec->sockets.items[i]);
	if (spec->stdin_socket)
		socket_check(loader, spec, "stdin_socket", spec->stdin_socket);
	else if (spec->stdin_kind == STDIN_SOCKET)
		problem_add(&loader->problems, key_pos(spec, "stdin"),
			    "stdin: which socket? Say stdin_socket = NAME instead");
	if (spec->on_demand && !loader->model->n_sockets)
		problem_add(&loader->problems, key_pos(spec, "on_demand"),
			    "on_demand: there is no [socket:x] to wait at");
}

/* ---- one service ---- */

static void streams_check(struct loader *loader, const struct service_spec *spec)
{
	static const struct {
		const char *key;
		size_t offset;
	} streams[] = {{"stdout_stream.class", offsetof(struct service_spec, out)},
		       {"stderr_stream.class", offsetof(struct service_spec, errors)}};
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		const struct log_spec *log =
			(const struct log_spec *)(const void *)((const char *)spec +
								streams[i].offset);
		if (log->target == LOG_TO_FILE && !log->path)
			problem_add(&loader->problems, key_pos(spec, streams[i].key),
				    "%.13s.filename is missing", streams[i].key);
	}
}

static void settings_check(struct loader *loader, const struct service_spec *spec)
{
	if (spec->singleton && spec->copies > 1)
		problem_add(&loader->problems, key_pos(spec, "numprocesses"),
			    "numprocesses: a singleton has one copy");
	if (spec->main && spec->copies != 1)
		problem_add(&loader->problems, key_pos(spec, "numprocesses"),
			    "numprocesses: the main service has one copy");
	if (spec->restart_delay > spec->restart_delay_max)
		problem_add(&loader->problems, key_pos(spec, "restart_delay"),
			    "restart_delay: longer than restart_delay_max");
	if (spec->semaphore_on_ready && !spec->semaphore)
		problem_add(&loader->problems, key_pos(spec, "semaphore_when"),
			    "semaphore_when: there is no 'semaphore'");
	if (spec->reload == RELOAD_OVERLAP && spec->singleton && is_given(spec, "reload"))
		problem_add(&loader->problems, key_pos(spec, "reload"),
			    "reload: a singleton has no second copy to overlap with");
	for (const char *p = spec->user ? spec->user : ""; *p; p++) {
		if (isspace((unsigned char)*p) || *p == ':') {
			problem_add(&loader->problems, key_pos(spec, "user"),
				    "user: '%s' is no name or number", spec->user);
			break;
		}
	}
}

static void main_check(struct loader *loader)
{
	const struct service_spec *first = NULL;
	for (size_t i = 0; i < loader->model->n_services; i++) {
		const struct service_spec *spec = &loader->model->services[i];
		if (!spec->main)
			continue;
		if (first)
			problem_add(&loader->problems, key_pos(spec, "main"),
				    "main: '%s' is the main service already", first->name);
		else
			first = spec;
	}
}

static bool is_loopback(const char *host)
{
	struct in_addr in;
	struct in6_addr in6;
	if (inet_pton(AF_INET, host, &in) == 1)
		return ntohl(in.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &in6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&in6);
	return text_eq(host, "localhost");
}

/* What runs and how much it uses is nobody else's business unless the file says so. */
static void health_check(struct loader *loader, const struct key *table)
{
	const struct init_settings *init = &loader->model->init;
	struct src_pos pos = origin_find(init->origins, init->n_origins, table, "health");
	struct probe_spec probe;
	autoerr struct err err = {0};
	bool is_path = text_starts(init->health, "unix:");
	autofree char *text = xasprintf("%s%s", is_path ? "" : "tcp:", init->health);
	if (parse_probe(&loader->arena, text, &probe, &err)) {
		err_clear(&err);
		problem_add(&loader->problems, pos, "health: '%s' is no HOST:PORT or unix:/PATH",
			    init->health);
	} else if (!is_path && !init->health_public && !is_loopback(probe.host)) {
		problem_add(&loader->problems, pos,
			    "health: '%s' is not loopback: that needs 'health_public = yes'",
			    init->health);
	}
}

static void control_check(struct loader *loader)
{
	const struct init_settings *init = &loader->model->init;
	const struct key *table = loader_is_circus(loader) ? circus_keys : init_keys;
	struct src_pos pos = origin_find(init->origins, init->n_origins, table, "control");
	if (init->control && !text_eq(init->control, "off") && init->control[0] != '/' &&
	    init->control[0] != '@')
		problem_add(&loader->problems, pos,
			    "control: '%s' is none of auto, off, /PATH and @NAME", init->control);
	if (init->health)
		health_check(loader, table);
	const char *output = init->log_output;
	if (output && !loader_is_circus(loader) && !text_eq(output, "-") && output[0] != '/')
		problem_add(&loader->problems,
			    origin_find(init->origins, init->n_origins, table, "log_output"),
			    "log_output: '%s' is neither - nor an absolute path", output);
}

void load_check(struct loader *loader)
{
	struct model *model = loader->model;
	automap struct map by_name = {0};
	size_t before = loader->problems.errors.n;
	names_check(loader, &by_name);
	for (size_t i = 0; i < model->n_services; i++) {
		struct service_spec *spec = &model->services[i];
		for (size_t j = 0; j < spec->n_edges; j++)
			edge_check(loader, spec, &spec->edges[j], &by_name);
		sockets_check(loader, spec);
		streams_check(loader, spec);
		settings_check(loader, spec);
	}
	/* Edges that lead nowhere have no place in a cycle. */
	if (loader->problems.errors.n == before)
		cycles_check(loader);
	main_check(loader);
	control_check(loader);
}
