/* engine.h - rendering templates: one engine per run.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The engine owns no heap: the run's. Templates are parsed once per name and kept. Errors come as a
 * diag with the template's line, three lines of text and the chain of imports and macros. */
#pragma once

#include "base/map.h"
#include "tmpl/parse.h"
#include "value/call.h"

/* Where templates come from. `from`: the template that asks (NULL: the run), for relative names.
 * ret_source: its name is canonical, the key of the cache; all of it lives as long as the heap.
 * ERR_MISSING: no such template. */
struct loader {
	int (*load)(void *arg, struct heap *heap, const char *name, const char *from,
		    struct template_source *ret_source, struct err *err);
	/* Adds what a template of that name sees besides the globals (tplfile, tpldir…); NULL:
	 * nothing. */
	void (*describe)(void *arg, struct heap *heap, const char *name,
			 struct dict *ret_variables);
	void *arg;
};

struct engine { /* zeroed and filled by the caller, then engine_init */
	struct heap *heap;
	struct syntax syntax;
	struct loader loader; /* load NULL: no imports */
	struct dict *globals; /* seen everywhere, also by imports without context; NULL: none */
	bool autoescape;
	bool context_is_global; /* imports without context see a rendering's context, as in Salt */
	bool salt_newline;      /* add the trailing newline that the source had, as Salt does */
	const struct native_row *const *more_filters; /* tables besides ours; end with NULL */
	const struct native_row *const *more_tests;
	/* internal */
	struct names names;
	struct map templates;
	struct {
		const char *loop, *self, *super, *caller, *varargs, *kwargs; /* interned */
	} words;
	size_t n_printed; /* bytes, by all renderings of the run */
};

void engine_init(struct engine *engine); /* filters, tests and globals of Jinja and Salt */
void engine_done(struct engine *engine);

struct output_span { /* from this byte of the output on: where it came from */
	size_t offset;
	const struct template *template;
	struct mark mark;
	bool is_text; /* copied: columns and lines go on with the bytes; else printed by an
			 expression */
};

struct rendered {
	struct str text; /* in the heap */
	struct {
		struct output_span *items;
		size_t n, cap;
	} spans; /* by offset; owned: rendered_done */
	struct { /* what rendered_place was asked last */
		const struct output_span *span;
		size_t offset;
		struct src_pos at;
	} last;
};
void rendered_done(struct rendered *rendered);
/* marked_place_fn of a rendered text: arg is the struct rendered. */
struct src_pos rendered_place(const void *arg, size_t offset, uint32_t line, uint32_t column);
struct str rendered_source(const struct rendered *rendered, size_t offset); /* of diag_quote */

/* A text that no loader knows; `name` for relative imports, `file` for messages. context: may be
 * NULL; its dict is not changed by `set`. */
int engine_render_text(struct engine *engine, const char *name, const char *file, struct str text,
		       struct dict *context, struct rendered *ret_rendered,
		       struct diag *diag) must_check;
/* By the loader. */
int engine_render(struct engine *engine, const char *name, struct dict *context,
		  struct rendered *ret_rendered, struct diag *diag) must_check;
/* Parses, and finds unknown filters and tests and imports that are constant and missing, without
 * evaluating: all findings. */
int engine_check_text(struct engine *engine, const char *name, const char *file, struct str text,
		      struct diags *ret_findings) must_check;

/* ---- for filters, tests and functions that call back (call->interp) ---- */

struct interp;
int interp_filter(struct interp *interp, struct str name, struct value piped, struct call *call,
		  struct value *ret_value, struct err *err) must_check;
int interp_test(struct interp *interp, struct str name, struct value piped, struct call *call,
		bool *ret_holds, struct err *err) must_check;
struct engine *interp_engine(struct interp *interp);
bool interp_autoescape(const struct interp *interp);
/* A variable as the running template sees it; undefined when it does not. */
struct value interp_variable(struct interp *interp, struct str name);
/* All of them, for show_full_context. */
struct dict *interp_variables(struct interp *interp);
