/* cmd.h - a command of hull: one constant struct at the top of its own file.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A command parses words, composes modules and prints; what it does lives below src/. */
#pragma once

#include "base/opt.h"
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

enum cmd_need {
	CMD_NEEDS_NOTHING,
	CMD_NEEDS_ENGINE, /* root rights and the store */
};

struct cmd {
	const char *name;       /* "run" */
	const char *args;       /* "[OPTIONS] IMAGE [COMMAND] [ARG...]" without OPTIONS */
	const char *summary;    /* one line, no full stop */
	const char *details;    /* more for --help; NULL: none */
	const struct opt *opts; /* ends with {0}; NULL: none */
	size_t opts_size;       /* of the struct that opts fill, zeroed before */
	unsigned opt_flags;     /* OPT_STOP_AT_ARG */
	bool is_hidden;         /* for scripts: neither listed nor completed */
	int min_args, max_args; /* words behind the options; max < 0: any number */
	enum cmd_need needs;
	int error_status; /* exit status of any failure: 125 for run and the like; 0: by kind (2, 1)
			   */
	/* The exit status, or -1 with err set. `opts` is freed by the caller. */
	int (*run)(struct hull *hull, void *opts, int argc, char **argv, struct err *err);
};

/* Groups: "hull image ls" is "hull images". */
struct cmd_alias {
	const char *group; /* "image"; NULL: a second name of a top-level command */
	const char *name;  /* "ls" */
	const struct cmd *cmd;
	const char *group_summary; /* in the first row of a group */
};

extern const struct cmd *const commands[];       /* ends with NULL */
extern const struct cmd_alias command_aliases[]; /* ends with {0} */

const struct cmd *cmd_find(const char *name);
const struct cmd *cmd_find_in_group(const char *group, const char *name);
bool cmd_is_group(const char *name);
void cmd_help(const struct cmd *cmd, struct buf *buf);
void cmd_overview(struct buf *buf);
void cmd_group_help(const char *group, struct buf *buf);
/* ERR_INPUT with the nearest of what exists. */
int cmd_unknown(const char *group, const char *name, struct err *err);
/* Opens the engine when it is not yet. */
int hull_need_engine(struct hull *hull, struct err *err) must_check;
/* "[OPTIONS]" and global option tables, for completion. */
extern const struct opt hull_global_opts[];
