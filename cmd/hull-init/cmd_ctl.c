/* cmd_ctl.c - hull-init ctl: what a running hull-init is asked.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"

#include "cmd.h"
#include "ctl.h"

#include "base/banned.h"

#define PATIENCE_NS         (5 * NS_PER_SEC)
#define PATIENCE_WAITING_NS (60 * NS_PER_SEC)

struct ctl_opts {
	const char *endpoint;
	int64_t timeout_ns;
	bool has_timeout, as_json, pretty;
};

static const struct opt ctl_opts[] = {
	{0, "endpoint", OPT_STRING, offsetof(struct ctl_opts, endpoint), "PATH",
	 "The control socket; else HULL_INIT_CONTROL, or where one is found"},
	{0, "json", OPT_FLAG, offsetof(struct ctl_opts, as_json), NULL,
	 "Print the answer as it comes, one JSON object a line"},
	{0, "pretty", OPT_FLAG, offsetof(struct ctl_opts, pretty), NULL, "With --json: indented"},
	{0, "timeout", OPT_DURATION, offsetof(struct ctl_opts, timeout_ns), "TIME",
	 "How long an answer may take (5s; with --waiting 60s; 0: for ever)",
	 offsetof(struct ctl_opts, has_timeout)},
	{0},
};

/* ---- status as a table ---- */

enum { COLUMNS = 6 };
struct row {
	char *cells[COLUMNS];
};

static char *pids_text(const struct json_node *service)
{
	autobuf struct buf text = {0};
	const struct json_node *pids = json_member(service, "pids");
	size_t n = 0;
	for (const struct json_node *it = json_first(pids); it; it = json_next(pids, it)) {
		if (n++ == 4) { /* of hundreds nobody reads the rest here */
			buf_puts(&text, ",…");
			break;
		}
		buf_printf(&text, "%s%s", n > 1 ? "," : "", it->text);
	}
	return xstrdup(text.len ? buf_text(&text) : "-");
}

static char *age_text(const struct json_node *node)
{
	int64_t ns = 0;
	json_seconds(node, &ns);
	int64_t s = ns / NS_PER_SEC;
	if (s < 60)
		return xasprintf("%llds", (long long)s);
	if (s < 3600)
		return xasprintf("%lldm%02llds", (long long)(s / 60), (long long)(s % 60));
	if (s < 86400)
		return xasprintf("%lldh%02lldm", (long long)(s / 3600), (long long)(s / 60 % 60));
	return xasprintf("%lldd%02lldh", (long long)(s / 86400), (long long)(s / 3600 % 24));
}

static void row_fill(struct row *row, const struct json_node *service)
{
	const struct json_node *restarts = json_member(service, "restarts");
	const char *name = json_text(json_member(service, "name"));
	const char *state = json_text(json_member(service, "state"));
	const char *reason = json_text(json_member(service, "reason"));
	bool is_sick =
		json_member(service, "healthy") && !json_is_true(json_member(service, "healthy"));
	row->cells[0] = xstrdup(name ? name : "");
	row->cells[1] = xasprintf("%s%s", state ? state : "", is_sick ? ", unhealthy" : "");
	row->cells[2] = pids_text(service);
	row->cells[3] = age_text(json_member(service, "since"));
	row->cells[4] = xstrdup(restarts && restarts->text ? restarts->text : "0");
	row->cells[5] = xstrdup(reason ? reason : "");
}

static void put_rows(const struct row *rows, size_t n, struct buf *text)
{
	size_t widths[COLUMNS] = {0};
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			if (strlen(rows[i].cells[c]) > widths[c])
				widths[c] = strlen(rows[i].cells[c]);
	for (size_t i = 0; i < n; i++) {
		size_t before = text->len;
		for (size_t c = 0; c + 1 < COLUMNS; c++)
			buf_printf(text, "%-*s  ", (int)widths[c], rows[i].cells[c]);
		buf_puts(text, rows[i].cells[COLUMNS - 1]);
		while (text->len > before && text->ptr[text->len - 1] == ' ')
			buf_truncate(text, text->len - 1);
		if (i + 1 < n)
			buf_putc(text, '\n');
	}
}

