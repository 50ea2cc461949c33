/* pins.h - digests that somebody is about to count on, and digests that are just being removed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Many may hold a digest at once; who removes it must be alone. A holder waits for a removal that
 * has begun, which is short and waits for nobody. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/map.h"
#include "oci/digest.h"

struct pins {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct map pins; /* digest → struct pin */
};
void pins_init(struct pins *pins);
void pins_done(struct pins *pins);
void pin_take(struct pins *pins, const struct digest *digest);
void pin_drop(struct pins *pins, const struct digest *digest);
bool pin_try_alone(struct pins *pins, const struct digest *digest); /* false: somebody holds it */
void pin_wait_alone(struct pins *pins, const struct digest *digest);
void pin_end_alone(struct pins *pins, const struct digest *digest);
