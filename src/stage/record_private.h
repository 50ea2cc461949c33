/* record_private.h - the shape of a record, for record.c and report.c.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/map.h"
#include "stage/record.h"

#define LIMIT_RECORD_LOG ((size_t)8 << 20) /* bytes of the log that are kept, the newest */
#define RECORD_LARGEST   40                /* files and directories that the report lists */

struct record_step {
	char *step, *name;
	int64_t began_ns, duration_ns; /* since the build began */
	bool is_open, failed, cached;
	uint64_t files, bytes;
};
struct record_value {
	char *name, *text;
};
struct record_weight {
	char *path;
	uint64_t bytes;
};

struct record {
	struct progress own;
	const struct progress *inner;
	int64_t began_ns;
	struct {
		struct record_step *items;
		size_t n, cap;
	} steps;
	struct {
		struct record_value *items;
		size_t n, cap;
	} values;
	struct buf log;
	bool log_is_cut, cached;
	char *digest;
	struct record_weight files[RECORD_LARGEST]; /* largest first */
	size_t n_files;
	struct map directories; /* path to bytes, as a number in the pointer */
	uint64_t n_changes[3];  /* by change_kind */
};
