/* ctl_ask.c - one question, its answer, and the lines behind it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"

#include "ctl.h"

#include "base/banned.h"

/* The server is to give up a little before us, and to say what it was waiting for. */
#define CTL_MARGIN_NS INT64_C(200000000)

static bool json_is_false(const struct json_node *node)
{
	return node && node->type == JSON_FALSE;
}

static void tell_reply(const struct ctl_session *session, const struct ctl_call *call,
		       const struct client_reply *reply, bool *ret_is_error)
{
	autobuf struct buf text = {0};
	bool is_error = text_eq(json_text(json_member(reply->nodes, "status")), "error");
	*ret_is_error = is_error || json_is_false(json_member(reply->nodes, "ready"));
	if (session->as_json && session->pretty)
		ctl_prettify(reply->nodes, &text);
	else if (session->as_json)
		buf_puts(&text, reply->line);
	else if (is_error || !session->print || !session->print(call, reply->nodes, &text))
		ctl_print(call, reply->nodes, &text);
	/* A stream that starts with nothing starts with nothing. */
	if (text.len || !call->verb->streams)
		fprintf(is_error && !session->as_json ? stderr : stdout, "%s\n", buf_text(&text));
}

static bool follows(const struct ctl_call *call)
{
	return call->verb->streams &&
	       (!(call->verb->options & CTL_FOLLOW) || call->given & CTL_FOLLOW);
}

static int follow(const struct ctl_session *session, const struct ctl_call *call,
		  struct client *client, bool *ret_is_error, struct err *err)
{
	while (!*ret_is_error) {
		autoreply struct client_reply line = {0};
		autobuf struct buf text = {0};
		fflush(stdout);
		if (client_receive(client, -1, &line, err)) {
			if (err->kind != ERR_MISSING)
				return -1;
			err_clear(err); /* the init has ended, and with it what happens there */
			return 0;
		}
		*ret_is_error = text_eq(json_text(json_member(line.nodes, "status")), "error");
		if (session->as_json)
			buf_puts(&text, line.line);
		else
			ctl_print_line(call, &line, &text);
		fprintf(*ret_is_error && !session->as_json ? stderr : stdout, "%s\n",
			buf_text(&text));
	}
	return 0;
}

static int ask(const struct ctl_session *session, struct ctl_call *call, struct client *client,
	       bool *ret_is_error, struct err *err)
{
	struct out line = {.max = (size_t)1 << 20};
	autoreply struct client_reply reply = {0};
	if (call->given & CTL_WAITING && session->timeout_ns > 2 * CTL_MARGIN_NS)
		call->timeout_ns = session->timeout_ns - CTL_MARGIN_NS;
	int result = ctl_request(call, &line, err);
	if (!result)
		result = client_send(client, line.ptr, line.len, err);
	out_done(&line);
	if (!result)
		result = client_receive(client, session->timeout_ns, &reply, err);
	/* It ended as it was asked to. */
	if (result && err->kind == ERR_MISSING && text_eq(call->verb->name, "quit")) {
		err_clear(err);
		puts("ok");
		return 0;
	}
	if (result)
		return -1;
	tell_reply(session, call, &reply, ret_is_error);
	return follows(call) ? follow(session, call, client, ret_is_error, err) : 0;
}

int ctl_ask(const struct ctl_session *session, struct ctl_call *call, bool *ret_is_error,
	    struct err *err)
{
	struct client client;
	*ret_is_error = false;
	if (client_open(session->endpoint, &client, err))
		return -1;
	int result = ask(session, call, &client, ret_is_error, err);
	client_close(&client);
	return result;
}
