/* request.c - a recursive descent over one line, and what a request is made of.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/request.h"

#include <errno.h>

#include "base/encode.h"
#include "base/str.h"
#include "init/limits.h"

#include "base/banned.h"

struct cursor {
	char *at, *end;
	struct json_node *nodes;
	size_t n, max;
	unsigned depth;
	const char *problem;
};

static int refuse(struct cursor *c, const char *problem)
{
	c->problem = problem;
	return -1;
}

static void skip_blanks(struct cursor *c)
{
	static const char blanks[] = {' ', '\t', '\r', '\n'};
	while (c->at < c->end && memchr(blanks, *c->at, sizeof(blanks)))
		c->at++;
}

static bool take(struct cursor *c, char byte)
{
	bool is_there = c->at < c->end && *c->at == byte;
	c->at += is_there;
	return is_there;
}

static struct json_node *node_add(struct cursor *c, enum json_type type)
{
	if (c->n == c->max)
		return NULL;
	c->nodes[c->n] = (struct json_node){.type = type, .span = 1};
	return &c->nodes[c->n++];
}

static int read_hex4(struct cursor *c, uint32_t *ret_code)
{
	uint8_t bytes[2];
	if (c->end - c->at < 4 || !hex_decode((struct str){c->at, 4}, bytes))
		return refuse(c, "a \\u needs four hexadecimal digits");
	c->at += 4;
	*ret_code = (uint32_t)bytes[0] << 8 | bytes[1];
	return 0;
}

/* Behind "\u". Surrogates come in pairs (RFC 8259, 7). */
static int read_code_point(struct cursor *c, uint32_t *ret_code)
{
	uint32_t code, low;
	if (read_hex4(c, &code))
		return -1;
	if (code >= 0xdc00 && code < 0xe000)
		return refuse(c, "half a surrogate pair");
	if (code >= 0xd800 && code < 0xdc00) {
		if (!take(c, '\\') || !take(c, 'u'))
			return refuse(c, "half a surrogate pair");
		if (read_hex4(c, &low))
			return -1;
		if (low < 0xdc00 || low >= 0xe000)
			return refuse(c, "half a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	if (code == 0)
		return refuse(c, "a text with a zero byte");
	*ret_code = code;
	return 0;
}

static char *put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 63));
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 63));
		*out++ = (char)(0x80 | (code & 63));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 63));
		*out++ = (char)(0x80 | (code >> 6 & 63));
		*out++ = (char)(0x80 | (code & 63));
	}
	return out;
}

/* Behind the backslash. */
static int read_escape(struct cursor *c, char **out)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	if (c->at == c->end)
		return refuse(c, "a text without its end");
	char name = *c->at++;
	if (name == 'u') {
		uint32_t code;
		if (read_code_point(c, &code))
			return -1;
		*out = put_utf8(*out, code);
		return 0;
	}
	const char *found = name ? strchr(names, name) : NULL;
	if (!found)
		return refuse(c, "an unknown escape");
	*(*out)++ = values[found - names];
	return 0;
}

/* Behind the opening quote. */
static int read_string(struct cursor *c)
{
	struct json_node *node = node_add(c, JSON_STRING);
	char *start = c->at, *out = c->at;
	if (!node)
		return refuse(c, "too many values");
	while (c->at < c->end && *c->at != '"') {
		if ((unsigned char)*c->at < 0x20)
			return refuse(c, "a control character in a text");
		if (*c->at != '\\') {
			*out++ = *c->at++;
			continue;
		}
		c->at++;
		if (read_escape(c, &out))
			return -1;
	}
	if (!take(c, '"'))
		return refuse(c, "a text without its end");
	*out = '\0';
	node->text = start;
	node->n = (uint32_t)(out - start);
	if (!text_is_utf8((struct str){start, node->n}))
		return refuse(c, "a text that is not UTF-8");
	return 0;
}

static size_t skip_digits(struct cursor *c)
{
	char *start = c->at;
	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return (size_t)(c->at - start);
}

