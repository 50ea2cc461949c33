/* json.c - a recursive reader of RFC 8259 with a bounded depth, and the canonical writer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/json.h"

#include <errno.h>
#include <math.h>

#include "base/encode.h"
#include "doc/limits.h"

#include "base/banned.h"

struct json {
	struct arena *arena;
	const char *file;
	const char *at, *end;
	const char *line_start;
	uint32_t line;
	size_t n_nodes;
	unsigned depth;
};

static int parse_value(struct json *json, struct node **ret_node, struct err *err);

static struct src_pos place(const struct json *json)
{
	return (struct src_pos){json->file, json->line,
				(uint32_t)(json->at - json->line_start) + 1};
}

/* What stands at the cursor, as a message may quote it. */
static int unexpected(const struct json *json, const char *wanted, struct err *err)
{
	if (json->at == json->end)
		return err_at(err, place(json), "the text ends where %s should be", wanted);

	autobuf struct buf quoted = {0};
	text_escape(&quoted, (struct str){json->at, 1});
	return err_at(err, place(json), "found '%s' where %s should be", buf_text(&quoted), wanted);
}

static void skip_space(struct json *json)
{
	for (; json->at < json->end; json->at++) {
		switch (*json->at) {
		case ' ':
		case '\t':
		case '\r': break;
		case '\n':
			json->line++;
			json->line_start = json->at + 1;
			break;
		default: return;
		}
	}
}

static bool take(struct json *json, char byte)
{
	if (json->at == json->end || *json->at != byte)
		return false;
	json->at++;
	return true;
}

static bool parse_hex4(struct json *json, uint32_t *ret_unit)
{
	uint8_t bytes[2];

	if (json->end - json->at < 4 || !hex_decode((struct str){json->at, 4}, bytes))
		return false;
	json->at += 4;
	*ret_unit = (uint32_t)bytes[0] << 8 | bytes[1];
	return true;
}

static size_t utf8_encode(uint32_t rune, char *out)
{
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xc0 | rune >> 6);
		out[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xe0 | rune >> 12);
		out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		out[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | rune >> 18);
	out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	out[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}

