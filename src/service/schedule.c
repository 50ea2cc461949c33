/* schedule.c - a table of rounds with their times, and the thread that waits for the next.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "registry/upkeep.h"
#include "service/maintenance.h"

#include "base/banned.h"

#define FLUSH_EVERY_NS (INT64_C(60) * NS_PER_SEC)
#define FIRST_AFTER_NS \
	(INT64_C(5) * 60 * NS_PER_SEC) /* a round that never was: not in the first rush */
#define AGAIN_AFTER_NS (INT64_C(10) * 60 * NS_PER_SEC) /* a round that failed */

enum round_kind { ROUND_FLUSH, ROUND_PURGE, ROUND_GC, ROUND_VERIFY, N_ROUNDS };

struct settings { /* of the configuration; 0: never */
	int64_t every_ns[N_ROUNDS];
	int64_t upload_ttl_ns;
	bool purge_dry_run;
	int64_t untagged_age_ns;
	uint64_t verify_rate;
};
/* Verification may take days at its rate: it has a thread of its own. */
struct lane {
	struct schedule *schedule;
	bool is_long;
	bool is_started;
	pthread_t thread;
};
struct schedule {
	struct registry *registry;
	struct metrics *metrics;
	int own_dirfd;
	struct lane lanes[2];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct settings settings;  /* under the lock */
	bool is_ending;            /* under the lock */
	int64_t last_ns[N_ROUNDS]; /* real time; 0: never; of the round's own thread */
	int64_t not_before_ns[N_ROUNDS];
};

static struct settings settings_of(const struct registry_config *config)
{
	return (struct settings){
		.every_ns =
			{
				[ROUND_FLUSH] = FLUSH_EVERY_NS,
				[ROUND_PURGE] =
					config->upload_ttl_ns ? config->upload_purge_every_ns : 0,
				[ROUND_GC] = config->gc_every_ns,
				[ROUND_VERIFY] = config->verify_every_ns,
			},
		.upload_ttl_ns = config->upload_ttl_ns,
		.purge_dry_run = config->upload_purge_dry_run,
		.untagged_age_ns = config->gc_untagged_age_ns,
		.verify_rate = config->verify_rate,
	};
}

/* What a task says about each thing it touches is for the curious; its sum is for all. */
static void log_line(const char *line, void *arg)
{
	log_debug("%s: %s", (const char *)arg, line);
}

static void tell_purged(const char *repository, const char *id, void *arg)
{
	struct schedule *schedule = arg;
	metrics_add(schedule->metrics, COUNT_PURGED_UPLOADS, 1);
	log_debug("upload %s of %s was abandoned", id, repository);
}

static int run_flush(struct schedule *schedule, const struct settings *settings, struct err *err)
{
	registry_flush_pulls(schedule->registry);
	return 0;
}

static int run_purge(struct schedule *schedule, const struct settings *settings, struct err *err)
{
	struct storage *storage = registry_storage(schedule->registry);
	return storage->ops->upload_purge(storage, clock_now_ns() - settings->upload_ttl_ns,
					  settings->purge_dry_run, tell_purged, schedule, err);
}

static int run_gc(struct schedule *schedule, const struct settings *settings, struct err *err)
{
	struct gc_result result = {0};
	struct task task = {
		.kind = TASK_GC,
		.untagged = settings->untagged_age_ns,
		.older_than_ns = settings->untagged_age_ns,
		.grace_ns = -1,
		.ret_gc = &result,
	};

	metrics_add(schedule->metrics, COUNT_GC_RUNS, 1);
	if (task_run(schedule->registry, &task, log_line, (void *)"gc", err)) {
		metrics_add(schedule->metrics, COUNT_GC_FAILURES, 1);
		return -1;
	}
	metrics_add(schedule->metrics, COUNT_GC_REMOVED_BLOBS, result.removed_blobs);
	metrics_add(schedule->metrics, COUNT_GC_REMOVED_BYTES, result.removed_bytes);
	metrics_add(schedule->metrics, COUNT_GC_REMOVED_MANIFESTS, result.removed_manifests);
	if (result.condemned || result.removed_blobs || result.removed_manifests)
		log_info("garbage collection: %llu blobs condemned, %llu removed (%llu bytes), "
			 "%llu manifests removed",
			 (unsigned long long)result.condemned,
			 (unsigned long long)result.removed_blobs,
			 (unsigned long long)result.removed_bytes,
			 (unsigned long long)result.removed_manifests);
	return 0;
}