static int read_number(struct cursor *c)
{
	char *start = c->at;
	take(c, '-');
	bool leading_zero = c->at < c->end && *c->at == '0';
	size_t n = skip_digits(c);
	bool good = n == 1 || (n > 1 && !leading_zero);
	if (good && take(c, '.'))
		good = skip_digits(c) > 0;
	if (good && (take(c, 'e') || take(c, 'E'))) {
		if (!take(c, '-'))
			take(c, '+');
		good = skip_digits(c) > 0;
	}
	if (!good)
		return refuse(c, "not a value");
	struct json_node *node = node_add(c, JSON_NUMBER);
	if (!node)
		return refuse(c, "too many values");
	node->text = start;
	node->n = (uint32_t)(c->at - start);
	return 0;
}

static int read_word(struct cursor *c)
{
	static const struct {
		const char *word;
		enum json_type type;
	} words[] = {{"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i].word);
		if ((size_t)(c->end - c->at) < len || memcmp(c->at, words[i].word, len) != 0)
			continue;
		c->at += len;
		return node_add(c, words[i].type) ? 0 : refuse(c, "too many values");
	}
	return read_number(c);
}

static int read_value(struct cursor *c);

static int read_name(struct cursor *c, size_t object)
{
	size_t name = c->n;
	skip_blanks(c);
	if (!take(c, '"'))
		return refuse(c, "an object's name is a text");
	if (read_string(c))
		return -1;
	/* Two readers must never see two different requests. */
	for (size_t i = object + 1; i < name; i += 1 + c->nodes[i + 1].span)
		if (text_eq(c->nodes[i].text, c->nodes[name].text))
			return refuse(c, "a name twice in one object");
	skip_blanks(c);
	return take(c, ':') ? 0 : refuse(c, "a ':' is missing");
}

/* Behind the opening bracket. */
static int read_items(struct cursor *c, enum json_type type)
{
	char closing = type == JSON_OBJECT ? '}' : ']';
	size_t at = c->n;
	if (++c->depth > LIMIT_CONTROL_DEPTH)
		return refuse(c, "nested too deeply");
	if (!node_add(c, type))
		return refuse(c, "too many values");
	skip_blanks(c);
	if (!take(c, closing)) {
		do {
			if (type == JSON_OBJECT && read_name(c, at))
				return -1;
			if (read_value(c))
				return -1;
			c->nodes[at].n++;
			skip_blanks(c);
		} while (take(c, ','));
		if (!take(c, closing))
			return refuse(c, "a ',' or a closing bracket is missing");
	}
	c->nodes[at].span = (uint32_t)(c->n - at);
	c->depth--;
	return 0;
}

static int read_value(struct cursor *c)
{
	skip_blanks(c);
	if (take(c, '"'))
		return read_string(c);
	if (take(c, '{'))
		return read_items(c, JSON_OBJECT);
	if (take(c, '['))
		return read_items(c, JSON_ARRAY);
	return read_word(c);
}

int json_read(char *line, size_t len, struct json_node *nodes, size_t max, const char **ret_problem)
{
	struct cursor c = {.at = line, .end = line + len, .nodes = nodes, .max = max};
	int result = read_value(&c);
	if (result == 0) {
		skip_blanks(&c);
		if (c.at != c.end)
			result = refuse(&c, "something stands behind the value");
	}
	if (result) {
		*ret_problem = c.problem;
		return -1;
	}
	/* What stands behind a number has been read: its place may be the end of the number. */
	for (size_t i = 0; i < c.n; i++)
		if (nodes[i].type == JSON_NUMBER)
			line[nodes[i].text - line + nodes[i].n] = '\0';
	return (int)c.n;
}

const struct json_node *json_first(const struct json_node *node)
{
	bool has_items = node && (node->type == JSON_ARRAY || node->type == JSON_OBJECT) && node->n;
	return has_items ? node + 1 : NULL;
}

const struct json_node *json_next(const struct json_node *of, const struct json_node *node)
{
	const struct json_node *next =
		of->type == JSON_OBJECT ? node + 1 + node[1].span : node + node->span;
	return next < of + of->span ? next : NULL;
}

const struct json_node *json_member(const struct json_node *object, const char *name)
{
	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json_node *it = json_first(object); it; it = json_next(object, it))
		if (text_eq(it->text, name))
			return it + 1;
	return NULL;
}

