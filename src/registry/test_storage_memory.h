/* test_storage_memory.h - a storage in memory that behaves as an object store, and fails on demand.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "registry/storage.h"

struct storage *storage_memory_new(void);
struct storage *storage_memory_keep(struct storage *storage); /* outlives one more close */
void storage_memory_damage(struct storage *storage, const struct digest *digest); /* flips a bit */
void storage_memory_cut(struct storage *storage, const struct digest *digest);    /* half of it */
/* The next n changes succeed, those behind fail with ENOSPC; -1: none fails. */
void storage_memory_fail_after(struct storage *storage, int n);
/* Behind the registry's back, as another program would. */
void storage_memory_set_tag(struct storage *storage, const char *repository, const char *tag,
			    const struct digest *digest);
size_t storage_memory_quarantined(const struct storage *storage);
