/* metrics.c - requests by route, method and class of status; times; bytes; upkeep.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/io.h"

#include "base/banned.h"

/* Unknown ones count as the last. */
static const char *const routes[] = {"manifests", "blobs", "uploads",   "tags",    "base",
				     "token",     "index", "referrers", "catalog", "none"};
static const char *const methods[] = {"GET",   "HEAD",   "POST",    "PUT",
				      "PATCH", "DELETE", "OPTIONS", "other"};
static const double bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
				0.25,   0.5,   1,      2.5,   5,    10,    60};
#define N_CLASSES 6 /* [0]: none was sent; 1xx … 5xx */

/* Outcomes of what the audit lines tell. */
static const char *const audits[] = {"login", "token", "push", "delete", "mount"};

static const struct {
	const char *name, *help;
} upkeep[] = {
	[COUNT_GC_RUNS] = {"gc_runs_total", "Rounds of garbage collection"},
	[COUNT_GC_FAILURES] = {"gc_failures_total", "Rounds that ended with an error"},
	[COUNT_GC_REMOVED_BLOBS] = {"gc_removed_blobs_total", "Blobs removed"},
	[COUNT_GC_REMOVED_BYTES] = {"gc_removed_bytes_total", "Bytes of the blobs removed"},
	[COUNT_GC_REMOVED_MANIFESTS] = {"gc_removed_manifests_total", "Manifests removed"},
	[COUNT_VERIFY_RUNS] = {"verify_runs_total", "Rounds of reading everything again"},
	[COUNT_VERIFIED_BLOBS] = {"verified_blobs_total", "Blobs read again"},
	[COUNT_VERIFIED_BYTES] = {"verified_bytes_total", "Bytes read again"},
	[COUNT_CORRUPT_BLOBS] = {"corrupt_blobs_total", "Blobs found damaged and put aside"},
	[COUNT_PURGED_UPLOADS] = {"purged_uploads_total", "Abandoned uploads removed"},
	[COUNT_RELOADS] = {"reloads_total", "Configurations taken while serving"},
	[COUNT_RELOAD_FAILURES] = {"reload_failures_total", "Configurations that were refused"},
	[COUNT_UPKEEP_ERRORS] = {"upkeep_errors_total", "Things that upkeep could not do"},
};
_Static_assert(ARRAY_LEN(upkeep) == N_UPKEEP_COUNTS, "each count has a name");

struct metrics {
	atomic_uint_least64_t requests[ARRAY_LEN(routes)][ARRAY_LEN(methods)][N_CLASSES];
	atomic_uint_least64_t seconds[ARRAY_LEN(routes)][ARRAY_LEN(bounds) + 1];
	atomic_uint_least64_t total_ns[ARRAY_LEN(routes)];
	atomic_uint_least64_t received, sent, cut;
	atomic_uint_least64_t audited[ARRAY_LEN(audits)][2]; /* refused, done */
	atomic_uint_least64_t upkeep[N_UPKEEP_COUNTS];
};

struct metrics *metrics_new(void)
{
	return xcalloc(1, sizeof(struct metrics));
}

void metrics_free(struct metrics *metrics)
{
	free(metrics);
}

static void add(atomic_uint_least64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_least64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static size_t place_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (text_eq(names[i], name))
			return i;
	return n - 1;
}

void metrics_count(struct metrics *metrics, const struct api_event *event)
{
	size_t route = place_of(routes, ARRAY_LEN(routes), event->route);
	size_t method = place_of(methods, ARRAY_LEN(methods), event->method);
	size_t class =
		event->status >= 100 && event->status < 600 ? (size_t)event->status / 100 : 0;
	double seconds = (double)event->duration_ns / (double)NS_PER_SEC;
	size_t bucket = 0;

	while (bucket < ARRAY_LEN(bounds) && seconds > bounds[bucket])
		bucket++;
	add(&metrics->requests[route][method][class], 1);
	add(&metrics->seconds[route][bucket], 1);
	add(&metrics->total_ns[route], (uint64_t)(event->duration_ns > 0 ? event->duration_ns : 0));
	add(&metrics->received, event->received);
	add(&metrics->sent, event->sent);
	if (event->was_cut)
		add(&metrics->cut, 1);
	for (size_t i = 0; event->audit && i < ARRAY_LEN(audits); i++)
		if (text_eq(audits[i], event->audit))
			add(&metrics->audited[i][event->status >= 200 && event->status < 300], 1);
}

void metrics_add(struct metrics *metrics, enum upkeep_count what, uint64_t n)
{
	add(&metrics->upkeep[what], n);
}

uint64_t metrics_get(const struct metrics *metrics, enum upkeep_count what)
{
	return get(&metrics->upkeep[what]);
}

static void put_head(struct buf *buf, const char *name, const char *type, const char *help)
{
	buf_printf(buf, "# HELP hull_registry_%s %s\n# TYPE hull_registry_%s %s\n", name, help,
		   name, type);
}

/* Whole numbers stay whole: 2^53 bytes are 9 PB. */
static void put_value(struct buf *buf, double value)
{
	if (value == (double)(int64_t)value)
		buf_printf(buf, " %lld\n", (long long)value);
	else
		buf_printf(buf, " %.6f\n", value);
}

