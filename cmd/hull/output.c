/* output.c - rows to tables, JSON lines and templates; all of it is made before any of it is
 * printed. SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <stdio.h>

#include "doc/json.h"
#include "gotmpl/gotmpl.h"

#include "base/banned.h"

#define COLUMN_GAP 3
#define OUTPUT_MAX ((size_t)256 << 20) /* bytes of one command's result */

int output_text(const char *text, struct err *err)
{
	if (fputs(text, stdout) == EOF)
		return err_sys(err, "writing to standard output");
	return 0;
}

int output_flush(struct err *err)
{
	if (fflush(stdout) || ferror(stdout))
		return err_sys(err, "writing to standard output");
	return 0;
}

/* Columns of text count characters, not bytes. */
static size_t text_width(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Lines of tab-separated cells, as Go's tabwriter aligns them: the last cell is not padded. */
static void align(struct str lines, struct buf *out)
{
	size_t widths[64] = {0};

	for (struct str rest = lines; rest.len;) {
		struct str line = str_cut(&rest, '\n');
		for (size_t i = 0; line.ptr && i < ARRAY_LEN(widths); i++) {
			size_t width = text_width(str_cut(&line, '\t'));
			if (width > widths[i])
				widths[i] = width;
		}
	}
	for (struct str rest = lines; rest.len;) {
		struct str line = str_cut(&rest, '\n');
		for (size_t i = 0; line.ptr; i++) {
			struct str cell = str_cut(&line, '\t');
			buf_append_str(out, cell);
			if (line.ptr && i < ARRAY_LEN(widths))
				buf_printf(out, "%*s",
					   (int)(widths[i] - text_width(cell) + COLUMN_GAP), "");
		}
		buf_putc(out, '\n');
	}
}

static void cell_text(const struct node *row, const char *field, struct buf *out)
{
	const struct node *value = node_get(row, field);
	if (!value || value->kind == NODE_NULL)
		return;
	if (value->kind == NODE_STRING)
		buf_append_str(out, value->text);
	else
		json_write(out, value, JSON_COMPACT);
}

static void default_table(const struct column *columns, const struct node *rows, struct buf *out)
{
	autobuf struct buf lines = {.max = OUTPUT_MAX};
	const char *gap = "";

	for (const struct column *c = columns; c->field; c++)
		if (c->by_default) {
			buf_printf(&lines, "%s%s", gap, c->header);
			gap = "\t";
		}
	buf_putc(&lines, '\n');
	node_foreach(row, rows) {
		gap = "";
		for (const struct column *c = columns; c->field; c++)
			if (c->by_default) {
				buf_puts(&lines, gap);
				cell_text(row, c->field, &lines);
				gap = "\t";
			}
		buf_putc(&lines, '\n');
	}
	align(buf_str(&lines), out);
}

/* docker lets people write \t and \n in --format. */
static char *unescape(const char *text)
{
	char *out = xmalloc(strlen(text) + 1), *end = out;
	for (; *text; text++) {
		bool escaped = text[0] == '\\' && (text[1] == 't' || text[1] == 'n');
		*end++ = (char)(!escaped ? *text : text[1] == 't' ? '\t' : '\n');
		text += escaped;
	}
	*end = '\0';
	return out;
}

static int template_rows(const struct column *columns, const char *text, bool table,
			 const struct node *rows, struct buf *out, struct err *err)
{
	cleanup(gotmpl_freep) struct gotmpl *template = NULL;
	autofree char *plain = unescape(text);
	autobuf struct buf lines = {.max = OUTPUT_MAX};
	autoarena struct arena arena = {0};

	if (gotmpl_parse("--format", plain, &template, err))
		return -1;
	if (table) {
		struct node *headers = node_new(&arena, NODE_MAP);
		for (const struct column *c = columns; c->field; c++)
			node_set_text(&arena, headers, c->field, c->header);
		if (gotmpl_render(template, headers, &lines, err))
			return -1;
		buf_putc(&lines, '\n');
	}
	node_foreach(row, rows) {
		if (gotmpl_render(template, row, &lines, err))
			return -1;
		buf_putc(&lines, '\n');
	}
	if (table)
		align(buf_str(&lines), out);
	else
		buf_append_str(out, buf_str(&lines));
	return 0;
}

int output_rows(const struct column *columns, const char *format, const struct node *rows,
		struct err *err)
{
	autobuf struct buf out = {.max = OUTPUT_MAX};

	if (!format || !format[0] || text_eq(format, "table")) {
		default_table(columns, rows, &out);
	} else if (text_eq(format, "json")) {
		node_foreach(row, rows) {
			json_write(&out, row, JSON_COMPACT);
			buf_putc(&out, '\n');
		}
	} else {
		bool table = text_starts(format, "table ");
		if (template_rows(columns, format + (table ? strlen("table ") : 0), table, rows,
				  &out, err))
			return -1;
	}
	if (buf_check(&out, "the result", err))
		return -1;
	return output_text(buf_text(&out), err);
}

int output_object(const char *format, const struct node *object, struct err *err)
{
	autobuf struct buf out = {.max = OUTPUT_MAX};

	if (!format || !format[0] || text_eq(format, "json")) {
		json_write(&out, object, JSON_INDENT);
	} else {
		cleanup(gotmpl_freep) struct gotmpl *template = NULL;
		autofree char *plain = unescape(format);
		if (gotmpl_parse("--format", plain, &template, err) ||
		    gotmpl_render(template, object, &out, err))
			return -1;
	}
	buf_putc(&out, '\n');
	if (buf_check(&out, "the result", err))
		return -1;
	return output_text(buf_text(&out), err);
}
