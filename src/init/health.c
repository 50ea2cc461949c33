/* health.c - /healthz, /readyz and /metrics over HTTP/1.1, when asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/health.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

struct health {
	struct supervisor *supervisor;
};

int health_open(struct supervisor *supervisor, struct health **ret_health)
{
	struct health *health = calloc(1, sizeof(*health));
	if (!health)
		return -ENOMEM;
	health->supervisor = supervisor;
	*ret_health = health;
	return 0;
}

void health_close(struct health *health)
{
	free(health);
}
