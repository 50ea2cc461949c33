/* cmd_logs.c - hull logs: what a container wrote, and writes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "base/clock.h"

#include "commands.h"

#include "base/banned.h"

struct logs_opts {
	bool follow, timestamps;
	const char *since, *until, *tail;
};

static const struct opt logs_opts[] = {
	{'f', "follow", OPT_FLAG, offsetof(struct logs_opts, follow), NULL, "Go on as it grows"},
	{0, "since", OPT_STRING, offsetof(struct logs_opts, since), "TIME",
	 "Only from this time on (\"2026-01-02T13:23:37Z\", \"42m\" ago, seconds since 1970)"},
	{'n', "tail", OPT_STRING, offsetof(struct logs_opts, tail), "NUMBER",
	 "Only so many lines from the end (default \"all\")"},
	{'t', "timestamps", OPT_FLAG, offsetof(struct logs_opts, timestamps), NULL,
	 "Put the time in front of each line"},
	{0, "until", OPT_STRING, offsetof(struct logs_opts, until), "TIME", "Only up to this time"},
	{0, "details", OPT_UNSUPPORTED, 0, NULL, "there is nothing more to tell"},
	{0},
};

/* "1700000000", "1700000000.5" */
static bool parse_seconds(const char *text, int64_t *ret_ns)
{
	struct str fraction = str_of(text);
	struct str whole = str_cut(&fraction, '.');
	uint64_t seconds, ns = 0;
	int64_t unit = NS_PER_SEC;

	if (!str_to_u64(whole, &seconds) || seconds > INT64_MAX / NS_PER_SEC - 1 ||
	    fraction.len > 9 || (fraction.ptr && !str_to_u64(fraction, &ns)))
		return false;
	for (size_t i = 0; i < fraction.len; i++)
		unit /= 10;
	*ret_ns = (int64_t)seconds * NS_PER_SEC + (fraction.ptr ? (int64_t)ns * unit : 0);
	return true;
}

/* A day, with or without a time of day, on the host's clock. */
static bool parse_local(const char *text, int64_t *ret_ns)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(text, forms[i], &tm);
		if (!end || *end)
			continue;
		*ret_ns = (int64_t)mktime(&tm) * NS_PER_SEC;
		return true;
	}
	return false;
}

static int parse_time(const char *option, const char *text, int64_t *ret_ns, struct err *err)
{
	int64_t ago;

	if (!text || parse_seconds(text, ret_ns) || clock_parse_rfc3339(str_of(text), ret_ns) ||
	    parse_local(text, ret_ns))
		return 0;
	if (!clock_parse_duration(str_of(text), &ago))
		return err_set(
			err, ERR_INPUT,
			"%s: '%s' is no time like '2026-01-02T13:23:37Z', '42m' or '1700000000'",
			option, text);
	*ret_ns = clock_now_ns() - ago;
	return 0;
}

static int logs_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct logs_opts *opts = opts_ptr;
	struct logs_options options = {
		.follow = opts->follow, .timestamps = opts->timestamps, .tail = -1};
	cleanup(container_closep) struct container *container = NULL;
	uint64_t tail;

	if (parse_time("--since", opts->since, &options.since_ns, err) ||
	    parse_time("--until", opts->until, &options.until_ns, err))
		return -1;
	if (opts->tail && !text_eq(opts->tail, "all") && !text_eq(opts->tail, "-1")) {
		if (!str_to_u64(str_of(opts->tail), &tail) || tail > INT64_MAX)
			return err_set(err, ERR_INPUT, "--tail: '%s' is neither a number nor 'all'",
				       opts->tail);
		options.tail = (int64_t)tail;
	}
	if (container_find(&hull->engine, argv[0], &container, err))
		return -1;
	return container_logs(container, &options, 1, 2, err);
}

const struct command cmd_logs = {
	.name = "logs",
	.args = "CONTAINER",
	.summary = "Show what a container wrote",
	.opts = logs_opts,
	.opts_size = sizeof(struct logs_opts),
	.min_args = 1,
	.max_args = 1,
	.needs = CMD_NEEDS_ENGINE,
	.run = logs_run,
};
