/* parse.h - the text of a template to its tree.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/diag.h"
#include "tmpl/ast.h"

/* How texts are read; zeroed: Jinja's defaults. */
struct syntax {
	bool trim_blocks, lstrip_blocks, keep_trailing_newline;
	const char *block_start, *block_end;       /* NULL: {% %} */
	const char *variable_start, *variable_end; /* NULL: {{ }} */
	const char *comment_start, *comment_end;   /* NULL: {# #} */
	const char *line_statement, *line_comment; /* NULL: none */
	const char *newline; /* NULL: "\n": what line ends of the text become */
};

struct name_slot {
	const char *text; /* in the heap; NULL: free */
	uint32_t len, hash;
	uint32_t word; /* enum word */
	uint32_t stamp;
};
struct names { /* interned names of a run; zeroed: empty and valid */
	struct name_slot *slots;
	size_t n, n_slots;
	uint32_t stamp; /* of the last template that was parsed: slots with it are its blocks */
	uint64_t seed;
};
const char *names_intern(struct names *names, struct heap *heap, struct str name);
struct name_slot *names_slot(struct names *names, struct heap *heap,
			     struct str name); /* until the next name */
void names_done(struct names *names);

struct template_source {
	const char *name; /* of the template */
	const char *file; /* as messages name it */
	struct str text;  /* need not live on */
};
/* ERR_INPUT with the place and the reference's phrase: "expected token
 * 'end of statement block', got 'base'", "Encountered unknown tag 'x'.", "unexpected char '?' at
 * 12"; unknown filters and tests are found by the interpreter. ERR_LIMIT: text, nesting. */
int template_parse(struct heap *heap, struct names *names, const struct syntax *syntax,
		   const struct template_source *source, struct template **ret_template,
		   struct diag *diag) must_check;
