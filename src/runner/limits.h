/* limits.h - every bound of the runner, with its unit and its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes of one template or one configuration file that is filled in. */
#define LIMIT_TEMPLATE       ((size_t)16 << 20)
/* Bytes of a secret's file. */
#define LIMIT_SECRET         ((size_t)1 << 20)
/* Bytes of one file of public keys. */
#define LIMIT_KEYS_FILE      ((size_t)1 << 20)
/* Levels of directories of a copied tree. */
#define LIMIT_COPY_DEPTH     256
/* Bytes between the braces of one tag: without a bound each stray brace would be searched for its
 * end through the whole file. */
#define LIMIT_TEMPLATE_TAG   ((size_t)4 << 10)
/* Blocks of a template in one another: each is a call of its own. */
#define LIMIT_TEMPLATE_DEPTH 32
/* Repetitions of all #each of a template together: an empty body writes nothing that would count.
 */
#define LIMIT_TEMPLATE_PARTS 100000
/* Nanoseconds that one answer may take, and between two questions when nobody says otherwise. */
#define WAIT_ANSWER_NS       ((int64_t)5 * 1000000000)
#define WAIT_INTERVAL_NS     ((int64_t)500 * 1000000)
/* Keys to import: more than that nobody reads in a log. */
#define LIMIT_KEYS           10000
/* Bad lines of one file that are told one by one. */
#define LIMIT_KEYS_FAULTS    20u
/* Links from a launcher to another: more are a circle. */
#define LIMIT_LAUNCHER_LINKS 16
/* Bytes of /acls.txt: what hull-stage writes at most. */
#define LIMIT_ACL_LIST       ((size_t)256 << 20)
/* Bytes of what ssh-keygen says: nobody reads it. */
#define LIMIT_KEYGEN_OUTPUT  ((size_t)4 << 10)
