/* vec.h - typed growable arrays, as macros over any struct with `items`, `n` and `cap`.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   struct int_vec { int *items; size_t n, cap; } v = {0};
 *   vec_push(&v, 3);
 *   vec_foreach (it, &v) use(*it);
 *   vec_done(&v);                        frees the array, not what the items point to */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define vec_reserve(v, more)                                                                   \
	do {                                                                                   \
		if ((v)->n + (more) > (v)->cap) {                                              \
			(v)->cap = ((v)->n + (more)) * 2 < 8 ? 8 : ((v)->n + (more)) * 2;      \
			(v)->items = xreallocarray((v)->items, (v)->cap, sizeof(*(v)->items)); \
		}                                                                              \
	} while (0)
#define vec_push(v, ...)                                                     \
	do {                                                                 \
		vec_reserve(v, 1);                                           \
		(v)->items[(v)->n++] = (__typeof__(*(v)->items))__VA_ARGS__; \
	} while (0)
/* A new zeroed item at the end; its address is valid until the next push. */
#define vec_add(v)                                                   \
	({                                                           \
		vec_reserve(v, 1);                                   \
		memset(&(v)->items[(v)->n], 0, sizeof(*(v)->items)); \
		&(v)->items[(v)->n++];                               \
	})
#define vec_foreach(it, v)                                                                        \
	for (__typeof__((v)->items + 0) it = (v)->items; /* NOLINT(bugprone-macro-parentheses) */ \
	     (it) && (it) < (v)->items + (v)->n; (it)++)
#define vec_sort(v, compare)                                                     \
	do {                                                                     \
		if ((v)->n > 1)                                                  \
			qsort((v)->items, (v)->n, sizeof(*(v)->items), compare); \
	} while (0)
#define vec_done(v)                    \
	do {                           \
		free((v)->items);      \
		(v)->items = NULL;     \
		(v)->n = (v)->cap = 0; \
	} while (0)
