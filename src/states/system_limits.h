/* system_limits.h - what the states of the system accept at most, with units and reasons.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes of /etc/hosts, a crontab, authorized_keys, /var/lib/dpkg/status (the largest: 20 MiB). */
#define LIMIT_TEXT_FILE         ((size_t)64 << 20)
/* Bytes of the final name repeated in a temporary one: leaves room for the rest in NAME_MAX. */
#define LIMIT_TEMP_NAME         200
/* Bytes of one answer of hull-init: the whole list of its services. */
#define LIMIT_INIT_ANSWER       ((size_t)4 << 20)
/* Seconds that hull-init may take to start or stop a service. */
#define LIMIT_INIT_WAIT_S       120
/* Seconds between two looks at a service that is being started. */
#define LIMIT_SERVICE_POLL_MS   50
/* Seconds that one run of a package manager may take: a slow mirror and a large upgrade. */
#define LIMIT_PACKAGES_MS       (3600 * 1000)
/* Levels of directories of /etc/skel. */
#define LIMIT_SKEL_DEPTH        32
/* Levels of directories of a home that is given to another number: a descriptor each. */
#define LIMIT_HOME_DEPTH        256
/* Bytes of one ACL: XATTR_SIZE_MAX. */
#define LIMIT_ACL_TEXT          ((size_t)64 << 10)
/* Levels of directories of a recursive ACL: a descriptor each. */
#define LIMIT_ACL_DEPTH         256
/* Bytes of a process' command line that a pattern is looked for in: the rest of it tells no more.
 */
#define LIMIT_COMMAND_LINE      ((size_t)64 << 10)
/* Milliseconds that a server may take to answer, and bytes of its answer. */
#define LIMIT_HTTP_WAIT_MS      20000
#define LIMIT_HTTP_ANSWER       ((size_t)8 << 20)
/* Redirections that are followed: what clients of the web do. */
#define LIMIT_HTTP_REDIRECTIONS 5
/* Seconds between two requests when a state waits for an answer. */
#define LIMIT_HTTP_PAUSE_S      0.2
#define LIMIT_HTTP_PAUSE_MAX_S  3600
/* The least of it: each request keeps some bytes until the run ends. */
#define LIMIT_HTTP_PAUSE_MIN_S  0.05
/* Seconds that a state waits for an answer at most: a day is for ever. */
#define LIMIT_HTTP_PATIENCE_S   86400
