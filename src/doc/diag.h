/* diag.h - one finding in a user's text: its place, what it says, where it came from.
 * SPDX-License-Identifier: Apache-2.0
 *
 * As text:  FILE:LINE:COLUMN: error: MESSAGE
 *           up to three lines of the text, the last with a caret below
 *             in macro 'vhost' at FILE:LINE:COLUMN       (one line a note)
 * A diag is written once; whoever recovers says so with diag_clear. A zeroed one is "nothing". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum diag_severity { DIAG_NOTHING, DIAG_ERROR, DIAG_WARNING };

struct diag_note {
	char *text; /* owned: "in macro 'vhost'", "imported from", "did you mean 'domain'?" */
	struct src_pos at; /* file NULL: no place */
};

struct diag {
	enum diag_severity severity;
	enum err_kind kind;
	struct src_pos at; /* the file's name is borrowed: it lives as long as the run */
	uint32_t span;     /* bytes marked from the column on; 0: one */
	char *message;     /* owned; no place in it */
	char *snippet;     /* owned; the lines with the caret, each ends in '\n'; NULL: none */
	struct {
		struct diag_note *items;
		size_t n, cap;
	} notes;
};

struct diags { /* all findings of a check */
	struct diag *items;
	size_t n, cap;
};

/* These return -1, so that a failing line is one line. */
int diag_set(struct diag *diag, enum err_kind kind, struct src_pos at, const char *fmt, ...)
	printf_like(4, 5);
int diag_take(struct diag *diag, struct src_pos at, struct err *err); /* err is cleared */
#define diag_set(...)  err_failed(diag_set(__VA_ARGS__)) /* analysers are told, as in base/err.h */
#define diag_take(...) err_failed(diag_take(__VA_ARGS__))
void diag_note(struct diag *diag, struct src_pos at, const char *fmt, ...) printf_like(3, 4);
/* The lines around diag->at, out of the text that the place is in. Does nothing when there is one
 * already, when the line is not in the text, or without a place. */
void diag_quote(struct diag *diag, struct str text);
void diag_move(struct diag *dst, struct diag *src);
void diag_clear(struct diag *diag);
#define autodiag cleanup(diag_clear)

/* Appends *diag to the list and leaves it clear. */
void diags_take(struct diags *diags, struct diag *diag);
void diags_warn(struct diags *diags, struct src_pos at, const char *fmt, ...) printf_like(3, 4);
size_t diags_errors(const struct diags *diags); /* how many of them are errors */
/* Drops what says the same about the same place as one before: a file that many include. */
void diags_unique(struct diags *diags);
void diags_clear(struct diags *diags);

void diag_write(const struct diag *diag, struct buf *buf);      /* text, as above */
void diag_write_json(const struct diag *diag, struct buf *buf); /* one object, one line */
/* "FILE:LINE:COLUMN: message" alone, for errors of the program: err_set with the kind. */
int diag_to_err(const struct diag *diag, struct err *err);
