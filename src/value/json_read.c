/* json_read.c - JSON text (RFC 8259) as values, with the errors of Python's json.loads.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "value/json.h"
#include "value/unicode.h"
#include "value/value_private.h"

#include "base/banned.h"

struct reading {
	struct heap *heap;
	const char *start, *at, *end;
	unsigned depth;
	struct err *err;
	struct src_pos *ret_at; /* where the text is wrong; NULL: nobody asks */
};

static int read_deep(struct reading *r, struct value *ret_value);

static int refuse_at(struct reading *r, const char *place, const char *what)
{
	size_t line = 1, position = utf8_count((struct str){r->start, (size_t)(place - r->start)}),
	       column;
	const char *line_start = r->start;

	for (const char *p = r->start; p < place; p++)
		if (*p == '\n') {
			line++;
			line_start = p + 1;
		}
	column = utf8_count((struct str){line_start, (size_t)(place - line_start)}) + 1;
	if (r->ret_at)
		*r->ret_at = (struct src_pos){.line = (uint32_t)line,
					      .column = (uint32_t)(place - line_start) + 1};
	return err_set(r->err, ERR_INPUT, "%s: line %zu column %zu (char %zu)", what, line, column,
		       position);
}

static char here(const struct reading *r)
{
	if (r->at < r->end)
		return *r->at;
	return '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool at_digit(const struct reading *r)
{
	return is_digit(here(r));
}

static void blanks_skip(struct reading *r)
{
	while (r->at < r->end &&
	       (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

/* Four hexadecimal digits behind "\u". */
static int hex_read(struct reading *r, const char *escape, uint32_t *ret_code)
{
	uint8_t bytes[2];

	if (r->end - r->at < 4 || !hex_decode((struct str){r->at, 4}, bytes))
		return refuse_at(r, escape, "Invalid \\uXXXX escape");
	r->at += 4;
	*ret_code = (uint32_t)bytes[0] << 8 | bytes[1];
	return 0;
}

static int unicode_read(struct reading *r, const char *escape, struct buf *buf)
{
	uint32_t code = 0, low = 0;

	if (hex_read(r, escape, &code))
		return -1;
	if (code >= 0xd800 && code < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
	    r->at[1] == 'u') {
		const char *behind = r->at;

		r->at += 2;
		if (hex_read(r, behind + 1, &low))
			return -1;
		if (low >= 0xdc00 && low < 0xe000)
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		else
			r->at = behind;
	}
	/* Half of a pair is no character. */
	utf8_append(buf, code >= 0xd800 && code < 0xe000 ? UNICODE_REPLACEMENT : code);
	return 0;
}

static int escape_read(struct reading *r, struct buf *buf)
{
	static const char forms[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	const char *escape = r->at++;
	char c = here(r);

	if (r->at >= r->end)
		return refuse_at(r, escape, "Unterminated string starting at");
	r->at++;
	if (c == 'u')
		return unicode_read(r, escape + 1, buf);
	for (const char *p = forms; *p; p += 2)
		if (c == p[0]) {
			buf_putc(buf, p[1]);
			return 0;
		}
	return refuse_at(r, escape, "Invalid \\escape");
}

/* The bytes themselves when nothing in them is escaped. */
static int text_read(struct reading *r, struct value *ret_value)
{
	const char *quote = r->at++, *plain = r->at;
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};

	for (;;) {
		while (r->at < r->end && *r->at != '"' && *r->at != '\\' &&
		       (unsigned char)*r->at >= ' ')
			r->at++;
		if (r->at >= r->end)
			return refuse_at(r, quote, "Unterminated string starting at");
		if (*r->at == '"')
			break;
		if (*r->at != '\\')
			return refuse_at(r, r->at, "Invalid control character at");
		buf_append(&buf, plain, (size_t)(r->at - plain));
		if (escape_read(r, &buf))
			return -1;
		plain = r->at;
	}
	buf_append(&buf, plain, (size_t)(r->at - plain));
	r->at++;
	return text_take(r->heap, &buf, ret_value, r->err);
}

static int number_read(struct reading *r, struct value *ret_value)
{
	const char *start = r->at;
	bool whole = true;
	char text[64], *end;
	size_t len;
	int64_t integer;

	r->at += here(r) == '-';
	if (!at_digit(r))
		return refuse_at(r, start, "Expecting value");
	if (here(r) == '0')
		r->at++;
	else
		while (at_digit(r))
			r->at++;
	if (here(r) == '.' && r->end - r->at > 1 && is_digit(r->at[1])) {
		whole = false;
		for (r->at++; at_digit(r);)
			r->at++;
	}
	if (here(r) == 'e' || here(r) == 'E') {
		const char *exponent = r->at++;

		r->at += here(r) == '+' || here(r) == '-';
		if (at_digit(r))
			whole = false;
		else
			r->at = exponent;
		while (!whole && at_digit(r))
			r->at++;
	}
	len = (size_t)(r->at - start);
	if (whole) {
		if (!str_to_i64((struct str){start, len}, &integer))
			return refuse_at(r, start, "integer beyond 64 bits");
		*ret_value = value_int(integer);
		return 0;
	}
	if (len < sizeof(text)) {
		memcpy(text, start, len);
		text[len] = '\0';
		*ret_value = value_float(strtod(text, &end));
		return 0;
	}
	*ret_value = value_float(strtod(heap_strdup(r->heap, (struct str){start, len}), &end));
	return 0;
}

static int word_read(struct reading *r, struct value *ret_value)
{
	static const struct {
		const char *word;
		struct value value;
	} words[] = {
		{"null", {.kind = VALUE_NONE}},
		{"true", {.kind = VALUE_BOOL, .boolean = true}},
		{"false", {.kind = VALUE_BOOL, .boolean = false}},
		{"NaN", {.kind = VALUE_FLOAT, .number = __builtin_nan("")}},
		{"Infinity", {.kind = VALUE_FLOAT, .number = __builtin_inf()}},
		{"-Infinity", {.kind = VALUE_FLOAT, .number = -__builtin_inf()}},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_starts((struct str){r->at, (size_t)(r->end - r->at)},
			       str_of(words[i].word))) {
			r->at += strlen(words[i].word);
			*ret_value = words[i].value;
			return 0;
		}
	return number_read(r, ret_value);
}

static int array_read(struct reading *r, struct value *ret_value)
{
	struct list *list = list_new(r->heap, 0);

	r->at++;
	blanks_skip(r);
	*ret_value = value_of_list(list);
	if (here(r) == ']') {
		r->at++;
		return 0;
	}
	for (;;) {
		struct value item = value_none();

		if (read_deep(r, &item) || list_append(r->heap, list, item, r->err))
			return -1;
		blanks_skip(r);
		if (here(r) == ']')
			break;
		if (here(r) != ',')
			return refuse_at(r, r->at, "Expecting ',' delimiter");
		r->at++;
		blanks_skip(r);
	}
	r->at++;
	return 0;
}

static int member_read(struct reading *r, struct dict *dict)
{
	struct value key = value_none(), v = value_none();

	if (here(r) != '"')
		return refuse_at(r, r->at, "Expecting property name enclosed in double quotes");
	if (text_read(r, &key))
		return -1;
	blanks_skip(r);
	if (here(r) != ':')
		return refuse_at(r, r->at, "Expecting ':' delimiter");
	r->at++;
	blanks_skip(r);
	return read_deep(r, &v) || dict_assign(r->heap, dict, key, v, r->err) ? -1 : 0;
}

static int object_read(struct reading *r, struct value *ret_value)
{
	struct dict *dict = dict_new(r->heap);

	r->at++;
	blanks_skip(r);
	*ret_value = value_of_dict(dict);
	if (here(r) == '}') {
		r->at++;
		return 0;
	}
	for (;;) {
		if (member_read(r, dict))
			return -1;
		blanks_skip(r);
		if (here(r) == '}')
			break;
		if (here(r) != ',')
			return refuse_at(r, r->at, "Expecting ',' delimiter");
		r->at++;
		blanks_skip(r);
	}
	r->at++;
	return 0;
}

static int read_deep(struct reading *r, struct value *ret_value)
{
	char c = here(r);
	int result;

	if (c == '"')
		return text_read(r, ret_value);
	if (c != '[' && c != '{')
		return word_read(r, ret_value);
	if (r->depth == LIMIT_DEPTH)
		return err_set(r->err, ERR_LIMIT, "containers nested deeper than %d levels",
			       LIMIT_DEPTH);
	r->depth++;
	result = c == '[' ? array_read(r, ret_value) : object_read(r, ret_value);
	r->depth--;
	return result;
}

static int read_text(struct heap *heap, struct str text, struct src_pos *ret_at,
		     struct value *ret_value, struct err *err)
{
	struct reading r = {.heap = heap,
			    .start = text.ptr,
			    .at = text.ptr,
			    .end = text.ptr + text.len,
			    .err = err,
			    .ret_at = ret_at};
	struct value value;

	if (!text.len)
		r.start = r.at = r.end = "";
	if (heap_room(heap, text.len, err))
		return -1;
	blanks_skip(&r);
	if (read_deep(&r, &value))
		return -1;
	blanks_skip(&r);
	if (r.at < r.end)
		return refuse_at(&r, r.at, "Extra data");
	*ret_value = value;
	return 0;
}

int value_from_json(struct heap *heap, struct str text, struct value *ret_value, struct err *err)
{
	return read_text(heap, text, NULL, ret_value, err);
}

int value_parse_json(struct heap *heap, struct str text, const char *file, struct value *ret_value,
		     struct diag *diag)
{
	autoerr struct err err = {0};
	struct src_pos at = {0};

	if (!read_text(heap, text, &at, ret_value, &err))
		return 0;
	at.file = file;
	diag_take(diag, at, &err);
	diag_quote(diag, text);
	return -1;
}