static bool print_table(const struct ctl_call *call, const struct json_node *reply,
			struct buf *text)
{
	static const char *const titles[COLUMNS] = {"NAME",   "STATE",    "PIDS",
						    "UPTIME", "RESTARTS", "WHY"};
	const struct json_node *services = json_member(reply, "services");
	if (!call->detail || !services)
		return false;
	struct row *rows = xcalloc(services->n + 1, sizeof(*rows));
	size_t n = 1;
	for (size_t c = 0; c < COLUMNS; c++)
		rows[0].cells[c] = xstrdup(titles[c]);
	for (const struct json_node *it = json_first(services); it; it = json_next(services, it))
		row_fill(&rows[n++], it);
	put_rows(rows, n, text);
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			free(rows[i].cells[c]);
	free(rows);
	return true;
}

/* ---- verbs ---- */

static void tell_verbs(const struct ctl_verb *only)
{
	const struct ctl_verb *verb;
	if (!only)
		puts("Verbs:");
	for (size_t i = 0; (verb = ctl_verb_get(i)); i++) {
		if (only && only != verb)
			continue;
		autofree char *usage = xasprintf("%s %s", verb->name, verb->args);
		printf(only ? "Usage: hull-init ctl %s\n\n%s\n" : "  %-26s %s\n", usage,
		       verb->summary);
	}
}

static int unknown_verb(const char *name, struct err *err)
{
	const struct ctl_verb *verb;
	const char *names[64] = {NULL};
	for (size_t i = 0; i + 1 < ARRAY_LEN(names) && (verb = ctl_verb_get(i)); i++)
		names[i] = verb->name;
	const char *nearest = str_nearest(name, names);
	return err_set(err, ERR_INPUT, "unknown verb '%s'%s%s%s", name,
		       nearest ? " (did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?)" : "");
}

/* Said, and failed: 1 without more words; else as err. */
static int tell_failure(const struct ctl_call *call, struct err *err)
{
	if (err->kind != ERR_LIMIT)
		return -1;
	err_clear(err);
	fprintf(stderr, "hull-init: '%s': no answer in time%s\n", call->verb->name,
		call->given & CTL_WAITING ? "; it goes on" : "");
	return 1;
}

static int run_verb(const struct ctl_opts *opts, struct ctl_call *call, struct err *err)
{
	bool is_error;
	struct ctl_session session = {
		.endpoint = opts->endpoint,
		.timeout_ns = opts->has_timeout           ? opts->timeout_ns
			      : call->given & CTL_WAITING ? PATIENCE_WAITING_NS
							  : PATIENCE_NS,
		.as_json = opts->as_json || opts->pretty,
		.pretty = opts->pretty,
		.print = print_table,
	};
	if (opts->has_timeout && !opts->timeout_ns)
		session.timeout_ns = -1;
	call->detail = text_eq(call->verb->name, "status");
	if (ctl_ask(&session, call, &is_error, err))
		return tell_failure(call, err);
	return is_error ? 1 : 0;
}

static int ctl_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	char status[] = "status", *alone[] = {status, NULL};
	struct ctl_call call;
	if (!argc) {
		argv = alone;
		argc = 1;
	}
	if (text_eq(argv[0], "help") && argc == 1) {
		tell_verbs(NULL);
		return 0;
	}
	if (!ctl_verb_find(argv[0], true))
		return unknown_verb(argv[0], err);
	if (ctl_read(argc, argv, true, &call, err))
		return err_wrap(err, "'%s'", argv[0]);
	int result = 0;
	if (call.given & CTL_HELP)
		tell_verbs(call.verb);
	else
		result = run_verb(opts, &call, err);
	ctl_call_done(&call);
	return result;
}

const struct command cmd_ctl = {
	.name = "ctl",
	.args = "[VERB [ARG...]]",
	.summary = "Ask a running hull-init, or tell it what to do",
	.details = "'hull-init ctl help' lists the verbs; without one: status.",
	.opts = ctl_opts,
	.opts_size = sizeof(struct ctl_opts),
	.opt_flags = OPT_STOP_AT_ARG,
	.min_args = 0,
	.max_args = -1,
	.run = ctl_run,
};
