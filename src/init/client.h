/* client.h - the other side of the control socket: finding it, asking, waiting for an answer.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No part of PID 1: this allocates and waits. */
#pragma once

#include "base/buf.h"
#include "init/request.h"

struct client {
	int fd;
	char path[108];
	struct buf in; /* what was read behind the last line */
};
/* endpoint: ipc:///PATH, unix:PATH, a path or @NAME; NULL: HULL_INIT_CONTROL, or the places where
 * a hull-init of this user and of PID 1's looks for one, or what INIT_FILE says. Fails with
 * ERR_MISSING when nobody listens, ERR_DENIED, ERR_INPUT (another kind of endpoint). */
int client_open(const char *endpoint, struct client *ret_client, struct err *err) must_check;
void client_close(struct client *client);

struct client_reply {            /* one line */
	char *line;              /* as it came, without its newline */
	char *text;              /* what the nodes point into */
	struct json_node *nodes; /* the object itself */
};
void client_reply_done(struct client_reply *reply);
/* A request with its newline. */
int client_send(struct client *client, const char *line, size_t len, struct err *err) must_check;
/* The next line. timeout_ns < 0: for ever. ERR_LIMIT: timed out; ERR_MISSING: the other side has
 * ended. */
int client_receive(struct client *client, int64_t timeout_ns, struct client_reply *ret_reply,
		   struct err *err) must_check;
#define autoreply cleanup(client_reply_done)
