/* spawn.c - a child made with vfork's speed: the parent's half.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "base/mem.h"
#include "init/decimal.h"
#include "init/limits.h"
#include "init/raw.h"
#include "init/spawn_private.h"

#include "base/banned.h"

/* The deepest path through the child holds one path and the numbers of LIMIT_PASSED_FDS. */
#define CHILD_STACK_BYTES ((size_t)16 << 10)

/* clone(2) with a stack for the child: it would spoil ours, which it shares until it execs. */
#if defined(__x86_64__)
RAW static long clone_on_stack(int (*run)(void *), void *arg, char *stack_top, unsigned long flags)
{
	void **top = (void **)(void *)stack_top;
	long result;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;

	*--top = arg;
	*--top = (void *)run;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "pop %%rax\n\t"
			 "pop %%rdi\n\t"
			 "call *%%rax\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone), "D"(flags), "S"(top), "d"(0L), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory", "cc");
	return result;
}
#elif defined(__aarch64__)
RAW static long clone_on_stack(int (*run)(void *), void *arg, char *stack_top, unsigned long flags)
{
	void **top = (void **)(void *)stack_top;
	register long x8 __asm__("x8") = SYS_clone;
	register long x0 __asm__("x0") = (long)flags;
	register long x1 __asm__("x1");
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;

	*--top = arg;
	*--top = (void *)run;
	x1 = (long)top;
	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, #0\n\t"
			 "ldp x9, x0, [sp]\n\t"
			 "blr x9\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory", "cc");
	return x0;
}
#else
static long clone_on_stack(int (*run)(void *), void *arg, char *stack_top, unsigned long flags)
{
	int pid = clone(run, stack_top, (int)flags, arg);

	return pid < 0 ? -errno : pid;
}
#endif

/* valgrind makes a process of vfork's own flags only and ends at others, so it is asked: these
 * instructions change nothing, and it knows them (valgrind.h, "client requests"). */
RAW static bool is_under_valgrind(void)
{
	uint64_t answer = 0;

#if defined(__x86_64__)
	uint64_t request[6] = {0x1001};
	__asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\t"
			 "rolq $61, %%rdi\n\trolq $51, %%rdi\n\t"
			 "xchgq %%rbx, %%rbx"
			 : "+d"(answer)
			 : "a"(request)
			 : "memory", "cc");
#elif defined(__aarch64__)
	uint64_t request[6] = {0x1001};
	register uint64_t x3 __asm__("x3") = 0;
	register uint64_t *x4 __asm__("x4") = request;

	__asm__ volatile("ror x12, x12, #3\n\tror x12, x12, #13\n\t"
			 "ror x12, x12, #51\n\tror x12, x12, #61\n\t"
			 "orr x10, x10, x10"
			 : "+r"(x3)
			 : "r"(x4)
			 : "memory", "cc");
	answer = x3;
#endif
	return answer != 0;
}

/* Until the child has left our memory: by its exec, or by its end. A stop that hits it before is
 * taken back, or we would be stopped with it. */
static void await_exec(struct spawn_child *child, pid_t pid)
{
	for (int looks = 0, stops = 0; looks < LIMIT_SPAWN_LOOKS && stops < LIMIT_SPAWN_STOPS;
	     looks++) {
		uint32_t seen = __atomic_load_n(&child->futex, __ATOMIC_ACQUIRE);
		struct timespec time = {.tv_nsec = LIMIT_SPAWN_LOOK_NS};
		siginfo_t info = {0};

		if (seen & FUTEX_OWNER_DIED)
			return;
		long result = raw4(SYS_futex, &child->futex, FUTEX_WAIT, seen, &time);
		if (result == 0 || result == -EAGAIN)
			continue;
		/* A filter may deny the wait; the kernel marks the word all the same. */
		if (result != -ETIMEDOUT)
			raw2(SYS_nanosleep, &time, NULL);
		raw5(SYS_waitid, P_PID, pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT, NULL);
		if (info.si_pid && info.si_code != CLD_STOPPED)
			return;
		if (info.si_pid) {
			raw2(SYS_kill, pid, SIGCONT);
			stops++;
		}
	}
	raw2(SYS_kill, pid, SIGKILL);
	child->step = "start";
	child->error = ETIMEDOUT;
}

/* Its number, or -errno. The child runs beside us, which vfork(2) would not let us end. */
static long start_watched(struct spawn_child *child, char *stack_top)
{
	child->is_watched = true;
	long pid = clone_on_stack(spawn_child_run, child, stack_top, CLONE_VM | SIGCHLD);
	if (pid > 0)
		await_exec(child, (pid_t)pid);
	return pid;
}

static void reap(long pid)
{
	while (raw4(SYS_wait4, pid, NULL, 0, NULL) == -EINTR)
		;
}

/* Emulators know one way to share memory with another process, vfork's; old ones no robust lists.
 */
static long start_child(struct spawn_child *child, char *stack_top)
{
	long pid = is_under_valgrind() ? -EINVAL : start_watched(child, stack_top);

	if (pid > 0 && child->step && !child->is_watched) {
		reap(pid);
		child->step = NULL;
		pid = -EINVAL;
	}
	if (pid != -EINVAL && pid != -ENOSYS)
		return pid;
	child->is_watched = false;
	return clone_on_stack(spawn_child_run, child, stack_top, CLONE_VM | CLONE_VFORK | SIGCHLD);
}

