/* ready_notify.c - sd_notify(3) as a service's copy means it: who speaks, and what follows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/encode.h"
#include "base/str.h"
#include "init/ready_private.h"
#include "init/say.h"
#include "init/scope.h"
#include "init/stats.h"

/* Steps from a sender up to us. */
#define ANCESTORS_MAX 64

/* ---- whose is a datagram ---- */

static bool is_of_slot(const struct slot *slot, pid_t pid)
{
	return pid > 0 && slot->child.pid > 0 &&
	       (slot->child.pid == pid || (slot->readiness && slot->readiness->main_pid == pid));
}

static struct slot *slot_of_pid(struct supervisor *supervisor, pid_t pid)
{
	for (struct service *service = supervisor->services; service; service = service->next) {
		for (struct slot *slot = service->slots; slot; slot = slot->next) {
			if (is_of_slot(slot, pid))
				return slot;
		}
	}
	return NULL;
}

struct slot *readiness_slot_of(struct supervisor *supervisor, pid_t sender)
{
	struct slot *slot = slot_of_pid(supervisor, sender);
	if (slot)
		return slot;
	/* works without /proc; the session and its first process have one number */
	pid_t session = getsid(sender), ours = getpid();
	if (session > 0 && (slot = slot_of_pid(supervisor, session)))
		return slot;
	pid_t pid = sender;
	for (int i = 0; i < ANCESTORS_MAX && pid > 1 && pid != ours; i++) {
		if (process_parent(pid, &pid))
			break;
		slot = slot_of_pid(supervisor, pid);
		if (slot)
			return slot;
	}
	return NULL;
}

static void notified(void *arg, pid_t sender, const struct notify_message *message)
{
	struct slot *slot = readiness_slot_of(arg, sender);
	if (slot)
		readiness_heard(slot->readiness, message);
}

int readiness_listen(struct supervisor *supervisor)
{
	if (supervisor->notify)
		return 0;
	return notify_open(supervisor->events, notified, supervisor, &supervisor->notify);
}

/* ---- what it says ---- */

static int64_t ns_of_us(uint64_t us)
{
	return us > INT64_MAX / 1000 ? INT64_MAX : (int64_t)us * 1000;
}

static void heard_status(struct slot *slot, const char *text)
{
	size_t len = strnlen(text, sizeof(slot->status_text) - 1);
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--; /* not amidst a character */
	bool is_utf8 = text_is_utf8((struct str){text, len});
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool show = c >= 0x20 && c != 0x7f && (is_utf8 || c < 0x80);
		slot->status_text[i] = '?';
		if (show)
			slot->status_text[i] = text[i];
	}
	slot->status_text[len] = '\0';
}

static bool has_one_user(pid_t a, pid_t b)
{
	char path[32];
	struct stat of_a, of_b;

	snprintf(path, sizeof(path), "/proc/%d", (int)a);
	bool is_there = !stat(path, &of_a);
	snprintf(path, sizeof(path), "/proc/%d", (int)b);
	return is_there && !stat(path, &of_b) && of_a.st_uid == of_b.st_uid;
}

/* daemon(7): its second child has a session of its own and no parent but us. Nothing tells whose it
 * was; but who has the same user may end it without our help. */
static bool may_be_daemon_of(const struct slot *slot, pid_t pid)
{
	return scope_is_child(pid) && !child_find(slot->service->supervisor->events, pid) &&
	       has_one_user(pid, slot->child.pid);
}

/* A program may only name one of its own. */
static void heard_main_pid(struct readiness *readiness, uint64_t number)
{
	struct slot *slot = readiness->slot;
	pid_t pid = number > 1 && number <= INT_MAX ? (pid_t)number : 0;
	if (pid == slot->child.pid)
		readiness->main_pid = 0;
	else if (pid && (readiness_slot_of(slot->service->supervisor, pid) == slot ||
			 may_be_daemon_of(slot, pid)))
		readiness->main_pid = pid;
	else
		say(LOG_WARN, slot->service->spec->name,
		    "MAINPID=%llu is none of its processes, ignoring", (unsigned long long)number);
}

/* Never earlier than it would be without. */
static void extend(struct readiness *readiness, struct timer *timer, int64_t ns)
{
	int64_t now = events_now(events_of(readiness));
	int64_t due = ns > INT64_MAX - now ? INT64_MAX : now + ns;
	if (timer->active && timer->due_ns < due)
		timer_set(events_of(readiness), timer, due);
}

static void heard_stopping(struct readiness *readiness)
{
	if (!readiness->running || readiness->stopping)
		return;
	readiness->stopping = true;
	timer_cancel(events_of(readiness), &readiness->again);
	if (readiness->probe)
		probe_cancel(readiness->probe);
	if (spec_of(readiness)->stop_timeout > 0)
		timer_after(events_of(readiness), &readiness->late,
			    spec_of(readiness)->stop_timeout);
}

void readiness_heard(struct readiness *readiness, const struct notify_message *message)
{
	struct slot *slot = readiness->slot;
	const char *name = spec_of(readiness)->name;
	switch (message->what) {
	case NOTIFY_READY:
		readiness->heard_ready = true;
		if (readiness->running && spec_of(readiness)->ready == READY_NOTIFY)
			readiness_decide(readiness, VERDICT_READY);
		break;
	case NOTIFY_RELOADING: say(LOG_INFO, name, "reloads"); break;
	case NOTIFY_STOPPING: heard_stopping(readiness); break;
	case NOTIFY_STATUS: heard_status(slot, message->text); break;
	case NOTIFY_ERRNO:
		if (message->number && message->number < INT_MAX)
			say(LOG_WARN, name, "tells of an error: %s",
			    strerror((int)message->number));
		break;
	case NOTIFY_MAINPID: heard_main_pid(readiness, message->number); break;
	case NOTIFY_WATCHDOG: readiness_feed_dog(readiness); break;
	case NOTIFY_WATCHDOG_FAIL:
		if (readiness->running) {
			readiness_because(readiness, "watchdog: the program itself asked for it");
			readiness_decide(readiness, VERDICT_NOT_READY);
		}
		break;
	case NOTIFY_WATCHDOG_USEC:
		readiness->dog_ns = ns_of_us(message->number);
		readiness_feed_dog(readiness);
		break;
	case NOTIFY_EXTEND_USEC:
		extend(readiness, &readiness->late, ns_of_us(message->number));
		if (slot->state == SLOT_STOPPING)
			extend(readiness, &slot->timer, ns_of_us(message->number));
		break;
	}
}
