/* progress.h - what a builder tells while it works; cmd/ draws it, or writes it as JSON lines.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_kind {
	PROGRESS_BANNER,  /* text: a heading ("STAGE 1 - …") */
	PROGRESS_VALUE,   /* name: text (the report of effective settings) */
	PROGRESS_BEGIN,   /* a step begins; name: "stage1 base layer" */
	PROGRESS_LOG,     /* bytes of output of the running step, as they come */
	PROGRESS_COMMAND, /* a command that is run, echoed */
	PROGRESS_WARNING,
	PROGRESS_END,    /* the step ended: status, cached, seconds, files, bytes */
	PROGRESS_RESULT, /* name: the tag; text: the digest */
};

struct progress_event {
	enum progress_kind kind;
	const char *step; /* "stage0" … "commit"; NULL outside */
	const char *name;
	const char *text;
	size_t len; /* of text for PROGRESS_LOG (not NUL-terminated) */
	bool cached, failed;
	int64_t duration_ns;
	uint64_t files, bytes;
};

struct progress { /* tell may be NULL: silence */
	void (*tell)(const struct progress_event *event, void *arg);
	void *arg;
};
void progress_tell(const struct progress *progress, const struct progress_event *event);