/* Who shares memory shares oom_score_adj, but for vfork's children (Linux, fs/proc/base.c,
 * __set_oom_adj): what the child sets is ours as well, until we set it back. The futex tells a
 * moment too early for that; descriptors are closed when the child has memory of its own. */
struct own_score {
	int fd;      /* < 0: the child sets none */
	int ends[2]; /* a pipe whose second end the child holds until its exec; < 0: none */
	long len;
	char text[DECIMAL_BYTES + 2];
};

/* Behind all numbers that the child gives to others. */
static void score_open_pipe(struct own_score *score, const struct spawn *spawn)
{
	int above = 3 + (int)spawn->n_pass_fds;

	for (size_t i = 0; spawn->pass_as && i < spawn->n_pass_fds; i++)
		if (spawn->pass_as[i] >= above)
			above = spawn->pass_as[i] + 1;
	if (raw2(SYS_pipe2, score->ends, O_CLOEXEC)) {
		score->ends[0] = score->ends[1] = -1;
		return;
	}
	int low = score->ends[1];
	score->ends[1] = (int)raw3(SYS_fcntl, low, F_DUPFD_CLOEXEC, above);
	raw1(SYS_close, low);
}

static void score_keep(struct own_score *score, const struct spawn *spawn)
{
	score->fd = -1;
	if (spawn->oom_score == INT_MIN && spawn->entry->oom_score == INT_MIN)
		return;
	score->fd =
		(int)raw4(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC, 0);
	if (score->fd < 0)
		return;
	score->len = raw3(SYS_read, score->fd, score->text, sizeof(score->text));
	score_open_pipe(score, spawn);
}

static void score_return(struct own_score *score)
{
	struct pollfd gone = {.fd = score->ends[0]};
	struct timespec time = {.tv_sec = LIMIT_SPAWN_SPLIT};

	if (score->fd < 0)
		return;
	if (score->ends[1] >= 0) {
		raw1(SYS_close, score->ends[1]);
		raw5(SYS_ppoll, &gone, 1, &time, NULL, SIGNALS_SET_BYTES);
	}
	if (score->ends[0] >= 0)
		raw1(SYS_close, score->ends[0]);
	if (score->len > 0)
		raw3(SYS_write, score->fd, score->text, score->len);
	raw1(SYS_close, score->fd);
}

int spawn_start(const struct spawn *spawn, pid_t *ret_pid, struct spawn_failure *ret_failure)
{
	_Alignas(16) char stack[CHILD_STACK_BYTES];
	struct spawn_child child = {.spawn = spawn, .parent = (pid_t)raw0(SYS_getpid)};
	uint64_t all = UINT64_MAX, before = 0;
	struct own_score score = {0};

	/* A handler would run in the child on our memory: not even a fault is to come between. */
	raw4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, SIGNALS_SET_BYTES);
	score_keep(&score, spawn);
	long pid = start_child(&child, stack + sizeof(stack));
	if (pid > 0 && child.step) /* before its memory is ours alone nothing is cleared up */
		reap(pid);
	score_return(&score);
	raw4(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, SIGNALS_SET_BYTES);
	if (pid < 0) {
		*ret_failure = (struct spawn_failure){.step = "fork", .error = (int)-pid};
		return (int)pid;
	}
	if (child.words)
		raw2(SYS_munmap, child.words, child.words_bytes);
	if (child.step) {
		*ret_failure = (struct spawn_failure){.step = child.step, .error = child.error};
		return -child.error;
	}
	*ret_pid = (pid_t)pid;
	return 0;
}

static const struct exec_error {
	int error, status;
	const char *text;
} exec_errors[] = {
	{ENOENT, 127, "No such file or directory"},
	{ENOTDIR, 127, "Not a directory"},
	{ELOOP, 127, "Too many levels of symbolic links"},
	{ENAMETOOLONG, 127, "File name too long"},
	{EACCES, 126, "Permission denied"},
	{EPERM, 126, "Operation not permitted"},
	{EISDIR, 126, "Is a directory"},
	{ENOEXEC, 126, "Exec format error"},
	{ELIBBAD, 126, "Damaged program or its interpreter"},
	{ETXTBSY, 126, "Text file busy"},
	{E2BIG, 126, "Argument list too long"},
	{EINVAL, 126, "Invalid argument"},
	{EIO, 126, "Input/output error"},
	{EAGAIN, 126, "Resource temporarily unavailable"},
	{ENOMEM, 126, "Cannot allocate memory"},
	{ENOSYS, 126, "Function not implemented"},
	{ETIMEDOUT, 126, "Operation timed out"},
};

static const struct exec_error *find_error(int error)
{
	for (size_t i = 0; i < ARRAY_LEN(exec_errors); i++)
		if (exec_errors[i].error == error)
			return &exec_errors[i];
	return NULL;
}

int spawn_exit_status(const struct spawn_failure *failure)
{
	const struct exec_error *known = find_error(failure->error);

	return known ? known->status : 126;
}

const char *spawn_error_text(int error)
{
	const struct exec_error *known = find_error(error);

	return known ? known->text : NULL;
}
