/* health.h - /healthz, /readyz and /metrics over HTTP/1.1, when asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/supervisor.h"

struct health;
/* Where [init] says; *ret_health NULL and 0: nowhere. -EACCES: the address is no loopback and
 * `health_public` does not allow it; -EINVAL: it is none; else of the socket. */
int health_open(struct supervisor *supervisor, struct health **ret_health);
void health_close(struct health *health); /* NULL is fine */
