/* check.c - what is known of a template without running it: filters and tests by their names,
 * imports that are constant.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The walk also looks every filter and test up, once (expr->found). Before a rendering an unknown
 * one is an error, but not inside of a condition: there it fails when it is reached, as the
 * reference has it ({% if false %}{{ x|no_such }}{% endif %} is fine). */
#include "base/vec.h"
#include "tmpl/filters.h"
#include "tmpl/interp_private.h"

#include "base/banned.h"

struct checker {
	struct engine *engine;
	const struct template *template;
	struct diags *findings; /* all of them go here; NULL: the first to `diag` */
	struct diag *diag;
	struct map seen; /* templates that were checked */
	uint32_t n_soft; /* conditions around */
	bool failed;
};

static const struct native_row *row_find(const struct native_row *const *tables, struct str name)
{
	for (; tables && *tables; tables++)
		for (const struct native_row *row = *tables; row->name; row++)
			if (str_is(name, row->name))
				return row;
	return NULL;
}

const struct native_row *engine_filter(const struct engine *engine, struct str name)
{
	const struct native_row *row = filter_find(name);

	return row ? row : row_find(engine->more_filters, name);
}

const struct native_row *engine_test(const struct engine *engine, struct str name)
{
	const struct native_row *row = test_find(name);

	return row ? row : row_find(engine->more_tests, name);
}

static void report(struct checker *checker, struct diag *found)
{
	checker->failed = true;
	if (checker->findings)
		diags_take(checker->findings, found);
	else
		diag_move(checker->diag, found);
}

static void check_found(struct checker *checker, struct expr *expr)
{
	bool is_filter = expr->kind == EXPR_FILTER;
	struct str name = str_of(expr->name);
	struct diag found = {0};

	expr->found = is_filter ? engine_filter(checker->engine, name)
				: engine_test(checker->engine, name);
	if (expr->found || (!checker->findings && (checker->n_soft || checker->failed)))
		return;
	diag_set(&found, ERR_INPUT, place_of(checker->template, expr->mark), "No %s named '%s'.",
		 is_filter ? "filter" : "test", expr->name);
	found.span = expr->mark.span;
	diag_quote(&found, checker->template->text);
	const char *nearest = is_filter ? filter_nearest(name) : test_nearest(name);
	if (nearest)
		diag_note(&found, (struct src_pos){0}, "did you mean '%s'?", nearest);
	report(checker, &found);
}

static void check_expr(struct checker *checker, struct expr *expr);

static void check_exprs(struct checker *checker, struct expr *first)
{
	for (struct expr *expr = first; expr; expr = expr->next)
		check_expr(checker, expr);
}

static void check_args(struct checker *checker, const struct args *args)
{
	check_exprs(checker, args->positional);
	for (const struct keyword_arg *arg = args->keywords; arg; arg = arg->next)
		check_expr(checker, arg->value);
	check_expr(checker, args->star);
	check_expr(checker, args->star_star);
}

static void check_condition(struct checker *checker, const struct expr *expr)
{
	checker->n_soft++;
	check_expr(checker, expr->test);
	check_expr(checker, expr->then);
	check_expr(checker, expr->otherwise);
	checker->n_soft--;
}

static void check_parts(struct checker *checker, const struct expr *expr)
{
	check_expr(checker, expr->of);
	if (expr->kind == EXPR_ITEM)
		check_expr(checker, expr->index);
	for (size_t i = 0; expr->kind == EXPR_SLICE && i < ARRAY_LEN(expr->slice); i++)
		check_expr(checker, expr->slice[i]);
	if (expr->kind == EXPR_COMPARE)
		for (const struct compare *c = expr->compares; c; c = c->next)
			check_expr(checker, c->right);
	if (expr->kind == EXPR_CALL || expr->kind == EXPR_FILTER || expr->kind == EXPR_TEST)
		check_args(checker, &expr->args);
}

static void check_expr(struct checker *checker, struct expr *expr)
{
	if (!expr)
		return;
	switch (expr->kind) {
	case EXPR_CONST:
	case EXPR_NAME: return;
	case EXPR_LIST:
	case EXPR_TUPLE:
	case EXPR_DICT:
	case EXPR_CONCAT: check_exprs(checker, expr->items); return;
	case EXPR_BINARY:
	case EXPR_AND:
	case EXPR_OR:
		check_expr(checker, expr->left);
		check_expr(checker, expr->right);
		return;
	case EXPR_CONDITION: check_condition(checker, expr); return;
	case EXPR_FILTER:
	case EXPR_TEST: check_found(checker, expr); break;
	default: break;
	}
	check_parts(checker, expr);
}

static void check_body(struct checker *checker, const struct stmt *body);

/* A scope of its own is no longer inside of the condition around it. */
static void check_inner(struct checker *checker, const struct stmt *body)
{
	uint32_t n_soft = checker->n_soft;

	checker->n_soft = 0;
	check_body(checker, body);
	checker->n_soft = n_soft;
}