/* Behind "\u": one escape, or two that make a surrogate pair. */
static int parse_unicode(struct json *json, struct src_pos at, uint32_t *ret_rune, struct err *err)
{
	uint32_t high = 0;
	uint32_t low = 0;

	if (!parse_hex4(json, &high))
		return err_at(err, at, "\\u needs four hexadecimal digits");
	if (high == 0)
		return err_at(err, at, "a string may not contain \\u0000");
	if (high < 0xd800 || high > 0xdfff) {
		*ret_rune = high;
		return 0;
	}
	if (high >= 0xdc00 || !take(json, '\\') || !take(json, 'u') || !parse_hex4(json, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return err_at(err, at, "half of a surrogate pair");
	*ret_rune = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return 0;
}

/* The cursor stands on the backslash. */
static int parse_escape(struct json *json, char *out, size_t *len, struct err *err)
{
	static const char plain[256] = {
		['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
		['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
	};
	struct src_pos at = place(json);

	if (++json->at == json->end)
		return unexpected(json, "an escaped character", err);

	unsigned char letter = (unsigned char)*json->at++;
	if (plain[letter]) {
		out[(*len)++] = plain[letter];
		return 0;
	}
	if (letter != 'u')
		return err_at(err, at, "unknown escape in a string");

	uint32_t rune = 0;
	if (parse_unicode(json, at, &rune, err))
		return -1;
	*len += utf8_encode(rune, out + *len);
	return 0;
}

/* The opening quote is behind the cursor; the closing one is not yet known to exist. */
static const char *find_quote(const struct json *json)
{
	for (const char *p = json->at; p < json->end; p++) {
		if (*p == '"')
			return p;
		if (*p == '\\')
			p++;
	}
	return json->end;
}

static int parse_string(struct json *json, struct str *ret_text, struct err *err)
{
	struct src_pos start = place(json);

	json->at++;
	/* No escape is longer unescaped than written. */
	char *out = arena_alloc(json->arena, (size_t)(find_quote(json) - json->at) + 1);
	size_t len = 0;

	while (json->at < json->end && *json->at != '"') {
		if (*json->at == '\\') {
			if (parse_escape(json, out, &len, err))
				return -1;
		} else if ((unsigned char)*json->at < 0x20) {
			return unexpected(json, "the rest of a string", err);
		} else {
			out[len++] = *json->at++;
		}
	}
	if (!take(json, '"'))
		return err_at(err, start, "the string has no end");
	out[len] = '\0';
	*ret_text = (struct str){out, len};
	if (!text_is_utf8(*ret_text))
		return err_at(err, start, "the string is not valid UTF-8");
	return 0;
}

static bool take_digits(struct json *json)
{
	const char *first = json->at;

	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		json->at++;
	return json->at > first;
}

static int parse_number(struct json *json, struct node *node, struct err *err)
{
	const char *first = json->at;
	bool whole = true;

	take(json, '-');
	if (take(json, '0')) {
		if (json->at < json->end && *json->at >= '0' && *json->at <= '9')
			return err_at(err, node->pos, "a number may not start with a zero");
	} else if (!take_digits(json)) {
		return unexpected(json, "a digit", err);
	}
	if (take(json, '.')) {
		whole = false;
		if (!take_digits(json))
			return unexpected(json, "a digit", err);
	}
	if (take(json, 'e') || take(json, 'E')) {
		whole = false;
		if (!take(json, '+'))
			take(json, '-');
		if (!take_digits(json))
			return unexpected(json, "a digit", err);
	}

	struct str written = {first, (size_t)(json->at - first)};
	if (whole && str_to_i64(written, &node->integer)) {
		node->kind = NODE_INT;
		return 0;
	}
	node->kind = NODE_FLOAT;
	autofree char *text = str_dup(written);
	node->number = strtod(text, NULL);
	if (isinf(node->number))
		return err_at(err, node->pos, "the number is too large");
	return 0;
}

static int parse_word(struct json *json, struct node *node, struct err *err)
{
	static const struct {
		struct str text;
		enum node_kind kind;
		bool boolean;
	} words[] = {
		{{"null", 4}, NODE_NULL, false},
		{{"true", 4}, NODE_BOOL, true},
		{{"false", 5}, NODE_BOOL, false},
	};
	struct str rest = {json->at, (size_t)(json->end - json->at)};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_starts(rest, words[i].text)) {
			json->at += words[i].text.len;
			node->kind = words[i].kind;
			if (node->kind == NODE_BOOL)
				node->boolean = words[i].boolean;
			return 0;
		}
	}
	return unexpected(json, "a value", err);
}

static int parse_list(struct json *json, struct node *list, struct err *err)
{
	json->at++;
	skip_space(json);
	if (take(json, ']'))
		return 0;
	for (;;) {
		struct node *child = NULL;
		if (parse_value(json, &child, err))
			return -1;
		node_append(list, child);
		skip_space(json);
		if (take(json, ']'))
			return 0;
		if (!take(json, ','))
			return unexpected(json, "',' or ']'", err);
	}
}

static int check_duplicates(const struct node *map, struct err *err)
{
	const struct node *child = node_find_duplicate(map);

	if (child)
		return err_at(err, child->key_pos, "the key '%s' is there twice", child->key.ptr);
	return 0;
}

static int parse_member(struct json *json, struct node *map, struct err *err)
{
	struct node *child = NULL;
	struct str key;

	skip_space(json);
	struct src_pos key_pos = place(json);
	if (json->at == json->end || *json->at != '"')
		return unexpected(json, "a key in double quotes", err);
	if (parse_string(json, &key, err))
		return -1;
	skip_space(json);
	if (!take(json, ':'))
		return unexpected(json, "':'", err);
	if (parse_value(json, &child, err))
		return -1;
	child->key = key;
	child->key_pos = key_pos;
	node_append(map, child);
	return 0;
}

static int parse_map(struct json *json, struct node *map, struct err *err)
{
	json->at++;
	skip_space(json);
	if (take(json, '}'))
		return 0;
	for (;;) {
		if (parse_member(json, map, err))
			return -1;
		skip_space(json);
		if (take(json, '}'))
			return check_duplicates(map, err);
		if (!take(json, ','))
			return unexpected(json, "',' or '}'", err);
	}
}

static int parse_nested(struct json *json, struct node *node, struct err *err)
{
	if (++json->depth > LIMIT_DOC_DEPTH)
		return err_set(err, ERR_LIMIT, "%s:%u:%u: nested deeper than %d", json->file,
			       node->pos.line, node->pos.column, LIMIT_DOC_DEPTH);

	node->kind = *json->at == '{' ? NODE_MAP : NODE_LIST;
	if (node->kind == NODE_MAP ? parse_map(json, node, err) : parse_list(json, node, err))
		return -1;
	json->depth--;
	return 0;
}

static int parse_value(struct json *json, struct node **ret_node, struct err *err)
{
	skip_space(json);
	if (json->at == json->end)
		return unexpected(json, "a value", err);
	if (++json->n_nodes > LIMIT_DOC_NODES)
		return err_set(err, ERR_LIMIT, "%s:%u: more than %u values", json->file, json->line,
			       LIMIT_DOC_NODES);

	struct node *node = node_new(json->arena, NODE_NULL);
	int failed;
	node->pos = place(json);
	switch (*json->at) {
	case '{':
	case '[': failed = parse_nested(json, node, err); break;
	case '"':
		node->kind = NODE_STRING;
		failed = parse_string(json, &node->text, err);
		break;
	case '-':
	case '0' ... '9': failed = parse_number(json, node, err); break;
	default: failed = parse_word(json, node, err); break;
	}
	if (failed)
		return -1;
	*ret_node = node;
	return 0;
}

int json_parse(struct arena *arena, const char *file, struct str text, struct node **ret_root,
	       struct err *err)
{
	struct json json = {
		.arena = arena,
		.file = file,
		.at = text.ptr,
		.end = text.ptr + text.len,
		.line_start = text.ptr,
		.line = 1,
	};
	struct node *root = NULL;

	if (text.len > LIMIT_DOC_BYTES)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", file, LIMIT_DOC_BYTES);
	if (str_starts(text, STR("\xef\xbb\xbf")))
		return err_at(err, place(&json), "the text starts with a byte order mark");
	if (parse_value(&json, &root, err))
		return -1;
	skip_space(&json);
	if (json.at < json.end)
		return unexpected(&json, "the end", err);
	*ret_root = root;
	return 0;
}

/* The fewest digits that give the same number again. */
static void write_float(struct buf *buf, double number)
{
	char text[32];

	if (!isfinite(number)) { /* JSON has no word for it */
		buf_puts(buf, "null");
		return;
	}
	if (number == 0) { /* "-0" would be read back as the integer 0 */
		buf_putc(buf, '0');
		return;
	}
	/* 2^64-1 read back: "unlimited" to those who want 64 bits exactly */
	if (number == 0x1p64) {
		buf_puts(buf, "18446744073709551615");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	buf_puts(buf, text);
}

static void write_break(struct buf *buf, enum json_style style, unsigned depth)
{
	if (style != JSON_INDENT)
		return;
	buf_putc(buf, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_puts(buf, "    ");
}

static void write_node(struct buf *buf, const struct node *node, enum json_style style,
		       unsigned depth);

static void write_children(struct buf *buf, const struct node *node, enum json_style style,
			   unsigned depth)
{
	bool is_map = node->kind == NODE_MAP;

	buf_putc(buf, is_map ? '{' : '[');
	node_foreach(child, node) {
		if (child != node->children.first)
			buf_putc(buf, ',');
		write_break(buf, style, depth + 1);
		if (is_map) {
			json_write_text(buf, child->key);
			buf_puts(buf, style == JSON_INDENT ? ": " : ":");
		}
		write_node(buf, child, style, depth + 1);
	}
	if (node->children.n)
		write_break(buf, style, depth);
	buf_putc(buf, is_map ? '}' : ']');
}

static void write_node(struct buf *buf, const struct node *node, enum json_style style,
		       unsigned depth)
{
	switch (node->kind) {
	case NODE_NULL: buf_puts(buf, "null"); break;
	case NODE_BOOL: buf_puts(buf, node->boolean ? "true" : "false"); break;
	case NODE_INT: buf_printf(buf, "%lld", (long long)node->integer); break;
	case NODE_FLOAT: write_float(buf, node->number); break;
	case NODE_STRING: json_write_text(buf, node->text); break;
	case NODE_LIST:
	case NODE_MAP: write_children(buf, node, style, depth); break;
	}
}

void json_write(struct buf *buf, const struct node *root, enum json_style style)
{
	write_node(buf, root, style, 0);
}
