/* verbs_stats.c - what processes use, told by a copy of us: reading /proc of thousands takes time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/verbs_stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sysinfo.h>

#include "base/clock.h"
#include "base/str.h"
#include "init/ids.h"
#include "init/stats.h"

#include "base/banned.h"

struct figures { /* what is asked once for all processes */
	struct out *out;
	uint64_t memory; /* bytes of the machine */
	double now;      /* seconds since it was booted */
	double epoch;    /* the time of that boot */
	double ticks;    /* per second */
	bool extended;
	uid_t uid; /* of `user` */
	char user[IDS_TEXT_MAX];
};

static void figures_take(struct figures *figures, struct call *call)
{
	struct sysinfo machine;
	struct timespec now = {0};
	*figures = (struct figures){
		.out = call->out, .extended = call_flag(call, "extended"), .uid = (uid_t)-1};
	clock_gettime(CLOCK_BOOTTIME, &now);
	figures->now = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	figures->epoch = (double)clock_now_ns() / 1e9 - figures->now;
	figures->ticks = (double)process_ticks_per_second();
	if (sysinfo(&machine) == 0)
		figures->memory = (uint64_t)machine.totalram * machine.mem_unit;
}

static const char *user_name(struct figures *figures, uid_t uid)
{
	struct ids ids;
	const char *missing;
	char number[16];
	if (uid == figures->uid && figures->user[0])
		return figures->user;
	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	bool is_known = ids_find(number, NULL, NULL, &ids, &missing) == 0 && ids.name[0];
	figures->uid = uid;
	snprintf(figures->user, sizeof(figures->user), "%s",
		 uid == (uid_t)-1 ? "N/A"
		 : is_known       ? ids.name
				  : number);
	return figures->user;
}

void bytes_human(uint64_t bytes, char out[32])
{
	static const char units[] = "KMGTP";
	for (size_t i = sizeof(units) - 1; i-- > 0;) {
		uint64_t unit = (uint64_t)1 << (10 * (i + 1));
		if (bytes >= unit) {
			snprintf(out, 32, "%.2f%c", (double)bytes / (double)unit, units[i]);
			return;
		}
	}
	snprintf(out, 32, "%lluB", (unsigned long long)bytes);
}

void ticks_human(double seconds, char out[32])
{
	uint64_t hundredths = (uint64_t)(seconds * 100 + 0.5);
	snprintf(out, 32, "%llu:%02llu.%02llu", (unsigned long long)(hundredths / 6000),
		 (unsigned long long)(hundredths / 100 % 60),
		 (unsigned long long)(hundredths % 100));
}

/* The last part of argv[0], or what the kernel calls it. */
static void program_name(const struct process_stats *stats, char *out, size_t size)
{
	char path[64], words[256];
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)stats->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, words, sizeof(words) - 1);
	if (fd >= 0)
		close(fd);
	words[n > 0 ? n : 0] = '\0';
	const char *slash = strrchr(words, '/');
	snprintf(out, size, "%s",
		 words[0] && slash && slash[1] ? slash + 1
		 : words[0]                    ? words
					       : stats->command);
}

static void put_process(struct figures *figures, const struct process_stats *stats)
{
	struct out *out = figures->out;
	char text[256];
	double cpu = (double)stats->cpu_ticks / figures->ticks;
	double start = (double)stats->start_ticks / figures->ticks, age = figures->now - start;
	double share = figures->memory ? 100.0 * (double)stats->rss / (double)figures->memory : 0;
	json_put_number(out, "pid", stats->pid);
	program_name(stats, text, sizeof(text));
	json_put_text(out, "cmdline", text);
	json_put_text(out, "username", user_name(figures, stats->uid));
	json_put_number(out, "nice", stats->nice);
	bytes_human(stats->rss, text);
	json_put_text(out, "mem_info1", text);
	bytes_human(stats->vms, text);
	json_put_text(out, "mem_info2", text);
	/* Of its whole life, as ps(1) tells it: nobody samples in between. */
	snprintf(text, sizeof(text), "%.1f", age > 0 ? 100.0 * cpu / age : 0);
	json_put_raw(out, "cpu", text);
	snprintf(text, sizeof(text), "%.3f", share);
	json_put_raw(out, "mem", text);
	ticks_human(cpu, text);
	json_put_text(out, "ctime", text);
	snprintf(text, sizeof(text), "%.2f", age > 0 ? age : 0);
	json_put_raw(out, "age", text);
	snprintf(text, sizeof(text), "%.2f", figures->epoch + start);
	json_put_raw(out, "create_time", text);
	json_put_raw(out, "started", text);
	if (figures->extended) {
		json_put_number(out, "rss", (int64_t)stats->rss);
		json_put_number(out, "vms", (int64_t)stats->vms);
		json_put_number(out, "parent", stats->parent);
	}
}

