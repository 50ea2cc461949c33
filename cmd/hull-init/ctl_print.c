/* ctl_print.c - answers as text, the original's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "base/strlist.h"

#include "ctl.h"

#include "base/banned.h"

/* A number or a text as it is; NULL: anything else. */
static const char *scalar(const struct json_node *node)
{
	if (!node)
		return "";
	switch (node->type) {
	case JSON_NUMBER:
	case JSON_STRING: return node->text;
	case JSON_NULL: return "";
	case JSON_FALSE: return "False";
	case JSON_TRUE: return "True";
	default: return NULL;
	}
}

static const char *member(const struct json_node *object, const char *name)
{
	const char *text = scalar(json_member(object, name));
	return text ? text : "";
}

static void print_lines(const struct strlist *lines, const char *between, struct buf *text)
{
	for (size_t i = 0; i < lines->n; i++)
		buf_printf(text, "%s%s", i ? between : "", lines->items[i]);
}

void print_names(const struct json_node *reply, struct buf *text)
{
	autostrlist struct strlist names = {0};
	const struct json_node *pids = json_member(reply, "pids");
	const struct json_node *list = pids ? pids : json_member(reply, "watchers");
	for (const struct json_node *it = json_first(list); it; it = json_next(list, it))
		strlist_add(&names, scalar(it));
	if (!pids)
		strlist_sort(&names);
	print_lines(&names, ",", text);
}

struct item {
	const struct json_node *node;
};

static int compare_names(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	return strcmp(x->node->text, y->node->text);
}

/* Those of an object are sorted by their names. The caller frees. */
static struct item *items_of(const struct json_node *node, size_t *ret_n)
{
	struct item *items = xcalloc((node ? node->n : 0) + 1, sizeof(*items));
	size_t n = 0;
	for (const struct json_node *it = json_first(node); it; it = json_next(node, it))
		items[n++].node = it;
	if (n && node->type == JSON_OBJECT)
		qsort(items, n, sizeof(*items), compare_names);
	*ret_n = n;
	return items;
}

void print_status(const struct json_node *reply, struct buf *text)
{
	const struct json_node *statuses = json_member(reply, "statuses");
	if (!statuses) {
		buf_puts(text, member(reply, "status"));
		return;
	}
	size_t n;
	autofree struct item *items = items_of(statuses, &n);
	for (size_t i = 0; i < n; i++)
		buf_printf(text, "%s%s: %s", i ? "\n" : "", items[i].node->text,
			   scalar(items[i].node + 1));
}

void print_number(const struct json_node *reply, struct buf *text)
{
	const struct json_node *watchers = json_member(reply, "numwatchers");
	buf_puts(text, watchers ? watchers->text : member(reply, "numprocesses"));
}

void print_scaled(const struct json_node *reply, struct buf *text)
{
	if (json_member(reply, "singleton"))
		buf_puts(text,
			 "This watcher is a Singleton - not changing the number of processes");
	else if (json_member(reply, "numprocesses"))
		buf_puts(text, member(reply, "numprocesses"));
	else
		buf_puts(text, "ok");
}

/* An object as Python shows a dictionary. */
static void print_object(const struct json_node *object, struct buf *text)
{
	bool is_first = true;
	buf_putc(text, '{');
	for (const struct json_node *it = json_first(object); it; it = json_next(object, it)) {
		buf_printf(text, "%s'%s': '%s'", is_first ? "" : ", ", it->text, scalar(it + 1));
		is_first = false;
	}
	buf_putc(text, '}');
}

static void print_option(const struct json_node *name, struct buf *text)
{
	const struct json_node *value = name + 1;
	buf_printf(text, "%s%s: ", text->len ? "\n" : "", name->text);
	if (value->type == JSON_OBJECT)
		print_object(value, text);
	else
		buf_puts(text, scalar(value) ? scalar(value) : "");
}

void print_options(const struct json_node *reply, struct buf *text)
{
	const struct json_node *options = json_member(reply, "options");
	for (const struct json_node *it = json_first(options); it; it = json_next(options, it))
		print_option(it, text);
}

void print_sorted_options(const struct json_node *reply, struct buf *text)
{
	size_t n;
	autofree struct item *items = items_of(json_member(reply, "options"), &n);
	for (size_t i = 0; i < n; i++)
		print_option(items[i].node, text);
}