void metric_write(struct buf *buf, enum metric_kind kind, const char *name, const char *help,
		  double value)
{
	put_head(buf, name, kind == METRIC_COUNTER ? "counter" : "gauge", help);
	buf_printf(buf, "hull_registry_%s", name);
	put_value(buf, value);
}

static void write_requests(const struct metrics *metrics, struct buf *buf)
{
	put_head(buf, "requests_total", "counter", "Requests answered");
	for (size_t r = 0; r < ARRAY_LEN(routes); r++)
		for (size_t m = 0; m < ARRAY_LEN(methods); m++)
			for (size_t c = 0; c < N_CLASSES; c++) {
				uint64_t n = get(&metrics->requests[r][m][c]);
				if (n)
					buf_printf(buf,
						   "hull_registry_requests_total{route=\"%s\","
						   "method=\"%s\",status=\"%zuxx\"} %llu\n",
						   routes[r], methods[m], c, (unsigned long long)n);
			}
}

static void write_route_seconds(const struct metrics *metrics, size_t route, struct buf *buf)
{
	const atomic_uint_least64_t *buckets = metrics->seconds[route];
	uint64_t n = 0;

	for (size_t i = 0; i <= ARRAY_LEN(bounds); i++)
		n += get(&buckets[i]);
	if (!n)
		return;
	uint64_t below = 0;
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		below += get(&buckets[i]);
		buf_printf(buf,
			   "hull_registry_request_seconds_bucket{route=\"%s\",le=\"%g\"} %llu\n",
			   routes[route], bounds[i], (unsigned long long)below);
	}
	buf_printf(buf,
		   "hull_registry_request_seconds_bucket{route=\"%s\",le=\"+Inf\"} %llu\n"
		   "hull_registry_request_seconds_sum{route=\"%s\"} %.6f\n"
		   "hull_registry_request_seconds_count{route=\"%s\"} %llu\n",
		   routes[route], (unsigned long long)n, routes[route],
		   (double)get(&metrics->total_ns[route]) / (double)NS_PER_SEC, routes[route],
		   (unsigned long long)n);
}

static void write_audits(const struct metrics *metrics, struct buf *buf)
{
	put_head(buf, "events_total", "counter", "Logins, tokens, pushes and deletes by outcome");
	for (size_t i = 0; i < ARRAY_LEN(audits); i++)
		for (size_t ok = 0; ok < 2; ok++)
			buf_printf(buf,
				   "hull_registry_events_total{event=\"%s\",outcome=\"%s\"} %llu\n",
				   audits[i], ok ? "ok" : "failed",
				   (unsigned long long)get(&metrics->audited[i][ok]));
}

void metrics_write(const struct metrics *metrics, struct buf *buf)
{
	put_head(buf, "build_info", "gauge", "The version that runs");
	buf_printf(buf, "hull_registry_build_info{version=\"%s\"} 1\n", HULL_VERSION);
	write_requests(metrics, buf);
	put_head(buf, "request_seconds", "histogram", "From a request's head to its answer's end");
	for (size_t r = 0; r < ARRAY_LEN(routes); r++)
		write_route_seconds(metrics, r, buf);
	metric_write(buf, METRIC_COUNTER, "received_bytes_total", "Bytes of request bodies",
		     (double)get(&metrics->received));
	metric_write(buf, METRIC_COUNTER, "sent_bytes_total", "Bytes of answer bodies",
		     (double)get(&metrics->sent));
	metric_write(buf, METRIC_COUNTER, "cut_answers_total",
		     "Answers that did not reach the client whole", (double)get(&metrics->cut));
	write_audits(metrics, buf);
	for (size_t i = 0; i < N_UPKEEP_COUNTS; i++)
		metric_write(buf, METRIC_COUNTER, upkeep[i].name, upkeep[i].help,
			     (double)get(&metrics->upkeep[i]));
}

static uint64_t resident_bytes(void)
{
	autobuf struct buf statm = {0};
	autoerr struct err err = {0};
	uint64_t pages = 0;

	if (file_read_at(AT_FDCWD, "/proc/self/statm", 4096, &statm, &err))
		return 0;
	struct str rest = buf_str(&statm);
	str_cut(&rest, ' ');
	return str_to_u64(str_cut(&rest, ' '), &pages) ? pages * (uint64_t)getpagesize() : 0;
}

static uint64_t open_descriptors(void)
{
	uint64_t n = 0;
	DIR *dir = opendir("/proc/self/fd");
	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n > 3 ? n - 3 : 0; /* ".", "..", the directory itself */
}

void metrics_write_process(struct buf *buf)
{
	struct rusage usage = {0};
	struct rlimit files = {0};

	getrusage(RUSAGE_SELF, &usage);
	getrlimit(RLIMIT_NOFILE, &files);
	metric_write(buf, METRIC_GAUGE, "resident_bytes", "Memory in RAM",
		     (double)resident_bytes());
	metric_write(buf, METRIC_GAUGE, "open_descriptors", "Descriptors in use",
		     (double)open_descriptors());
	metric_write(buf, METRIC_GAUGE, "max_descriptors", "Descriptors that may be in use",
		     (double)files.rlim_cur);
	metric_write(buf, METRIC_COUNTER, "cpu_seconds_total", "User and system time",
		     (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
			     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}
