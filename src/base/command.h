/* command.h - programs made of commands: one constant struct each, found by name, told by --help.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A program is a table of commands and a table of groups ("user add"). Nothing is printed here:
 * texts go to a buffer, and the program's main writes them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/opt.h"

struct command {
	const char *name;    /* "run", or "user add" in a group */
	const char *args;    /* "[OPTIONS] IMAGE [COMMAND] [ARG...]" without OPTIONS; NULL: none */
	const char *summary; /* one line, no full stop */
	const char *details; /* more for --help; NULL: none */
	const struct opt *opts; /* ends with {0}; NULL: none */
	size_t opts_size;       /* of the struct that opts fill, zeroed before */
	unsigned opt_flags;     /* OPT_STOP_AT_ARG */
	bool is_hidden;         /* for scripts: neither listed nor completed */
	int min_args, max_args; /* words behind the options; max < 0: any number */
	int needs;              /* the program's own words for what `ready` has to open */
	int error_status;       /* exit status of any failure; 0: by kind (2, 1) */
	/* The exit status, or -1 with err set. `opts` is freed by the caller. */
	int (*run)(void *context, void *opts, int argc, char **argv, struct err *err);
};

/* Groups: "hull image ls" is "hull images". */
struct command_alias {
	const char *group; /* "image"; NULL: a second name of a top-level command */
	const char *name;  /* "ls" */
	const struct command *command;
	const char *group_summary; /* in the first row of a group */
};

struct program {
	const char *name;         /* "hull" */
	const char *summary;      /* one line, no full stop */
	const char *usage;        /* behind "Usage: "; NULL: "NAME [OPTIONS] COMMAND" */
	const char *groups_title; /* above the groups in the overview */
	const struct command *const *commands; /* ends with NULL */
	const struct command_alias *aliases;   /* ends with {0} */
	const struct opt *opts;                /* before the command; ends with {0} */
	/* Before a command's words are parsed, and when they were found good. NULL: nothing. */
	void (*begins)(void *context, int argc, char **argv);
	int (*ready)(void *context, const struct command *command, struct err *err);
};

const struct command *command_find(const struct program *program, const char *name);
const struct command *command_find_in_group(const struct program *program, const char *group,
					    const char *name);
bool command_is_group(const struct program *program, const char *name);
void command_help(const struct program *program, const struct command *command, struct buf *buf);
void command_overview(const struct program *program, struct buf *buf);
void command_group_help(const struct program *program, const char *group, struct buf *buf);
/* ERR_INPUT with the nearest of what exists. group NULL: at the top. */
int command_unknown(const struct program *program, const char *group, const char *name,
		    struct err *err);

/* The help about nothing, a command, a group or a command of a group. */
int command_tell(const struct program *program, int argc, char **argv, struct buf *help,
		 struct err *err) must_check;
/* Runs what the words name (the program's own options are behind us): a command, "help", a group
 * or nothing. *ret_command: the command that was run, for its error_status. help: text to be
 * printed, when it was asked for. Returns the exit status, or -1 with err set. */
int command_dispatch(const struct program *program, void *context, int argc, char **argv,
		     const struct command **ret_command, struct buf *help,
		     struct err *err) must_check;
/* 2 for wrong words and files, else 1, unless the command has its own. command NULL: none yet. */
int command_error_status(const struct command *command, const struct err *err);
