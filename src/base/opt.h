/* opt.h - options by table: parsing, usage text and completion come from the same rows.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The grammar is docker's (pflag): `--name value`, `--name=value`, `-n value`, `-nvalue`, `-abc`,
 * `--flag`, `--flag=false`, `--` ends options. `OPT_STOP_AT_ARG`: the first word that is no option
 * ends them (run, exec: what follows belongs to the container's command). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strlist.h"

enum opt_type {
	OPT_FLAG,        /* bool */
	OPT_STRING,      /* const char *: borrowed from argv */
	OPT_LIST,        /* struct strlist: one item each time it is given */
	OPT_INT,         /* int64_t */
	OPT_SIZE,        /* uint64_t, "512m" */
	OPT_DURATION,    /* int64_t ns, Go's text or seconds */
	OPT_UNSUPPORTED, /* known to docker, refused by name: help tells why or what to use instead
			  */
};

/* The rows are read by people: what belongs to the call stands first, padding or not. */
struct opt {         /* NOLINT(clang-analyzer-optin.performance.Padding) */
	char letter; /* 0: none */
	const char *name;
	enum opt_type type;
	size_t offset;    /* of the field in the command's struct */
	const char *arg;  /* "IMAGE" in the usage; NULL for flags */
	const char *help; /* one line, no full stop */
	size_t given;     /* offset of a bool set when the option was given; 0: nobody asks */
};

#define OPT_STOP_AT_ARG 1u

/* A table ends with {0}; argv[0] is the first word, not the program. `ret_n_used`: words of argv
 * that were options (with their values and `--`); when OPT_STOP_AT_ARG is not set, the other words
 * are moved behind them in order. Unknown options name the nearest known one. All errors are
 * ERR_INPUT, and then neither argv nor the struct has changed. */
int opt_parse(const struct opt *table, unsigned flags, int argc, char **argv, void *ret_opts,
	      int *ret_n_used, struct err *err) must_check;
void opt_usage(const struct opt *table, struct buf *buf); /* the aligned "Options:" block */
void opt_done(const struct opt *table, void *opts);       /* frees the lists */
