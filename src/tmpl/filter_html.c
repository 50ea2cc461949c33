/* filter_html.c - text for HTML: escaped, safe, without its tags.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/json.h"
#include "value/unicode.h"

#include "base/banned.h"

void markup_escape(struct buf *buf, struct str text)
{
	static const char *const names[128] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&#34;", ['\''] = "&#39;",
	};

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c < 128 && names[c])
			buf_puts(buf, names[c]);
		else
			buf_putc(buf, (char)c);
	}
}

static int escape_text(struct heap *heap, struct value v, struct value *ret_markup, struct err *err)
{
	autobuf struct buf escaped = text_buf();
	struct str text;

	if (arg_text(heap, v, &text, err))
		return -1;
	markup_escape(&escaped, text);
	if (text_give(heap, &escaped, ret_markup, err))
		return -1;
	ret_markup->flags |= VALUE_MARKUP;
	return 0;
}

int value_escape(struct heap *heap, struct value v, struct value *ret_markup, struct err *err)
{
	if (!is_markup(v))
		return escape_text(heap, v, ret_markup, err);
	*ret_markup = v;
	return 0;
}

int filter_escape(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED}, {NULL}};
	struct value v;

	return call_bind(call, "escape", params, &v, err) ||
			       value_escape(call->heap, v, ret_value, err)
		       ? -1
		       : 0;
}

int filter_forceescape(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;

	return call_bind(call, "do_forceescape", params, &v, err) ||
			       escape_text(call->heap, v, ret_value, err)
		       ? -1
		       : 0;
}

int filter_safe(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;

	if (call_bind(call, "do_mark_safe", params, &v, err))
		return -1;
	if (!value_is_string(v) && value_str(call->heap, v, &v, err))
		return -1;
	v.flags |= VALUE_MARKUP;
	*ret_value = v;
	return 0;
}

/* Cuts what lies between `start` and `end` out; a start without an end stays. */
static void cut_between(struct buf *buf, struct str text, const char *start, const char *end,
			bool crosses_lines)
{
	size_t n_start = strlen(start), n_end = strlen(end);
	const char *to = NULL;

	while (text.len) {
		const char *from = memmem(text.ptr, text.len, start, n_start);
		if (!from)
			break;
		size_t head = (size_t)(from - text.ptr);
		const char *inner = from + n_start;
		size_t left = text.len - head - n_start;
		if (!to || to < inner) /* else it is still the next one */
			to = memmem(inner, left, end, n_end);
		if (!to)
			break;
		const char *line = crosses_lines ? NULL : memchr(inner, '\n', (size_t)(to - inner));
		if (line) {
			/* Not a tag: the text goes on behind the line's end. */
			size_t n = (size_t)(line + 1 - text.ptr);
			buf_append(buf, text.ptr, n);
			text = (struct str){text.ptr + n, text.len - n};
			continue;
		}
		buf_append(buf, text.ptr, head);
		size_t n = (size_t)(to + n_end - text.ptr);
		text = (struct str){text.ptr + n, text.len - n};
	}
	buf_append_str(buf, text);
}

/* Runs of white space as one blank, none at the ends. */
static void squeeze(struct buf *buf, struct str text)
{
	bool is_apart = false;

	for (size_t i = 0, n; i < text.len; i += n) {
		uint32_t code;
		n = utf8_decode(text.ptr + i, text.len - i, &code);
		if (unicode_is_space(code)) {
			is_apart = buf->len > 0;
			continue;
		}
		if (is_apart)
			buf_putc(buf, ' ');
		is_apart = false;
		buf_append(buf, text.ptr + i, n);
	}
}

/* The references that people write; the five hundred times as many that HTML knows stay as they
 * are. Sorted. */
