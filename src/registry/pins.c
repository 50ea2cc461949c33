/* pins.c - a table of counts under one short lock.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/pins.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#include "base/banned.h"

struct pin {
	size_t holders;
	bool is_alone;
};

void pins_init(struct pins *pins)
{
	pthread_mutex_init(&pins->lock, NULL);
	pthread_cond_init(&pins->changed, NULL);
}

void pins_done(struct pins *pins)
{
	assert(!pins->pins.n);
	map_done(&pins->pins);
	pthread_cond_destroy(&pins->changed);
	pthread_mutex_destroy(&pins->lock);
}

static struct pin *find_or_add(struct pins *pins, const struct digest *digest)
{
	struct pin *pin = map_get(&pins->pins, digest->text);

	if (!pin) {
		pin = xcalloc(1, sizeof(*pin));
		map_set(&pins->pins, digest->text, pin);
	}
	return pin;
}

static void drop_if_idle(struct pins *pins, const struct digest *digest, const struct pin *pin)
{
	if (!pin->holders && !pin->is_alone)
		free(map_remove(&pins->pins, digest->text));
}

void pin_take(struct pins *pins, const struct digest *digest)
{
	pthread_mutex_lock(&pins->lock);
	struct pin *pin = find_or_add(pins, digest);
	while (pin->is_alone) {
		pthread_cond_wait(&pins->changed, &pins->lock);
		pin = find_or_add(pins, digest);
	}
	pin->holders++;
	pthread_mutex_unlock(&pins->lock);
}

void pin_drop(struct pins *pins, const struct digest *digest)
{
	pthread_mutex_lock(&pins->lock);
	struct pin *pin = map_get(&pins->pins, digest->text);
	assert(pin && pin->holders);
	pin->holders--;
	drop_if_idle(pins, digest, pin);
	pthread_cond_broadcast(&pins->changed);
	pthread_mutex_unlock(&pins->lock);
}

bool pin_try_alone(struct pins *pins, const struct digest *digest)
{
	pthread_mutex_lock(&pins->lock);
	struct pin *pin = find_or_add(pins, digest);
	bool free_now = !pin->holders && !pin->is_alone;
	if (free_now)
		pin->is_alone = true;
	pthread_mutex_unlock(&pins->lock);
	return free_now;
}

void pin_wait_alone(struct pins *pins, const struct digest *digest)
{
	pthread_mutex_lock(&pins->lock);
	struct pin *pin = find_or_add(pins, digest);
	while (pin->holders || pin->is_alone) {
		pthread_cond_wait(&pins->changed, &pins->lock);
		pin = find_or_add(pins, digest);
	}
	pin->is_alone = true;
	pthread_mutex_unlock(&pins->lock);
}

void pin_end_alone(struct pins *pins, const struct digest *digest)
{
	pthread_mutex_lock(&pins->lock);
	struct pin *pin = map_get(&pins->pins, digest->text);
	assert(pin && pin->is_alone);
	pin->is_alone = false;
	drop_if_idle(pins, digest, pin);
	pthread_cond_broadcast(&pins->changed);
	pthread_mutex_unlock(&pins->lock);
}
