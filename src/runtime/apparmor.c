/* apparmor.c - the AppArmor profiles of our containers, where the kernel has AppArmor.
 * SPDX-License-Identifier: Apache-2.0
 * Source: apparmor.d(5); "hull-default" denies what docker's own profile denies. "hull-init" adds
 * what the seed's dockercontainer and powercontainer abstractions let an init mount. */
#include <fcntl.h>

#include "base/io.h"
#include "base/proc.h"
#include "runtime/limits.h"
#include "runtime/spec_private.h"

#include "base/banned.h"

#define LOADED_PROFILES   "/sys/kernel/security/apparmor/profiles"
#define PARSER_TIMEOUT_MS 60000

static const char *const common_rules[] = {
	"network,",
	"capability,",
	"file,",
	"umount,",
	"signal (receive) peer=unconfined,",
	"signal (send,receive) peer=@{profile_name},",
	"ptrace (trace,read,tracedby,readby) peer=@{profile_name},",
	"deny @{PROC}/* w,",
	"deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}/** w,",
	"deny @{PROC}/sys/[^k]** w,",
	"deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,",
	"deny @{PROC}/sysrq-trigger rwklx,",
	"deny @{PROC}/kcore rwklx,",
	"deny /sys/[^f]*/** wklx,",
	"deny /sys/f[^s]*/** wklx,",
	"deny /sys/fs/[^c]*/** wklx,",
	"deny /sys/fs/c[^g]*/** wklx,",
	"deny /sys/fs/cg[^r]*/** wklx,",
	"deny /sys/firmware/** rwklx,",
	"deny /sys/devices/virtual/powercap/** rwklx,",
	"deny /sys/kernel/security/** rwklx,",
	NULL,
};

static const char *const default_rules[] = {"deny mount,", NULL};

/* What an init may mount, should it have the capability to; devpts stays the runtime's. */
static const char *const init_rules[] = {
	"deny mount fstype=devpts,",
	"mount fstype=pstore -> /sys/fs/pstore/,",
	"mount options=(ro,remount) -> /sys/fs/cgroup/,",
	"mount options=(ro,nosuid,nodev,noexec,remount,strictatime) -> /sys/fs/cgroup/,",
	"mount fstype=cgroup -> /sys/fs/cgroup/**,",
	"mount fstype=cgroup2 -> /sys/fs/cgroup/**,",
	"mount fstype=tmpfs,",
	"mount fstype=mqueue -> /dev/mqueue/,",
	"mount fstype=proc -> @{PROC}/,",
	"mount fstype=sysfs -> /sys/,",
	"mount options=(rw,bind),",
	"mount options=(rw,rbind),",
	"mount options=(rw,slave),",
	"mount options=(rw,rslave),",
	"mount options=(rw,private),",
	"mount options=(rw,rprivate),",
	"mount options=(rw,bind) /dev/shm/ -> /run/shm/,",
	NULL,
};

static const struct profile {
	const char *name;
	const char *const *rules;
} profiles[] = {{"hull-default", default_rules}, {"hull-init", init_rules}};

static void rules_print(struct buf *out, const char *const *rules)
{
	for (; *rules; rules++)
		buf_printf(out, "  %s\n", *rules);
}

void apparmor_profile_text(struct buf *out)
{
	buf_puts(out, "#include <tunables/global>\n");
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
		buf_printf(out, "\nprofile %s flags=(attach_disconnected,mediate_deleted) {\n",
			   profiles[i].name);
		rules_print(out, common_rules);
		rules_print(out, profiles[i].rules);
		buf_puts(out, "}\n");
	}
}

bool apparmor_is_on(void)
{
	autobuf struct buf text = {0};
	autoerr struct err ignored = {0};
	return !file_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &text,
			     &ignored) &&
	       text_starts(buf_text(&text), "Y");
}

const char *apparmor_profile_name(const struct spec *spec)
{
	if (spec->privileged || text_eq(spec->apparmor, "unconfined") || !apparmor_is_on())
		return NULL;
	if (spec->apparmor)
		return spec->apparmor;
	return profiles[spec->systemd == SYSTEMD_YES].name;
}

static bool are_loaded(void)
{
	autobuf struct buf text = {0};
	autoerr struct err ignored = {0};
	if (file_read_at(AT_FDCWD, LOADED_PROFILES, BUF_DEFAULT_MAX, &text, &ignored))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
		autofree char *line = xasprintf("%s (", profiles[i].name);
		if (!strstr(buf_text(&text), line))
			return false;
	}
	return true;
}

int apparmor_load(struct err *err)
{
	static const char *const argv[] = {"apparmor_parser", "-K", "-r", NULL};
	const struct proc_options options = {.argv = (char *const *)argv, .fd_stdout = -1};
	autobuf struct buf text = {0}, errors = {.max = LIMIT_RUNTIME_LOG},
			   out = {.max = LIMIT_RUNTIME_LOG};
	int status = 0;
	if (!apparmor_is_on() || are_loaded())
		return 0;
	apparmor_profile_text(&text);
	if (proc_run(&options, buf_str(&text), &out, &errors, PARSER_TIMEOUT_MS, &status, err)) {
		if (err->kind == ERR_MISSING)
			return err_wrap(
				err,
				"loading the containers' AppArmor profiles (package apparmor)");
		return -1;
	}
	if (status)
		return err_set(err, ERR_SYSTEM, "loading the containers' AppArmor profiles: %.*s",
			       STR_ARG(str_trim(buf_str(&errors))));
	return 0;
}
