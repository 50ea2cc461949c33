/* metrics.c - what the services do and use, in OpenMetrics text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/metrics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/clock.h"
#include "base/encode.h"
#include "init/stats.h"

#define PREFIX        "hull_init_"
/* Processes of one copy that are looked at. */
#define TREE_MAX      256
/* Bytes of a service's name as a label: escaped, each byte may become two. */
#define LABEL_SIZE    256
/* Bytes of all lines of one service: 9 of its state and one of each family, names of 64. */
#define SERVICE_BYTES ((size_t)6 << 10)
#define OWN_BYTES     ((size_t)16 << 10)

enum unit { UNIT_NONE, UNIT_SECONDS, UNIT_BYTES };
enum metric_type { TYPE_GAUGE, TYPE_COUNTER };

struct seen { /* one service */
	const struct service *service;
	const struct metrics_usage *usage;
	int64_t now_ns;
};

size_t metrics_size(size_t n_services)
{
	return OWN_BYTES + n_services * SERVICE_BYTES;
}

/* ---- values; false: there is none ---- */

static uint64_t ns_of_ticks(uint64_t ticks)
{
	return ticks * ((uint64_t)NS_PER_SEC / process_ticks_per_second());
}

static bool healthy(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = seen->service->healthy;
	return seen->service->spec->health.kind != PROBE_NONE;
}

static bool copies(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = (uint64_t)(seen->service->copies > 0 ? seen->service->copies : 0);
	return true;
}

static bool copies_running(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = seen->service->n_running;
	return true;
}

static bool restarts(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = seen->service->restarts;
	return true;
}

static bool spawns(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = seen->service->spawns;
	return true;
}

/* Of the copy that runs longest. */
static bool uptime(const struct seen *seen, uint64_t *ret_value)
{
	int64_t longest = -1;
	for (const struct slot *slot = seen->service->slots; slot; slot = slot->next) {
		if (slot->child.pid > 0 && seen->now_ns - slot->started_ns > longest)
			longest = seen->now_ns - slot->started_ns;
	}
	*ret_value = (uint64_t)longest;
	return longest >= 0;
}

static bool cpu(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = ns_of_ticks(seen->usage->cpu_ticks);
	return seen->usage->is_known;
}

static bool rss(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = seen->usage->rss;
	return seen->usage->is_known;
}

static bool processes(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = seen->usage->n_processes;
	return seen->usage->is_known;
}

static bool dropped(const struct seen *seen, uint64_t *ret_value)
{
	*ret_value = 0;
	for (const struct slot *slot = seen->service->slots; slot; slot = slot->next)
		*ret_value += slot->out.dropped + slot->errors.dropped;
	return true;
}

static const struct family {
	const char *name; /* with the unit, as OpenMetrics wants it */
	enum metric_type type;
	enum unit unit; /* the value is in nanoseconds for UNIT_SECONDS */
	const char *help;
	bool (*value)(const struct seen *seen, uint64_t *ret_value);
} families[] = {
	{"service_healthy", TYPE_GAUGE, UNIT_NONE, "1: its health probe is answered well.",
	 healthy},
	{"service_copies", TYPE_GAUGE, UNIT_NONE, "Copies that are wanted.", copies},
	{"service_copies_running", TYPE_GAUGE, UNIT_NONE, "Copies that are ready.", copies_running},
	{"service_restarts", TYPE_COUNTER, UNIT_NONE, "Times that a copy was started again.",
	 restarts},
	{"service_spawns", TYPE_COUNTER, UNIT_NONE, "Processes that were started.", spawns},
	{"service_uptime_seconds", TYPE_GAUGE, UNIT_SECONDS, "Age of its oldest copy.", uptime},
	{"service_cpu_seconds", TYPE_COUNTER, UNIT_SECONDS,
	 "User and system time of its processes and those that they waited for.", cpu},
	{"service_resident_memory_bytes", TYPE_GAUGE, UNIT_BYTES,
	 "Resident memory of its processes; shared pages count in each.", rss},
	{"service_processes", TYPE_GAUGE, UNIT_NONE, "Its processes, descendants included.",
	 processes},
	{"service_log_lines_dropped", TYPE_COUNTER, UNIT_NONE,
	 "Lines that its log target could not take.", dropped},
};

/* ---- text ---- */

static void write_head(struct text *text, const char *name, const char *type, enum unit unit,
		       const char *help)
{
	static const char *const units[] = {
		[UNIT_NONE] = NULL, [UNIT_SECONDS] = "seconds", [UNIT_BYTES] = "bytes"};
	text_add(text, "# TYPE " PREFIX "%s %s\n", name, type);
	if (units[unit])
		text_add(text, "# UNIT " PREFIX "%s %s\n", name, units[unit]);
	text_add(text, "# HELP " PREFIX "%s %s\n", name, help);
}

static void write_value(struct text *text, enum unit unit, uint64_t value)
{
	uint64_t second = (uint64_t)NS_PER_SEC;
	if (unit == UNIT_SECONDS)
		text_add(text, " %llu.%03llu\n", (unsigned long long)(value / second),
			 (unsigned long long)(value % second / 1000000));
	else
		text_add(text, " %llu\n", (unsigned long long)value);
}

