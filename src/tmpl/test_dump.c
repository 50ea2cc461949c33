/* test_dump.c - a template's tree as one line of parentheses, for tests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/test_dump.h"

#include "base/banned.h"

static void dump_text(struct str text, struct buf *buf)
{
	buf_putc(buf, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\n')
			buf_puts(buf, "\\n");
		else if (text.ptr[i] == '\t')
			buf_puts(buf, "\\t");
		else if ((unsigned char)text.ptr[i] < ' ')
			buf_printf(buf, "\\x%02x", text.ptr[i]);
		else if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			buf_printf(buf, "\\%c", text.ptr[i]);
		else
			buf_putc(buf, text.ptr[i]);
	}
	buf_putc(buf, '"');
}

static void dump_constant(struct value v, struct buf *buf)
{
	switch (v.kind) {
	case VALUE_NONE: buf_puts(buf, "none"); break;
	case VALUE_BOOL: buf_puts(buf, v.boolean ? "true" : "false"); break;
	case VALUE_INT: buf_printf(buf, "%lld", (long long)v.integer); break;
	case VALUE_FLOAT: buf_printf(buf, "%.6gf", v.number); break;
	default: dump_text(value_bytes(v), buf); break;
	}
}

static void dump_list(const struct expr *items, struct buf *buf)
{
	for (; items; items = items->next) {
		buf_putc(buf, ' ');
		dump_expr(items, buf);
	}
}

static void dump_args(const struct args *args, struct buf *buf)
{
	dump_list(args->positional, buf);
	for (const struct keyword_arg *k = args->keywords; k; k = k->next) {
		buf_printf(buf, " %s=", k->name);
		dump_expr(k->value, buf);
	}
	if (args->star) {
		buf_puts(buf, " *");
		dump_expr(args->star, buf);
	}
	if (args->star_star) {
		buf_puts(buf, " **");
		dump_expr(args->star_star, buf);
	}
}

static void dump_optional(const struct expr *expr, struct buf *buf)
{
	buf_putc(buf, ' ');
	if (expr)
		dump_expr(expr, buf);
	else
		buf_putc(buf, '_');
}

static void dump_compare(const struct expr *expr, struct buf *buf)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">=", "in", "not-in"};

	buf_puts(buf, "(cmp ");
	dump_expr(expr->of, buf);
	for (const struct compare *c = expr->compares; c; c = c->next) {
		buf_printf(buf, " %s ", ops[c->op]);
		dump_expr(c->right, buf);
	}
	buf_putc(buf, ')');
}

/* (WORD then what a kind with one operand has */
static bool dump_one_sided(const struct expr *expr, struct buf *buf)
{
	static const char *const words[] = {
		[EXPR_ATTRIBUTE] = ".",  [EXPR_ITEM] = "[]",    [EXPR_SLICE] = "[:]",
		[EXPR_CALL] = "call",    [EXPR_FILTER] = "|",   [EXPR_TEST] = "is",
		[EXPR_NOT] = "not",      [EXPR_NEGATE] = "neg", [EXPR_PLUS] = "pos",
		[EXPR_CONDITION] = NULL,
	};
	const char *word = words[expr->kind];

	if (!word)
		return false;
	buf_printf(buf, "(%s", expr->kind == EXPR_TEST && expr->is_negated ? "isnot" : word);
	dump_optional(expr->of, buf);
	switch (expr->kind) {
	case EXPR_ITEM: dump_optional(expr->index, buf); break;
	case EXPR_SLICE:
		for (int i = 0; i < 3; i++)
			dump_optional(expr->slice[i], buf);
		break;
	case EXPR_ATTRIBUTE: buf_printf(buf, " %s", expr->name); break;
	case EXPR_FILTER:
	case EXPR_TEST:
		buf_printf(buf, " %s", expr->name);
		dump_args(&expr->args, buf);
		break;
	case EXPR_CALL: dump_args(&expr->args, buf); break;
	default: break;
	}
	buf_putc(buf, ')');
	return true;
}

