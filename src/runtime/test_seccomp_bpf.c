/* test_seccomp_bpf.c - our filter against libseccomp's, every call and argument that matters, in an
 * interpreter; and in the kernel. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "runtime/spec_private.h"
#include "testing/test.h"

/* Classic BPF as far as both compilers use it. */
static uint32_t filter_run(const struct sock_filter *code, size_t n,
			   const struct seccomp_data *call)
{
	uint32_t a = 0;
	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *line = &code[pc];
		bool is_true = false;
		switch (line->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			CHECK(line->k % 4 == 0 && line->k < sizeof(*call));
			memcpy(&a, (const char *)call + line->k, 4);
			continue;
		case BPF_ALU | BPF_AND | BPF_K: a &= line->k; continue;
		case BPF_RET | BPF_K: return line->k;
		case BPF_JMP | BPF_JA: pc += line->k; continue;
		case BPF_JMP | BPF_JEQ | BPF_K: is_true = a == line->k; break;
		case BPF_JMP | BPF_JGE | BPF_K: is_true = a >= line->k; break;
		case BPF_JMP | BPF_JGT | BPF_K: is_true = a > line->k; break;
		case BPF_JMP | BPF_JSET | BPF_K: is_true = a & line->k; break;
		default: CHECK_INT(line->code, 0);
		}
		pc += is_true ? line->jt : line->jf;
	}
	test_fail(__FILE__, __LINE__, "ran off the end");
}

static struct node *profile_for(struct arena *arena, const char *capabilities)
{
	autoerr struct err err = {0};
	autostrlist struct strlist list = {0};
	struct node *map = NULL;
	strlist_split(&list, str_of(capabilities), ' ');
	CHECK_OK(seccomp_encode(arena, NULL, &list, &map, &err), &err);
	return map;
}

static unsigned compare_of(const char *op)
{
	return text_eq(op, "SCMP_CMP_EQ")   ? SCMP_CMP_EQ
	       : text_eq(op, "SCMP_CMP_NE") ? SCMP_CMP_NE
					    : SCMP_CMP_MASKED_EQ;
}

static void reference_rule(scmp_filter_ctx context, const struct node *rule)
{
	struct scmp_arg_cmp args[6];
	unsigned n = 0;
	uint32_t action = text_eq(node_get_text(rule, "action"), "SCMP_ACT_ALLOW")
				  ? SCMP_ACT_ALLOW
				  : SCMP_ACT_ERRNO((uint16_t)node_get_int(rule, "errnoRet", EPERM));
	const struct node *list = node_get(rule, "args");
	if (list)
		node_foreach(arg, list)
			args[n++] = (struct scmp_arg_cmp){
				(unsigned)node_get_int(arg, "index", 0),
				(enum scmp_compare)compare_of(node_get_text(arg, "op")),
				(scmp_datum_t)node_get_int(arg, "value", 0),
				(scmp_datum_t)node_get_int(arg, "valueTwo", 0)};
	node_foreach(name, node_get(rule, "names")) {
		int number = seccomp_syscall_resolve_name(node_text(name));
		if (number != __NR_SCMP_ERROR) {
			int result = seccomp_rule_add_array(context, action, number, n, args);
			CHECK(result == 0 || result == -EEXIST || result == -EACCES);
		}
	}
}

/* The same profile by libseccomp, as runc and crun have it made. */
static void reference_make(const struct node *profile, struct buf *ret_code)
{
	autoerr struct err err = {0};
	const char *dir = NULL;
	int dirfd = test_dir(&dir);
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	node_foreach(name, node_get(profile, "architectures")) {
		uint32_t arch =
			text_eq(node_text(name), "SCMP_ARCH_X86") ? SCMP_ARCH_X86 : SCMP_ARCH_X32;
		if (!text_eq(node_text(name), "SCMP_ARCH_X86_64"))
			CHECK(!seccomp_arch_add(context, arch));
	}
	node_foreach(rule, node_get(profile, "syscalls"))
		reference_rule(context, rule);
	autofree char *path = path_join(dir, "filter");
	FILE *file = fopen(path, "w");
	CHECK(file && !seccomp_export_bpf(context, fileno(file)));
	fclose(file);
	seccomp_release(context);
	CHECK_OK(file_read_at(dirfd, "filter", 1 << 20, ret_code, &err), &err);
}

struct pair {
	struct buf ours, theirs;
};

static uint32_t run(const struct buf *code, const struct seccomp_data *call)
{
	return filter_run((const struct sock_filter *)(const void *)code->ptr,
			  code->len / sizeof(struct sock_filter), call);
}

static void check_call(const struct pair *pair, const struct seccomp_data *call)
{
	uint32_t ours = run(&pair->ours, call), theirs = run(&pair->theirs, call);
	uint32_t number = (uint32_t)call->nr & ~0x40000000u;
	if (ours == theirs)
		return;
	/* Where we mean to differ: what libseccomp 2.5 has no name for. */
	bool is_newer = number >= 449 || number == 335;
	if (is_newer &&
	    (ours == SECCOMP_RET_ALLOW || ours == (SECCOMP_RET_ERRNO | EPERM) || number > 469))
		return;
	if (number > 469 && ours == (SECCOMP_RET_ERRNO | ENOSYS))
		return;
	/* And where more than 32 bits of an int are given: refused rather than cut. */
	bool is_cut =
		call->args[0] > UINT32_MAX && (number == SYS_socket || number == SYS_personality);
	if (is_cut && ours == (SECCOMP_RET_ERRNO | EPERM))
		return;
	test_fail(__FILE__, __LINE__, "call %u of %x with %llx: %x, not %x", (unsigned)call->nr,
		  call->arch, (unsigned long long)call->args[0], ours, theirs);
}

