/* start.c - where the kernel enters: a wrapped program needs no libc, so none is set up for it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * With the files named in start.ld this is all of hull-init that an idle wrapper ever touches. What
 * is for another part goes on at libc's own entry, with the stack as the kernel left it. */
#include <sys/syscall.h>

#include "init/raw.h"
#include "init/wrap.h"

#include "base/banned.h"

void start_wrapped(long *stack);

#if defined(__x86_64__)
__asm__(".text\n"
	".global hull_start\n"
	".type hull_start, @function\n"
	"hull_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rbx\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start_wrapped\n\t"
	"mov %rbx, %rsp\n\t"
	"xor %edx, %edx\n\t"
	"jmp _start\n");
#elif defined(__aarch64__)
__asm__(".text\n"
	".global hull_start\n"
	".type hull_start, %function\n"
	"hull_start:\n\t"
	"mov x29, #0\n\t"
	"mov x30, #0\n\t"
	"mov x19, sp\n\t"
	"mov x0, sp\n\t"
	"bl start_wrapped\n\t"
	"mov sp, x19\n\t"
	"mov x0, #0\n\t"
	"b _start\n");
#endif

/* argc, the words, NULL, the environment, NULL: System V ABI, "Initial Process Stack". */
void start_wrapped(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	int status = wrap_call(argc, argv, argv + argc + 1);

	if (status >= 0)
		raw1(SYS_exit_group, status);
}
