/* spawn_child.c - a child made with vfork's speed: its state, step by step, then exec.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "init/decimal.h"
#include "init/raw.h"
#include "init/signal_set.h"
#include "init/spawn_private.h"

#include "base/banned.h"

#define CAPABILITIES_MAX 64

/* The number is that of our own name space: the kernel compares it. */
RAW static int hold_futex(struct spawn_child *child)
{
	if (!child->is_watched)
		return 0;
	child->futex = (uint32_t)raw0(SYS_getpid) | FUTEX_WAITERS;
	child->held.next = &child->list.list;
	child->list.list.next = &child->held;
	child->list.futex_offset = (char *)&child->futex - (char *)&child->held;
	long result = raw2(SYS_set_robust_list, &child->list, sizeof(child->list));
	child->is_watched = result == 0;
	return (int)result;
}

RAW static int set_group(struct spawn_child *child)
{
	switch (child->spawn->group) {
	case SPAWN_SESSION: return (int)raw0(SYS_setsid);
	case SPAWN_GROUP: return (int)raw2(SYS_setpgid, 0, 0);
	case SPAWN_SAME: break;
	}
	return 0;
}

/* Without a terminal, or with one that is not ours, there is nothing to take. TTOU is blocked. */
RAW static int set_foreground(struct spawn_child *child)
{
	pid_t group = (pid_t)raw0(SYS_getpid);

	if (!child->spawn->foreground)
		return 0;
	if (child->spawn->group == SPAWN_SESSION)
		raw3(SYS_ioctl, 0, TIOCSCTTY, 0);
	else if (child->spawn->group == SPAWN_GROUP)
		raw3(SYS_ioctl, 0, TIOCSPGRP, &group);
	return 0;
}

/* As near as we may: a number of files that this container is not allowed is no reason to have
 * none of the service. */
RAW static int set_limits(struct spawn_child *child)
{
	for (size_t i = 0; i < child->spawn->n_rlimits; i++) {
		const struct rlimit_spec *spec = &child->spawn->rlimits[i];
		struct rlimit wanted = {.rlim_cur = spec->soft, .rlim_max = spec->hard}, now = {0};
		long result = raw4(SYS_prlimit64, 0, spec->resource, &wanted, NULL);

		if (result == -EPERM) {
			result = raw4(SYS_prlimit64, 0, spec->resource, NULL, &now);
			if (result)
				return (int)result;
			if (wanted.rlim_max > now.rlim_max)
				wanted.rlim_max = now.rlim_max;
			if (wanted.rlim_cur > wanted.rlim_max)
				wanted.rlim_cur = wanted.rlim_max;
			result = raw4(SYS_prlimit64, 0, spec->resource, &wanted, NULL);
		}
		if (result)
			return (int)result;
	}
	return 0;
}

RAW static int set_nice(struct spawn_child *child)
{
	if (child->spawn->nice == INT_MIN)
		return 0;
	return (int)raw3(SYS_setpriority, PRIO_PROCESS, 0, child->spawn->nice);
}

/* A hint to the kernel: without /proc, or without the right to lower it, the program still runs. */
RAW static int set_oom_score(struct spawn_child *child)
{
	char text[DECIMAL_BYTES];
	int score = child->spawn->oom_score;

	if (score == INT_MIN)
		score = child->spawn->entry->oom_score;
	if (score == INT_MIN)
		return 0;
	int fd = (int)raw4(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC,
			   0);
	if (fd < 0)
		return 0;
	raw3(SYS_write, fd, text, decimal_format(score, text));
	raw1(SYS_close, fd);
	return 0;
}

RAW static int set_umask(struct spawn_child *child)
{
	if (child->spawn->umask >= 0)
		raw1(SYS_umask, child->spawn->umask);
	return 0;
}

RAW static int set_directory(struct spawn_child *child)
{
	if (child->spawn->from_dir)
		return (int)raw1(SYS_fchdir, *child->spawn->from_dir);
	return child->spawn->cwd ? (int)raw1(SYS_chdir, child->spawn->cwd) : 0;
}

/* Who may not shrink the bounding set has no capabilities to pass on either. */
RAW static int set_bounding(struct spawn_child *child)
{
	uint64_t keep = child->spawn->keep_capabilities;

	if (keep == UINT64_MAX)
		return 0;
	for (int i = 0; i < CAPABILITIES_MAX; i++) {
		if (keep & (UINT64_C(1) << i))
			continue;
		long result = raw5(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0);
		if (result == -EINVAL || result == -EPERM) /* behind the last one */
			break;
		if (result)
			return (int)result;
	}
	return 0;
}

/* Someone who is already who he is to be needs no rights for it. */
RAW static bool is_same_user(const struct spawn *spawn)
{
	return raw0(SYS_geteuid) == (long)spawn->uid && raw0(SYS_getegid) == (long)spawn->gid;
}