static int run_verify(struct schedule *schedule, const struct settings *settings, struct err *err)
{
	struct verify_result result = {0};
	struct task task = {
		.kind = TASK_VERIFY,
		.rate = settings->verify_rate,
		.ret_verify = &result,
	};
	autoerr struct err fault = {0};

	metrics_add(schedule->metrics, COUNT_VERIFY_RUNS, 1);
	int failed = task_run(schedule->registry, &task, log_line, (void *)"verify", &fault);
	metrics_add(schedule->metrics, COUNT_VERIFIED_BLOBS, result.blobs);
	metrics_add(schedule->metrics, COUNT_VERIFIED_BYTES, result.bytes);
	metrics_add(schedule->metrics, COUNT_CORRUPT_BLOBS, result.corrupt);
	if (failed && fault.kind == ERR_CORRUPT) { /* the round is done, and that is its result */
		log_warn("verification: %s", err_text(&fault));
		return 0;
	}
	if (failed)
		err_move(err, &fault);
	return failed;
}

static const struct round {
	const char *name;
	const char *stamp; /* the file whose time is that of the last round; NULL: none */
	bool at_start;     /* the first one without waiting */
	bool is_long;      /* in the second lane */
	int (*run)(struct schedule *schedule, const struct settings *settings, struct err *err);
} rounds[] = {
	[ROUND_FLUSH] = {"writing down pulls", NULL, false, false, run_flush},
	[ROUND_PURGE] = {"removing abandoned uploads", NULL, true, false, run_purge},
	[ROUND_GC] = {"garbage collection", "gc.stamp", false, false, run_gc},
	[ROUND_VERIFY] = {"verification", "verify.stamp", false, true, run_verify},
};
_Static_assert(ARRAY_LEN(rounds) == N_ROUNDS, "each round has its row");

static void read_stamps(struct schedule *schedule, int64_t now_ns)
{
	for (size_t i = 0; i < N_ROUNDS; i++) {
		struct stat st;
		if (rounds[i].stamp && !fstatat(schedule->own_dirfd, rounds[i].stamp, &st, 0))
			schedule->last_ns[i] =
				(int64_t)st.st_mtim.tv_sec * NS_PER_SEC + st.st_mtim.tv_nsec;
		if (schedule->last_ns[i] > now_ns) /* the clock was set back */
			schedule->last_ns[i] = now_ns;
		int64_t every_ns = schedule->settings.every_ns[i];
		if (!rounds[i].at_start)
			schedule->not_before_ns[i] =
				now_ns + (every_ns < FIRST_AFTER_NS ? every_ns : FIRST_AFTER_NS);
	}
}

static int64_t due_ns(const struct schedule *schedule, size_t i, const struct settings *settings)
{
	if (!settings->every_ns[i])
		return INT64_MAX;
	int64_t due = schedule->last_ns[i] ? schedule->last_ns[i] + settings->every_ns[i] : 0;
	return due > schedule->not_before_ns[i] ? due : schedule->not_before_ns[i];
}

static void run_round(struct schedule *schedule, size_t i, const struct settings *settings)
{
	autoerr struct err err = {0};

	if (rounds[i].run(schedule, settings, &err)) {
		metrics_add(schedule->metrics, COUNT_UPKEEP_ERRORS, 1);
		log_error("%s: %s, trying again later", rounds[i].name, err_text(&err));
		schedule->not_before_ns[i] = clock_now_ns() + AGAIN_AFTER_NS;
		return;
	}
	schedule->last_ns[i] = clock_now_ns();
	if (rounds[i].stamp &&
	    file_write_at(schedule->own_dirfd, rounds[i].stamp, "", 0, 0600, FILE_NO_SYNC, &err))
		log_warn("%s: %s, ignoring", rounds[i].stamp, err_text(&err));
}

