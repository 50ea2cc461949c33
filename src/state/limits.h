/* limits.h - what a run of states may cost.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_STATES 10000 /* chunks of one run */
#define LIMIT_SLS    1000  /* files of one run */
#define LIMIT_ERRORS 200   /* told of one run; who has more mends these first */
#define LIMIT_CYCLE  50    /* states of a circle of requisites that are named */
#define LIMIT_REQUISITE_TARGETS                                                       \
	1000000 /* states named by requisites: globs over all states times all states \
		 */
#define LIMIT_LOOKS           20   /* at one state before it runs: more is a knot of requisites */
#define LIMIT_REQUISITE_DEPTH 2000 /* of states that pull each other forward: stack */
#define LIMIT_INCLUDES        64   /* depth of include */
#define LIMIT_COMMAND_OUTPUT \
	((size_t)1 << 20)       /* kept of each stream of a command; more is dropped with a note */
#define LIMIT_ROOT_DIRS  100000 /* walked through for the names of SLS */
#define LIMIT_SOURCE     ((size_t)64 << 20) /* bytes of a file's source, in memory */
#define LIMIT_DIFF_STEPS 20000000           /* of comparing two texts: a tenth of a second */
#define LIMIT_DIFF \
	((size_t)1 << 20)           /* bytes of a side: larger files are told as changed, not how */
#define LIMIT_SECRET_VALUES 1000000 /* containers walked through for secrets */
