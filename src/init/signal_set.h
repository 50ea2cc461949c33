/* signal_set.h - the kernel's own form of a signal's disposition.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdint.h>

struct signal_action { /* rt_sigaction(2), struct kernel_sigaction of the kernel's uapi */
	void (*handler)(int signal);
	unsigned long flags;
#if defined(__x86_64__) || defined(__i386__) || defined(__arm__)
	void (*restorer)(void);
#endif
	uint64_t mask;
};
