/* ctl.h - what both clients of the control socket share: words to a request, an answer to text.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/strlist.h"
#include "init/client.h"
#include "init/out.h"

enum { /* options behind a verb */
       CTL_WAITING = 1 << 0,
       CTL_MATCH = 1 << 1,
       CTL_SEQUENTIAL = 1 << 2,
       CTL_TERMINATE = 1 << 3,
       CTL_CHILDREN = 1 << 4,
       CTL_RECURSIVE = 1 << 5,
       CTL_SIGNUM = 1 << 6,
       CTL_GRACEFUL = 1 << 7,
       CTL_START = 1 << 8,
       CTL_NOSTOP = 1 << 9,
       CTL_EXTENDED = 1 << 10,
       CTL_FOLLOW = 1 << 11,
       CTL_LINES = 1 << 12,
       CTL_HELP = 1 << 13,
};

struct ctl_call { /* one command, read */
	const struct ctl_verb *verb;
	unsigned given; /* options */
	const char *match, *signum, *graceful_timeout, *lines;
	struct strlist words;
	int64_t timeout_ns; /* what the server is told, when it is to wait; 0: nothing */
	bool detail;        /* of status: all that is known, for a table */
};
/* The rows are read by people: what belongs to the words stands first, padding or not. */
struct ctl_verb { /* NOLINT(clang-analyzer-optin.performance.Padding) */
	const char *name;
	const char *args; /* for the usage */
	const char *summary;
	unsigned options;
	int min, max;      /* words; max -1: any number */
	const char *wrong; /* the original's text for a wrong number of words */
	bool is_ours;      /* unknown to circusctl */
	bool streams;      /* more lines follow */
	/* Properties of the request. NULL: "name" is the first word, if there is one. */
	int (*fill)(const struct ctl_call *call, struct out *out, struct err *err);
	/* The text of a good answer; NULL: "ok". */
	void (*print)(const struct json_node *reply, struct buf *text);
};
const struct ctl_verb *ctl_verb_get(size_t i); /* NULL: no more */
const struct ctl_verb *ctl_verb_find(const char *name, bool with_ours);

/* argv[0] is the verb. ERR_INPUT. */
int ctl_read(int argc, char *const *argv, bool with_ours, struct ctl_call *ret_call,
	     struct err *err) must_check;
void ctl_call_done(struct ctl_call *call);
/* The line of a request. */
int ctl_request(const struct ctl_call *call, struct out *line, struct err *err) must_check;
/* Texts of answers, one kind each. */
void print_names(const struct json_node *reply, struct buf *text);
void print_status(const struct json_node *reply, struct buf *text);
void print_number(const struct json_node *reply, struct buf *text);
void print_scaled(const struct json_node *reply, struct buf *text);
void print_options(const struct json_node *reply, struct buf *text);
void print_sorted_options(const struct json_node *reply, struct buf *text);
void print_stats(const struct json_node *reply, struct buf *text);
void print_daemon_stats(const struct json_node *reply, struct buf *text);
void print_sockets(const struct json_node *reply, struct buf *text);
void print_text(const struct json_node *reply, struct buf *text);
void print_ready(const struct json_node *reply, struct buf *text);
void print_version(const struct json_node *reply, struct buf *text);
void print_model(const struct json_node *reply, struct buf *text);
/* What is told of an answer, without a last newline: an error's too. true: it is one. */
bool ctl_print(const struct ctl_call *call, const struct json_node *reply, struct buf *text);
/* A line of a stream. */
void ctl_print_line(const struct ctl_call *call, const struct client_reply *line, struct buf *text);
struct ctl_session {          /* how a client asks */
	const char *endpoint; /* NULL: found */
	int64_t timeout_ns;   /* < 0: for ever */
	bool as_json, pretty;
	/* Another text for good answers; true: it was told. NULL: the original's. */
	bool (*print)(const struct ctl_call *call, const struct json_node *reply, struct buf *text);
};
/* Asks, writes the answer to stdout, an error's to stderr, and follows what streams. *ret_is_error:
 * the answer was one. Errors are the client's own, as client_open's and client_receive's. */
int ctl_ask(const struct ctl_session *session, struct ctl_call *call, bool *ret_is_error,
	    struct err *err) must_check;
/* The reply once more, indented, names sorted. */
void ctl_prettify(const struct json_node *node, struct buf *text);
