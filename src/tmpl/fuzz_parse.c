/* fuzz_parse.c - any text is refused with a place, or becomes a tree that can be walked.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first byte chooses the syntax: options by its bits, other delimiters. */
#include <assert.h>

#include "tmpl/limits.h"
#include "tmpl/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct syntax syntax_of(uint8_t byte)
{
	struct syntax syntax = {.trim_blocks = byte & 1,
				.lstrip_blocks = byte & 2,
				.keep_trailing_newline = byte & 4};

	if (byte & 8) {
		syntax.line_statement = "#";
		syntax.line_comment = "##";
	}
	if (byte & 16) {
		syntax.block_start = "<%";
		syntax.block_end = "%>";
		syntax.variable_start = "<%=";
		syntax.variable_end = "%>";
		syntax.comment_start = "<!--";
		syntax.comment_end = "-->";
	}
	if (byte & 32)
		syntax.newline = "\r\n";
	return syntax;
}

static void check_expr(const struct expr *expr)
{
	assert(expr->depth < LIMIT_EXPR_DEPTH + 1);
	assert(expr->mark.line && expr->mark.column);
}

static void check_body(const struct stmt *body, unsigned depth)
{
	assert(depth <= LIMIT_NESTING);
	for (const struct stmt *stmt = body; stmt; stmt = stmt->next) {
		assert(stmt->mark.line && stmt->mark.column);
		if (stmt->kind == STMT_OUTPUT)
			check_expr(stmt->expr);
		else if (stmt->kind == STMT_FOR)
			check_body(stmt->loop.body, depth + 1);
		else if (stmt->kind == STMT_MACRO)
			check_body(stmt->macro->body, depth + 1);
		else if (stmt->kind == STMT_IF)
			for (const struct branch *b = stmt->branches; b; b = b->next)
				check_body(b->body, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoheap struct heap heap = {0};
	autodiag struct diag diag = {0};
	cleanup(names_done) struct names names = {0};
	struct template *template = NULL;
	struct syntax syntax = syntax_of(len ? bytes[0] : 0);
	struct template_source source = {
		"fuzz", "fuzz", {len ? (const char *)bytes + 1 : "", len ? len - 1 : 0}};

	int failed = template_parse(&heap, &names, &syntax, &source, &template, &diag);
	assert((failed != 0) == (diag.severity == DIAG_ERROR));
	if (failed)
		assert(diag.message && diag.at.line);
	else
		check_body(template->body, 0);
	return 0;
}
