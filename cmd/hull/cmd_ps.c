/* cmd_ps.c - hull ps: which containers there are, in docker's columns.
 * SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/size.h"
#include "base/vec.h"

#include "commands.h"
#include "filter.h"
#include "output.h"

#include "base/banned.h"

#define SHORT_ID_LEN 12
#define COMMAND_LEN  20

struct ps_opts {
	bool all, quiet, latest, size, no_trunc, external;
	int64_t last;
	struct strlist filters;
	const char *format;
};

static const struct opt ps_opts[] = {
	{'a', "all", OPT_FLAG, offsetof(struct ps_opts, all), NULL, "Also those that do not run"},
	{0, "external", OPT_FLAG, offsetof(struct ps_opts, external), NULL,
	 "Also those of builds that are under way"},
	{'f', "filter", OPT_LIST, offsetof(struct ps_opts, filters), "KEY=VALUE",
	 "Only those that fit"},
	{0, "format", OPT_STRING, offsetof(struct ps_opts, format), "FORMAT",
	 "'table', 'table TEMPLATE', 'json' or a Go template"},
	{'n', "last", OPT_INT, offsetof(struct ps_opts, last), "NUMBER",
	 "The newest ones, running or not"},
	{'l', "latest", OPT_FLAG, offsetof(struct ps_opts, latest), NULL,
	 "The newest one, running or not"},
	{0, "no-trunc", OPT_FLAG, offsetof(struct ps_opts, no_trunc), NULL, "Do not cut anything"},
	{'q', "quiet", OPT_FLAG, offsetof(struct ps_opts, quiet), NULL, "Print IDs only"},
	{'s', "size", OPT_FLAG, offsetof(struct ps_opts, size), NULL, "Show how much they wrote"},
	{0},
};

static const struct column columns[] = {{"ID", "CONTAINER ID", true},
					{"Image", "IMAGE", true},
					{"Command", "COMMAND", true},
					{"RunningFor", "CREATED", true},
					{"Status", "STATUS", true},
					{"Ports", "PORTS", true},
					{"Names", "NAMES", true},
					{"Size", "SIZE", false},
					{"CreatedAt", "CREATED AT", false},
					{"State", "STATE", false},
					{"Labels", "LABELS", false},
					{"Mounts", "MOUNTS", false},
					{"Networks", "NETWORKS", false},
					{"LocalVolumes", "LOCAL VOLUMES", false},
					{0}};

static const struct column columns_with_size[] = {
	{"ID", "CONTAINER ID", true},    {"Image", "IMAGE", true},   {"Command", "COMMAND", true},
	{"RunningFor", "CREATED", true}, {"Status", "STATUS", true}, {"Ports", "PORTS", true},
	{"Names", "NAMES", true},        {"Size", "SIZE", true},     {0}};

/* One container as inspect tells it. */
struct item {
	struct container *container;
	const struct node *inspect;
	enum container_state state;
	int exit_code;
};
struct items {
	struct item *items;
	size_t n, cap;
};

static const char *text_at(const struct item *item, const char *path)
{
	const char *text = node_text(node_lookup(item->inspect, path));

	return text ? text : "";
}

/* ---- cells ---- */

static char *ago_text(const char *time, const char *behind)
{
	char duration[CLOCK_TEXT_MAX];
	int64_t ns;

	if (!clock_parse_rfc3339(str_of(time), &ns))
		return xstrdup("");
	clock_human_duration(clock_now_ns() - ns, duration);
	return xasprintf("%s%s", duration, behind);
}

static char *status_text(const struct item *item)
{
	autofree char *up = ago_text(text_at(item, "State.StartedAt"), "");
	autofree char *ended = ago_text(text_at(item, "State.FinishedAt"), " ago");

	switch (item->state) {
	case CONTAINER_RUNNING: return xasprintf("Up %s", up);
	case CONTAINER_PAUSED: return xasprintf("Up %s (Paused)", up);
	case CONTAINER_RESTARTING: return xasprintf("Restarting (%d) %s", item->exit_code, ended);
	case CONTAINER_EXITED: return xasprintf("Exited (%d) %s", item->exit_code, ended);
	case CONTAINER_CREATED: return xstrdup("Created");
	case CONTAINER_DEAD: break;
	}
	return xstrdup("Dead");
}

