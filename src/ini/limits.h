/* limits.h - every bound of the init files, with its unit and its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes of one init file: the largest seen has 60 KB, a generated one may have more. */
#define LIMIT_INI_FILE     ((size_t)4 << 20)
/* Files that one configuration may be made of. */
#define LIMIT_INI_FILES    4096
/* Bytes of one value with its continuation lines: a command line of the kernel's default size. */
#define LIMIT_INI_VALUE    ((size_t)128 << 10)
/* Sections of all files together. */
#define LIMIT_INI_SECTIONS 16384
/* Copies of one service: more is a typing error. */
#define LIMIT_COPIES       4096
/* Words of one command. */
#define LIMIT_INI_WORDS    4096
/* Nanoseconds of any duration: a hundred years, so that sums never overflow. */
#define LIMIT_DURATION     (INT64_C(100) * 366 * 86400 * 1000000000)
/* Keys of one section. */
#define LIMIT_INI_KEYS     4096
/* Errors and warnings that are told: who has more begins with these. */
#define LIMIT_INI_PROBLEMS 200
/* Services that one service names in after and needs. */
#define LIMIT_INI_EDGES    256
/* The highest descriptor for readiness: below the usual soft limit of 1024. */
#define LIMIT_READY_FD     1000
/* Rotated files kept beside a log: their names are numbered one by one at each rotation. */
#define LIMIT_LOG_KEPT     10000
/* Periods from one rotation to the next. */
#define LIMIT_LOG_PERIODS  100000
/* Bytes of a unix socket's path: sockaddr_un has 108 with the NUL. */
#define LIMIT_SOCKET_PATH  107
/* Bytes of a service's name. */
#define LIMIT_NAME         128