static void put_children(struct figures *figures, pid_t pid)
{
	pid_t pids[LIMIT_CHILDREN];
	struct process_stats stats;
	int n = process_children(pid, false, pids, LIMIT_CHILDREN);
	json_open(figures->out, "children", '[');
	for (int i = 0; i < n; i++) {
		if (pids[i] == getpid() || process_stats(pids[i], &stats))
			continue;
		json_open(figures->out, NULL, '{');
		put_process(figures, &stats);
		json_close(figures->out, '}');
	}
	json_close(figures->out, ']');
}

static void put_copy(struct figures *figures, const struct slot *slot,
		     const struct process_stats *stats)
{
	put_process(figures, stats);
	json_put_number(figures->out, "wid", slot->wid);
	if (figures->extended)
		json_put_text(figures->out, "status_text", slot->status_text);
	put_children(figures, slot->child.pid);
}

static void put_slot(struct figures *figures, const struct slot *slot)
{
	struct process_stats stats;
	int error = process_stats(slot->child.pid, &stats);
	char name[16];
	snprintf(name, sizeof(name), "%d", (int)slot->child.pid);
	if (error) {
		json_put_text(figures->out, name,
			      error == -ENOENT ? "No such file or directory (no /proc)"
					       : "No such process (stopped?)");
		return;
	}
	json_open(figures->out, name, '{');
	put_copy(figures, slot, &stats);
	json_close(figures->out, '}');
}

static void put_service(struct figures *figures, const char *name, const struct service *service)
{
	json_open(figures->out, name, '{');
	for (const struct slot *it = service->slots; it; it = it->next)
		if (it->child.pid > 0)
			put_slot(figures, it);
	json_close(figures->out, '}');
}

static int work_process(struct call *call, const struct service *service, int64_t pid)
{
	struct figures figures;
	struct process_stats stats;
	figures_take(&figures, call);
	for (const struct slot *it = service->slots; it; it = it->next) {
		if (it->child.pid <= 0 || it->child.pid != pid)
			continue;
		if (process_stats(it->child.pid, &stats))
			break;
		json_put_number(call->out, "process", pid);
		json_open(call->out, "info", '{');
		put_copy(&figures, it, &stats);
		json_close(call->out, '}');
		return 0;
	}
	call_refuse(call, REQUEST_MESSAGE, "process %lld not found in '%s'", (long long)pid,
		    service->spec->name);
	return 1;
}

int work_stats(struct call *call)
{
	struct figures figures;
	struct service *one = NULL;
	int64_t pid;
	if (json_member(call->properties, "name") && !(one = call_service(call)))
		return 1;
	const struct json_node *process = json_member(call->properties, "process");
	if (one && process && process->type != JSON_NULL)
		return work_process(call, one, json_integer(process, &pid) ? pid : -1);
	figures_take(&figures, call);
	if (one) {
		json_put_text(call->out, "name", call_text(call, "name"));
		put_service(&figures, "info", one);
		return 0;
	}
	json_open(call->out, "infos", '{');
	for (struct service *it = call->supervisor->services; it; it = it->next)
		put_service(&figures, it->spec->name, it);
	json_close(call->out, '}');
	return 0;
}

int work_dstats(struct call *call)
{
	struct figures figures;
	struct process_stats stats;
	int error = process_stats(getppid(), &stats); /* we are its copy */
	if (error) {
		call_refuse(call, REQUEST_SYSTEM, "reading /proc: %s", strerror(-error));
		return 1;
	}
	figures_take(&figures, call);
	json_open(call->out, "info", '{');
	put_process(&figures, &stats); /* its children are in "stats" */
	json_open(call->out, "children", '[');
	json_close(call->out, ']');
	json_close(call->out, '}');
	return 0;
}
