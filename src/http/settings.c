/* settings.c - limits with their defaults, shared by the connections that began under them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <stdlib.h>

#include "http/server_private.h"

#include "base/banned.h"

size_t http_default_loops(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	size_t n = (size_t)CPU_COUNT(&set);
	return n > LIMIT_HTTP_LOOPS ? LIMIT_HTTP_LOOPS : n;
}

struct settings *settings_new(const struct http_limits *limits)
{
	struct settings *settings = xcalloc(1, sizeof(*settings));
	struct http_limits *l = &settings->limits;

	if (limits)
		*l = *limits;
	l->head_bytes = l->head_bytes ? l->head_bytes : LIMIT_HTTP_HEAD_BYTES;
	l->head_fields = l->head_fields ? l->head_fields : LIMIT_HTTP_HEAD_FIELDS;
	l->idle_ms = l->idle_ms ? l->idle_ms : LIMIT_HTTP_IDLE_MS;
	l->head_ms = l->head_ms ? l->head_ms : LIMIT_HTTP_HEAD_MS;
	l->body_ms = l->body_ms ? l->body_ms : LIMIT_HTTP_BODY_MS;
	l->body_rate = l->body_rate ? l->body_rate : LIMIT_HTTP_BODY_RATE;
	l->connections = l->connections ? l->connections : LIMIT_HTTP_CONNECTIONS;
	l->connections_per_address =
		l->connections_per_address ? l->connections_per_address : LIMIT_HTTP_PER_ADDRESS;
	l->pool_threads = l->pool_threads ? l->pool_threads : LIMIT_HTTP_POOL_THREADS;
	l->pool_queue = l->pool_queue ? l->pool_queue : LIMIT_HTTP_POOL_QUEUE;
	l->loops = l->loops ? l->loops : http_default_loops();
	l->loops = l->loops > LIMIT_HTTP_LOOPS ? LIMIT_HTTP_LOOPS : l->loops;
	atomic_init(&settings->refs, 1);
	return settings;
}

void settings_unref(struct settings *settings)
{
	if (settings && atomic_fetch_sub(&settings->refs, 1) == 1)
		free(settings);
}