static char *command_text(const struct item *item, bool no_trunc)
{
	autobuf struct buf words = {0};
	const char *more = "";

	buf_puts(&words, text_at(item, "Path"));
	const struct node *args = node_get(item->inspect, "Args");
	node_foreach(arg, args)
		buf_printf(&words, " %s", node_text(arg));
	if (!no_trunc && words.len > COMMAND_LEN) {
		size_t len = COMMAND_LEN - 1;
		while (len && ((unsigned char)words.ptr[len] & 0xc0) == 0x80)
			len--; /* not inside a character */
		buf_truncate(&words, len);
		more = "…";
	}
	return xasprintf("\"%s%s\"", buf_text(&words), more);
}

/* "0.0.0.0:8080->80/tcp, 443/tcp" */
static char *ports_text(const struct item *item)
{
	struct buf text = {0};
	const struct node *ports = node_lookup(item->inspect, "NetworkSettings.Ports");

	node_foreach(port, ports) {
		if (port->kind != NODE_LIST || !port->children.n) {
			buf_printf(&text, "%s%.*s", text.len ? ", " : "", STR_ARG(port->key));
			continue;
		}
		node_foreach(binding, port) {
			const char *ip = node_get_text(binding, "HostIp");
			buf_printf(&text, "%s%s:%s->%.*s", text.len ? ", " : "",
				   ip && ip[0] ? ip : "0.0.0.0", node_get_text(binding, "HostPort"),
				   STR_ARG(port->key));
		}
	}
	return buf_steal(&text);
}

static char *labels_text(const struct item *item)
{
	struct buf text = {0};
	const struct node *labels = node_lookup(item->inspect, "Config.Labels");

	node_foreach(label, labels)
		buf_printf(&text, "%s%.*s=%s", text.len ? "," : "", STR_ARG(label->key),
			   node_text(label));
	return buf_steal(&text);
}

static char *mounts_text(const struct item *item, int *ret_n_volumes)
{
	struct buf text = {0};
	const struct node *mounts = node_get(item->inspect, "Mounts");

	*ret_n_volumes = 0;
	node_foreach(mount, mounts) {
		const char *name = node_get_text(mount, "Name");
		*ret_n_volumes += name != NULL;
		buf_printf(&text, "%s%s", text.len ? "," : "",
			   name ? name : node_get_text(mount, "Source"));
	}
	return buf_steal(&text);
}

static char *networks_text(const struct item *item)
{
	struct buf text = {0};
	const struct node *networks = node_lookup(item->inspect, "NetworkSettings.Networks");

	node_foreach(network, networks)
		buf_printf(&text, "%s%.*s", text.len ? "," : "", STR_ARG(network->key));
	return buf_steal(&text);
}

static int set_size(struct arena *arena, struct node *row, const struct item *item, struct err *err)
{
	uint64_t written, whole;
	char written_text[SIZE_TEXT_MAX], whole_text[SIZE_TEXT_MAX];

	if (container_size(item->container, &written, &whole, err))
		return -1;
	size_format(written, written_text);
	size_format(whole, whole_text);
	node_set_text(arena, row, "Size",
		      arena_printf(arena, "%s (virtual %s)", written_text, whole_text));
	return 0;
}

/* "2026-01-02 03:04:05 +0000 UTC" */
static const char *created_at(struct arena *arena, const struct item *item)
{
	const char *created = text_at(item, "Created");

	if (strlen(created) < strlen("2026-01-02T03:04:05"))
		return created;
	return arena_printf(arena, "%.10s %.8s +0000 UTC", created, created + 11);
}

static int row_make(struct arena *arena, const struct item *item, const struct ps_opts *opts,
		    struct node **ret_row, struct err *err)
{
	struct node *row = node_new(arena, NODE_MAP);
	int n_volumes;
	const char *id = text_at(item, "Id");
	autofree char *command = command_text(item, opts->no_trunc);
	autofree char *ago = ago_text(text_at(item, "Created"), " ago");
	autofree char *status = status_text(item);
	autofree char *ports = ports_text(item);
	autofree char *labels = labels_text(item);
	autofree char *mounts = mounts_text(item, &n_volumes);
	autofree char *networks = networks_text(item);

