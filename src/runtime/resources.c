/* resources.c - limits of a container: by cgroups (memory, processors, processes) and by
 * setrlimit(2). SPDX-License-Identifier: Apache-2.0 Source: runtime-spec, config-linux.md, "Control
 * groups"; config.md, "rlimits". */
#include <ctype.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "runtime/spec_private.h"

#include "base/banned.h"

#define CPU_PERIOD_US 100000
#define NS_PER_CPU    1000000000

static int controller_require(const char *name, const char *what, struct err *err)
{
	if (cgroup_has_controller(name))
		return 0;
	return err_set(err, ERR_INPUT, "cannot limit %s: this host has no cgroup controller '%s'",
		       what, name);
}

static int memory_encode(struct arena *arena, uint64_t bytes, struct node *resources,
			 struct err *err)
{
	if (controller_require("memory", "memory", err))
		return -1;
	if (bytes < 6 << 20)
		return err_set(err, ERR_INPUT,
			       "a memory limit of %llu bytes is below the least possible, 6m",
			       (unsigned long long)bytes);
	struct node *memory = node_new(arena, NODE_MAP);
	node_set(arena, memory, "limit", node_new_int(arena, (int64_t)bytes));
	if (cgroup_limits_swap() && bytes <= INT64_MAX / 2) /* docker: as much swap as memory */
		node_set(arena, memory, "swap", node_new_int(arena, (int64_t)bytes * 2));
	node_set(arena, resources, "memory", memory);
	return 0;
}

static int cpu_encode(struct arena *arena, int64_t nano_cpus, struct node *resources,
		      struct err *err)
{
	if (controller_require("cpu", "processor time", err))
		return -1;
	int64_t quota = nano_cpus / (NS_PER_CPU / CPU_PERIOD_US);
	if (quota < 1000) /* the kernel takes no less: 1 ms */
		return err_set(err, ERR_INPUT, "less than 0.01 processors cannot be given");
	struct node *cpu = node_new(arena, NODE_MAP);
	node_set(arena, cpu, "quota", node_new_int(arena, quota));
	node_set(arena, cpu, "period", node_new_int(arena, CPU_PERIOD_US));
	node_set(arena, resources, "cpu", cpu);
	return 0;
}

static int pids_encode(struct arena *arena, int64_t limit, struct node *resources, struct err *err)
{
	if (controller_require("pids", "the number of processes", err))
		return -1;
	struct node *pids = node_new(arena, NODE_MAP);
	node_set(arena, pids, "limit", node_new_int(arena, limit));
	node_set(arena, resources, "pids", pids);
	return 0;
}

int resources_encode(struct arena *arena, const struct spec *spec, struct node *resources,
		     struct err *err)
{
	if (spec->memory_bytes && memory_encode(arena, spec->memory_bytes, resources, err))
		return -1;
	if (spec->nano_cpus && cpu_encode(arena, spec->nano_cpus, resources, err))
		return -1;
	if (spec->pids_limit > 0 && pids_encode(arena, spec->pids_limit, resources, err))
		return -1;
	return 0;
}

static const struct rlimit_name {
	const char *name, *oci;
	int resource;
} rlimit_names[] = {
	{"as", "RLIMIT_AS", RLIMIT_AS},
	{"core", "RLIMIT_CORE", RLIMIT_CORE},
	{"cpu", "RLIMIT_CPU", RLIMIT_CPU},
	{"data", "RLIMIT_DATA", RLIMIT_DATA},
	{"fsize", "RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"locks", "RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"memlock", "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"msgqueue", "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"nice", "RLIMIT_NICE", RLIMIT_NICE},
	{"nofile", "RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"nproc", "RLIMIT_NPROC", RLIMIT_NPROC},
	{"rss", "RLIMIT_RSS", RLIMIT_RSS},
	{"rtprio", "RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"rttime", "RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"sigpending", "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"stack", "RLIMIT_STACK", RLIMIT_STACK},
};

/* As docker's unit file has it since 25.0: what select(2) can count, more for whoever asks. */
static const struct spec_ulimit default_ulimits[] = {
	{.name = (char *)"nofile", .soft = 1024, .hard = 524288, .is_default = true},
};

static const struct rlimit_name *rlimit_find(const char *name, struct err *err)
{
	const char *known[ARRAY_LEN(rlimit_names) + 1] = {0};
	for (size_t i = 0; i < ARRAY_LEN(rlimit_names); i++) {
		known[i] = rlimit_names[i].name;
		if (strcasecmp(known[i], name) == 0)
			return &rlimit_names[i];
	}
	const char *near = str_nearest(name, known);
	err_set(err, ERR_INPUT, "unknown ulimit '%s'%s%s%s", name, near ? " (nearest: '" : "",
		near ? near : "", near ? "')" : "");
	return NULL;
}

/* An rlimit above the largest int64_t is "no limit"; the tree keeps integers of that size exactly.
 */
static struct node *rlimit_number(struct arena *arena, uint64_t value)
{
	if (value <= INT64_MAX)
		return node_new_int(arena, (int64_t)value);
	struct node *node = node_new(arena, NODE_FLOAT);
	node->number = (double)value;
	return node;
}

static int rlimit_append(struct arena *arena, const struct spec_ulimit *ulimit, struct node *list,
			 struct err *err)
{
	const struct rlimit_name *name = rlimit_find(ulimit->name, err);
	if (!name)
		return -1;
	uint64_t soft = ulimit->soft, hard = ulimit->hard;
	if (soft > hard)
		return err_set(err, ERR_INPUT,
			       "ulimit '%s': the soft limit is above the hard limit", name->name);
	struct rlimit ours = {0};
	if (getrlimit((__rlimit_resource_t)name->resource, &ours))
		return err_sys(err, "asking for our own limit '%s'", name->name);
	if (hard > ours.rlim_max && prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) <= 0) {
		if (!ulimit->is_default)
			return err_set(
				err, ERR_INPUT,
				"ulimit '%s' cannot be %llu: our own hard limit is %llu, and we may not "
				"raise it",
				name->name, (unsigned long long)hard,
				(unsigned long long)ours.rlim_max);
		hard = ours.rlim_max;
		soft = soft < hard ? soft : hard;
	}
	struct node *map = node_new(arena, NODE_MAP);
	node_set_text(arena, map, "type", name->oci);
	node_set(arena, map, "hard", rlimit_number(arena, hard));
	node_set(arena, map, "soft", rlimit_number(arena, soft));
	node_append(list, map);
	return 0;
}

static bool is_given(const struct spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->n_ulimits; i++)
		if (strcasecmp(spec->ulimits[i].name, name) == 0)
			return true;
	return false;
}

int rlimits_encode(struct arena *arena, const struct spec *spec, struct node **ret_list,
		   struct err *err)
{
	struct node *list = node_new(arena, NODE_LIST);
	for (size_t i = 0; i < ARRAY_LEN(default_ulimits); i++)
		if (!is_given(spec, default_ulimits[i].name) &&
		    rlimit_append(arena, &default_ulimits[i], list, err))
			return -1;
	for (size_t i = 0; i < spec->n_ulimits; i++)
		if (rlimit_append(arena, &spec->ulimits[i], list, err))
			return -1;
	*ret_list = list;
	return 0;
}
