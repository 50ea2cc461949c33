/* listing.h - the names in one directory, sorted bytewise, read in one go.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The names stay where getdents64(2) put them: no allocation and no system call for each. */
#pragma once

#include <stddef.h>

#include "base/err.h"

struct listing_item {
	const char *name;   /* borrowed from the listing */
	unsigned char type; /* DT_…; DT_UNKNOWN when the file system does not say */
};
struct listing { /* zeroed: empty and valid */
	struct listing_item *items;
	size_t n, cap;
	char *records;
};

/* Reads `dirfd` from its start, without "." and "..". ERR_LIMIT: LIMIT_DIRECTORY_BYTES. */
int listing_read(int dirfd, struct listing *ret_listing, struct err *err) must_check;
const struct listing_item *listing_find(const struct listing *listing,
					const char *name); /* or NULL */
void listing_done(struct listing *listing);
#define autolisting cleanup(listing_done)

/* Opens a directory to be listed; links are never followed. `name` is one component or ".". */
int listing_open(int dirfd, const char *name, int *ret_fd, struct err *err) must_check;