	node_set_text(arena, row, "ID",
		      opts->no_trunc ? id : arena_printf(arena, "%.*s", SHORT_ID_LEN, id));
	node_set_text(arena, row, "Image", text_at(item, "Config.Image"));
	node_set_text(arena, row, "Command", command);
	node_set_text(arena, row, "CreatedAt", created_at(arena, item));
	node_set_text(arena, row, "RunningFor", ago);
	node_set_text(arena, row, "Ports", ports);
	node_set_text(arena, row, "State", container_state_name(item->state));
	node_set_text(arena, row, "Status", status);
	node_set_text(arena, row, "Size", "0B");
	node_set_text(arena, row, "Names", container_name(item->container));
	node_set_text(arena, row, "Labels", labels);
	node_set_text(arena, row, "Mounts", mounts);
	node_set_text(arena, row, "Networks", networks);
	node_set_text(arena, row, "LocalVolumes", arena_printf(arena, "%d", n_volumes));
	if (opts->size && set_size(arena, row, item, err))
		return -1;
	*ret_row = row;
	return 0;
}

/* ---- filters ---- */

static bool matches_id(const char *value, void *arg)
{
	return text_starts(text_at(arg, "Id"), value);
}

static bool matches_name(const char *value, void *arg)
{
	const struct item *item = arg;
	regex_t pattern;

	if (regcomp(&pattern, value, REG_EXTENDED | REG_NOSUB))
		return false;
	/* docker's names begin with a slash, and its users write ^/name$ or ^name$. */
	bool fits = !regexec(&pattern, container_name(item->container), 0, NULL, 0) ||
		    !regexec(&pattern, text_at(item, "Name"), 0, NULL, 0);
	regfree(&pattern);
	return fits;
}

static bool matches_status(const char *value, void *arg)
{
	const struct item *item = arg;

	return text_eq(value, container_state_name(item->state));
}

static bool matches_exited(const char *value, void *arg)
{
	const struct item *item = arg;
	int64_t code;

	return item->state == CONTAINER_EXITED && str_to_i64(str_of(value), &code) &&
	       code == item->exit_code;
}

static bool matches_ancestor(const char *value, void *arg)
{
	const char *image = text_at(arg, "Config.Image"), *id = text_at(arg, "Image");
	autofree char *latest = xasprintf("%s:latest", value);
	const char *hex = strchr(id, ':');

	return text_eq(value, image) || text_eq(latest, image) || text_eq(value, id) ||
	       (strlen(value) >= SHORT_ID_LEN && hex && text_starts(hex + 1, value));
}

static bool matches_volume(const char *value, void *arg)
{
	const struct item *item = arg;
	const struct node *mounts = node_get(item->inspect, "Mounts");

	node_foreach(mount, mounts)
		if (text_eq(value, node_get_text(mount, "Name")) ||
		    text_eq(value, node_get_text(mount, "Source")) ||
		    text_eq(value, node_get_text(mount, "Destination")))
			return true;
	return false;
}

static bool matches_network(const char *value, void *arg)
{
	const struct item *item = arg;

	return node_get(node_lookup(item->inspect, "NetworkSettings.Networks"), value) != NULL;
}

/* "80", "80/tcp" */
static bool has_port(const struct item *item, const char *value, bool published)
{
	autofree char *with_protocol =
		strchr(value, '/') ? xstrdup(value) : xasprintf("%s/tcp", value);
	const struct node *bindings = node_lookup(item->inspect, "HostConfig.PortBindings");
	const struct node *exposed = node_lookup(item->inspect, "Config.ExposedPorts");

	return node_get(published ? bindings : exposed, with_protocol) != NULL;
}

static bool matches_publish(const char *value, void *arg)
{
	return has_port(arg, value, true);
}

static bool matches_expose(const char *value, void *arg)
{
	return has_port(arg, value, false);
}

static const struct {
	const char *key;
	bool (*matches)(const char *value, void *arg);
} tests[] = {
	{"id", matches_id},           {"name", matches_name},         {"status", matches_status},
	{"exited", matches_exited},   {"ancestor", matches_ancestor}, {"volume", matches_volume},
	{"network", matches_network}, {"publish", matches_publish},   {"expose", matches_expose},
};

