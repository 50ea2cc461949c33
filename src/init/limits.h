/* limits.h - every bound of PID 1, with its unit and its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes of one log line; longer ones are cut into pieces of this size, as s6-log does. */
#define LIMIT_LOG_LINE        ((size_t)8 << 10)
/* Bytes read at once from a log pipe: one buffer for all of them. */
#define LIMIT_LOG_CHUNK       ((size_t)64 << 10)
/* Bytes of what stands before a line: time, name (JSON-escaped), pid. */
#define LIMIT_LOG_HEAD        ((size_t)1 << 10)
/* Bytes of a service's name and of a formatted time in it; the rest is cut. */
#define LIMIT_LOG_NAME        ((size_t)96)
#define LIMIT_LOG_TIME        ((size_t)128)
/* Bytes of formatted lines that go out in one write, and the room behind them for the longest
 * line: JSON makes six bytes of one. */
#define LIMIT_LOG_BATCH       ((size_t)64 << 10)
#define LIMIT_LOG_LONGEST     (LIMIT_LOG_HEAD + 6 * LIMIT_LOG_LINE + 16)
/* Bytes that wait for a sink that takes no more: a batch is never refused below half of it. */
#define LIMIT_LOG_PENDING     ((size_t)256 << 10)
/* Bytes of the last lines of each service, for `tail`: a page, touched when it first writes. */
#define LIMIT_LOG_RECENT      ((size_t)4 << 10)
/* Pipes of dead programs that a grandchild still holds, or that wait for a blocked sink. */
#define LIMIT_LOG_LEFTOVERS   64
/* Bytes read at once from a program that has died: a grandchild may write for ever. */
#define LIMIT_LOG_DRAIN       ((size_t)2 << 20)
/* Bytes of a pipe whose reader cannot keep up: pipe(7), the most an unprivileged user may ask
 * for is 1 MiB, and 64 MiB for all. */
#define LIMIT_LOG_PIPE        ((size_t)256 << 10)
/* Nanoseconds: reads of one pipe that follow each other faster make it busy, and it then fills for
 * so long between two reads (the kernel adds its timer slack of 50 us): ten thousand reads a second
 * at most, half of a pipe at the pace of a program that does nothing but write lines. */
#define LIMIT_LOG_QUICK_NS    200000
#define LIMIT_LOG_REST_NS     50000
/* Nanoseconds between two looks at a pipe that epoll(7) has no room for. */
#define LIMIT_LOG_POLL_NS     100000000
/* Seconds between two tries of a sink that fails, and for the last bytes at our own end. */
#define LIMIT_LOG_RETRY       1
#define LIMIT_LOG_CLOSE       1
/* Bytes of one request on the control socket: a whole watcher with its options. */
#define LIMIT_CONTROL_LINE    ((size_t)64 << 10)
/* Values and names in one request: `set` or `add` with every option there is. */
#define LIMIT_CONTROL_NODES   1024
/* Levels of a request: options of options; the recursion that reads them is as deep. */
#define LIMIT_CONTROL_DEPTH   16
/* Bytes of a request's id as it is written: libraries send 32 hexadecimal digits. */
#define LIMIT_CONTROL_ID      128
/* Bytes of one answer: the statistics of LIMIT_COPIES processes. */
#define LIMIT_CONTROL_REPLY   ((size_t)1 << 20)
/* Bytes that a listener may be behind before it is dropped. */
#define LIMIT_CONTROL_BEHIND  ((size_t)256 << 10)
/* Bytes of a listener's topics. */
#define LIMIT_CONTROL_TOPICS  ((size_t)512)
/* Bytes of a regular expression of names: its cost grows with its length. */
#define LIMIT_CONTROL_PATTERN 128
/* Clients of the control socket at once: a bit of a word each. */
#define LIMIT_CONTROL_PEERS   32
/* Processes below one process that `stats` and `signal` look at. */
#define LIMIT_CHILDREN        256
/* Deaths handled in one turn of the loop, so that a storm of them cannot starve a TERM. */
#define LIMIT_REAPED_A_TURN   256
/* Calls put off to the end of a turn that are run in it: each may ask for the next. */
#define LIMIT_LATER_A_TURN    4096
/* Nanoseconds between two looks at a child that is not its program yet: one that nobody stops takes
 * a fraction of one. */
#define LIMIT_SPAWN_LOOK_NS   10000000
/* Looks at such a child: half a minute for a file system that is slow; and how often it may be
 * found stopped, and is continued. */
#define LIMIT_SPAWN_LOOKS     3000
#define LIMIT_SPAWN_STOPS     100
/* Seconds that the kernel may take from there until the child has memory of its own: it never waits
 * for anybody then. */
#define LIMIT_SPAWN_SPLIT     10
/* Bytes of the environment and words that one spawn may add to the spec's own. */
#define LIMIT_SPAWN_TEXT      ((size_t)128 << 10)
/* Descriptors of sockets passed to one program. */
#define LIMIT_PASSED_FDS      256
/* Numbers that are looked at for open descriptors where close_range is refused: the usual limit of
 * a container; 256 a system call. */
#define LIMIT_SCANNED_FDS     ((rlim_t)1 << 20)
/* Number in front of the unit of a wrapped program's --wait: a day in seconds. */
#define LIMIT_WRAP_REST       86400
/* Bytes of one sd_notify datagram: systemd's own bound. */
#define LIMIT_NOTIFY          ((size_t)4 << 10)
/* Bytes of one line that PID 1 says: far below PIPE_BUF, so that it fits whenever a pipe has room.
 */
#define LIMIT_SAY             ((size_t)1 << 10)
/* Bytes of the path of its log. */
#define LIMIT_SAY_PATH        ((size_t)1 << 10)
/* Bytes of a zone file: the largest of tzdata, written without its rule, has 4 KB. */
#define LIMIT_ZONE_FILE       ((size_t)64 << 10)
/* Seconds from 1970 up to which dates are reckoned, before and after: nine million years. */
#define LIMIT_CIVIL_SECONDS   ((int64_t)1 << 48)
/* The exponent of a number in a request: a double ends there. */
#define LIMIT_EXPONENT        300
/* Years that a time table is followed ahead: the 29th of February is eight years away in 2096. */
#define LIMIT_CRON_YEARS      9
/* Runs of one time table beside each other: more is a job that never ends. */
#define LIMIT_CRON_RUNS       64
/* Bytes of the head of a request for health or metrics: a browser's with its cookies. */
#define LIMIT_HEALTH_HEAD     ((size_t)4 << 10)
/* Clients of it at once, and nanoseconds for each step of one: they are probes and scrapers. */
#define LIMIT_HEALTH_PEERS    16
#define LIMIT_HEALTH_NS       INT64_C(5000000000)
/* Descendants of one process that a signal reaches. */
#define LIMIT_TREE            1024
/* Nanoseconds that a hook may run: circus has no bound, and a hook that hangs stops a service from
 * starting or ending. */
#define LIMIT_HOOK_NS         ((int64_t)60 * 1000000000)
/* Words of a command, and variables of an environment. */
#define LIMIT_SPAWN_WORDS     4096
/* Links on the way to a file: what the kernel takes (MAXSYMLINKS). */
#define LIMIT_TRUSTED_LINKS   40
/* Bytes of /proc/net/unix that a client looks through for an abstract name: some ten thousand
 * sockets. */
#define LIMIT_UNIX_TABLE      ((size_t)1 << 20)
