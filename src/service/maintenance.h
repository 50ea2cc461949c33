/* maintenance.h - what an operator asks of a store: collect, verify, reindex, why.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A running server holds the storage; it is asked over the socket hull/control.sock of the storage
 * (mode 0600), otherwise the tool opens the storage itself. The protocol is one line of JSON to the
 * server, then lines of text back: "|" and a line for the user, or "=" and how it ended. */
#pragma once

#include "base/buf.h"
#include "oci/digest.h"
#include "registry/upkeep.h"

enum task_kind { TASK_GC, TASK_VERIFY, TASK_REINDEX, TASK_WHY, N_TASKS };
struct task {
	enum task_kind kind;
	bool dry_run, untagged;           /* gc */
	int64_t older_than_ns;            /* gc --untagged */
	int64_t grace_ns;                 /* gc: -1 the registry's own */
	uint64_t rate;                    /* verify: bytes/s, 0 unbounded */
	struct digest digest;             /* why */
	struct gc_result *ret_gc;         /* NULL: nobody asks */
	struct verify_result *ret_verify; /* NULL: nobody asks */
};
#define TASK_LINE_MAX 1024
void task_encode(const struct task *task, struct buf *line);
int task_decode(struct str line, struct task *ret_task, struct err *err) must_check;

/* Each line for the user, without its end. */
typedef void task_say_fn(const char *line, void *arg);
int task_run(struct registry *registry, const struct task *task, task_say_fn *say, void *arg,
	     struct err *err) must_check;
/* Over the socket of the server that holds `storage`. ERR_MISSING: nobody listens there. */
int task_ask(const char *storage, const struct task *task, task_say_fn *say, void *arg,
	     struct err *err) must_check;
#define CONTROL_SOCKET "control.sock"

/* The server's side: answers on the socket until it is freed. */
struct control;
int control_start(int own_dirfd, struct registry *registry, struct control **ret_control,
		  struct err *err) must_check;
void control_free(struct control *control); /* waits for the tasks; NULL is fine */