void dump_expr(const struct expr *expr, struct buf *buf)
{
	static const char *const ops[] = {"+", "-", "*", "/", "//", "%", "**"};

	switch (expr->kind) {
	case EXPR_CONST: dump_constant(expr->constant, buf); return;
	case EXPR_NAME: buf_puts(buf, expr->name); return;
	case EXPR_LIST:
		buf_puts(buf, "(list");
		dump_list(expr->items, buf);
		break;
	case EXPR_TUPLE:
		buf_puts(buf, "(tuple");
		dump_list(expr->items, buf);
		break;
	case EXPR_DICT:
		buf_puts(buf, "(dict");
		dump_list(expr->items, buf);
		break;
	case EXPR_CONCAT:
		buf_puts(buf, "(~");
		dump_list(expr->items, buf);
		break;
	case EXPR_BINARY:
	case EXPR_AND:
	case EXPR_OR:
		buf_printf(buf, "(%s",
			   expr->kind == EXPR_AND  ? "and"
			   : expr->kind == EXPR_OR ? "or"
						   : ops[expr->op]);
		dump_optional(expr->left, buf);
		dump_optional(expr->right, buf);
		break;
	case EXPR_COMPARE: dump_compare(expr, buf); return;
	case EXPR_CONDITION:
		buf_puts(buf, "(?");
		dump_optional(expr->test, buf);
		dump_optional(expr->then, buf);
		dump_optional(expr->otherwise, buf);
		break;
	default: dump_one_sided(expr, buf); return;
	}
	buf_putc(buf, ')');
}

static void dump_target(const struct target *target, struct buf *buf)
{
	switch (target->kind) {
	case TARGET_NAME: buf_puts(buf, target->name); break;
	case TARGET_ATTRIBUTE: buf_printf(buf, "%s.%s", target->name, target->attribute); break;
	case TARGET_TUPLE:
		buf_puts(buf, "(tuple");
		for (const struct target *item = target->items; item; item = item->next) {
			buf_putc(buf, ' ');
			dump_target(item, buf);
		}
		buf_putc(buf, ')');
	}
}

static void dump_block(const struct stmt *body, struct buf *buf)
{
	buf_puts(buf, " [");
	dump_body(body, buf);
	buf_putc(buf, ']');
}

static void dump_macro(const struct macro_def *macro, struct buf *buf)
{
	if (macro->name)
		buf_printf(buf, " %s", macro->name);
	buf_puts(buf, " (");
	for (const struct parameter *p = macro->parameters; p; p = p->next) {
		buf_printf(buf, "%s%s", p == macro->parameters ? "" : " ", p->name);
		if (p->fallback) {
			buf_putc(buf, '=');
			dump_expr(p->fallback, buf);
		}
	}
	buf_putc(buf, ')');
	buf_printf(buf, "%s%s%s", macro->uses_varargs ? " varargs" : "",
		   macro->uses_kwargs ? " kwargs" : "", macro->uses_caller ? " caller" : "");
	dump_block(macro->body, buf);
}

static void dump_import(const struct stmt *stmt, struct buf *buf)
{
	dump_optional(stmt->import.from, buf);
	if (stmt->import.as)
		buf_printf(buf, " as %s", stmt->import.as);
	for (const struct import_name *n = stmt->import.names; n; n = n->next)
		buf_printf(buf, n->name == n->as ? " %s" : " %s=%s", n->as, n->name);
	buf_printf(buf, "%s%s", stmt->import.ignore_missing ? " ignore" : "",
		   stmt->import.with_context ? " context" : "");
}

static void dump_for(const struct stmt *stmt, struct buf *buf)
{
	buf_putc(buf, ' ');
	dump_target(stmt->loop.target, buf);
	dump_optional(stmt->loop.of, buf);
	if (stmt->loop.filter) {
		buf_puts(buf, " if");
		dump_optional(stmt->loop.filter, buf);
	}
	buf_printf(buf, "%s%s", stmt->loop.is_recursive ? " recursive" : "",
		   stmt->loop.uses_loop ? " loop" : "");
	dump_block(stmt->loop.body, buf);
	if (stmt->loop.otherwise)
		dump_block(stmt->loop.otherwise, buf);
}

