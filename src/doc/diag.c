/* diag.c - findings in a user's text, written for people and for programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/diag.h"

#include <assert.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "base/str.h"
#include "base/vec.h"

#include "base/banned.h"

#define QUOTE_LINES 3   /* of the text, the last is the one meant */
#define QUOTE_WIDTH 160 /* bytes shown of a line: a minified one must not fill the screen */

int(diag_set)(struct diag *diag, enum err_kind kind, struct src_pos at, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf text = {0};

	assert(diag->severity == DIAG_NOTHING);
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	diag->severity = DIAG_ERROR;
	diag->kind = kind;
	diag->at = at;
	diag->message = buf_steal(&text);
	return -1;
}

int(diag_take)(struct diag *diag, struct src_pos at, struct err *err)
{
	diag_set(diag, err->kind, at, "%s", err_text(err));
	err_clear(err);
	return -1;
}

void diag_note(struct diag *diag, struct src_pos at, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf text = {0};

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	vec_push(&diag->notes, {.text = buf_steal(&text), .at = at});
}

/* Line number `wanted` of the text; false: it has not so many. */
static bool line_of(struct str text, uint32_t wanted, struct str *ret_line)
{
	for (uint32_t n = 1; text.ptr; n++) {
		struct str line = str_cut(&text, '\n');
		if (n == wanted) {
			*ret_line = line;
			return true;
		}
	}
	return false;
}

static void quote_caret(struct buf *buf, struct str line, const struct diag *diag)
{
	size_t column = diag->at.column ? diag->at.column - 1 : 0, width = diag->span;

	if (column > line.len || column > QUOTE_WIDTH)
		return;
	buf_puts(buf, "      | ");
	for (size_t i = 0; i < column; i++) { /* tabs stay tabs; bytes inside a character count 0 */
		unsigned char byte = (unsigned char)line.ptr[i];
		if (byte == '\t' || (byte & 0xc0) != 0x80)
			buf_putc(buf, byte == '\t' ? '\t' : ' ');
	}
	if (width > line.len - column)
		width = line.len - column;
	buf_putc(buf, '^');
	for (size_t i = 1; i < width && i < QUOTE_WIDTH; i++)
		if (((unsigned char)line.ptr[column + i] & 0xc0) != 0x80)
			buf_putc(buf, '~');
	buf_putc(buf, '\n');
}

void diag_quote(struct diag *diag, struct str text)
{
	autobuf struct buf buf = {0};
	struct str line = {0};
	uint32_t last = diag->at.line;

	if (diag->snippet || !last || !line_of(text, last, &line))
		return;
	for (uint32_t n = last > QUOTE_LINES - 1 ? last - QUOTE_LINES + 1 : 1; n <= last; n++) {
		if (!line_of(text, n, &line))
			return;
		buf_printf(&buf, "%5u | %.*s\n", n,
			   (int)(line.len > QUOTE_WIDTH ? QUOTE_WIDTH : line.len), line.ptr);
	}
	if (diag->at.column)
		quote_caret(&buf, line, diag);
	diag->snippet = buf_steal(&buf);
}

void diag_move(struct diag *dst, struct diag *src)
{
	assert(dst->severity == DIAG_NOTHING);
	*dst = *src;
	*src = (struct diag){0};
}

void diag_clear(struct diag *diag)
{
	free(diag->message);
	free(diag->snippet);
	vec_foreach(note, &diag->notes)
		free(note->text);
	vec_done(&diag->notes);
	*diag = (struct diag){0};
}

void diags_take(struct diags *diags, struct diag *diag)
{
	vec_push(diags, *diag);
	*diag = (struct diag){0};
}

void diags_warn(struct diags *diags, struct src_pos at, const char *fmt, ...)
{
	va_list args;
	struct diag diag = {.severity = DIAG_WARNING, .kind = ERR_INPUT, .at = at};
	autobuf struct buf text = {0};

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	diag.message = buf_steal(&text);
	diags_take(diags, &diag);
}

size_t diags_errors(const struct diags *diags)
{
	size_t n = 0;

	vec_foreach(diag, diags)
		n += diag->severity == DIAG_ERROR;
	return n;
}

static bool is_same(const struct diag *a, const struct diag *b)
{
	return a->at.line == b->at.line && a->at.column == b->at.column &&
	       a->severity == b->severity && a->at.line && text_eq(a->at.file, b->at.file) &&
	       text_eq(a->message, b->message);
}

void diags_unique(struct diags *diags)
{
	size_t kept = 0;

	for (size_t i = 0; i < diags->n; i++) {
		size_t same = 0;
		while (same < kept && !is_same(&diags->items[same], &diags->items[i]))
			same++;
		if (same < kept)
			diag_clear(&diags->items[i]);
		else
			diags->items[kept++] = diags->items[i];
	}
	diags->n = kept;
}

void diags_clear(struct diags *diags)
{
	vec_foreach(diag, diags)
		diag_clear(diag);
	vec_done(diags);
}

static void write_place(struct buf *buf, struct src_pos at)
{
	if (!at.file)
		return;
	buf_puts(buf, at.file);
	if (at.line)
		buf_printf(buf, ":%u", at.line);
	if (at.line && at.column)
		buf_printf(buf, ":%u", at.column);
}

static const char *severity_name(const struct diag *diag)
{
	return diag->severity == DIAG_WARNING ? "warning" : "error";
}

void diag_write(const struct diag *diag, struct buf *buf)
{
	write_place(buf, diag->at);
	buf_printf(buf, "%s%s: %s\n", diag->at.file ? ": " : "", severity_name(diag),
		   diag->message ? diag->message : "");
	if (diag->snippet)
		buf_puts(buf, diag->snippet);
	vec_foreach(note, &diag->notes) {
		const char *link = text_ends(note->text, " from") ? " " : " at ";
		buf_printf(buf, "  %s%s", note->text, note->at.file ? link : "");
		write_place(buf, note->at);
		buf_putc(buf, '\n');
	}
}

static void write_json_place(struct buf *buf, struct src_pos at)
{
	if (!at.file)
		return;
	buf_puts(buf, ",\"file\":");
	json_write_text(buf, str_of(at.file));
	buf_printf(buf, ",\"line\":%u,\"column\":%u", at.line, at.column);
}

void diag_write_json(const struct diag *diag, struct buf *buf)
{
	buf_printf(buf, "{\"severity\":\"%s\"", severity_name(diag));
	write_json_place(buf, diag->at);
	buf_puts(buf, ",\"message\":");
	json_write_text(buf, str_of(diag->message ? diag->message : ""));
	buf_puts(buf, ",\"notes\":[");
	vec_foreach(note, &diag->notes) {
		buf_puts(buf, note == diag->notes.items ? "{\"text\":" : ",{\"text\":");
		json_write_text(buf, str_of(note->text));
		write_json_place(buf, note->at);
		buf_putc(buf, '}');
	}
	buf_puts(buf, "]}\n");
}

int diag_to_err(const struct diag *diag, struct err *err)
{
	autobuf struct buf place = {0};

	write_place(&place, diag->at);
	return err_set(err, diag->kind, "%s%s%s", buf_text(&place), place.len ? ": " : "",
		       diag->message ? diag->message : "");
}
