/* admin.c - the second listener: whether the service lives, is ready, and what it counts.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/vec.h"
#include "service/service_private.h"

#include "base/banned.h"

#define ADMIN_PROBE "ready.probe"

static void answer_text(struct http_exchange *x, int status, const char *type, struct str body)
{
	http_add_field(x, "Content-Type", type);
	http_add_field(x, "Cache-Control", "no-store");
	http_answer(x, status, body.ptr, body.len);
}

static void answer_alive(struct http_exchange *x, struct service *service)
{
	answer_text(x, 200, "text/plain; charset=utf-8", STR("ok\n"));
}

/* Ready: what the next push needs is there. */
static void find_faults(struct service *service, struct strlist *faults)
{
	struct storage *storage = service->storage;
	autoerr struct err err = {0};
	uint64_t free_bytes = 0;

	if (atomic_load(&service->is_stopping))
		strlist_add(faults, "the service is ending");
	autoclose int fd = openat(service->own_dirfd, ADMIN_PROBE,
				  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		strlist_addf(faults, "the storage cannot be written: %s", strerror(errno));
	else
		unlinkat(service->own_dirfd, ADMIN_PROBE, 0);
	if (storage->ops->free_bytes(storage, &free_bytes, &err))
		strlist_addf(faults, "the storage: %s", err_text(&err));
	else if (free_bytes && free_bytes < atomic_load(&service->storage_floor))
		strlist_add(faults, "the storage is full");
}

static void answer_ready(struct http_exchange *x, struct service *service)
{
	autostrlist struct strlist faults = {0};
	autobuf struct buf text = {0};

	find_faults(service, &faults);
	for (size_t i = 0; i < faults.n; i++)
		buf_printf(&text, "%s\n", faults.items[i]);
	answer_text(x, faults.n ? 503 : 200, "text/plain; charset=utf-8",
		    faults.n ? buf_str(&text) : STR("ok\n"));
}

/* As the reference registry's debug server answers: a map of what is wrong. */
static void answer_debug_health(struct http_exchange *x, struct service *service)
{
	autostrlist struct strlist faults = {0};

	find_faults(service, &faults);
	answer_text(x, faults.n ? 503 : 200, "application/json",
		    faults.n ? STR("{\"storagedriver_filesystem\":\"not ready\"}\n") : STR("{}\n"));
}

static void write_server(const struct http_stats *stats, struct buf *buf)
{
	const struct {
		const char *name, *help;
		enum metric_kind kind;
		uint64_t value;
	} rows[] = {
		{"connections", "Connections now", METRIC_GAUGE, stats->connections},
		{"requests_in_flight", "Requests now", METRIC_GAUGE, stats->exchanges},
		{"connections_total", "Connections ever", METRIC_COUNTER, stats->accepted},
		{"refused_connections_total", "Connections over a limit", METRIC_COUNTER,
		 stats->refused_connections},
		{"bad_requests_total", "Requests that were no HTTP", METRIC_COUNTER,
		 stats->bad_requests},
		{"pool_threads", "Threads for what blocks", METRIC_GAUGE, stats->pool_threads},
		{"pool_waiting", "Requests that wait for a thread", METRIC_GAUGE,
		 stats->pool_waiting},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		metric_write(buf, rows[i].kind, rows[i].name, rows[i].help, (double)rows[i].value);
}

static void write_storage(struct service *service, struct buf *buf)
{
	struct registry_counts counts = {0};
	autoerr struct err err = {0};
	uint64_t free_bytes = 0;

	if (service->storage->ops->free_bytes(service->storage, &free_bytes, &err))
		err_clear(&err);
	if (registry_count(service->registry, &counts, &err))
		return; /* no numbers rather than wrong ones */
	const struct {
		const char *name, *help;
		enum metric_kind kind;
		uint64_t value;
	} rows[] = {
		{"repositories", "Repositories", METRIC_GAUGE, counts.repositories},
		{"tags", "Tags", METRIC_GAUGE, counts.tags},
		{"manifests", "Manifests", METRIC_GAUGE, counts.manifests},
		{"blobs", "Blobs", METRIC_GAUGE, counts.blobs},
		{"blob_bytes", "Bytes of all blobs", METRIC_GAUGE, counts.blob_bytes},
		{"condemned_blobs", "Blobs that wait for their removal", METRIC_GAUGE,
		 counts.condemned},
		{"manifest_hits_total", "Manifests found in memory", METRIC_COUNTER,
		 counts.manifest_hits},
		{"manifest_misses_total", "Manifests read", METRIC_COUNTER, counts.manifest_misses},
		{"free_bytes", "Room in the storage", METRIC_GAUGE, free_bytes},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		metric_write(buf, rows[i].kind, rows[i].name, rows[i].help, (double)rows[i].value);
}

static void answer_metrics(struct http_exchange *x, struct service *service)
{
	autobuf struct buf buf = {0};
	struct http_stats stats = {0};

	http_server_stats(service->server, &stats);
	metrics_write(service->metrics, &buf);
	write_server(&stats, &buf);
	write_storage(service, &buf);
	metric_write(&buf, METRIC_COUNTER, "lost_log_lines_total",
		     "Lines that could not be written in time",
		     (double)(journal_lost(service->audit) + journal_lost(service->access)));
	metric_write(&buf, METRIC_GAUGE, "uptime_seconds", "Since the start",
		     (double)(clock_monotonic_ns() - service->started_ns) / (double)NS_PER_SEC);
	metrics_write_process(&buf);
	answer_text(x, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&buf));
}

static const struct {
	const char *path;
	bool may_block;
	void (*answer)(struct http_exchange *x, struct service *service);
} pages[] = {
	{"/healthz", false, answer_alive},
	{"/livez", false, answer_alive},
	{"/readyz", true, answer_ready},
	{"/metrics", true, answer_metrics},
	{"/debug/health", true, answer_debug_health},
};

static size_t find_page(const struct http_exchange *x)
{
	size_t i = 0;
	while (i < ARRAY_LEN(pages) && !str_is(http_path(x), pages[i].path))
		i++;
	return i;
}

static enum http_turn begin(struct http_exchange *x, void *arg)
{
	enum http_method method = http_head(x)->method;
	size_t i = find_page(x);

	if (i == ARRAY_LEN(pages)) {
		answer_text(x, 404, "text/plain; charset=utf-8", STR("not found\n"));
		return HTTP_ANSWERED;
	}
	if (method != HTTP_GET && method != HTTP_HEAD) {
		http_add_field(x, "Allow", "GET, HEAD");
		answer_text(x, 405, "text/plain; charset=utf-8", STR("only GET and HEAD\n"));
		return HTTP_ANSWERED;
	}
	if (pages[i].may_block)
		return HTTP_TO_POOL;
	pages[i].answer(x, arg);
	return HTTP_ANSWERED;
}

static void work(struct http_exchange *x, void *arg)
{
	pages[find_page(x)].answer(x, arg);
}

static void ended(struct http_exchange *x, void *arg)
{
	/* Nobody wants a log of being looked at each ten seconds. */
}

int admin_start(struct service *service, struct http_listener_vec *listeners, struct err *err)
{
	const struct http_limits limits = {.pool_threads = 4, .loops = 1, .connections = 256};
	struct http_server_options options = {
		.listeners = listeners->items,
		.n_listeners = listeners->n,
		.limits = &limits,
		.handler = &service->admin_handler,
	};
	service->admin_handler = (struct http_handler){begin, work, ended, service};
	if (http_server_start(&options, &service->admin, err))
		return -1;
	vec_done(listeners); /* the descriptors are the server's now */
	return 0;
}
