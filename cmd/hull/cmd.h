/* cmd.h - what the commands of hull share: one constant struct at the top of a file each.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A command parses words, composes modules and prints; what it does lives below src/. */
#pragma once

#include "base/command.h"
#include "container/container.h"

struct hull {                       /* what the program was told before the command's name */
	const char *root;           /* --root, HULL_ROOT; never NULL */
	const char *runtime;        /* --runtime, HULL_RUNTIME */
	const char *storage_driver; /* --storage-driver, HULL_STORAGE_DRIVER */
	bool debug;
	const char *log_format;
	struct strlist words; /* the command's own words as they were given */
	struct engine engine; /* open when the command needs it */
	bool engine_is_open;
	int error_status; /* exit status of the failure, when the command knows better; 0: it does
			     not */
};

enum cmd_need { /* command.needs */
		CMD_NEEDS_NOTHING,
		CMD_NEEDS_ENGINE, /* root rights and the store */
};

extern const struct program hull_program;
extern const struct command *const commands[];       /* ends with NULL */
extern const struct command_alias command_aliases[]; /* ends with {0} */
extern const struct opt hull_global_opts[];          /* for completion */

/* Opens the engine when it is not yet. */
int hull_need_engine(struct hull *hull, struct err *err) must_check;
