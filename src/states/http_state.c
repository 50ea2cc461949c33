/* http_state.c - http.query: what a server answers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/http_state.h"

#include <time.h>

#include "base/clock.h"
#include "states/http_get.h"
#include "states/system_limits.h"
#include "states/text_file.h"
#include "value/list.h"
#include "value/regex.h"

#include "base/banned.h"

struct http_args {
	struct value match, status, body, wait_for, interval;
	struct str match_type, status_type, method, test_url;
	struct dict *headers;
	struct list *header_list;
};

#define ROW(arg_name, arg_type, field)                      \
	{                                                   \
		.name = (arg_name), .type = (arg_type),     \
		.offset = offsetof(struct http_args, field) \
	}
#define WORD(arg_name, field, word)                                                               \
	{                                                                                         \
		.name = (arg_name), .type = ARG_STR, .offset = offsetof(struct http_args, field), \
		.fallback = (word)                                                                \
	}
#define REFUSED(arg_name, why)                                             \
	{                                                                  \
		.name = (arg_name), .type = ARG_REFUSED, .fallback = (why) \
	}

static const struct state_arg http_rows[] = {
	ROW("match", ARG_VALUE, match),
	WORD("match_type", match_type, "string"),
	ROW("status", ARG_VALUE, status),
	WORD("status_type", status_type, "string"),
	ROW("wait_for", ARG_VALUE, wait_for),
	ROW("request_interval", ARG_VALUE, interval),
	WORD("method", method, "GET"),
	ROW("data", ARG_VALUE, body),
	ROW("header_dict", ARG_DICT, headers),
	ROW("header_list", ARG_LIST, header_list),
	ROW("test_url", ARG_STR, test_url),
	{.name = "decode", .type = ARG_IGNORED},
	{.name = "text", .type = ARG_IGNORED},
	{.name = "backend", .type = ARG_IGNORED},
	{.name = "verify_ssl", .type = ARG_IGNORED},
	{.name = "raise_error", .type = ARG_IGNORED},
	{.name = "timeout", .type = ARG_IGNORED},
	REFUSED("username", "write the field Authorization into header_list"),
	REFUSED("password", "write the field Authorization into header_list"),
	REFUSED("params", "write them into the URL"),
	REFUSED("data_file", "write what is sent into data"),
	REFUSED("cert", "https is not spoken here"),
	{0},
};

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

static struct str text_of(struct state_call *call, struct value v)
{
	struct value text;
	autoerr struct err err = {0};

	return value_str(call->heap, v, &text, &err) ? STR("") : value_bytes(text);
}

/* Bounded, so that it fits into a clock; what is no number is none. */
static double seconds_of(struct value v)
{
	double seconds = v.kind == VALUE_INT     ? (double)v.integer
			 : v.kind == VALUE_FLOAT ? v.number
						 : 0;

	return seconds > LIMIT_HTTP_PATIENCE_S ? LIMIT_HTTP_PATIENCE_S : seconds > 0 ? seconds : 0;
}

/* ---- asking ---- */

static int add_field(struct buf *fields, struct str name, struct str value, struct err *err)
{
	if (!name.len || !text_is_line(name) || !text_is_line(value))
		return err_set(err, ERR_INPUT, "'%.*s' is no field of a request", STR_ARG(name));
	buf_printf(fields, "%.*s: %.*s\r\n", STR_ARG(name), STR_ARG(value));
	return 0;
}

static int fill_fields(struct state_call *call, struct buf *fields, struct err *err)
{
	const struct http_args *args = call->args;

	if (args->headers) {
		dict_foreach(entry, args->headers) if (add_field(fields, text_of(call, entry->key),
								 text_of(call, entry->value),
								 err)) return -1;
	}
	for (size_t i = 0; args->header_list && i < args->header_list->n; i++) {
		struct str value = text_of(call, args->header_list->items[i]);
		struct str name = str_cut(&value, ':');
		if (add_field(fields, name, value.ptr ? str_trim(value) : STR(""), err))
			return -1;
	}
	return 0;
}

/* A status that is no success has no text. An answer that there is not is told as a warning: the
 * comment says only what was looked for. */
static void ask(struct state_call *call, const char *url, struct http_answer *answer,
		struct outcome *outcome)
{
	const struct http_args *args = call->args;
	autobuf struct buf fields = {0};
	autoerr struct err err = {0};

	if (fill_fields(call, &fields, &err)) {
		outcome_warn(call->heap, outcome, "%s", err_text(&err));
		return;
	}
	const struct http_request request = {
		.method = heap_strdup(call->heap, args->method),
		.url = url,
		.fields = buf_str(&fields),
		.body = is_given(args->body) ? text_of(call, args->body) : (struct str){0},
	};
	if (http_ask(call->world, &request, answer, &err))
		outcome_warn(call->heap, outcome, "%s", err_text(&err));
	else if (answer->status / 100 != 2)
		buf_truncate(&answer->text, 0);
}

/* ---- judging ---- */

static bool finds(struct state_call *call, struct str pattern, struct str text,
		  struct outcome *outcome)
{
	struct regex_match match;
	struct regex *regex;
	autoerr struct err err = {0};
	int found = regex_compile(call->heap, pattern, 0, &regex, &err)
			    ? -1
			    : regex_search(regex, text, 0, false, &match, &err);

	if (found < 0)
		outcome_warn(call->heap, outcome, "%s", err_text(&err));
	return found > 0;
}

static bool judge_text(struct state_call *call, struct str text, struct buf *told,
		       struct outcome *outcome)
{
	const struct http_args *args = call->args;
	struct str wanted = text_of(call, args->match);
	bool is_pattern = str_is(args->match_type, "pcre");
	bool good = is_pattern ? finds(call, wanted, text, outcome)
			       : !wanted.len || memmem(text.ptr ? text.ptr : "", text.len,
						       wanted.ptr, wanted.len);

