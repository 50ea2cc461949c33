/* notify.h - sd_notify(3): one datagram socket for all services, senders known by credentials.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "init/events.h"

enum notify_what {
	NOTIFY_READY,
	NOTIFY_RELOADING,
	NOTIFY_STOPPING,
	NOTIFY_STATUS,        /* text */
	NOTIFY_ERRNO,         /* number */
	NOTIFY_MAINPID,       /* number */
	NOTIFY_WATCHDOG,      /* alive */
	NOTIFY_WATCHDOG_FAIL, /* WATCHDOG=trigger */
	NOTIFY_WATCHDOG_USEC, /* number */
	NOTIFY_EXTEND_USEC,   /* number */
};
struct notify_message {
	enum notify_what what;
	const char *text; /* until the callback returns */
	uint64_t number;
};
struct notify; /* the socket */
/* In a directory of our own below /run, XDG_RUNTIME_DIR or TMPDIR, else with an abstract name. */
int notify_open(struct events *events,
		void (*heard)(void *arg, pid_t sender, const struct notify_message *message),
		void *arg, struct notify **ret_notify);
/* For NOTIFY_SOCKET: "/run/…" or "@…"; as long as notify lives. */
const char *notify_address(const struct notify *notify);
void notify_close(struct notify *notify); /* NULL is fine */
/* One datagram: text[len] must be ours, and the text is changed. Lines that are not known, or whose
 * value is not what it should be, are passed over. */
void notify_parse(char *text, size_t len,
		  void (*heard)(void *arg, const struct notify_message *message), void *arg);
