/* dockerfile.h - the text of a Dockerfile to instructions; knows no builder.
 * SPDX-License-Identifier: Apache-2.0
 * Source: the reference of docker's Dockerfile syntax 1.x (line rules, heredocs, JSON forms, flags,
 * variable expansion).
 *
 *   file        = *directive *( comment / blank / instruction )
 *   directive   = "#" key "=" value          (syntax, escape, check; only at the top)
 *   instruction = WORD *( "--" flag ) rest   (lines joined by the escape character)  *heredoc */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strlist.h"

enum instruction_kind {
	INSTRUCTION_ADD,
	INSTRUCTION_ARG,
	INSTRUCTION_CMD,
	INSTRUCTION_COPY,
	INSTRUCTION_ENTRYPOINT,
	INSTRUCTION_ENV,
	INSTRUCTION_EXPOSE,
	INSTRUCTION_FROM,
	INSTRUCTION_HEALTHCHECK,
	INSTRUCTION_LABEL,
	INSTRUCTION_MAINTAINER,
	INSTRUCTION_ONBUILD,
	INSTRUCTION_RUN,
	INSTRUCTION_SHELL,
	INSTRUCTION_STOPSIGNAL,
	INSTRUCTION_USER,
	INSTRUCTION_VOLUME,
	INSTRUCTION_WORKDIR,
	N_INSTRUCTIONS,
};

struct heredoc {
	char *name;
	char *body;
	bool expand, strip_tabs;
};

struct instruction {
	enum instruction_kind kind;
	struct src_pos pos;
	struct strlist flags; /* "from=builder", "chown=1:2", "link" */
	struct strlist words; /* JSON form: its strings; ENV, LABEL, ARG: "key=value" or "key",
			       * unexpanded; COPY, ADD, EXPOSE, VOLUME, FROM: words; RUN, CMD,
			       * ENTRYPOINT shell form and the rest: one text */
	bool is_json;
	char *original; /* as history tells it, one line */
	struct heredoc *heredocs;
	size_t n_heredocs;
};

struct dockerfile {
	struct instruction *items;
	size_t n, cap;
	char escape; /* '\\' or '`' */
	struct arena arena;
};
/* `file` stands in errors; borrowed. ERR_INPUT with line and column; unknown instructions and flags
 * name the nearest. */
int dockerfile_parse(const char *file, struct str text, struct dockerfile *ret_dockerfile,
		     struct err *err) must_check;
void dockerfile_done(struct dockerfile *dockerfile);
/* One instruction from --change ("CMD [\"a\"]", "ENV a=b"). */
int dockerfile_parse_change(const char *text, struct dockerfile *ret_dockerfile,
			    struct err *err) must_check;
const char *instruction_name(enum instruction_kind kind);

/* Expands $name, ${name}, ${name:-word} and the rest of the grammar, quotes removed. `get` returns
 * NULL for unset. */
typedef const char *(*variable_fn)(const char *name, void *arg);
int dockerfile_expand(const struct dockerfile *dockerfile, const struct instruction *instruction,
		      const char *word, variable_fn get, void *arg, char **ret_text,
		      struct err *err) must_check;
