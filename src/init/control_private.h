/* control_private.h - clients of the control socket, and the verbs that they use.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/aside.h"
#include "init/control.h"
#include "init/limits.h"
#include "init/out.h"
#include "init/request.h"

/* What is waited for on behalf of a client; the services are those with its bit in awaited_by. */
enum await {
	AWAIT_NOTHING,
	AWAIT_SETTLED, /* each runs, is done, or gave up */
	AWAIT_STOPPED,
	AWAIT_GONE,   /* each was removed */
	AWAIT_ENDED,  /* processes that were killed */
	AWAIT_ASIDE,  /* its own child is at work */
	AWAIT_RELOAD, /* the files are being read */
	AWAIT_QUIT,
};

enum answer { ANSWER_OK, ANSWER_ERROR, ANSWER_LATER };
struct call;
struct peer {                    /* one client; a zeroed one is free */
	struct control *control; /* NULL: free */
	struct watch watch;
	uint32_t mask;
	struct timer timer; /* idle, or the end of its patience */
	pid_t pid;
	uid_t uid;
	char *in; /* LIMIT_CONTROL_LINE + 1 bytes, mapped; NULL while empty */
	size_t n_in;
	bool skipping; /* the rest of a line that was too long */
	bool ended;    /* sends no more; answers may be due */
	bool closing;  /* closed when all is sent */
	bool more;     /* lines are left that were not looked at yet */
	struct out out;

	/* the request at work: it stays at the front of `in` until it is answered */
	size_t n_line;
	bool is_cast;
	enum json_type id_type; /* JSON_STRING, JSON_NUMBER; JSON_NULL: none */
	char id[LIMIT_CONTROL_ID + 1];
	enum await await;
	bool then_settle;       /* AWAIT_RELOAD, AWAIT_ASIDE: `waiting` was asked for */
	bool wants_running;     /* AWAIT_SETTLED: what gave up or was stopped is an error */
	pid_t awaited_pid;      /* AWAIT_ENDED; 0: each in awaited_before */
	int64_t awaited_before; /* copies that were started before */
	struct aside aside;
	enum answer (*aside_then)(struct call *call); /* when it said yes; NULL: what it wrote is
							 the answer */
	struct json_node *kept;                       /* the nodes of its request; mapped */
	size_t n_kept;

	/* what it listens to */
	bool listens, tails;
	uint64_t n_skipped;                /* lines that it was too slow for */
	char topics[LIMIT_CONTROL_TOPICS]; /* each with its NUL, then an empty one */
};

struct control_door {   /* the socket, and for whom it is besides root and our own user */
	char path[108]; /* '@' in front: abstract; empty: there is none */
	uint64_t device, inode;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool has_uid, has_gid;
};
struct control {
	struct supervisor *supervisor;
	struct watch watch;
	struct control_door door;
	bool is_behind;     /* [init] could not be followed: the door is an older one, or none */
	int64_t refused_ns; /* when somebody was refused and told of last */
	struct observer observer;
	struct later later; /* looks who has waited long enough */
	struct timer poll;  /* and again, for what is no event */
	struct peer peers[LIMIT_CONTROL_PEERS];
	struct json_node nodes[LIMIT_CONTROL_NODES]; /* of the request at hand */
};

/* ---- one request ---- */
struct call {
	struct control *control;
	struct supervisor *supervisor;
	struct peer *peer;
	const struct verb *verb;
	const struct json_node *properties;
	struct out *out;    /* members of the answer go here */
	const char *status; /* of the answer; "ok" */
	enum request_fault fault;
	char reason[512];
	char why[64]; /* for reasons of services: who asked */
};
struct verb {
	const char *name;
	const char *const *needed; /* properties, ends with NULL; NULL: none */
	enum answer (*run)(struct call *call);
};
extern const struct verb verbs_of_state[], verbs_of_change[], verbs_of_setup[],
	verbs_of_watch[]; /* each ends with {0} */
const struct verb *verb_find(const char *name);
/* The i-th of all; NULL: no more. */
const struct verb *verb_get(size_t i);

enum answer call_refuse(struct call *call, enum request_fault fault, const char *fmt, ...)
	printf_like(3, 4);
const char *call_text(struct call *call, const char *property); /* NULL: none, or no text */
bool call_flag(struct call *call, const char *property);
/* The service of property "name"; NULL: refused. */
struct service *call_service(struct call *call);
/* Marks in awaited_by what "name" and "match" mean, all without a name; the number, 0: refused. */
size_t call_match(struct call *call);
/* Marks one service. */
void call_mark(struct call *call, struct service *service);
/* ANSWER_LATER when "waiting" was asked for, else ANSWER_OK at once. `running`: of AWAIT_SETTLED,
 * anything else is an error then. */
enum answer call_await(struct call *call, enum await await, bool running);
/* Answers when the files have been read again, and with "waiting" when all has settled then. */
enum answer call_await_reload(struct call *call);
/* Has a forked copy of us run `work` with a call of this request; then `then`, see peer. */
enum answer call_aside(struct call *call, int (*work)(struct call *call),
		       enum answer (*then)(struct call *call));
/* await.c: who has waited long enough; all at the end of each turn with events. */
void await_look(struct control *control);
void await_give_up(struct peer *peer);   /* the client's patience ends */
void await_end(struct control *control); /* we end */
/* verbs_watch.c: what listeners hear. */
void subscribe_heard(struct control *control, const struct event *event);
static inline uint32_t peer_bit(const struct peer *peer)
{
	return 1U << (peer - peer->control->peers);
}
