/* limits.h - bounds of containers, with unit and reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_RECORD_BYTES   (4u << 20) /* record.json: a thousand labels of 4 KiB */
#define LIMIT_STATE_BYTES    (256u << 10)
#define LIMIT_ENV_FILE_BYTES (1u << 20) /* of --env-file and --label-file */
#define LIMIT_ENV_FILE_LINES 10000u
#define LIMIT_LOG_LINE_BYTES \
	(16u << 10) /* docker cuts longer lines into pieces of this size, too */
#define LIMIT_LOG_RECORD  (LIMIT_LOG_LINE_BYTES * 6 + 256) /* each byte escaped as \uXXXX */
#define LIMIT_RELAY_BYTES (64u << 10) /* of one stream in flight: what a pipe holds */
#define LIMIT_NAME_TRIES  64          /* random names before a number is put behind */
#define LIMIT_PORT_RANGE  1000u       /* ports of one -P or -p range */
#define LIMIT_MOUNTS      256u        /* of one container */
#define LIMIT_DRAIN_MS    2000 /* for output still in the pipes after the first process ended */
#define LIMIT_KILL_WAIT_MS \
	10000 /* from SIGKILL to the end; longer means a task stuck in the kernel */
#define LIMIT_UNIX_PATH      107         /* bytes of sockaddr_un.sun_path but the NUL: unix(7) */
#define MEMORY_LIMIT_MIN     (6u << 20)  /* docker's: less cannot start a process */
#define SHM_SIZE_DEFAULT     (64u << 20) /* docker's */
#define STOP_TIMEOUT_SECONDS 10          /* docker's */
#define RESTART_FIRST_MS     100         /* docker's back-off: doubled each time … */
#define RESTART_LAST_MS      60000       /* … up to a minute … */
#define RESTART_RESET_MS     10000       /* … and begun anew when it ran this long */
