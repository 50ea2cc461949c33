/* test_fixture.h - what the tests of this folder share: scripts, archives and entries.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "layer/entry.h"

#define P(literal) ((char[]){literal}) /* an entry owns what it points to */

/* Runs it with sh in that directory; a status other than 0 fails the test with what it said. The
 * test is skipped when `program` is not installed. */
void fixture_run(const char *dir, const char *program, const char *script);
/* A whole file; `buf` takes what it takes. */
void fixture_read(int dirfd, const char *name, struct buf *buf);
/* Half text, half noise; the same at every run. */
void fixture_fill(struct buf *buf, size_t len);
