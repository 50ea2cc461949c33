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
	char *name;  /* the line that ends it */
	char *body;  /* with its newlines; of <<- without the leading tabs */
	bool expand; /* no part of the name was quoted */
};

/* `words`, unexpanded and with their quotes where nothing else is said:
 *   ENV LABEL           "key=value"; the old form "ENV key rest of line" is brought into this one
 *   ARG                 "name" or "name=default"
 *   COPY ADD            sources and, last, the destination; heredocs are not among them
 *   FROM                the image; the stage's name when there is one, lower case
 *   EXPOSE VOLUME       words
 *   RUN CMD ENTRYPOINT  JSON form: its strings; shell form: one text. CMD and ENTRYPOINT without
 *                       anything: none
 *   SHELL               its strings
 *   HEALTHCHECK         as configs keep it: "NONE"; "CMD" and its strings; "CMD-SHELL" and one text
 *   ONBUILD             the whole instruction that is kept, heredocs included
 *   MAINTAINER STOPSIGNAL USER WORKDIR  one text */
struct instruction {
	enum instruction_kind kind;
	struct src_pos pos;
	struct strlist flags; /* "from=builder", "chown=1:2", "link", "unpack=false" */
	struct strlist words;
	bool is_json;
	bool is_script; /* RUN: a heredoc and nothing else; its body is what is run */
	char *original; /* as history tells it, one line */
	struct heredoc *heredocs;
	size_t n_heredocs;
};

struct dockerfile {
	struct instruction *items;
	size_t n, cap;
	char escape;  /* '\\' or '`' */
	char *syntax; /* of the directive; NULL: none */
};
/* `file` stands in errors and in the instructions' positions; borrowed. ERR_INPUT with line and
 * column; unknown instructions and flags name the nearest. The first instruction is FROM or ARG. */
int dockerfile_parse(const char *file, struct str text, struct dockerfile *ret_dockerfile,
		     struct err *err) must_check;
void dockerfile_done(struct dockerfile *dockerfile);
/* Exactly one instruction of any kind: an ONBUILD trigger. `file` as above. */
int dockerfile_parse_one(const char *file, const char *text, struct dockerfile *ret_dockerfile,
			 struct err *err) must_check;
/* One instruction from --change ("CMD [\"a\"]", "ENV a=b"). */
int dockerfile_parse_change(const char *text, struct dockerfile *ret_dockerfile,
			    struct err *err) must_check;
const char *instruction_name(enum instruction_kind kind);
/* The value of a flag ("" of one without); NULL: not given. Borrowed. */
const char *instruction_flag(const struct instruction *instruction, const char *name);
/* Of a boolean one; `fallback` when it is not given. */
bool instruction_flag_is_on(const struct instruction *instruction, const char *name, bool fallback);
/* The text and the bodies behind it, as a shell wants to read them; caller frees. */
char *instruction_join_heredocs(const struct instruction *instruction, const char *text);

/* NULL: unset. Borrowed until the next call. */
typedef const char *(*variable_fn)(const char *name, void *arg);
/* Expands $name, ${name}, ${name:-word} and the rest of the grammar, quotes removed. ERR_INPUT at
 * the instruction, ERR_LIMIT. */
int dockerfile_expand(const struct dockerfile *dockerfile, const struct instruction *instruction,
		      const char *word, variable_fn get, void *arg, char **ret_text,
		      struct err *err) must_check;
/* The same for the body of a heredoc: quotes are plain characters. */
int dockerfile_expand_body(const struct dockerfile *dockerfile,
			   const struct instruction *instruction, const char *body, variable_fn get,
			   void *arg, char **ret_text, struct err *err) must_check;
/* The words of the instruction as its kind wants them: expanded (ADD COPY ENV EXPOSE FROM LABEL
 * STOPSIGNAL USER VOLUME WORKDIR and the defaults of ARG), split again (EXPOSE, VOLUME), or as they
 * are (the others). ret_words is replaced. */
int dockerfile_expand_words(const struct dockerfile *dockerfile,
			    const struct instruction *instruction, variable_fn get, void *arg,
			    struct strlist *ret_words, struct err *err) must_check;
