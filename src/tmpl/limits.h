/* limits.h - what a template may be.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_TEMPLATE   ((size_t)4 << 20)    /* bytes of one template's text */
#define LIMIT_OUTPUT     ((size_t)8 << 20)    /* bytes printed by one */
#define LIMIT_OUTPUT_RUN ((size_t)64 << 20)   /* by all of a run */
#define LIMIT_NESTING    200                  /* of expressions and blocks in the text */
#define LIMIT_EXPR_DEPTH 500                  /* of the tree of one expression: a + b + c… */
#define LIMIT_ARGUMENTS  255                  /* named ones of a call, parameters of a macro */
#define LIMIT_CALLS      200                  /* of macros, includes and recursive loops */
#define LIMIT_STACK      ((ptrdiff_t)4 << 20) /* bytes of the C stack that calls may use */