const char *json_text(const struct json_node *node)
{
	return node && node->type == JSON_STRING ? node->text : NULL;
}

bool json_is_true(const struct json_node *node)
{
	return node && node->type == JSON_TRUE;
}

bool json_integer(const struct json_node *node, int64_t *ret_value)
{
	return node && node->type == JSON_NUMBER &&
	       str_to_i64((struct str){node->text, node->n}, ret_value);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, a point and more of them, an exponent: RFC 8259, section 6, without its sign. */
static bool read_decimal(struct str text, double *ret_value)
{
	double value = 0, power = 1;
	uint64_t exponent = 0;
	size_t i = 0, n_digits = 0, n_behind = 0;
	bool has_point = false, shrinks = false;
	for (; i < text.len && (is_digit(text.ptr[i]) || (text.ptr[i] == '.' && !has_point)); i++) {
		has_point |= text.ptr[i] == '.';
		if (!is_digit(text.ptr[i]))
			continue;
		value = value * 10 + (text.ptr[i] - '0');
		n_digits++;
		n_behind += has_point;
	}
	if (i + 1 < text.len && (text.ptr[i] | 0x20) == 'e') {
		shrinks = text.ptr[i + 1] == '-';
		i += 1 + (shrinks || text.ptr[i + 1] == '+');
		if (!str_to_u64((struct str){text.ptr + i, text.len - i}, &exponent))
			return false;
		i = text.len;
	}
	if (!n_digits || i != text.len || exponent > LIMIT_EXPONENT)
		return false;
	int64_t shift = (shrinks ? -(int64_t)exponent : (int64_t)exponent) - (int64_t)n_behind;
	for (int64_t n = shift < 0 ? -shift : shift; n > 0; n--)
		power *= 10;
	*ret_value = shift < 0 ? value / power : value * power;
	return true;
}

bool json_seconds(const struct json_node *node, int64_t *ret_ns)
{
	static const double most = 10.0 * 366 * 86400;
	double seconds;
	if (!node || (node->type != JSON_NUMBER && node->type != JSON_STRING) ||
	    !read_decimal((struct str){node->text, node->n}, &seconds) ||
	    !(seconds >= 0 && seconds <= most))
		return false;
	*ret_ns = (int64_t)(seconds * 1e9);
	return true;
}

enum request_fault request_read(char *line, size_t len, struct json_node *nodes, size_t max,
				struct request *ret_request, const char **ret_problem)
{
	*ret_request = (struct request){0};
	if (json_read(line, len, nodes, max, ret_problem) < 0)
		return REQUEST_NOT_JSON;
	*ret_problem = "a request is an object";
	if (nodes[0].type != JSON_OBJECT)
		return REQUEST_MESSAGE;
	ret_request->id = json_member(nodes, "id");
	ret_request->command = json_text(json_member(nodes, "command"));
	ret_request->properties = json_member(nodes, "properties");
	ret_request->is_cast = text_eq(json_text(json_member(nodes, "msg_type")), "cast");
	*ret_problem = "'id' is a text or a number";
	if (ret_request->id &&
	    (ret_request->id->type == JSON_ARRAY || ret_request->id->type == JSON_OBJECT ||
	     ret_request->id->n > LIMIT_CONTROL_ID)) {
		ret_request->id = NULL;
		return REQUEST_MESSAGE;
	}
	*ret_problem = "'command' is missing";
	if (!ret_request->command)
		return REQUEST_MESSAGE;
	*ret_problem = "'properties' is an object";
	if (ret_request->properties && ret_request->properties->type == JSON_NULL)
		ret_request->properties = NULL;
	if (ret_request->properties && ret_request->properties->type != JSON_OBJECT)
		return REQUEST_MESSAGE;
	*ret_problem = NULL;
	return REQUEST_FINE;
}
