/* interp_private.h - the interpreter's own: scopes, renderings, output, failures.
 * SPDX-License-Identifier: Apache-2.0
 *
 * engine.c begins and ends a rendering; exec_*.c walk statements, eval_*.c expressions. What has a
 * scope of its own (for, macro, block, call, filter, with, autoescape) pushes one; `if` does not.
 * A failing expression records its place once (blame.c) and everybody above just returns -1. */
#pragma once

#include "tmpl/engine.h"
#include "tmpl/limits.h"

struct variable {
	const char *name; /* interned */
	struct value value;
	bool is_exported; /* of a template's top: what an import gives away */
};

#define SCOPE_INLINE 6

struct scope {
	struct scope *parent; /* NULL: the context is next, then the globals */
	struct variable *variables;
	uint32_t n, cap;
	bool is_captured; /* a macro or a loop remembers it: it stays when it is left */
	bool is_top;      /* of a template: sets in it are exported */
	const struct block_link *block; /* body of a block: what super() goes on from */
	struct variable first[SCOPE_INLINE];
};

/* One definition of a block; `parent` is what super() shows. */
struct block_link {
	const char *name;
	const struct template *template;
	const struct stmt *stmt;
	struct block_link *parent;
	struct block_link *next; /* another block: of the innermost template each */
};

/* A template being rendered, together with those that it extends. */
struct rendering {
	const struct template *template;
	struct dict *context; /* NULL: none */
	struct scope *top;
	struct block_link *blocks;
	const struct template *extended; /* set by {% extends %}, until it is run */
	uint32_t n_extended, n_captures; /* captures: of the interpreter when it began */
};

struct place { /* where the interpreter is; saved and restored around calls */
	const struct template *template;
	struct rendering *rendering;
	struct scope *scope;
	bool autoescape;
};

struct failure {
	bool is_set;
	const struct template *template;
	struct mark mark;
	const char *macro; /* left by an error, not told yet where it was called; NULL: none */
	bool in_macro;
	uint32_t n_notes;
	struct src_pos noted; /* the last one's: a recursion's other turns tell nothing new */
};

struct interp {
	struct engine *engine;
	struct heap *heap;
	struct place now;
	struct buf out;
	struct rendered *rendered;   /* whose spans grow; NULL: nobody wants them */
	uint32_t n_captures;         /* deep: output goes into a value, not to the reader */
	uint32_t depth;              /* of calls, includes, recursive loops */
	const char *stack_base;      /* of the C stack when the rendering began */
	struct scope *spare;         /* scopes to be used again, linked by parent */
	struct module_link *modules; /* imported without context in this rendering */
	struct failure failure;
	struct diag *diag; /* gets notes while an error goes up */
};

/* Where the interpreter was before something that may fail without ending the template: what it
 * printed, called and blamed until then is left behind. */
struct interp_state {
	struct place now;
	struct failure failure;
	size_t out_len, n_notes;
	uint32_t n_captures, depth;
};
void interp_save(const struct interp *interp, struct interp_state *ret_state);
void interp_restore(struct interp *interp, const struct interp_state *state);

enum flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE };

/* ---- blame.c: where it failed, and what may have been meant ---- */

/* Both return -1. The first caller wins. */
int fail_here(struct interp *interp, struct mark mark);
/* `operand` was evaluated to v: when it is undefined, it is to blame, and hints are given. */
int fail_operand(struct interp *interp, const struct expr *operand, struct value v);
/* For analysers that see one file at a time. */
#define fail_here(...)    err_failed(fail_here(__VA_ARGS__))
#define fail_operand(...) err_failed(fail_operand(__VA_ARGS__))
void fail_note(struct interp *interp, const struct template *template, struct mark mark,
	       const char *fmt, ...) printf_like(4, 5);
void fail_called(struct interp *interp, struct mark mark); /* the macro's note, once */
void hint_nearest(struct interp *interp, const char *word, const char *const *names);
struct src_pos place_of(const struct template *template, struct mark mark);

/* ---- scope.c ---- */

struct scope *scope_new(struct interp *interp, struct scope *parent);
void scope_push(struct interp *interp);
void scope_pop(struct interp *interp);
void scope_release(struct interp *interp, struct scope *scope); /* unless captured */
void scope_capture(struct scope *scope);                        /* with all around it */
struct variable *scope_find(struct scope *scope, const char *name);
void scope_set(struct interp *interp, struct scope *scope, const char *name, struct value v);
static inline void scope_clear(struct scope *scope)
{
	scope->n = 0;
}
/* All that is seen from here, as a scope without parent that stays as it is. */
struct scope *scope_snapshot(struct interp *interp, const struct scope *scope);
/* Undefined when there is none. */
struct value variable_find(struct interp *interp, const char *name);

/* ---- output.c ---- */

