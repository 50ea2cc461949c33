/* timer.c - deadlines of connections on a coarse wheel.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A deadline that moves away, as it does with every request, is one store: the connection stays in
 * its slot and moves on when that comes round. Only an earlier deadline changes slots. */
#include "http/connection_private.h"

#include "base/banned.h"

#define TICK_SHIFT 23 /* 8.4 ms */

static int64_t tick_of(int64_t ns)
{
	return ns >> TICK_SHIFT;
}

void timer_begin(struct http_loop *loop)
{
	loop->wheel.tick = tick_of(loop->now_ns);
}

static void slot_add(struct wheel *wheel, struct connection *conn, int64_t tick)
{
	size_t slot = (size_t)tick % WHEEL_SLOTS;

	conn->timer_tick = tick;
	conn->timer_prev = NULL;
	conn->timer_next = wheel->slots[slot];
	if (conn->timer_next)
		conn->timer_next->timer_prev = conn;
	wheel->slots[slot] = conn;
	wheel->bits[slot / 64] |= UINT64_C(1) << slot % 64;
}

void timer_forget(struct connection *conn)
{
	struct wheel *wheel = &conn->loop->wheel;
	size_t slot = (size_t)conn->timer_tick % WHEEL_SLOTS;

	if (!conn->timer_tick)
		return;
	if (conn->timer_next)
		conn->timer_next->timer_prev = conn->timer_prev;
	if (conn->timer_prev)
		conn->timer_prev->timer_next = conn->timer_next;
	else
		wheel->slots[slot] = conn->timer_next;
	if (!wheel->slots[slot])
		wheel->bits[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	conn->timer_tick = 0;
}

void timer_set(struct connection *conn, int64_t deadline_ns)
{
	struct wheel *wheel = &conn->loop->wheel;

	conn->deadline_ns = deadline_ns;
	if (deadline_ns == NEVER)
		return;
	int64_t tick = tick_of(deadline_ns) + 1;
	if (tick <= wheel->tick)
		tick = wheel->tick + 1;
	if (tick > wheel->tick + WHEEL_SLOTS - 1)
		tick = wheel->tick + WHEEL_SLOTS - 1;
	if (conn->timer_tick && conn->timer_tick <= tick)
		return;
	timer_forget(conn);
	slot_add(wheel, conn, tick);
}

static void slot_run(struct http_loop *loop, size_t slot)
{
	struct wheel *wheel = &loop->wheel;

	while (wheel->slots[slot]) {
		struct connection *conn = wheel->slots[slot];
		timer_forget(conn);
		if (conn->deadline_ns > loop->now_ns)
			timer_set(conn, conn->deadline_ns); /* never into this slot: see there */
		else
			conn_expire(conn);
	}
}

void timer_run(struct http_loop *loop)
{
	struct wheel *wheel = &loop->wheel;
	int64_t now = tick_of(loop->now_ns);

	if (now - wheel->tick > WHEEL_SLOTS) /* a long sleep: each slot once is enough */
		wheel->tick = now - WHEEL_SLOTS;
	while (wheel->tick < now) {
		wheel->tick++;
		size_t slot = (size_t)wheel->tick % WHEEL_SLOTS;
		if (wheel->bits[slot / 64] & UINT64_C(1) << slot % 64)
			slot_run(loop, slot);
	}
}

int timer_wait_ms(const struct http_loop *loop)
{
	const struct wheel *wheel = &loop->wheel;

	for (int64_t tick = wheel->tick + 1; tick < wheel->tick + WHEEL_SLOTS;) {
		size_t slot = (size_t)tick % WHEEL_SLOTS;
		uint64_t rest = wheel->bits[slot / 64] >> slot % 64;
		if (!rest) {
			tick += 64 - (int64_t)(slot % 64);
			continue;
		}
		tick += __builtin_ctzll(rest);
		int64_t wait_ns = (tick << TICK_SHIFT) - loop->now_ns;
		return wait_ns < 0 ? 0 : (int)(wait_ns / 1000000) + 1;
	}
	return -1;
}
