/* journal.h - lines to a descriptor, written by a thread of their own: whoever tells never waits.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Lines gather in memory up to LIMIT_SERVICE_JOURNAL; what comes while it is full is lost and
 * counted. They are written in batches, each line whole. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct journal;
/* fd stays the caller's. */
int journal_new(int fd, struct journal **ret_journal, struct err *err) must_check;
void journal_free(struct journal *journal);                 /* writes what is there; NULL is fine */
void journal_add(struct journal *journal, struct str line); /* with its line end; any thread */
uint64_t journal_lost(const struct journal *journal);