static void check_macro(struct checker *checker, const struct macro_def *def)
{
	for (const struct parameter *p = def->parameters; p; p = p->next)
		check_expr(checker, p->fallback);
	check_inner(checker, def->body);
}

static void check_imported(struct checker *checker, const struct stmt *stmt,
			   const struct expr *from)
{
	const struct template *template = NULL, *around = checker->template;
	struct diag found = {0};
	autoerr struct err err = {0};

	if (!checker->findings || from->kind != EXPR_CONST || !value_is_string(from->constant))
		return;
	const char *name = heap_strdup(checker->engine->heap, value_bytes(from->constant));
	if (template_load(checker->engine, name, around->name, &template, &found, &err)) {
		if (found.severity == DIAG_NOTHING) {
			diag_set(&found, err.kind, place_of(around, from->mark),
				 err.kind == ERR_MISSING ? "template '%s' not found" : "%s",
				 err.kind == ERR_MISSING ? name : err_text(&err));
			found.span = from->mark.span;
			diag_quote(&found, around->text);
		} else {
			diag_note(&found, place_of(around, stmt->mark), "imported from");
		}
		report(checker, &found);
		return;
	}
	if (map_has(&checker->seen, template->name))
		return;
	map_set(&checker->seen, template->name, (void *)template->name);
	checker->template = template;
	check_inner(checker, template->body);
	checker->template = around;
}

static void check_if(struct checker *checker, const struct stmt *stmt)
{
	checker->n_soft++;
	for (const struct branch *branch = stmt->branches; branch; branch = branch->next) {
		check_expr(checker, branch->test);
		check_body(checker, branch->body);
	}
	checker->n_soft--;
}

static void check_for(struct checker *checker, const struct stmt *stmt)
{
	check_expr(checker, stmt->loop.of);
	check_expr(checker, stmt->loop.filter);
	check_inner(checker, stmt->loop.body);
	check_inner(checker, stmt->loop.otherwise);
}

static void check_import(struct checker *checker, const struct stmt *stmt)
{
	check_expr(checker, stmt->import.from);
	if (!stmt->import.ignore_missing)
		check_imported(checker, stmt, stmt->import.from);
}

static void check_filter_block(struct checker *checker, const struct stmt *stmt)
{
	check_expr(checker, stmt->filter.filters);
	check_inner(checker, stmt->filter.body);
}

static void check_stmt(struct checker *checker, const struct stmt *stmt)
{
	switch (stmt->kind) {
	case STMT_OUTPUT:
	case STMT_DO: check_expr(checker, stmt->expr); break;
	case STMT_EXTENDS:
		check_expr(checker, stmt->expr);
		check_imported(checker, stmt, stmt->expr);
		break;
	case STMT_IF: check_if(checker, stmt); break;
	case STMT_FOR: check_for(checker, stmt); break;
	case STMT_SET: check_expr(checker, stmt->set.expr); break;
	case STMT_SET_BLOCK:
		check_expr(checker, stmt->set.filters);
		check_inner(checker, stmt->set.body);
		break;
	case STMT_MACRO: check_macro(checker, stmt->macro); break;
	case STMT_CALL:
		check_expr(checker, stmt->call_block.call);
		check_macro(checker, stmt->call_block.caller);
		break;
	case STMT_IMPORT:
	case STMT_FROM:
	case STMT_INCLUDE: check_import(checker, stmt); break;
	case STMT_FILTER:
	case STMT_AUTOESCAPE: check_filter_block(checker, stmt); break;
	case STMT_WITH:
		check_exprs(checker, stmt->with.values);
		check_inner(checker, stmt->with.body);
		break;
	case STMT_BLOCK: check_inner(checker, stmt->block.body); break;
	case STMT_LOAD: check_inner(checker, stmt->load.body); break;
	case STMT_IMPORT_TEXT:
		check_expr(checker, stmt->load.from);
		check_imported(checker, stmt, stmt->load.from);
		break;
	default: break;
	}
}

static void check_body(struct checker *checker, const struct stmt *body)
{
	for (const struct stmt *stmt = body; stmt; stmt = stmt->next)
		check_stmt(checker, stmt);
}

int template_lookup(struct engine *engine, const struct template *template, struct diag *diag)
{
	struct checker checker = {.engine = engine, .template = template, .diag = diag};

	check_body(&checker, template->body);
	return checker.failed ? -1 : 0;
}

int engine_check_text(struct engine *engine, const char *name, const char *file, struct str text,
		      struct diags *ret_findings)
{
	struct template *template;
	struct diag found = {0};
	struct checker checker = {.engine = engine, .findings = ret_findings};

	struct str source = {heap_strdup(engine->heap, text), text.len};
	if (template_parse(engine->heap, &engine->names, &engine->syntax,
			   &(struct template_source){name, file, source}, &template, &found)) {
		diags_take(ret_findings, &found);
		return -1;
	}
	checker.template = template;
	check_body(&checker, template->body);
	map_done(&checker.seen);
	return checker.failed ? -1 : 0;
}