static void print_figures(const struct json_node *process, struct buf *text)
{
	static const char *const names[] = {"username", "nice", "mem_info1", "mem_info2",
					    "cpu",      "mem",  "ctime"};
	buf_printf(text, "%s  %s", member(process, "pid"), member(process, "cmdline"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		buf_printf(text, " %s", member(process, names[i]));
}

/* A process and those below it; one that could not be looked at is a text. */
static void print_process(const struct json_node *process, struct buf *text)
{
	const struct json_node *children = json_member(process, "children");
	if (process->type != JSON_OBJECT) {
		buf_puts(text, scalar(process) ? scalar(process) : "");
		return;
	}
	print_figures(process, text);
	for (const struct json_node *it = json_first(children); it; it = json_next(children, it)) {
		buf_puts(text, "\n   ");
		print_figures(it, text);
	}
}

static void print_watcher(const char *name, const struct json_node *processes, struct buf *text)
{
	buf_printf(text, "%s%s:", text->len ? "\n" : "", name);
	for (const struct json_node *it = json_first(processes); it;
	     it = json_next(processes, it)) {
		buf_printf(text, "\n%s: ", it->text);
		print_process(it + 1, text);
	}
}

void print_stats(const struct json_node *reply, struct buf *text)
{
	const struct json_node *infos = json_member(reply, "infos");
	const struct json_node *info = json_member(reply, "info");
	if (infos) {
		for (const struct json_node *it = json_first(infos); it; it = json_next(infos, it))
			print_watcher(it->text, it + 1, text);
	} else if (json_member(reply, "name")) {
		print_watcher(member(reply, "name"), info, text);
	} else if (info) {
		buf_printf(text, "%s: ", member(reply, "process"));
		print_process(info, text);
		buf_putc(text, '\n');
	}
}

void print_daemon_stats(const struct json_node *reply, struct buf *text)
{
	const struct json_node *info = json_member(reply, "info");
	const struct json_node *children = json_member(info, "children");
	buf_puts(text, "Main Process:\n    ");
	print_figures(info, text);
	if (json_first(children))
		buf_puts(text, "\nChildren:");
	for (const struct json_node *it = json_first(children); it; it = json_next(children, it)) {
		buf_puts(text, "\n    ");
		print_figures(it, text);
	}
}

void print_sockets(const struct json_node *reply, struct buf *text)
{
	const struct json_node *sockets = json_member(reply, "sockets");
	for (const struct json_node *it = json_first(sockets); it; it = json_next(sockets, it)) {
		buf_printf(text, "%s%s:socket '%s' at ", text->len ? "\n" : "", member(it, "fd"),
			   member(it, "name"));
		if (json_member(it, "path"))
			buf_puts(text, member(it, "path"));
		else
			buf_printf(text, "%s:%s", member(it, "host"), member(it, "port"));
	}
}

/* ---- ours ---- */

void print_text(const struct json_node *reply, struct buf *text)
{
	const char *told = member(reply, "text");
	size_t len = strlen(told);
	buf_append(text, told, len && told[len - 1] == '\n' ? len - 1 : len);
}

void print_ready(const struct json_node *reply, struct buf *text)
{
	const struct json_node *unready = json_member(reply, "unready");
	bool is_first = true;
	buf_puts(text, json_is_true(json_member(reply, "ready")) ? "ready" : "not ready");
	for (const struct json_node *it = json_first(unready); it; it = json_next(unready, it)) {
		buf_printf(text, "%s%s", is_first ? ": " : ", ", scalar(it));
		is_first = false;
	}
	if (!json_is_true(json_member(reply, "healthy")))
		buf_puts(text, "; not healthy");
}

void print_version(const struct json_node *reply, struct buf *text)
{
	buf_printf(text, "hull-init %s, process %s", member(reply, "version"),
		   member(reply, "pid"));
}

void print_model(const struct json_node *reply, struct buf *text)
{
	const struct json_node *model = json_member(reply, "model");
	if (model)
		ctl_prettify(model, text);
}

/* ---- all ---- */

bool ctl_print(const struct ctl_call *call, const struct json_node *reply, struct buf *text)
{
	if (str_is(str_of(member(reply, "status")), "error")) {
		/* The original forgets to say that this one is an error. */
		bool is_bare = text_eq(call->verb->name, "globaloptions");
		buf_printf(text, "%s%s", is_bare ? "" : "error: ", member(reply, "reason"));
		return true;
	}
	if (call->verb->print)
		call->verb->print(reply, text);
	else if (!call->verb->streams)
		buf_puts(text, "ok");
	return false;
}

void ctl_print_line(const struct ctl_call *call, const struct client_reply *line, struct buf *text)
{
	const struct json_node *skipped = json_member(line->nodes, "skipped");
	const char *topic = json_text(json_member(line->nodes, "topic"));
	const char *told = json_text(json_member(line->nodes, "line"));
	if (skipped) {
		buf_printf(text, "[%s skipped: too slow to take them]",
			   member(line->nodes, "skipped"));
	} else if (told) {
		buf_puts(text, told);
	} else if (topic) {
		/* The message as it came. */
		const char *message = strstr(line->line, "\"message\":");
		size_t len = message ? strlen(message) : 0;
		buf_printf(text, "%s: ", topic);
		if (len)
			buf_append(text, message + strlen("\"message\":"),
				   len - strlen("\"message\":") - 1);
	} else {
		ctl_print(call, line->nodes, text);
	}
}

static void put_json_text(const char *told, struct buf *text)
{
	struct out out = {.max = (size_t)8 << 20};
	json_put_text(&out, NULL, told);
	buf_append(text, out.ptr, out.len);
	out_done(&out);
}

static void prettify(const struct json_node *node, int depth, struct buf *text)
{
	static const char *const words[] = {
		[JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
	bool is_object = node->type == JSON_OBJECT;
	if (node->type <= JSON_TRUE) {
		buf_puts(text, words[node->type]);
		return;
	}
	if (node->type == JSON_NUMBER) {
		buf_puts(text, node->text);
		return;
	}
	if (node->type == JSON_STRING) {
		put_json_text(node->text, text);
		return;
	}
	size_t n;
	autofree struct item *items = items_of(node, &n);
	buf_putc(text, is_object ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		buf_printf(text, "%s\n%*s", i ? "," : "", 2 * (depth + 1), "");
		if (is_object) {
			put_json_text(items[i].node->text, text);
			buf_puts(text, ": ");
		}
		prettify(items[i].node + is_object, depth + 1, text);
	}
	if (n)
		buf_printf(text, "\n%*s", 2 * depth, "");
	buf_putc(text, is_object ? '}' : ']');
}

void ctl_prettify(const struct json_node *node, struct buf *text)
{
	prettify(node, 0, text);
}