	buf_printf(told, "Match %s \"%.*s\" was %sfound.", is_pattern ? "pattern" : "text",
		   STR_ARG(wanted), good ? "" : "not ");
	return good;
}

/* In a list: each that is there is told, or that none is. */
static bool judge_statuses(struct state_call *call, struct str status, struct buf *told)
{
	const struct http_args *args = call->args;
	const struct list *list = args->status.kind == VALUE_LIST ? args->status.list : NULL;
	size_t n = list ? list->n : 1;
	bool good = false;

	for (size_t i = 0; i < n; i++) {
		struct str each = text_of(call, list ? list->items[i] : args->status);
		if (!str_eq(each, status))
			continue;
		buf_printf(told, "%sStatus %.*s was found.", told->len ? " " : "", STR_ARG(each));
		good = true;
	}
	if (!good)
		buf_printf(told, "%sStatuses %.*s were not found.", told->len ? " " : "",
			   STR_ARG(text_of(call, args->status)));
	return good;
}

static bool judge_status(struct state_call *call, unsigned number, struct buf *told,
			 struct outcome *outcome)
{
	const struct http_args *args = call->args;
	struct str wanted = text_of(call, args->status);
	bool is_pattern = str_is(args->status_type, "pcre");
	autofree char *status = number ? xasprintf("%u", number) : xstrdup("");

	if (str_is(args->status_type, "list"))
		return judge_statuses(call, str_of(status), told);
	bool good =
		is_pattern ? finds(call, wanted, str_of(status), outcome) : str_is(wanted, status);
	buf_printf(told, "%sStatus %s%.*s%s was %sfound.", told->len ? " " : "",
		   is_pattern ? "pattern \"" : "", STR_ARG(wanted), is_pattern ? "\"" : "",
		   good ? "" : "not ");
	return good;
}

/* One request, judged; the comment is this one's. */
static bool query(struct state_call *call, struct outcome *outcome)
{
	const struct http_args *args = call->args;
	const char *url = call->name;
	cleanup(http_answer_done) struct http_answer answer = {0};
	bool good = true;

	outcome->warnings = NULL;
	buf_truncate(&outcome->comment, 0);
	if (call->is_test)
		url = args->test_url.len ? heap_strdup(call->heap, args->test_url) : NULL;
	if (url)
		ask(call, url, &answer, outcome);
	if (is_given(args->match))
		good = judge_text(call, buf_str(&answer.text), &outcome->comment, outcome);
	if (is_given(args->status))
		good &= judge_status(call, answer.status, &outcome->comment, outcome);
	if (!call->is_test) {
		outcome->result = good ? RESULT_TRUE : RESULT_FALSE;
		return good;
	}
	outcome->result = RESULT_NONE;
	buf_puts(&outcome->comment, " (TEST MODE");
	if (url)
		buf_printf(&outcome->comment, ", TEST URL WAS: %s", url);
	buf_putc(&outcome->comment, ')');
	return true;
}

/* ---- the states ---- */

static void wait_until(struct state_call *call, double seconds, struct outcome *outcome)
{
	const struct http_args *args = call->args;
	double pause = seconds_of(args->interval);
	int64_t deadline = clock_monotonic_ns() + (int64_t)(seconds * (double)NS_PER_SEC);

	if (pause <= 0 || pause > LIMIT_HTTP_PAUSE_MAX_S)
		pause = LIMIT_HTTP_PAUSE_S;
	if (pause < LIMIT_HTTP_PAUSE_MIN_S)
		pause = LIMIT_HTTP_PAUSE_MIN_S;
	while (!query(call, outcome) && clock_monotonic_ns() < deadline &&
	       !(call->world->stop && *call->world->stop)) {
		struct timespec span = {.tv_sec = (time_t)pause};
		span.tv_nsec = (long)((pause - (double)span.tv_sec) * (double)NS_PER_SEC);
		nanosleep(&span, NULL);
	}
}

static bool is_asked(struct state_call *call, struct outcome *outcome)
{
	const struct http_args *args = call->args;

	if (is_given(args->match) || is_given(args->status))
		return true;
	outcome_fail(outcome, " Either match text (match) or a status code (status) is required.");
	return false;
}

static void http_query(struct state_call *call, struct outcome *outcome)
{
	const struct http_args *args = call->args;

	if (is_asked(call, outcome))
		wait_until(call, seconds_of(args->wait_for), outcome);
}

static void http_wait(struct state_call *call, struct outcome *outcome)
{
	const struct http_args *args = call->args;

	if (is_asked(call, outcome))
		wait_until(call, is_given(args->wait_for) ? seconds_of(args->wait_for) : 300,
			   outcome);
}

static void http_check(const struct state_call *call, struct diags *findings)
{
	struct diag diag = {0};

	if (!strncmp(call->name, "https://", strlen("https://")) &&
	    diag_set(&diag, ERR_INPUT, call->at,
		     "'%s': https is not spoken here, only http: ask with curl in cmd.run",
		     call->name))
		diags_take(findings, &diag);
}

#define HTTP(symbol, state_name, apply_fn)             \
	const struct state_def symbol = {              \
		.name = (state_name),                  \
		.args = http_rows,                     \
		.args_size = sizeof(struct http_args), \
		.check = http_check,                   \
		.apply = (apply_fn),                   \
	}

HTTP(http_query_def, "http.query", http_query);
HTTP(http_wait_def, "http.wait_for_successful_query", http_wait);
