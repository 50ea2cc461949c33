/* cron.c - services that run at their times.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/cron.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/random.h"
#include "init/limits.h"
#include "init/machine.h"
#include "init/schedule.h"

#include "base/banned.h"

#define LONGEST_WAIT_NS  (86400 * NS_PER_SEC) /* then the two clocks are compared anew */
#define SHORTEST_WAIT_NS (NS_PER_SEC / 1000)  /* they drift: not again and again */
#define LATE_NS          (60 * NS_PER_SEC)    /* later than that a time was passed over */
#define SET_BACK_SECONDS INT64_C(10800)       /* crontab(5): within that nothing runs twice */

struct cron_job {
	struct zone *zone;
	int64_t run_at_ns; /* next_run with its jitter; the wall's clock */
	int64_t ran_for;   /* seconds since 1970: the time that was last run for, or passed over */
	bool is_queued;
	char tz[]; /* what the zone was opened by; empty: none was told */
};

/* ---- when ---- */

static const char *env_value(const char *const *env, const char *name, size_t len)
{
	for (; env && *env; env++)
		if (!strncmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

static const char *zone_name(const struct service_spec *spec)
{
	const char *const *env = (const char *const *)spec->env;
	const char *name = env_value(env, "CRON_TZ", strlen("CRON_TZ"));
	if (spec->utc)
		return "UTC";
	return name ? name : env_value(env, "TZ", strlen("TZ"));
}

static int64_t draw_jitter(const struct service_spec *spec)
{
	uint64_t bits;
	if (spec->jitter <= 0)
		return 0;
	random_bytes(&bits, sizeof(bits));
	return (int64_t)(bits % (uint64_t)spec->jitter);
}

static void arm(struct service *service)
{
	struct events *events = service->supervisor->events;
	if (service->next_run < 0 || service->supervisor->stopping) {
		timer_cancel(events, &service->schedule);
		return;
	}
	int64_t wait = service->cron->run_at_ns - clock_now_ns();
	wait = wait < LONGEST_WAIT_NS ? wait : LONGEST_WAIT_NS;
	timer_set(events, &service->schedule,
		  clock_monotonic_ns() + (wait > SHORTEST_WAIT_NS ? wait : SHORTEST_WAIT_NS));
}

static void plan(struct service *service, int64_t now_ns)
{
	struct cron_job *job = service->cron;
	const struct service_spec *spec = service->spec;
	int64_t now = now_ns / NS_PER_SEC, after = now;
	/* The clock was set back a little: what ran in that time does not run twice, unless it
	 * runs all the time. */
	if (job->ran_for > now && job->ran_for - now <= SET_BACK_SECONDS &&
	    !schedule_follows_clock(&spec->table))
		after = job->ran_for;
	service->next_run = schedule_next(&spec->table, job->zone, after);
	if (service->next_run >= 0)
		job->run_at_ns = service->next_run * NS_PER_SEC + draw_jitter(spec);
	arm(service);
}

/* ---- what ---- */

static bool is_busy(const struct service *service)
{
	return service_state_is_active(service->state) || service->state == SERVICE_WAITING;
}

bool cron_is_idle(const struct service *service)
{
	return service->spec->kind == SERVICE_CRON && !is_busy(service);
}

/* One more run beside those that go on. */
static int run_beside(struct service *service)
{
	struct slot *last = NULL;
	size_t n = 0;
	for (struct slot *slot = service->slots; slot; slot = slot->next, n++) {
		last = slot;
		if (!slot->surplus && slot->state == SLOT_EMPTY && !slot->settle.active) {
			slot_hear(slot, SLOT_ASKED_UP);
			return 0;
		}
	}
	if (n >= LIMIT_CRON_RUNS)
		return -EAGAIN;
	if (copies_make(service, 1))
		return -ENOMEM;
	for (struct slot *slot = last ? last->next : service->slots; slot; slot = slot->next) {
		slot_hear(slot, SLOT_ASKED_UP);
		slot->surplus = true; /* gone when it has ended */
	}
	return 0;
}

static void run_over(struct service *service)
{
	const char *name = service->spec->name;
	if (service->spec->overlap == CRON_QUEUE) {
		say(LOG_INFO, name, "its time has come while it still runs: once more behind that");
		service->cron->is_queued = true;
	} else if (service->spec->overlap == CRON_ALLOW && service->state == SERVICE_RUNNING) {
		int error = run_beside(service);
		if (error)
			say(LOG_WARN, name, "no run beside the others: %s, ignoring",
			    error == -EAGAIN ? "too many of them" : strerror(-error));
	} else {
		say(LOG_INFO, name, "its time has come while it still runs: left out");
	}
}

static void run(struct service *service, const char *why)
{
	if (!service->wanted)
		say(LOG_DEBUG, service->spec->name, "its time has come, but it was stopped");
	else if (is_busy(service))
		run_over(service);
	else
		service_start(service, why);
}

static void passed_over(struct service *service)
{
	char text[CLOCK_TEXT_MAX];
	clock_format_rfc3339(service->next_run * NS_PER_SEC, text);
	if (service->spec->catch_up) {
		run(service, "makes up for a time that was passed over");
		return;
	}
	say(LOG_WARN, service->spec->name, "its time %s was passed over: left out", text);
}

/* Runs what is due and plans the next. */
static void look(struct service *service)
{
	int64_t now = clock_now_ns();
	struct cron_job *job = service->cron;
	if (service->supervisor->stopping || service->next_run < 0 || now < job->run_at_ns) {
		arm(service);
		return;
	}
	job->ran_for = service->next_run;
	if (now - job->run_at_ns > LATE_NS)
		passed_over(service);
	else
		run(service, "its time has come");
	plan(service, now);
}

static void time_has_come(struct timer *timer)
{
	look(container_of(timer, struct service, schedule));
}

void cron_service_ended(struct service *service)
{
	if (!service->cron || !service->cron->is_queued)
		return;
	service->cron->is_queued = false;
	if (service->wanted)
		service_start(service, "its time came while it ran");
}

/* ---- whom ---- */

/* Zones are shared: a hundred jobs have one. */
static struct zone *zone_share(const struct service *service, const char *tz)
{
	for (const struct service *at = service->supervisor->services; at; at = at->next)
		if (at->cron && at != service && text_eq(at->cron->tz, tz ? tz : ""))
			return zone_ref(at->cron->zone);
	return zone_open(tz);
}

void cron_forget(struct service *service)
{
	struct cron_job *job = service->cron;
	if (!job)
		return;
	timer_cancel(service->supervisor->events, &service->schedule);
	zone_close(job->zone);
	free(job);
	service->cron = NULL;
	service->next_run = -1;
}

static struct cron_job *job_new(const struct service *service)
{
	const char *tz = zone_name(service->spec);
	size_t len = tz ? strlen(tz) : 0;
	struct cron_job *job = calloc(1, sizeof(*job) + len + 1);
	if (!job)
		return NULL;
	if (tz)
		memcpy(job->tz, tz, len + 1);
	job->zone = zone_share(service, tz);
	if (!zone_is_known(job->zone))
		say(LOG_WARN, service->spec->name, "time zone '%s' cannot be read, using UTC", tz);
	return job;
}

void cron_watch(struct service *service)
{
	bool was_queued = service->cron && service->cron->is_queued;
	cron_forget(service);
	if (service->spec->kind != SERVICE_CRON)
		return;
	service->cron = job_new(service);
	if (!service->cron) {
		say(LOG_ERROR, service->spec->name, "no memory for its times: it will not run");
		return;
	}
	service->cron->is_queued = was_queued;
	service->schedule.fire = time_has_come;
	plan(service, clock_now_ns());
}

void cron_start(struct supervisor *supervisor)
{
	for (struct service *at = supervisor->services; at; at = at->next) {
		if (at->spec->kind != SERVICE_CRON)
			continue;
		at->wanted = at->spec->autostart;
		cron_watch(at);
		if (at->spec->table.at_boot && at->wanted)
			service_start(at, "@reboot");
	}
}

void cron_clock_jumped(struct supervisor *supervisor)
{
	int64_t now = clock_now_ns();
	for (struct service *at = supervisor->services; at; at = at->next) {
		if (!at->cron || supervisor->stopping)
			continue;
		if (at->next_run >= 0 && now >= at->cron->run_at_ns)
			look(at);
		else
			plan(at, now); /* an earlier time may be ahead again */
	}
}