static void check_pair(const struct pair *pair, uint32_t arch, uint32_t offset)
{
	static const uint64_t args[] = {
		0,          1,          8,           16,          40,
		41,         0x20000,    0x20008,     0x11,        0x10000000,
		0x7e020000, 0xffffffff, 0x100000000, 0x100000028, 0x10000000000008,
		UINT64_MAX};
	uint64_t width = arch == AUDIT_ARCH_I386 ? UINT32_MAX : UINT64_MAX; /* of a register */
	for (uint32_t number = 0; number < 600; number++)
		for (size_t i = 0; i < ARRAY_LEN(args); i++)
			for (size_t j = 0; j < ARRAY_LEN(args); j++)
				check_call(pair,
					   &(struct seccomp_data){
						   .nr = (int)(number + offset),
						   .arch = arch,
						   .args = {args[i] & width, args[j] & width}});
}

TEST(the_filter_says_what_libseccomp_says)
{
	static const char *const capabilities[] = {"CAP_CHOWN CAP_SYS_CHROOT", "CAP_SYS_ADMIN",
						   "CAP_SYS_PTRACE CAP_BPF", "CAP_NONE"};
#if !defined(__x86_64__) || defined(__ILP32__)
	test_skip("needs an x86-64 machine");
#endif
	for (size_t i = 0; i < ARRAY_LEN(capabilities); i++) {
		autoarena struct arena arena = {0};
		struct pair pair = {0};
		struct node *profile = profile_for(&arena, capabilities[i]);
		CHECK(seccomp_compile(profile, &pair.ours));
		reference_make(profile, &pair.theirs);
		check_pair(&pair, AUDIT_ARCH_X86_64, 0);
		check_pair(&pair, AUDIT_ARCH_X86_64, 0x40000000);
		check_pair(&pair, AUDIT_ARCH_I386, 0);
		check_call(&pair, &(struct seccomp_data){.nr = -1, .arch = AUDIT_ARCH_X86_64});
		const struct seccomp_data foreign = {.nr = 1, .arch = AUDIT_ARCH_S390X};
		CHECK_INT(run(&pair.ours, &foreign), SECCOMP_RET_KILL_PROCESS);
		buf_done(&pair.ours);
		buf_done(&pair.theirs);
	}
}

TEST(newer_calls_are_allowed_and_unknown_ones_do_not_exist)
{
	static const struct {
		int number;
		uint32_t want;
	} cases[] = {
		{452, SECCOMP_RET_ALLOW},         /* fchmodat2 */
		{469, SECCOMP_RET_ALLOW},         /* file_setattr */
		{467, SECCOMP_RET_ERRNO | EPERM}, /* open_tree_attr needs CAP_SYS_ADMIN */
		{470, SECCOMP_RET_ERRNO | ENOSYS}, {0x3fffffff, SECCOMP_RET_ERRNO | ENOSYS},
		{165, SECCOMP_RET_ERRNO | EPERM}, /* mount */
	};
#if !defined(__x86_64__) || defined(__ILP32__)
	test_skip("needs an x86-64 machine");
#endif
	autoarena struct arena arena = {0};
	autobuf struct buf code = {0};
	CHECK(seccomp_compile(profile_for(&arena, "CAP_CHOWN"), &code));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct seccomp_data call = {.nr = cases[i].number, .arch = AUDIT_ARCH_X86_64};
		CHECK_INT(run(&code, &call), cases[i].want);
	}
}

/* Exit status 0: all as it must be under the filter. */
static int under_filter(const struct buf *code)
{
	struct sock_fprog program = {
		.len = (unsigned short)(code->len / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(void *)code->ptr};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 1;
	if (getppid() < 0 || syscall(SYS_unshare, CLONE_NEWNS) >= 0 || errno != EPERM)
		return 2;
	if (syscall(SYS_clone3, NULL, 0) >= 0 || errno != ENOSYS)
		return 3;
	if (syscall(480) >= 0 || errno != ENOSYS)
		return 4;
	return 0;
}

TEST(the_kernel_takes_the_filter)
{
	autoarena struct arena arena = {0};
	autobuf struct buf code = {0};
	int status = 0;
	if (!seccomp_compile(profile_for(&arena, "CAP_CHOWN"), &code))
		test_skip("needs a machine whose calls are numbered here");
	pid_t pid = fork();
	if (!pid)
		_exit(under_filter(&code));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
}

TEST(what_is_not_understood_is_left_to_the_runtime)
{
	autoarena struct arena arena = {0};
	autobuf struct buf code = {0};
	struct node *profile = profile_for(&arena, "CAP_CHOWN");
	struct node *rule = node_get(profile, "syscalls")->children.first;
	node_set_text(&arena, rule, "action", "SCMP_ACT_TRACE");
	CHECK(!seccomp_compile(profile, &code));
	node_set_text(&arena, rule, "action", "SCMP_ACT_ALLOW");
	CHECK(seccomp_compile(profile, &code));
	node_append(node_get(profile, "architectures"), node_new_text(&arena, "SCMP_ARCH_S390"));
	CHECK(!seccomp_compile(profile, &code));
}