static const struct entity {
	const char *name;
	uint32_t code;
} entities[] = {
	{"aacute", 0xe1},  {"acirc", 0xe2},    {"agrave", 0xe0},  {"amp", '&'},
	{"apos", '\''},    {"auml", 0xe4},     {"bull", 0x2022},  {"ccedil", 0xe7},
	{"cent", 0xa2},    {"copy", 0xa9},     {"darr", 0x2193},  {"deg", 0xb0},
	{"divide", 0xf7},  {"eacute", 0xe9},   {"ecirc", 0xea},   {"egrave", 0xe8},
	{"euml", 0xeb},    {"euro", 0x20ac},   {"frac12", 0xbd},  {"ge", 0x2265},
	{"gt", '>'},       {"hellip", 0x2026}, {"iacute", 0xed},  {"icirc", 0xee},
	{"iexcl", 0xa1},   {"infin", 0x221e},  {"iquest", 0xbf},  {"iuml", 0xef},
	{"laquo", 0xab},   {"larr", 0x2190},   {"ldquo", 0x201c}, {"le", 0x2264},
	{"lsquo", 0x2018}, {"lt", '<'},        {"mdash", 0x2014}, {"micro", 0xb5},
	{"middot", 0xb7},  {"nbsp", 0xa0},     {"ndash", 0x2013}, {"ne", 0x2260},
	{"not", 0xac},     {"ntilde", 0xf1},   {"oacute", 0xf3},  {"ocirc", 0xf4},
	{"ograve", 0xf2},  {"ouml", 0xf6},     {"para", 0xb6},    {"plusmn", 0xb1},
	{"pound", 0xa3},   {"quot", '"'},      {"raquo", 0xbb},   {"rarr", 0x2192},
	{"rdquo", 0x201d}, {"reg", 0xae},      {"rsquo", 0x2019}, {"sect", 0xa7},
	{"szlig", 0xdf},   {"times", 0xd7},    {"trade", 0x2122}, {"uacute", 0xfa},
	{"uarr", 0x2191},  {"ucirc", 0xfb},    {"ugrave", 0xf9},  {"uuml", 0xfc},
	{"yen", 0xa5},
};

static uint32_t entity_code(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(entities); i++)
		if (str_is(name, entities[i].name))
			return entities[i].code;
	return 0;
}