static void dump_with(const struct stmt *stmt, struct buf *buf)
{
	const struct expr *value = stmt->with.values;

	for (const struct target *t = stmt->with.targets; t; t = t->next, value = value->next) {
		buf_putc(buf, ' ');
		dump_target(t, buf);
		dump_optional(value, buf);
	}
	dump_block(stmt->with.body, buf);
}

static void dump_set(const struct stmt *stmt, struct buf *buf)
{
	buf_putc(buf, ' ');
	dump_target(stmt->set.target, buf);
	if (stmt->kind == STMT_SET) {
		dump_optional(stmt->set.expr, buf);
		return;
	}
	dump_optional(stmt->set.filters, buf);
	dump_block(stmt->set.body, buf);
}

static void dump_stmt(const struct stmt *stmt, struct buf *buf)
{
	static const char *const words[] = {[STMT_TEXT] = "text",
					    [STMT_OUTPUT] = "out",
					    [STMT_IF] = "if",
					    [STMT_FOR] = "for",
					    [STMT_SET] = "set",
					    [STMT_SET_BLOCK] = "setblock",
					    [STMT_MACRO] = "macro",
					    [STMT_CALL] = "callblock",
					    [STMT_IMPORT] = "import",
					    [STMT_FROM] = "from",
					    [STMT_INCLUDE] = "include",
					    [STMT_FILTER] = "filter",
					    [STMT_WITH] = "with",
					    [STMT_DO] = "do",
					    [STMT_BREAK] = "break",
					    [STMT_CONTINUE] = "continue",
					    [STMT_BLOCK] = "block",
					    [STMT_EXTENDS] = "extends",
					    [STMT_LOAD] = "load",
					    [STMT_AUTOESCAPE] = "autoescape",
					    [STMT_IMPORT_TEXT] = "import_text"};
	static const char *const formats[] = {"yaml", "json", "text"};

	buf_printf(buf, "(%s", words[stmt->kind]);
	switch (stmt->kind) {
	case STMT_TEXT:
		buf_putc(buf, ' ');
		dump_text(stmt->text, buf);
		break;
	case STMT_OUTPUT:
	case STMT_DO:
	case STMT_EXTENDS: dump_optional(stmt->expr, buf); break;
	case STMT_IF:
		for (const struct branch *b = stmt->branches; b; b = b->next) {
			dump_optional(b->test, buf);
			dump_block(b->body, buf);
		}
		break;
	case STMT_FOR: dump_for(stmt, buf); break;
	case STMT_SET:
	case STMT_SET_BLOCK: dump_set(stmt, buf); break;
	case STMT_MACRO: dump_macro(stmt->macro, buf); break;
	case STMT_CALL:
		dump_optional(stmt->call_block.call, buf);
		dump_macro(stmt->call_block.caller, buf);
		break;
	case STMT_IMPORT:
	case STMT_FROM:
	case STMT_INCLUDE: dump_import(stmt, buf); break;
	case STMT_FILTER:
	case STMT_AUTOESCAPE:
		dump_optional(stmt->filter.filters, buf);
		dump_block(stmt->filter.body, buf);
		break;
	case STMT_WITH: dump_with(stmt, buf); break;
	case STMT_BLOCK:
		buf_printf(buf, " %s%s%s", stmt->block.name, stmt->block.is_scoped ? " scoped" : "",
			   stmt->block.is_required ? " required" : "");
		dump_block(stmt->block.body, buf);
		break;
	case STMT_LOAD:
		buf_printf(buf, " %s ", formats[stmt->load.format]);
		dump_target(stmt->load.target, buf);
		dump_block(stmt->load.body, buf);
		break;
	case STMT_IMPORT_TEXT:
		buf_printf(buf, " %s", formats[stmt->load.format]);
		dump_optional(stmt->load.from, buf);
		buf_printf(buf, " as %s%s", stmt->load.as,
			   stmt->load.with_context ? " context" : "");
		break;
	case STMT_BREAK:
	case STMT_CONTINUE: break;
	}
	buf_putc(buf, ')');
}

void dump_body(const struct stmt *body, struct buf *buf)
{
	for (const struct stmt *stmt = body; stmt; stmt = stmt->next) {
		if (stmt != body)
			buf_putc(buf, ' ');
		dump_stmt(stmt, buf);
	}
}
