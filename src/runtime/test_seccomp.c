/* test_seccomp.c - profiles in docker's format, resolved by capability, machine and kernel.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <seccomp.h>

#include "base/io.h"
#include "doc/json.h"
#include "runtime/spec_private.h"
#include "testing/test.h"

static struct node *resolved(struct arena *arena, const char *profile, const char *capabilities)
{
	autoerr struct err err = {0};
	autostrlist struct strlist list = {0};
	struct node *map = NULL;
	if (*capabilities)
		strlist_split(&list, str_of(capabilities), ' ');
	CHECK_OK(seccomp_encode(arena, profile, &list, &map, &err), &err);
	return map;
}

/* The number of rules that allow `name`, those on arguments apart. */
static size_t n_allowed(const struct node *map, const char *name, bool with_args)
{
	size_t n = 0;
	node_foreach(rule, node_get(map, "syscalls")) {
		bool has_args = node_get(rule, "args") != NULL;
		node_foreach(item, node_get(rule, "names"))
			n += text_eq(node_text(item), name) && has_args == with_args &&
			     text_eq(node_get_text(rule, "action"), "SCMP_ACT_ALLOW");
	}
	return n;
}

TEST(the_default_profile_is_an_allow_list)
{
	autoarena struct arena arena = {0};
	struct node *map = resolved(&arena, NULL, "CAP_CHOWN CAP_SYS_CHROOT");
	CHECK_STR(node_get_text(map, "defaultAction"), "SCMP_ACT_ERRNO");
	CHECK_INT(node_get_int(map, "defaultErrnoRet", 0), 1);
	CHECK(node_get(map, "architectures")->children.n >= 1);
	CHECK_INT(n_allowed(map, "openat", false), 1);
	CHECK_INT(n_allowed(map, "chroot", false), 1);
	CHECK_INT(n_allowed(map, "socket", true), 1);
	CHECK_INT(n_allowed(map, "personality", true), 5);
	CHECK_INT(n_allowed(map, "clone", true), 1);
	static const char *const never[] = {"mount",     "unshare",        "setns",
					    "bpf",       "reboot",         "init_module",
					    "keyctl",    "io_uring_setup", "open_by_handle_at",
					    "kexec_load"};
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		if (n_allowed(map, never[i], false) + n_allowed(map, never[i], true))
			CHECK_STR(never[i], "refused");
}

TEST(capabilities_open_their_system_calls)
{
	static const struct {
		const char *capability, *name;
	} cases[] = {
		{"CAP_SYS_ADMIN", "mount"},  {"CAP_SYS_ADMIN", "clone"},
		{"CAP_SYS_ADMIN", "clone3"}, {"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
		{"CAP_SYS_BOOT", "reboot"},  {"CAP_SYS_MODULE", "init_module"},
		{"CAP_SYS_PTRACE", "kcmp"},  {"CAP_SYS_TIME", "settimeofday"},
		{"CAP_BPF", "bpf"},          {"CAP_PERFMON", "perf_event_open"},
		{"CAP_SYSLOG", "syslog"},    {"CAP_SYS_NICE", "mbind"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		struct node *without = resolved(&arena, NULL, "CAP_CHOWN");
		struct node *with = resolved(&arena, NULL, cases[i].capability);
		CHECK_INT(n_allowed(without, cases[i].name, false), 0);
		CHECK_INT(n_allowed(with, cases[i].name, false), 1);
	}
}

/* A name with a typing error would silently stay forbidden. libseccomp 2.5 does not know the
 * newest. */
TEST(the_default_profile_names_real_system_calls)
{
	static const char *const newer[] = {"cachestat",        "fchmodat2",
					    "file_getattr",     "file_setattr",
					    "futex_requeue",    "futex_wait",
					    "futex_waitv",      "futex_wake",
					    "getxattrat",       "listmount",
					    "listxattrat",      "lsm_get_self_attr",
					    "lsm_list_modules", "lsm_set_self_attr",
					    "map_shadow_stack", "mseal",
					    "open_tree_attr",   "removexattrat",
					    "riscv_hwprobe",    "set_mempolicy_home_node",
					    "setxattrat",       "statmount",
					    "uretprobe",        "fstatat64",
					    "umount",           "getsid"};
	autoarena struct arena arena = {0};
	struct node *map = resolved(&arena, NULL, "CAP_SYS_ADMIN CAP_SYS_PTRACE");
	node_foreach(rule, node_get(map, "syscalls")) {
		node_foreach(item, node_get(rule, "names")) {
			bool is_known =
				seccomp_syscall_resolve_name(node_text(item)) != __NR_SCMP_ERROR;
			for (size_t i = 0; i < ARRAY_LEN(newer); i++)
				is_known |= text_eq(node_text(item), newer[i]);
			if (!is_known)
				CHECK_STR(node_text(item), "a system call");
		}
	}
}

TEST(unconfined_is_no_profile)
{
	autoarena struct arena arena = {0};
	CHECK(resolved(&arena, "unconfined", "") == NULL);
}

static void check_file(const char *text, const char *want)
{
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	autobuf struct buf out = {0};
	const struct strlist none = {0};
	const char *dir = NULL;
	struct node *map = NULL;
	int fd = test_dir(&dir);
	autofree char *path = path_join(dir, "profile.json");
	CHECK_OK(file_write_at(fd, "profile.json", text, strlen(text), 0600, FILE_NO_SYNC, &err),
		 &err);
	if (seccomp_encode(&arena, path, &none, &map, &err))
		buf_puts(&out, strrchr(err_text(&err), ':') + 2);
	else
		json_write(&out, map, JSON_COMPACT);
	CHECK_STR(buf_text(&out), want);
}

TEST(profiles_of_the_user_are_read)
{
	check_file(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":["
		"{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5},"
		"{\"name\":\"b\",\"action\":\"SCMP_ACT_KILL\",\"args\":[]},"
		"{\"names\":[\"c\"],\"action\":\"SCMP_ACT_KILL\",\"includes\":{\"minKernel\":\"99.0\"}},"
		"{\"names\":[\"d\"],\"action\":\"SCMP_ACT_KILL\",\"includes\":{\"minKernel\":\"4.8\"}}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":["
		"{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5},"
		"{\"names\":[\"b\"],\"action\":\"SCMP_ACT_KILL\",\"args\":[]},"
		"{\"names\":[\"d\"],\"action\":\"SCMP_ACT_KILL\"}]}");
	check_file("{\"syscalls\":[]}", "a seccomp profile needs a 'defaultAction'");
	check_file("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[]}]}",
		   "a rule of a seccomp profile needs names and an action");
}
