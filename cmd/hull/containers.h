/* containers.h - what the commands about containers have in common.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd.h"

/* Calls `fn` for each name and prints what it was called by when that succeeds. A failure is told
 * at once and the others are still tried: the exit status is 1 then. */
typedef int (*container_fn)(struct container *container, void *arg, struct err *err);
int containers_each(struct hull *hull, int argc, char **argv, container_fn fn, void *arg,
		    struct err *err);

/* docker: a terminal inside wants one outside. */
int check_input_terminal(bool tty, bool interactive, struct err *err) must_check;

/* A failure whose exit status is 126 or 127 (the command could not be started) or 125. */
int start_failed(struct hull *hull, int exit_code);

struct run_opts { /* of run and create */
	struct container_options container;
	const char *detach_keys;
	bool sig_proxy, sig_proxy_given;
};
