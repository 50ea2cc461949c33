/* seccomp_bpf.c - a resolved profile as the program that the kernel runs at every system call.
 * SPDX-License-Identifier: Apache-2.0
 * Source: seccomp(2), linux/seccomp.h, linux/filter.h.
 *
 * Why not leave it to the runtime: libseccomp takes 12 ms for docker's profile, half of a
 * container's start, and where it is older than a system call's name, crun leaves that call
 * forbidden with EPERM, which newer C libraries take for a real refusal (fchmodat2). Here
 *
 *     what the profile allows         is allowed, also by number when libseccomp does not know the
 * name a call that was known to us     fails with EPERM a call newer than all of those  fails with
 * ENOSYS, so that callers fall back
 *
 * The program looks at the architecture, then searches the number in a binary tree of ranges. */
#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/vec.h"
#include "runtime/spec_private.h"

#include "base/banned.h"

#define X32_BIT     0x40000000u
#define NEWEST_CALL 469u /* file_setattr, Linux 6.17: what comes later nobody here has judged */

/* Younger than libseccomp 2.5.4. From 424 on all architectures number alike. */
static const struct {
	const char *name;
	uint32_t number;
} newer_calls[] = {
	{"futex_waitv", 449},       {"set_mempolicy_home_node", 450},
	{"cachestat", 451},         {"fchmodat2", 452},
	{"map_shadow_stack", 453},  {"futex_wake", 454},
	{"futex_wait", 455},        {"futex_requeue", 456},
	{"statmount", 457},         {"listmount", 458},
	{"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
	{"lsm_list_modules", 461},  {"mseal", 462},
	{"setxattrat", 463},        {"getxattrat", 464},
	{"listxattrat", 465},       {"removexattrat", 466},
	{"open_tree_attr", 467},    {"file_getattr", 468},
	{"file_setattr", 469},
};

/* Calls that i386 also has behind socketcall and ipc: libseccomp names that form, these are the
 * others. */
static const struct {
	const char *name;
	uint32_t number;
} i386_calls[] = {
	{"recvmmsg", 337},   {"sendmmsg", 345},   {"socket", 359},      {"socketpair", 360},
	{"bind", 361},       {"connect", 362},    {"listen", 363},      {"accept4", 364},
	{"getsockopt", 365}, {"setsockopt", 366}, {"getsockname", 367}, {"getpeername", 368},
	{"sendto", 369},     {"sendmsg", 370},    {"recvfrom", 371},    {"recvmsg", 372},
	{"shutdown", 373},   {"semget", 393},     {"semctl", 394},      {"shmget", 395},
	{"shmctl", 396},     {"shmat", 397},      {"shmdt", 398},       {"msgget", 399},
	{"msgsnd", 400},     {"msgrcv", 401},     {"msgctl", 402},
};

/* Architectures whose numbers and calling are known here; for others the runtime makes the program.
 */
static const struct arch {
	const char *name; /* as in the profile */
	uint32_t token;   /* libseccomp's */
	uint32_t audit;   /* the kernel's */
	uint32_t offset;  /* of its numbers */
} arches[] = {
	{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0},
	{"SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32_BIT},
	{"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0},
	{"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 0},
	{"SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0},
};

struct call { /* one rule for one number */
	uint32_t number;
	uint32_t position; /* of the rule in the profile */
	const struct node *rule;
};
struct call_vec {
	struct call *items;
	size_t n, cap;
};

struct range { /* numbers from `first` up to the next range's */
	uint32_t first;
	uint32_t verdict;         /* SECCOMP_RET_…, when there are no calls */
	const struct call *calls; /* rules on arguments; the verdict is for what fits none */
	size_t n_calls;
};
struct range_vec {
	struct range *items;
	size_t n, cap;
};

struct code {
	struct sock_filter *items;
	size_t n, cap;
};

/* ---- the profile by numbers ---- */

static bool call_number(const struct arch *arch, const char *name, uint32_t *ret_number)
{
	int number = seccomp_syscall_resolve_name_arch(arch->token, name);
	if (number >= 0) {
		*ret_number = (uint32_t)number;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(newer_calls); i++) {
		if (strcmp(newer_calls[i].name, name) != 0)
			continue;
		*ret_number = newer_calls[i].number + arch->offset;
		return true;
	}
	for (size_t i = 0; arch->audit == AUDIT_ARCH_I386 && i < ARRAY_LEN(i386_calls); i++) {
		if (strcmp(i386_calls[i].name, name) != 0)
			continue;
		*ret_number = i386_calls[i].number;
		return true;
	}
	return false; /* not on this architecture */
}

static void call_push(struct call_vec *calls, struct call call)
{
	vec_push(calls, call);
}

static void rule_collect(const struct arch *arch, const struct node *rule, uint32_t position,
			 struct call_vec *calls)
{
	node_foreach(name, node_get(rule, "names")) {
		struct call call = {.position = position, .rule = rule};
		if (call_number(arch, node_text(name), &call.number))
			call_push(calls, call);
	}
}

static void calls_collect(const struct arch *arch, const struct node *profile,
			  struct call_vec *calls)
{
	uint32_t position = 0;
	node_foreach(rule, node_get(profile, "syscalls"))
		rule_collect(arch, rule, position++, calls);
}

static int call_compare(const void *a, const void *b)
{
	const struct call *x = a, *y = b;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static uint32_t verdict_errno(int64_t number)
{
	return SECCOMP_RET_ERRNO | ((uint32_t)number & SECCOMP_RET_DATA);
}

static bool verdict_of(const struct node *rule, uint32_t *ret_verdict)
{
	const char *action = node_get_text(rule, "action");
	if (text_eq(action, "SCMP_ACT_ALLOW")) {
		*ret_verdict = SECCOMP_RET_ALLOW;
		return true;
	}
	*ret_verdict = verdict_errno(node_get_int(rule, "errnoRet", EPERM));
	return text_eq(action, "SCMP_ACT_ERRNO");
}

static bool has_args(const struct node *rule)
{
	const struct node *args = node_get(rule, "args");
	return args && args->kind == NODE_LIST && args->children.n;
}

static void range_push(struct range_vec *ranges, struct range range)
{
	struct range none = {.n_calls = 1},
		     *last = ranges->n ? &ranges->items[ranges->n - 1] : &none;
	if (last != &none && last->first == range.first) /* nothing lay between two */
		*last = range;
	else if (last->verdict != range.verdict || last->n_calls || range.n_calls)
		vec_push(ranges, range);
}

/* What stands between the numbers that the profile names. */
static uint32_t verdict_between(uint32_t number)
{
	return (number & ~X32_BIT) <= NEWEST_CALL ? verdict_errno(EPERM) : verdict_errno(ENOSYS);
}

/* Behind `number`, up to the next one that is named. */
static void gap_push(struct range_vec *ranges, uint32_t number)
{
	static const uint32_t borders[] = {NEWEST_CALL + 1, X32_BIT, X32_BIT + NEWEST_CALL + 1};
	range_push(ranges, (struct range){.first = number, .verdict = verdict_between(number)});
	for (size_t i = 0; i < ARRAY_LEN(borders); i++)
		if (borders[i] > number)
			range_push(ranges, (struct range){.first = borders[i],
							  .verdict = verdict_between(borders[i])});
}

/* Drops what gap_push put beyond `number`, which is named too. */
static void ranges_cut(struct range_vec *ranges, uint32_t number)
{
	while (ranges->n && ranges->items[ranges->n - 1].first >= number)
		ranges->n--;
}

static bool group_push(struct range_vec *ranges, const struct call *calls, size_t n)
{
	struct range range = {.first = calls[0].number,
			      .verdict = verdict_errno(EPERM),
			      .calls = calls,
			      .n_calls = n};
	for (size_t i = 0; i < n; i++) {
		uint32_t verdict = 0;
		if (!verdict_of(calls[i].rule, &verdict))
			return false;
		if (has_args(calls[i].rule))
			continue;
		range.verdict = verdict; /* for any arguments: the others do not matter */
		range.n_calls = 0;
		break;
	}
	ranges_cut(ranges, range.first);
	range_push(ranges, range);
	gap_push(ranges, range.first + 1);
	return true;
}

static bool ranges_make(const struct call_vec *calls, struct range_vec *ranges)
{
	gap_push(ranges, 0);
	for (size_t i = 0; i < calls->n;) {
		size_t n = 1;
		while (i + n < calls->n && calls->items[i + n].number == calls->items[i].number)
			n++;
		if (!group_push(ranges, &calls->items[i], n))
			return false;
		i += n;
	}
	return true;
}

/* ---- code ---- */

static void emit(struct code *code, uint16_t operation, uint32_t k, uint8_t if_true,
		 uint8_t if_false)
{
	const struct sock_filter line = {operation, if_true, if_false, k};
	vec_push(code, line);
}

static void emit_load(struct code *code, size_t offset)
{
	emit(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void emit_return(struct code *code, uint32_t verdict)
{
	emit(code, BPF_RET | BPF_K, verdict, 0, 0);
}

/* The unconditional jump at `at` goes to where the code ends now. */
static void jump_here(struct code *code, size_t at)
{
	code->items[at].k = (uint32_t)(code->n - at - 1);
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF  0
#define HIGH_HALF 4
#else
#define LOW_HALF  4
#define HIGH_HALF 0
#endif

/* One comparison of a 64-bit argument; jumps collected in `misses` are taken when it does not hold.
 * (argument & mask) == want, or != when `is_not`. */
struct test {
	uint32_t index;
	uint64_t mask, want;
	bool is_not;
};

static bool test_read(const struct node *arg, struct test *ret_test)
{
	const char *op = node_get_text(arg, "op");
	int64_t index = node_get_int(arg, "index", -1), value = node_get_int(arg, "value", -1);
	struct test test = {(uint32_t)index, UINT64_MAX, (uint64_t)value,
			    text_eq(op, "SCMP_CMP_NE")};
	if (text_eq(op, "SCMP_CMP_MASKED_EQ")) { /* value is the mask */
		test.mask = (uint64_t)value;
		test.want = (uint64_t)node_get_int(arg, "valueTwo", 0);
	} else if (!test.is_not && !text_eq(op, "SCMP_CMP_EQ")) {
		return false;
	}
	*ret_test = test;
	return index >= 0 && index < 6 && value >= 0;
}

struct misses {
	size_t at[16];
	size_t n;
};

static void emit_half(struct code *code, const struct test *test, bool is_high)
{
	size_t offset = offsetof(struct seccomp_data, args) + 8 * (size_t)test->index;
	uint32_t mask = (uint32_t)(is_high ? test->mask >> 32 : test->mask);
	emit_load(code, offset + (is_high ? HIGH_HALF : LOW_HALF));
	if (mask != UINT32_MAX)
		emit(code, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
}

/* Equal: both halves. Not equal: the lower one alone, since the kernel's parameter is an int
 * (socket's domain) and 2^32 + 40 would be 40 again. */
static bool emit_test(struct code *code, const struct test *test, struct misses *misses)
{
	uint32_t high = (uint32_t)(test->want >> 32), low = (uint32_t)test->want;
	if (misses->n + 2 > ARRAY_LEN(misses->at) || (test->is_not && high))
		return false;
	if (test->is_not) {
		emit_half(code, test, false);
		emit(code, BPF_JMP | BPF_JEQ | BPF_K, low, 0, 1);
		misses->at[misses->n++] = code->n;
		emit(code, BPF_JMP | BPF_JA, 0, 0, 0);
		return true;
	}
	for (int is_high = 1; is_high >= 0; is_high--) {
		emit_half(code, test, is_high);
		emit(code, BPF_JMP | BPF_JEQ | BPF_K, is_high ? high : low, 1, 0);
		misses->at[misses->n++] = code->n;
		emit(code, BPF_JMP | BPF_JA, 0, 0, 0);
	}
	return true;
}

static bool emit_rule(struct code *code, const struct node *rule)
{
	struct misses misses = {0};
	uint32_t verdict = 0;
	node_foreach(arg, node_get(rule, "args")) {
		struct test test;
		if (!test_read(arg, &test) || !emit_test(code, &test, &misses))
			return false;
	}
	if (!verdict_of(rule, &verdict))
		return false;
	emit_return(code, verdict);
	for (size_t i = 0; i < misses.n; i++)
		jump_here(code, misses.at[i]);
	return true;
}

static bool emit_range(struct code *code, const struct range *range)
{
	for (size_t i = 0; i < range->n_calls; i++)
		if (!emit_rule(code, range->calls[i].rule))
			return false;
	emit_return(code, range->verdict);
	return true;
}

/* The number is in the accumulator; a range that looks at arguments loads what it needs, and
 * returns. */
static bool emit_search(struct code *code, const struct range *ranges, size_t n)
{
	if (n == 1)
		return emit_range(code, ranges);
	size_t half = n / 2;
	emit(code, BPF_JMP | BPF_JGE | BPF_K, ranges[half].first, 0, 1);
	size_t to_upper = code->n;
	emit(code, BPF_JMP | BPF_JA, 0, 0, 0);
	if (!emit_search(code, ranges, half))
		return false;
	jump_here(code, to_upper);
	return emit_search(code, ranges + half, n - half);
}

/* ---- architectures ---- */

static const struct arch *arch_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(arches); i++)
		if (text_eq(arches[i].name, name))
			return &arches[i];
	return NULL;
}

/* One that shares the kernel's word with an earlier one was done with it. */
static bool is_done(const struct node *list, const struct node *until, uint32_t audit)
{
	for (const struct node *name = list->children.first; name != until; name = name->next) {
		const struct arch *arch = arch_find(node_text(name));
		if (arch && arch->audit == audit)
			return true;
	}
	return false;
}

static bool emit_arch(struct code *code, const struct node *profile, uint32_t audit)
{
	struct call_vec calls = {0};
	struct range_vec ranges = {0};
	node_foreach(name, node_get(profile, "architectures")) {
		const struct arch *arch = arch_find(node_text(name));
		if (arch && arch->audit == audit)
			calls_collect(arch, profile, &calls);
	}
	vec_sort(&calls, call_compare);
	emit_load(code, offsetof(struct seccomp_data, arch));
	emit(code, BPF_JMP | BPF_JEQ | BPF_K, audit, 1, 0);
	size_t to_next = code->n;
	emit(code, BPF_JMP | BPF_JA, 0, 0, 0);
	emit_load(code, offsetof(struct seccomp_data, nr));
	bool is_fine = ranges_make(&calls, &ranges) && emit_search(code, ranges.items, ranges.n);
	jump_here(code, to_next);
	vec_done(&calls);
	vec_done(&ranges);
	return is_fine;
}

static bool code_make(const struct node *profile, struct code *code)
{
	const struct node *list = node_get(profile, "architectures");
	if (!list || list->kind != NODE_LIST ||
	    !text_eq(node_get_text(profile, "defaultAction"), "SCMP_ACT_ERRNO"))
		return false;
	node_foreach(name, list) {
		const struct arch *arch = arch_find(node_text(name));
		if (!arch)
			return false;
		if (!is_done(list, name, arch->audit) && !emit_arch(code, profile, arch->audit))
			return false;
	}
	emit_return(code,
		    SECCOMP_RET_KILL_PROCESS); /* a foreign architecture, as libseccomp has it */
	return code->n <= BPF_MAXINSNS;
}

bool seccomp_compile(const struct node *profile, struct buf *ret_code)
{
	struct code code = {0};
	bool is_fine = code_make(profile, &code);
	if (is_fine)
		buf_append(ret_code, code.items, code.n * sizeof(*code.items));
	vec_done(&code);
	return is_fine;
}
