/* cron_spool.h - a user's crontab, where cron reads it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/ownership.h"
#include "state/function.h"
#include "states/crontab.h"

struct spool {
	int dirfd;
	const char *user;
	uint32_t uid;
	struct ownership owner;
	struct crontab crontab;
	struct buf text; /* as it was found */
	bool exists;
};
void spool_done(struct spool *spool);
/* A directory that is not there is made only to be written to. ERR_MISSING: no such user, but in
 * test mode: a state before it would make the user. */
int spool_open(struct state_call *call, const char *user, struct spool *ret_spool,
	       struct err *err) must_check;
/* The parsed crontab. */
int spool_save(struct state_call *call, struct spool *spool, struct err *err) must_check;
/* cron looks at the directory's time, which the rename renews. */
int spool_put(struct state_call *call, const struct spool *spool, struct str text,
	      struct err *err) must_check;