static void walk(struct schedule *schedule)
{
	struct walk_result result = {0};
	autoerr struct err err = {0};

	if (registry_is_walked(schedule->registry))
		return;
	if (registry_walk(schedule->registry, &result, &err)) {
		metrics_add(schedule->metrics, COUNT_UPKEEP_ERRORS, 1);
		log_error("comparing the index with the storage: %s", err_text(&err));
		return;
	}
	if (result.added || result.removed || result.odd)
		log_info("the index was mended: %llu rows added, %llu removed; %llu things in the "
			 "storage are not what they should be",
			 (unsigned long long)result.added, (unsigned long long)result.removed,
			 (unsigned long long)result.odd);
}

static void wait_until(struct schedule *schedule, int64_t due)
{
	int64_t longest =
		clock_now_ns() + INT64_C(3600) * NS_PER_SEC; /* the real clock may be set */
	if (due > longest)
		due = longest;
	struct timespec until = {due / NS_PER_SEC, due % NS_PER_SEC};
	pthread_cond_timedwait(&schedule->changed, &schedule->lock, &until);
}

static size_t next_round(const struct schedule *schedule, bool is_long,
			 const struct settings *settings)
{
	size_t next = N_ROUNDS;

	for (size_t i = 0; i < N_ROUNDS; i++)
		if (rounds[i].is_long == is_long &&
		    (next == N_ROUNDS ||
		     due_ns(schedule, i, settings) < due_ns(schedule, next, settings)))
			next = i;
	return next;
}

static void *run_rounds(void *arg)
{
	const struct lane *lane = arg;
	struct schedule *schedule = lane->schedule;

	if (!lane->is_long)
		walk(schedule);
	pthread_mutex_lock(&schedule->lock);
	while (!schedule->is_ending) {
		struct settings settings = schedule->settings;
		size_t next = next_round(schedule, lane->is_long, &settings);
		int64_t due = due_ns(schedule, next, &settings);
		if (due > clock_now_ns()) {
			wait_until(schedule, due);
			continue;
		}
		pthread_mutex_unlock(&schedule->lock);
		run_round(schedule, next, &settings);
		pthread_mutex_lock(&schedule->lock);
	}
	pthread_mutex_unlock(&schedule->lock);
	return NULL;
}

int schedule_start(const struct schedule_options *options, struct schedule **ret_schedule,
		   struct err *err)
{
	struct schedule *schedule = xcalloc(1, sizeof(*schedule));

	schedule->registry = options->registry;
	schedule->metrics = options->metrics;
	schedule->own_dirfd = options->own_dirfd;
	schedule->settings = settings_of(options->config);
	read_stamps(schedule, clock_now_ns());
	pthread_mutex_init(&schedule->lock, NULL);
	pthread_cond_init(&schedule->changed, NULL);
	for (size_t i = 0; i < ARRAY_LEN(schedule->lanes); i++) {
		struct lane *lane = &schedule->lanes[i];
		*lane = (struct lane){.schedule = schedule, .is_long = i == 1};
		int failed = pthread_create(&lane->thread, NULL, run_rounds, lane);
		lane->is_started = !failed;
		if (failed) {
			schedule_free(schedule);
			errno = failed;
			return err_sys(err, "starting the upkeep's thread");
		}
	}
	*ret_schedule = schedule;
	return 0;
}

void schedule_set(struct schedule *schedule, const struct registry_config *config)
{
	pthread_mutex_lock(&schedule->lock);
	schedule->settings = settings_of(config);
	pthread_cond_broadcast(&schedule->changed);
	pthread_mutex_unlock(&schedule->lock);
}

void schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return;
	pthread_mutex_lock(&schedule->lock);
	schedule->is_ending = true;
	pthread_cond_broadcast(&schedule->changed);
	pthread_mutex_unlock(&schedule->lock);
	for (size_t i = 0; i < ARRAY_LEN(schedule->lanes); i++)
		if (schedule->lanes[i].is_started)
			pthread_join(schedule->lanes[i].thread, NULL);
	pthread_cond_destroy(&schedule->changed);
	pthread_mutex_destroy(&schedule->lock);
	free(schedule);
}