static bool passes(const struct filters *filters, struct item *item)
{
	autostrlist struct strlist labels = {0};
	const struct node *map = node_lookup(item->inspect, "Config.Labels");

	node_foreach(label, map)
		strlist_addf(&labels, "%.*s=%s", STR_ARG(label->key), node_text(label));
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		if (!filters_pass(filters, tests[i].key, tests[i].matches, item))
			return false;
	return filters_pass_labels(filters, &labels);
}

/* before=X and since=X: made before or after that container. */
static int cut_range(struct hull *hull, const struct filters *filters, struct items *items,
		     struct err *err)
{
	for (size_t i = 0; i < filters->keys.n; i++) {
		bool before = text_eq(filters->keys.items[i], "before");
		if (!before && !text_eq(filters->keys.items[i], "since"))
			continue;
		cleanup(container_closep) struct container *mark = NULL;
		if (container_find(&hull->engine, filters->values.items[i], &mark, err))
			return -1;
		size_t at = 0;
		while (at < items->n &&
		       !text_eq(container_id(items->items[at].container), container_id(mark)))
			at++;
		size_t from = before ? at + 1 : 0, to = before ? items->n : at;
		from = from > items->n ? items->n : from;
		if (to > from)
			memmove(items->items, items->items + from,
				(to - from) * sizeof(*items->items));
		items->n = to - from;
	}
	return 0;
}

static bool is_shown(const struct item *item, const struct ps_opts *opts, bool all)
{
	if (container_owner(item->container) && !opts->external)
		return false;
	return all || item->state == CONTAINER_RUNNING || item->state == CONTAINER_PAUSED ||
	       item->state == CONTAINER_RESTARTING;
}

static int rows_make(struct arena *arena, const struct items *items, const struct ps_opts *opts,
		     const struct filters *filters, struct node *rows, struct err *err)
{
	/* Asking for a state, or for the newest, asks for those that do not run as well. */
	bool all = opts->all || opts->latest || opts->last > 0 || filters_has(filters, "status") ||
		   filters_has(filters, "exited");
	int64_t left = opts->latest ? 1 : opts->last > 0 ? opts->last : INT64_MAX;

	vec_foreach(item, items) {
		struct node *row;
		if (!is_shown(item, opts, all) || !passes(filters, item) || left-- <= 0)
			continue;
		if (row_make(arena, item, opts, &row, err))
			return -1;
		node_append(rows, row);
	}
	return 0;
}

static int print(const struct node *rows, const struct ps_opts *opts, struct err *err)
{
	if (opts->quiet && !opts->format)
		return output_rows(columns, "{{.ID}}", rows, err);
	return output_rows(opts->size && !opts->format ? columns_with_size : columns, opts->format,
			   rows, err);
}

static void item_fill(struct arena *arena, struct container *container, struct item *item)
{
	item->container = container;
	item->state = container_state(container, &item->exit_code);
	item->inspect = container_inspect(arena, container);
}

static int show(struct hull *hull, const struct ps_opts *opts, const struct filters *filters,
		const struct container_list *list, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *rows = node_new(&arena, NODE_LIST);
	struct items items = {0};

	for (size_t i = 0; i < list->n; i++)
		item_fill(&arena, list->items[i], vec_add(&items));
	int failed = cut_range(hull, filters, &items, err) ||
		     rows_make(&arena, &items, opts, filters, rows, err) || print(rows, opts, err);
	vec_done(&items);
	return failed ? -1 : 0;
}

static int ps_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	static const char *const known[] = {"id",     "name",    "status",  "exited", "ancestor",
					    "volume", "network", "publish", "expose", "label",
					    "before", "since",   NULL};
	const struct ps_opts *opts = opts_ptr;
	struct container_list list = {0};
	cleanup(filters_done) struct filters filters = {0};

	if (filters_parse(&opts->filters, known, &filters, err) ||
	    container_list(&hull->engine, &list, err))
		return -1;
	int failed = show(hull, opts, &filters, &list, err);
	container_list_done(&list);
	return failed;
}

const struct command cmd_ps = {
	.name = "ps",
	.args = "",
	.summary = "List containers",
	.opts = ps_opts,
	.opts_size = sizeof(struct ps_opts),
	.max_args = 0,
	.needs = CMD_NEEDS_ENGINE,
	.run = ps_run,
};