int out_text(struct interp *interp, struct str text, struct err *err) must_check;
/* Printed, escaped when autoescape says so. */
int out_value(struct interp *interp, struct value v, struct err *err) must_check;
void out_mark(struct interp *interp, struct mark mark, bool is_text);
size_t capture_begin(struct interp *interp);
/* What was printed since, as a string (safe when autoescape is on). */
struct value capture_end(struct interp *interp, size_t begin);
void capture_drop(struct interp *interp, size_t begin);

/* ---- eval_expr.c, eval_call.c ---- */

int eval(struct interp *interp, const struct expr *expr, struct value *ret_value,
	 struct err *err) must_check;
int eval_truth(struct interp *interp, const struct expr *expr, bool *ret_truth,
	       struct err *err) must_check;
int eval_call(struct interp *interp, const struct expr *expr, const struct value *caller,
	      struct value *ret_value, struct err *err) must_check;
/* piped NULL: of a filter block's chain, whose innermost expression is NULL: `captured`. */
int eval_filter(struct interp *interp, const struct expr *expr, const struct value *captured,
		struct value *ret_value, struct err *err) must_check;
int eval_test(struct interp *interp, const struct expr *expr, struct value *ret_value,
	      struct err *err) must_check;

/* ---- exec_stmt.c, exec_for.c ---- */

/* enum flow, or -1. */
int exec_body(struct interp *interp, const struct stmt *body, struct err *err) must_check;
int exec_for(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;
int assign(struct interp *interp, const struct target *target, struct value v,
	   struct err *err) must_check;
/* As {% set %} does: at the top of a template it is what an import of that gives, too. */
int assign_set(struct interp *interp, const struct target *target, struct value v,
	       struct err *err) must_check;
/* The body in a scope of its own, into a value; enum flow, or -1. */
int capture_body(struct interp *interp, const struct stmt *body, struct value *ret_value,
		 struct err *err) must_check;
/* A level deeper: ERR_LIMIT; leave with --interp->depth. */
int call_enter(struct interp *interp, struct err *err) must_check;

/* ---- loop.c: the variable `loop` ---- */

struct turns { /* what a loop goes through, one ahead when somebody asks for it */
	struct value_iter iter;
	struct list *ahead; /* read whole for loop.length; NULL: not */
	size_t ahead_i;
	const struct stmt *stmt; /* its filter */
	struct interp *interp;
	struct value of;
};
struct loop_value {
	struct object object;
	struct turns *turns; /* NULL: the loop is over */
	struct interp *interp;
	const struct stmt *stmt;
	struct place around; /* for recursion */
	int64_t index0;
	int64_t length; /* -1: not known yet */
	uint32_t depth0;
	struct value before, current, after;
	bool has_before, has_after, has_changed;
	bool is_over; /* after: there is none */
	struct value changed;
};
extern const struct object_type loop_type;
int turns_next(struct turns *turns, struct value *ret_item, struct err *err) must_check;
/* 1: the next item is loop->current; 0: the end. */
int loop_advance(struct loop_value *loop, struct err *err) must_check;
int loop_run(struct interp *interp, const struct stmt *stmt, struct value of,
	     const struct loop_value *outer, struct err *err) must_check;

/* ---- macro.c ---- */

extern const struct object_type macro_type;
struct value macro_new(struct interp *interp, const struct macro_def *def);

/* ---- module.c ---- */

/* interp->now becomes the top of the template. around: what it sees besides; NULL: nothing. */
void rendering_begin(struct interp *interp, const struct template *template, struct dict *context,
		     struct scope *around);
int extends_load(struct interp *interp, const struct expr *expr,
		 const struct template **ret_template, struct err *err) must_check;
int exec_import(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;
int exec_from(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;
int exec_include(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;
int exec_load(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;
int exec_import_text(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;

/* ---- inherit.c ---- */

void blocks_add(struct interp *interp, struct rendering *rendering,
		const struct template *template);
/* The body of the template, then those of what it extends. */
int exec_template(struct interp *interp, struct err *err) must_check;
int exec_block(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;
int exec_extends(struct interp *interp, const struct stmt *stmt, struct err *err) must_check;
/* `super` inside of a block, `self` in any template. */
struct value super_value(struct interp *interp, const struct scope *scope);
extern const struct object_type block_type;
struct value self_value(struct interp *interp);

/* ---- templates.c: parsed once ---- */

int template_load(struct engine *engine, const char *name, const char *from,
		  const struct template **ret_template, struct diag *diag,
		  struct err *err) must_check;
int template_take(struct engine *engine, const char *name, const char *file, struct str text,
		  const struct template **ret_template, struct diag *diag,
		  struct err *err) must_check;

/* ---- check.c ---- */

/* Looks all filters and tests up; the first unknown one outside of conditions is an error. */
int template_lookup(struct engine *engine, const struct template *template,
		    struct diag *diag) must_check;
const struct native_row *engine_filter(const struct engine *engine, struct str name);
const struct native_row *engine_test(const struct engine *engine, struct str name);
