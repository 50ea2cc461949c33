/* crontab.h - a crontab(5) as lines of people and, below a marker, jobs of ours.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   file = { any line } MARKER { comment | job | special | variable }
 *   comment = "# " TEXT [ "SALT_CRON_IDENTIFIER:" ID ], of the job below it
 *   job     = [ "#DISABLED#" ] MINUTE HOUR DAY MONTH WEEKDAY COMMAND
 *   special = [ "#DISABLED#" ] "@daily" COMMAND
 *
 * The same file as the reference writes, so that either finds the other's jobs. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/strlist.h"
#include "value/heap.h"

enum { CRON_MINUTE, CRON_HOUR, CRON_DAY, CRON_MONTH, CRON_WEEKDAY, CRON_TIMES };

struct cron_job {                      /* texts in the heap */
	const char *times[CRON_TIMES]; /* NULL: a special one */
	const char *special;           /* "@daily"; NULL: by times */
	const char *command;
	const char *comment, *identifier; /* NULL: none */
	bool is_disabled;
};
struct cron_variable {
	const char *name, *value;
};
struct crontab { /* zeroed: empty */
	struct strlist before;
	struct cron_jobs {
		struct cron_job *items;
		size_t n, cap;
	} jobs;
	struct cron_variables {
		struct cron_variable *items;
		size_t n, cap;
	} variables;
};
void crontab_parse(struct heap *heap, struct str text, struct crontab *ret_crontab);
/* Variables, jobs by times, special jobs: the order that the reference writes. */
void crontab_write(const struct crontab *crontab, struct buf *buf);
void crontab_done(struct crontab *crontab);
/* By its identifier, or by its command when neither has one; NULL: none. special: among those that
 * have such a time. */
struct cron_job *crontab_find(struct crontab *crontab, const char *command, const char *identifier,
			      bool special);
/* What crontab(1) would refuse it for: "bad minute"; NULL: nothing. */
const char *cron_job_fault(const struct cron_job *job);
/* The same of any line of a crontab. */
const char *crontab_line_fault(struct heap *heap, struct str line);
