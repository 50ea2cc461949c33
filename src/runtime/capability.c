/* capability.c - docker's --cap-add and --cap-drop to the set that a container has.
 * SPDX-License-Identifier: Apache-2.0
 * Source: capabilities(7); the rules are docker's: "ALL" first, then drops, then adds. */
#include <ctype.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "runtime/spec_private.h"

#include "base/banned.h"

#define NAME(cap) [cap] = #cap
static const char *const names[] = {
	NAME(CAP_CHOWN),
	NAME(CAP_DAC_OVERRIDE),
	NAME(CAP_DAC_READ_SEARCH),
	NAME(CAP_FOWNER),
	NAME(CAP_FSETID),
	NAME(CAP_KILL),
	NAME(CAP_SETGID),
	NAME(CAP_SETUID),
	NAME(CAP_SETPCAP),
	NAME(CAP_LINUX_IMMUTABLE),
	NAME(CAP_NET_BIND_SERVICE),
	NAME(CAP_NET_BROADCAST),
	NAME(CAP_NET_ADMIN),
	NAME(CAP_NET_RAW),
	NAME(CAP_IPC_LOCK),
	NAME(CAP_IPC_OWNER),
	NAME(CAP_SYS_MODULE),
	NAME(CAP_SYS_RAWIO),
	NAME(CAP_SYS_CHROOT),
	NAME(CAP_SYS_PTRACE),
	NAME(CAP_SYS_PACCT),
	NAME(CAP_SYS_ADMIN),
	NAME(CAP_SYS_BOOT),
	NAME(CAP_SYS_NICE),
	NAME(CAP_SYS_RESOURCE),
	NAME(CAP_SYS_TIME),
	NAME(CAP_SYS_TTY_CONFIG),
	NAME(CAP_MKNOD),
	NAME(CAP_LEASE),
	NAME(CAP_AUDIT_WRITE),
	NAME(CAP_AUDIT_CONTROL),
	NAME(CAP_SETFCAP),
	NAME(CAP_MAC_OVERRIDE),
	NAME(CAP_MAC_ADMIN),
	NAME(CAP_SYSLOG),
	NAME(CAP_WAKE_ALARM),
	NAME(CAP_BLOCK_SUSPEND),
	NAME(CAP_AUDIT_READ),
	NAME(CAP_PERFMON),
	NAME(CAP_BPF),
	NAME(CAP_CHECKPOINT_RESTORE),
	NULL,
};
#undef NAME
#define N_NAMES (ARRAY_LEN(names) - 1)
_Static_assert(N_NAMES <= 64, "a set is one word");

static uint64_t set_of(size_t cap)
{
	return (uint64_t)1 << cap;
}

/* What this process may hand on; the kernel answers EINVAL for what it does not know. */
static uint64_t set_of_ours(void)
{
	uint64_t set = 0;
	for (size_t i = 0; i < N_NAMES; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
			set |= set_of(i);
	return set;
}

static int cap_find(const char *text, size_t *ret_cap, struct err *err)
{
	autobuf struct buf name = {0};
	if (strncasecmp(text, "CAP_", 4) != 0)
		buf_puts(&name, "CAP_");
	for (const char *c = text; *c; c++)
		buf_putc(&name, (char)toupper((unsigned char)*c));
	for (size_t i = 0; i < N_NAMES; i++) {
		if (strcmp(names[i], buf_text(&name)) == 0) {
			*ret_cap = i;
			return 0;
		}
	}
	const char *near = str_nearest(buf_text(&name), names);
	return err_set(err, ERR_INPUT, "unknown capability '%s'%s%s%s", text,
		       near ? " (nearest: '" : "", near ? near : "", near ? "')" : "");
}

/* "ALL" is told apart from the names; `ours` NULL: any name is fine (to drop it). */
static int set_of_list(const struct strlist *list, const uint64_t *ours, uint64_t *ret_set,
		       bool *ret_all, struct err *err)
{
	uint64_t set = 0;
	bool all = false;
	for (size_t i = 0; i < list->n; i++) {
		size_t cap = 0;
		if (strcasecmp(list->items[i], "ALL") == 0) {
			all = true;
			continue;
		}
		if (cap_find(list->items[i], &cap, err))
			return -1;
		if (ours && !(*ours & set_of(cap)))
			return err_set(
				err, ERR_INPUT,
				"capability '%s' cannot be added: this process does not have it",
				names[cap]);
		set |= set_of(cap);
	}
	*ret_set = set;
	*ret_all = all;
	return 0;
}

int capabilities_resolve(const struct spec *spec, struct strlist *ret_names, struct err *err)
{
	uint64_t ours = set_of_ours(), basic = 0, add = 0, drop = 0;
	bool add_all = false, drop_all = false;
	for (size_t i = 0; default_capabilities[i]; i++) {
		size_t cap = 0;
		if (cap_find(default_capabilities[i], &cap, err))
			return -1;
		basic |= set_of(cap) & ours;
	}
	if (set_of_list(&spec->cap_add, spec->privileged ? NULL : &ours, &add, &add_all, err) ||
	    set_of_list(&spec->cap_drop, NULL, &drop, &drop_all, err))
		return -1;
	uint64_t set = drop_all ? add : (basic & ~drop) | add;
	if (add_all)
		set = ours & ~drop;
	if (spec->privileged)
		set = ours;
	for (size_t i = 0; i < N_NAMES; i++)
		if (set & set_of(i))
			strlist_add(ret_names, names[i]);
	return 0;
}
