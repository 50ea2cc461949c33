/* containers.c - many containers in one call, terminals, and exit statuses of what cannot start.
 * SPDX-License-Identifier: Apache-2.0 */
#include "containers.h"

#include <stdio.h>

#include "base/log.h"

#include "output.h"

#include "base/banned.h"

static int one(struct hull *hull, const char *name, container_fn fn, void *arg, struct err *err)
{
	cleanup(container_closep) struct container *container = NULL;

	if (container_find(&hull->engine, name, &container, err) || fn(container, arg, err))
		return -1;
	return 0;
}

int containers_each(struct hull *hull, int argc, char **argv, container_fn fn, void *arg,
		    struct err *err)
{
	int status = 0;

	for (int i = 0; i < argc; i++) {
		autoerr struct err failure = {0};
		autofree char *line = xasprintf("%s\n", argv[i]);
		if (one(hull, argv[i], fn, arg, &failure)) {
			if (argc == 1) { /* told by who tells all errors */
				err_move(err, &failure);
				return -1;
			}
			log_error("%s", err_text(&failure));
			status = 1;
		} else if (output_text(line, err)) {
			return -1;
		}
	}
	return status;
}

int check_input_terminal(bool tty, bool interactive, struct err *err)
{
	if (tty && interactive && !isatty(0))
		return err_set(err, ERR_INPUT, "the input device is not a TTY: leave out --tty");
	return 0;
}

int start_failed(struct hull *hull, int exit_code)
{
	hull->error_status = exit_code;
	return -1;
}