RAW static int set_groups(struct spawn_child *child)
{
	const struct spawn *spawn = child->spawn;

	if (!spawn->set_ids)
		return 0;
	long result = raw2(SYS_setgroups, spawn->n_groups, spawn->groups);
	return result == -EPERM && is_same_user(spawn) ? 0 : (int)result;
}

RAW static int set_gid(struct spawn_child *child)
{
	const struct spawn *spawn = child->spawn;

	return spawn->set_ids ? (int)raw3(SYS_setresgid, spawn->gid, spawn->gid, spawn->gid) : 0;
}

/* Who is no longer root has none but what is kept for set_capabilities: exec ends that again. */
RAW static int set_uid(struct spawn_child *child)
{
	const struct spawn *spawn = child->spawn;

	if (!spawn->set_ids)
		return 0;
	long result =
		spawn->ambient_capabilities ? raw5(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) : 0;
	return result ? (int)result : (int)raw3(SYS_setresuid, spawn->uid, spawn->uid, spawn->uid);
}

RAW static int raise_ambient(uint64_t ambient)
{
	for (int i = 0; i < CAPABILITIES_MAX && ambient >> i; i++) {
		long result = ambient >> i & 1 ? raw5(SYS_prctl, PR_CAP_AMBIENT,
						      PR_CAP_AMBIENT_RAISE, i, 0, 0)
					       : 0;
		if (result)
			return (int)result;
	}
	return 0;
}

/* Ambient ones have to be permitted and inheritable. */
RAW static int set_capabilities(struct spawn_child *child)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
	uint64_t keep = child->spawn->keep_capabilities;
	uint64_t ambient = child->spawn->ambient_capabilities;

	if (keep == UINT64_MAX && !ambient)
		return 0;
	/* EINVAL: a kernel without ambient capabilities. */
	raw5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	long result = raw2(SYS_capget, &header, sets);
	if (result)
		return (int)result;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		uint32_t part = (uint32_t)(keep >> (32 * i));

		sets[i].effective &= part;
		sets[i].permitted &= part;
		sets[i].inheritable &= part;
		sets[i].inheritable |= (uint32_t)(ambient >> (32 * i));
	}
	result = raw2(SYS_capset, &header, sets);
	return result ? (int)result : raise_ambient(ambient);
}

RAW static int set_no_new_privileges(struct spawn_child *child)
{
	if (!child->spawn->no_new_privileges)
		return 0;
	return (int)raw5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* After the ids, whose change clears it. Our parent may have died before it was set; a parent in
 * another name space of pids is 0. */
RAW static int set_death_signal(struct spawn_child *child)
{
	int signal = child->spawn->death_signal;

	if (!signal)
		return 0;
	long result = raw5(SYS_prctl, PR_SET_PDEATHSIG, signal, 0, 0, 0);
	if (result == 0 && raw0(SYS_getppid) != child->parent)
		raw2(SYS_kill, raw0(SYS_getpid), signal);
	return (int)result;
}

RAW static int write_pid(struct spawn_child *child)
{
	for (size_t i = 0; i < ARRAY_LEN(child->spawn->pid_texts); i++)
		if (child->spawn->pid_texts[i])
			decimal_format(raw0(SYS_getpid), child->spawn->pid_texts[i]);
	return 0;
}

/* Last: from here on a signal ends the child as it would end the program. */
RAW static int set_signals(struct spawn_child *child)
{
	const struct entry *entry = child->spawn->entry;
	struct signal_action ignore = {.handler = SIG_IGN};

	for (int i = 1; entry->ignored >> (i - 1); i++)
		if (entry->ignored & SIGNAL_BIT(i))
			raw4(SYS_rt_sigaction, i, &ignore, NULL, SIGNALS_SET_BYTES);
	return (int)raw4(SYS_rt_sigprocmask, SIG_SETMASK, &entry->mask, NULL, SIGNALS_SET_BYTES);
}

static const struct child_step {
	const char *name;
	int (*run)(struct spawn_child *child);
} steps[] = {
	{"futex", hold_futex},
	{"process group", set_group},
	{"terminal", set_foreground},
	{"descriptors", spawn_child_streams},
	{"limits", set_limits},
	{"nice", set_nice},
	{"oom score", set_oom_score},
	{"umask", set_umask},
	{"chdir", set_directory},
	{"bounding set", set_bounding},
	{"setgroups", set_groups},
	{"setgid", set_gid},
	{"setuid", set_uid},
	{"capabilities", set_capabilities},
	{"no new privileges", set_no_new_privileges},
	{"death signal", set_death_signal},
	{"pid", write_pid},
	{"signals", set_signals},
	{"exec", spawn_child_exec},
};

RAW int spawn_child_run(void *spawn_child)
{
	struct spawn_child *child = spawn_child;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		int result = steps[i].run(child);

		if (result < 0) {
			child->error = -result;
			if (!child->step)
				child->step = steps[i].name;
			break;
		}
	}
	for (;;)
		raw1(SYS_exit_group, 127);
}
