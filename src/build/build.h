/* build.h - a Dockerfile and a context to an image, step by step, each answered from the cache when
 * nothing of it changed. SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "build/progress.h"
#include "container/container.h"
#include "image/image.h"

struct build_options {
	const char *dockerfile; /* path */
	const char *context;    /* directory; NULL: an empty one */
	struct strlist build_args, labels;
	const struct reference *tag; /* NULL: untagged */
	const char *target;          /* stage name; NULL: the last */
	const char *network;         /* of RUN; NULL: bridge */
	struct strlist volumes;      /* -v for RUN */
	bool no_cache;
	enum compression compression;
	int64_t created_ns; /* < 0: SOURCE_DATE_EPOCH, else now */
	const struct progress *progress;
};
struct build_result {
	struct image image;
	bool cached; /* no step was run */
	size_t n_steps, n_cached;
};
int build_image(struct engine *engine, const struct build_options *options,
		struct build_result *ret_result, struct err *err) must_check;
void build_result_done(struct build_result *result);
