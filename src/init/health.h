/* health.h - /healthz, /readyz and /metrics over HTTP/1.1, when asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/supervisor.h"

struct health;
int health_open(struct supervisor *supervisor, struct health **ret_health);
void health_close(struct health *health);
