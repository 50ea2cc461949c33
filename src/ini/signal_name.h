/* signal_name.h - names of signals, with the kernel's numbers whatever the C library keeps.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Needs no libc: PID 1 reads its options before that is set up. */
#pragma once

#include <stddef.h>

#define SIGNAL_RTMIN 34 /* signal(7): glibc and musl keep 32 and 33 for themselves, musl 34 too */
#define SIGNAL_RTMAX 64

const char *signal_name(int signal); /* "TERM", "RTMIN+3"; static or NULL */
/* "TERM", "sigterm", "15", "SIGRTMIN+3", "RTMAX-1"; 0: none of them. len bytes of text. */
int signal_number(const char *text, size_t len);