/* "#65", "#x41": 0 when it is no character that may be written so. */
static uint32_t numeric_code(struct str name)
{
	bool is_hex = name.len > 2 && (name.ptr[1] == 'x' || name.ptr[1] == 'X');
	uint64_t code = 0;

	for (size_t i = is_hex ? 2 : 1; i < name.len; i++) {
		char c = name.ptr[i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
				 : is_hex && (c | 32) >= 'a' && (c | 32) <= 'f'
					 ? (unsigned)((c | 32) - 'a' + 10)
					 : 16;
		if (digit == 16 || code > 0x10ffff)
			return 0;
		code = code * (is_hex ? 16 : 10) + digit;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0xfffd;
	return (uint32_t)code;
}

static void unescape(struct buf *buf, struct str text)
{
	while (text.len) {
		const char *amp = memchr(text.ptr, '&', text.len);
		size_t head = amp ? (size_t)(amp - text.ptr) : text.len;
		buf_append(buf, text.ptr, head);
		text = (struct str){text.ptr + head, text.len - head};
		if (!amp)
			return;
		size_t max = text.len < 34 ? text.len : 34; /* no name is longer */
		const char *end = memchr(text.ptr, ';', max);
		struct str name = {text.ptr + 1, end ? (size_t)(end - text.ptr - 1) : 0};
		uint32_t code = 0;
		if (name.len)
			code = name.ptr[0] == '#' && name.len > 1 ? numeric_code(name)
								  : entity_code(name);
		size_t n = code ? name.len + 2 : 1;
		if (code)
			utf8_append(buf, code);
		else
			buf_putc(buf, '&');
		text = (struct str){text.ptr + n, text.len - n};
	}
}

int filter_striptags(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf bare = text_buf(), tagless = text_buf(), squeezed = text_buf(),
			   plain = text_buf();
	struct value v;
	struct str text;

	if (call_bind(call, "do_striptags", params, &v, err) || arg_text(call->heap, v, &text, err))
		return -1;
	cut_between(&bare, text, "<!--", "-->", true);
	cut_between(&tagless, buf_str(&bare), "<", ">", false);
	squeeze(&squeezed, buf_str(&tagless));
	unescape(&plain, buf_str(&squeezed));
	return text_give(call->heap, &plain, ret_value, err);
}

static int attribute_write(struct heap *heap, const struct dict_entry *entry, struct buf *buf,
			   struct err *err)
{
	struct str key;
	struct value escaped;

	if (entry->value.kind == VALUE_NONE || entry->value.kind == VALUE_UNDEFINED)
		return 0;
	if (!value_is_string(entry->key))
		return err_set(err, ERR_INPUT, "expected string or bytes-like object");
	key = value_bytes(entry->key);
	for (size_t i = 0; i < key.len; i++) {
		autobuf struct buf shown = {0};
		if (!key.ptr[i] || !strchr(" \t\n\r\v\f/>=", key.ptr[i]))
			continue;
		if (value_print_repr(heap, entry->key, &shown, err))
			return -1;
		return err_set(err, ERR_INPUT, "Invalid character in attribute name: %s",
			       buf_text(&shown));
	}
	if (buf->len)
		buf_putc(buf, ' ');
	if (value_escape(heap, entry->key, &escaped, err))
		return -1;
	buf_append_str(buf, value_bytes(escaped));
	buf_puts(buf, "=\"");
	if (value_escape(heap, entry->value, &escaped, err))
		return -1;
	buf_append_str(buf, value_bytes(escaped));
	buf_putc(buf, '"');
	return 0;
}

int filter_xmlattr(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"d", PARAM_REQUIRED}, {"autospace", PARAM_OPTIONAL}, {NULL}};
	autobuf struct buf attributes = text_buf(), spaced = text_buf();
	const struct dict *dict;
	struct value v[2];
	bool autospace;

	if (call_bind(call, "do_xmlattr", params, v, err) ||
	    arg_bool(call->heap, v[1], true, &autospace, err))
		return -1;
	if (dict_of(call->heap, v[0], &dict, err))
		return -1;
	dict_foreach(entry, dict)
	{
		if (attribute_write(call->heap, entry, &attributes, err))
			return -1;
	}
	if (autospace && attributes.len)
		buf_putc(&spaced, ' ');
	buf_append_str(&spaced, buf_str(&attributes));
	if (text_give(call->heap, &spaced, ret_value, err))
		return -1;
	if (is_autoescape(call))
		ret_value->flags |= VALUE_MARKUP;
	return 0;
}

int filter_tojson(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"indent", PARAM_OPTIONAL}, {NULL}};
	/* Salt's passes what json.dumps takes. */
	static const struct param salt_params[] = {{"val", PARAM_REQUIRED},
						   {"indent", PARAM_OPTIONAL},
						   {"sort_keys", PARAM_OPTIONAL},
						   {"ensure_ascii", PARAM_OPTIONAL},
						   {NULL}};
	struct value_json_options options = {.ascii = true, .indent = -1};
	autobuf struct buf json = text_buf(), safe = text_buf();
	struct value v[4] = {0};
	int64_t indent = -1;

	if ((in_salt(call) ? call_bind(call, "JSONEncoder.__init__", salt_params, v, err)
			   : call_bind(call, "do_tojson", params, v, err)) ||
	    arg_bool(call->heap, v[2], false, &options.sort_keys, err) ||
	    arg_bool(call->heap, v[3], true, &options.ascii, err) ||
	    (v[1].kind != VALUE_NONE && arg_int(v[1], -1, &indent, err)))
		return -1;
	options.indent = indent > LIMIT_DEPTH ? LIMIT_DEPTH : (int)indent;
	if (value_to_json(call->heap, v[0], &options, &json, err))
		return -1;
	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];
		if (c == '<' || c == '>' || c == '&' || c == '\'')
			buf_printf(&safe, "\\u%04x", (unsigned)c);
		else
			buf_putc(&safe, c);
	}
	if (text_give(call->heap, &safe, ret_value, err))
		return -1;
	ret_value->flags |= VALUE_MARKUP;
	return 0;
}
