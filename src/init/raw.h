/* raw.h - system calls without libc: for a vfork's child, and for the time before libc is set up.
 * SPDX-License-Identifier: Apache-2.0
 *
 * They return -errno and touch no memory but what they are given: libc's wrappers write errno, and
 * those of setuid signal other threads (which a child that shares our memory has not). Numbers of
 * arguments are in the names; pointers and integers are cast alike. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Runs in a child on our memory, or before libc: nothing is to be put around it. */
#define RAW __attribute__((no_sanitize("address", "undefined")))

#if defined(__x86_64__)
#define RAW_IS_NATIVE 1
RAW static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
#define RAW_IS_NATIVE 1
RAW static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
#else
#include <errno.h>
#define RAW_IS_NATIVE 0
static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(number, a, b, c, d, e, f);

	return result == -1 ? -errno : result;
}
#endif

#define raw0(number)          raw_call((number), 0, 0, 0, 0, 0, 0)
#define raw1(number, a)       raw_call((number), (long)(a), 0, 0, 0, 0, 0)
#define raw2(number, a, b)    raw_call((number), (long)(a), (long)(b), 0, 0, 0, 0)
#define raw3(number, a, b, c) raw_call((number), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define raw4(number, a, b, c, d) \
	raw_call((number), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define raw5(number, a, b, c, d, e) \
	raw_call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define raw6(number, a, b, c, d, e, f) \
	raw_call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

_Static_assert(sizeof(long) == 8, "times and sizes are passed to the kernel as 64-bit numbers");

/* The kernel's own set of signals: bit signal-1. glibc's sigset_t has 1024 bits, musl's functions
 * leave out the real-time signals that it keeps for itself. */
#define SIGNALS_MAX       64
#define SIGNAL_BIT(n)     (UINT64_C(1) << ((n)-1))
#define SIGNALS_SET_BYTES sizeof(uint64_t)
