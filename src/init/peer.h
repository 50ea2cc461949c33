/* peer.h - connections of the control socket: lines in, lines out, nobody is waited for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/control_private.h"

void peer_accept(struct watch *watch, uint32_t events); /* of control->watch */
void peer_close(struct peer *peer);
/* Sends what can be sent, reads on, watches for what is needed next. May close. */
void peer_go_on(struct peer *peer);

/* An answer: members are put into call->out between the two. */
struct call call_begin(struct peer *peer, size_t *ret_mark);
void call_end(struct call *call, size_t mark, enum answer answer);

/* A line for a listener: put it between; false: it is behind, and the line counts as skipped. */
bool peer_line_begin(struct peer *peer);
void peer_line_end(struct peer *peer);
