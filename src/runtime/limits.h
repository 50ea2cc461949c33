/* limits.h - bounds of what the runtime module reads and waits for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_SECCOMP_PROFILE \
	(1u << 20) /* bytes of a --security-opt seccomp=FILE; docker's own is 13 kB */
#define LIMIT_RUNTIME_LOG  (256u << 10) /* bytes of a runtime's log or answer that are looked at */
#define LIMIT_DEVICE_DEPTH 8            /* directories below a --device directory or /dev */
#define LIMIT_DEVICES      4096u        /* device nodes given to one container */
#define LIMIT_CGROUP_DEPTH 64           /* directories below a container's own */

#define RUNTIME_CALL_TIMEOUT_MS 60000 /* kill, state, delete: they answer in milliseconds */
#define CGROUP_REMOVE_TIMEOUT_MS \
	5000 /* killed processes leave their cgroup when the kernel reaped them */
#define CGROUP_REMOVE_INTERVAL_MS 2
#define PAUSE_TIMEOUT_MS \
	5000 /* a freezer that still waits then has a process stuck in the kernel */
#define PAUSE_INTERVAL_MS 5
