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
