/* test_dump.h - a template's tree as one line of parentheses, for tests.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "tmpl/ast.h"

void dump_body(const struct stmt *body, struct buf *buf); /* "(out x) (text \"a\\n\")" */
void dump_expr(const struct expr *expr, struct buf *buf); /* "(+ 1 (* 2 3))" */