/* A label's value: backslash, quote and newline are escaped; what is no UTF-8 becomes '?'. */
static void escape_label(const char *name, char out[LABEL_SIZE])
{
	size_t len = 0;
	bool is_utf8 = text_is_utf8(str_of(name));
	for (; *name && len + 3 < LABEL_SIZE; name++) {
		char c = *name;
		if (c == '\\' || c == '"' || c == '\n')
			out[len++] = '\\';
		if (c == '\n')
			c = 'n';
		unsigned char byte = (unsigned char)c;
		bool show = byte >= ' ' && byte != 0x7f && (is_utf8 || byte < 0x80);
		out[len] = '?';
		if (show)
			out[len] = c;
		len++;
	}
	out[len] = '\0';
}

static void write_family(struct text *text, const struct family *family,
			 const struct supervisor *supervisor, const struct metrics_usage *usages,
			 size_t n)
{
	bool is_counter = family->type == TYPE_COUNTER;
	write_head(text, family->name, is_counter ? "counter" : "gauge", family->unit,
		   family->help);
	const struct service *service = supervisor->services;
	for (size_t i = 0; service && i < n; service = service->next, i++) {
		struct seen seen = {service, &usages[i], events_now(supervisor->events)};
		uint64_t value;
		char label[LABEL_SIZE];
		if (!family->value(&seen, &value))
			continue;
		escape_label(service->spec->name, label);
		text_add(text, PREFIX "%s%s{service=\"%s\"}", family->name,
			 is_counter ? "_total" : "", label);
		write_value(text, family->unit, value);
	}
}

/* OpenMetrics' StateSet: one sample for each state, its label named as the metric. */
static void write_states(struct text *text, const struct supervisor *supervisor, size_t n)
{
	write_head(text, "service_state", "stateset", UNIT_NONE, "Where each service is.");
	const struct service *service = supervisor->services;
	for (size_t i = 0; service && i < n; service = service->next, i++) {
		char label[LABEL_SIZE];
		escape_label(service->spec->name, label);
		for (int state = 0; state < SERVICE_STATE_COUNT; state++)
			text_add(text,
				 PREFIX "service_state{service=\"%s\"," PREFIX
					"service_state=\"%s\"} %d\n",
				 label, service_state_name((enum service_state)state),
				 service->state == (enum service_state)state);
	}
}

static void write_single(struct text *text, const char *name, enum unit unit, const char *help,
			 uint64_t value)
{
	write_head(text, name, "gauge", unit, help);
	text_add(text, PREFIX "%s", name);
	write_value(text, unit, value);
}

static void write_own(struct text *text, const struct supervisor *supervisor)
{
	write_head(text, "build", "info", UNIT_NONE, "The program.");
	text_add(text, PREFIX "build_info{version=\"" HULL_VERSION "\"} 1\n");
	int64_t age = events_now(supervisor->events) - supervisor->began_ns;
	write_single(text, "uptime_seconds", UNIT_SECONDS, "Since supervision began.",
		     age > 0 ? (uint64_t)age : 0);
	write_single(text, "services", UNIT_NONE, "Services that are known.",
		     supervisor->n_services);
	write_single(text, "ready", UNIT_NONE, "1: every wanted service is ready.",
		     supervisor_is_ready(supervisor));
	write_single(text, "stopping", UNIT_NONE, "1: everything is being stopped.",
		     supervisor->stopping);
	struct process_stats own;
	if (process_stats(getpid(), &own) == 0) {
		write_single(text, "resident_memory_bytes", UNIT_BYTES,
			     "Resident memory of hull-init itself.", own.rss);
		write_head(text, "cpu_seconds", "counter", UNIT_SECONDS,
			   "User and system time of hull-init itself.");
		text_add(text, PREFIX "cpu_seconds_total");
		write_value(text, UNIT_SECONDS, ns_of_ticks(own.cpu_ticks));
	}
}

/* ---- what processes use ---- */

static void add_process(struct metrics_usage *usage, pid_t pid)
{
	struct process_stats stats;
	if (process_stats(pid, &stats))
		return;
	usage->is_known = true;
	usage->cpu_ticks += stats.cpu_ticks + stats.waited_ticks;
	usage->rss += stats.rss;
	usage->n_processes++;
}

static struct metrics_usage usage_of(const struct service *service)
{
	struct metrics_usage usage = {0};
	pid_t tree[TREE_MAX];
	for (const struct slot *slot = service->slots; slot; slot = slot->next) {
		if (slot->child.pid <= 0)
			continue;
		add_process(&usage, slot->child.pid);
		int n = process_children(slot->child.pid, true, tree, TREE_MAX);
		for (int i = 0; i < n; i++)
			add_process(&usage, tree[i]);
	}
	return usage;
}

void metrics_write(const struct supervisor *supervisor, struct metrics_usage *usages, size_t n,
		   struct text *text)
{
	const struct service *service = supervisor->services;
	for (size_t i = 0; service && i < n; service = service->next, i++)
		usages[i] = usage_of(service);
	write_own(text, supervisor);
	write_states(text, supervisor, n);
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		write_family(text, &families[i], supervisor, usages, n);
	text_add(text, "# EOF\n");
}
