/* filter_url.c - addresses: quoted, and found in text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/strlist.h"
#include "tmpl/filter_private.h"
#include "value/regex.h"
#include "value/unicode.h"

#include "base/banned.h"

/* RFC 3986, 2.3; in a query "/" is quoted too and a blank is "+". */
static void quote(struct buf *buf, struct str text, bool in_query)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z') || (c && strchr("-._~", c)) ||
				(c == '/' && !in_query);
		if (is_plain)
			buf_putc(buf, (char)c);
		else if (c == ' ' && in_query)
			buf_putc(buf, '+');
		else
			buf_printf(buf, "%%%02X", c);
	}
}

static int quote_pair(struct heap *heap, struct value key, struct value v, struct buf *buf,
		      struct err *err)
{
	struct str text;

	if (buf->len)
		buf_putc(buf, '&');
	if (arg_text(heap, key, &text, err))
		return -1;
	quote(buf, text, true);
	buf_putc(buf, '=');
	if (arg_text(heap, v, &text, err))
		return -1;
	quote(buf, text, true);
	return 0;
}

static int quote_pairs(struct heap *heap, struct value pairs, struct buf *buf, struct err *err)
{
	struct value_iter iter;
	struct value pair;
	struct list *parts;
	int more;

	if (value_iterate(heap, pairs, &iter, err))
		return -1;
	while ((more = value_next(&iter, &pair, err)) > 0) {
		if (value_to_list(heap, pair, &parts, err))
			return -1;
		if (parts->n != 2)
			return err_set(err, ERR_INPUT,
				       parts->n < 2 ? "not enough values to unpack (expected 2, "
						      "got %zu)"
						    : "too many values to unpack (expected 2)",
				       parts->n);
		if (quote_pair(heap, parts->items[0], parts->items[1], buf, err))
			return -1;
	}
	return more;
}

int filter_urlencode(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	autobuf struct buf quoted = text_buf();
	struct heap *heap = call->heap;
	struct value v;
	struct str text;

	if (call_bind(call, "do_urlencode", params, &v, err))
		return -1;
	if (v.kind == VALUE_DICT) {
		dict_foreach(entry, v.dict)
		{
			if (quote_pair(heap, entry->key, entry->value, &quoted, err))
				return -1;
		}
	} else if (value_is_string(v) || value_is_number(v) || v.kind == VALUE_NONE) {
		if (arg_text(heap, v, &text, err))
			return -1;
		quote(&quoted, text, false);
	} else if (quote_pairs(heap, v, &quoted, err)) {
		return -1;
	}
	return text_give(heap, &quoted, ret_value, err);
}

/* ---- urlize ---- */

/* What counts as an address, as Jinja2's documentation of urlize tells: a scheme or "www." with a
 * name; a name in one of the oldest domains; a scheme with a number. Then port and path. */
#define TOP "(?:com|net|int|edu|gov|org|info|mil)"
#define HTTP                                                                            \
	"(?:(?:https?://|www\\.)(?:(?:[\\w%-]+\\.)+)?(?:[a-z]{2,63}|xn--[\\w%]{2,59})|" \
	"(?:[\\w%-]{2,63}\\.)+" TOP "|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|"          \
	"\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\]))(?::\\d{1,5})?(?:[/?#]\\S*)?$"
#define EMAIL  "\\S+@\\w[\\w.-]*\\.\\w+$"
#define SCHEME "[\\w.+-]{2,}:/{0,2}\\Z"

struct urlize {
	struct heap *heap;
	struct regex *http, *email, *scheme;
	int64_t limit;         /* characters shown of an address; < 0: all */
	struct buf attributes; /* rel and target, escaped */
	struct list *extra_schemes;
	struct buf *buf;
};

static int matches(const struct regex *regex, struct str text, struct err *err)
{
	struct regex_match match;

	return regex_search(regex, text, 0, true, &match, err);
}

static void write_link(const struct urlize *u, const char *scheme, struct str address,
		       bool has_attributes, struct str shown)
{
	bool is_cut = u->limit >= 0 && has_attributes && utf8_count(shown) > (size_t)u->limit;

	if (is_cut)
		shown.len = utf8_offset(shown, (size_t)u->limit);
	buf_printf(u->buf, "<a href=\"%s", scheme);
	buf_append_str(u->buf, address);
	buf_putc(u->buf, '"');
	if (has_attributes)
		buf_append_str(u->buf, buf_str(&u->attributes));
	buf_putc(u->buf, '>');
	buf_append_str(u->buf, shown);
	buf_puts(u->buf, is_cut ? "...</a>" : "</a>");
}

/* An address of the schemes that the caller names. */
static bool write_extra(const struct urlize *u, struct str word)
{
	struct str address = word;

	for (size_t i = 0; u->extra_schemes && i < u->extra_schemes->n; i++) {
		struct str scheme = value_bytes(u->extra_schemes->items[i]);
		if (word.len == scheme.len || !str_starts(word, scheme))
			continue;
		buf_puts(u->buf, "<a href=\"");
		buf_append_str(u->buf, address);
		buf_putc(u->buf, '"');
		buf_append_str(u->buf, buf_str(&u->attributes));
		buf_putc(u->buf, '>');
		buf_append_str(u->buf, address);
		buf_puts(u->buf, "</a>");
		return true;
	}
	return false;
}

static int write_middle(const struct urlize *u, struct str word, struct err *err)
{
	int is_http = matches(u->http, word, err);

	if (is_http < 0)
		return -1;
	if (is_http) {
		bool has_scheme =
			str_starts(word, STR("https://")) || str_starts(word, STR("http://"));
		write_link(u, has_scheme ? "" : "https://", word, true, word);
		return 0;
	}
	bool has_mailto = str_starts(word, STR("mailto:"));
	struct str mail = has_mailto ? (struct str){word.ptr + 7, word.len - 7} : word;
	bool may_be_mail =
		has_mailto || (memchr(word.ptr, '@', word.len) && !str_starts(word, STR("www.")) &&
			       !memchr(word.ptr, ':', word.len));
	int is_mail = may_be_mail ? matches(u->email, mail, err) : 0;
	if (is_mail < 0)
		return -1;
	if (is_mail)
		write_link(u, "mailto:", mail, false, mail);
	else if (!write_extra(u, word))
		buf_append_str(u->buf, word);
	return 0;
}

static size_t lead_of(struct str word)
{
	size_t n = 0;

	for (;;) {
		struct str rest = {word.ptr + n, word.len - n};
		if (rest.len && (rest.ptr[0] == '(' || rest.ptr[0] == '<'))
			n++;
		else if (str_starts(rest, STR("&lt;")))
			n += 4;
		else
			return n;
	}
}

static size_t trail_of(struct str word)
{
	size_t n = 0;

	for (;;) {
		struct str rest = {word.ptr, word.len - n};
		if (rest.len && strchr(")>.,", rest.ptr[rest.len - 1]) && rest.ptr[rest.len - 1])
			n++;
		else if (str_ends(rest, STR("&gt;")))
			n += 4;
		else
			return n;
	}
}

static size_t count_of(struct str text, const char *part)
{
	size_t n = 0, n_part = strlen(part);

	for (const char *at; text.len && (at = memmem(text.ptr, text.len, part, n_part)); n++) {
		size_t used = (size_t)(at - text.ptr) + n_part;
		text = (struct str){text.ptr + used, text.len - used};
	}
	return n;
}

/* Closing signs of pairs that were opened inside belong to the address. Returns how many bytes of
 * the tail, which follows `middle`. */
static size_t balance(struct str middle, struct str tail)
{
	static const char *const pairs[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
	size_t moved = 0;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct str grown = {middle.ptr, middle.len + moved};
		struct str rest = {tail.ptr + moved, tail.len - moved};
		size_t n_open = count_of(grown, pairs[i][0]), n_close = count_of(rest, pairs[i][1]);
		if (n_open <= count_of(grown, pairs[i][1]))
			continue;
		for (size_t k = 0; k < n_open && k < n_close; k++) {
			rest = (struct str){tail.ptr + moved, tail.len - moved};
			const char *at =
				memmem(rest.ptr, rest.len, pairs[i][1], strlen(pairs[i][1]));
			moved += (size_t)(at - rest.ptr) + strlen(pairs[i][1]);
		}
	}
	return moved;
}

static int write_word(const struct urlize *u, struct str word, struct err *err)
{
	size_t n_lead = lead_of(word);
	struct str middle = {word.ptr + n_lead, word.len - n_lead};
	size_t n_trail = trail_of(middle);
	middle.len -= n_trail;
	struct str tail = {middle.ptr + middle.len, n_trail};
	size_t moved = balance(middle, tail);

	middle.len += moved;
	tail = (struct str){tail.ptr + moved, tail.len - moved};
	buf_append(u->buf, word.ptr, n_lead);
	if (write_middle(u, middle, err))
		return -1;
	buf_append_str(u->buf, tail);
	return 0;
}

static int write_words(const struct urlize *u, struct str text, struct err *err)
{
	size_t i = 0;

	while (i < text.len) {
		size_t start = i, n = 0;
		for (; i < text.len; i += n) {
			uint32_t code;
			n = utf8_decode(text.ptr + i, text.len - i, &code);
			if (unicode_is_space(code))
				break;
		}
		if (i > start && write_word(u, (struct str){text.ptr + start, i - start}, err))
			return -1;
		if (i < text.len) {
			buf_append(u->buf, text.ptr + i, n);
			i += n;
		}
	}
	return 0;
}

/* rel: its words and "nofollow", "noopener", sorted, each once. */
static void rel_write(struct urlize *u, struct str rel, bool nofollow)
{
	autostrlist struct strlist words = {0};
	const char *last = NULL;

	strlist_add(&words, "noopener");
	if (nofollow)
		strlist_add(&words, "nofollow");
	for (struct str rest = rel; rest.ptr;) {
		struct str word = str_trim(str_cut(&rest, ' '));
		if (word.len)
			strlist_add_str(&words, word);
	}
	strlist_sort(&words);
	buf_puts(&u->attributes, " rel=\"");
	for (size_t i = 0; i < words.n; i++) {
		if (text_eq(last, words.items[i]))
			continue;
		if (last)
			buf_putc(&u->attributes, ' ');
		last = words.items[i];
		markup_escape(&u->attributes, str_of(last));
	}
	buf_putc(&u->attributes, '"');
}

static int attributes_read(struct urlize *u, const struct value v[6], struct err *err)
{
	struct str rel = {0}, target = {0};
	bool nofollow;

	if (arg_bool(u->heap, v[2], false, &nofollow, err) ||
	    (value_is_string(v[4]) && value_as_str(v[4], &rel, err)) ||
	    (value_is_string(v[3]) && value_as_str(v[3], &target, err)))
		return -1;
	rel_write(u, rel, nofollow);
	if (target.len) {
		buf_puts(&u->attributes, " target=\"");
		markup_escape(&u->attributes, target);
		buf_putc(&u->attributes, '"');
	}
	if (!param_given(v[5]) || v[5].kind == VALUE_NONE)
		return 0;
	if (value_to_list(u->heap, v[5], &u->extra_schemes, err))
		return -1;
	for (size_t i = 0; i < u->extra_schemes->n; i++) {
		struct value scheme = u->extra_schemes->items[i];
		int is_scheme =
			value_is_string(scheme) ? matches(u->scheme, value_bytes(scheme), err) : 0;
		if (is_scheme < 0)
			return -1;
		if (!is_scheme) {
			autobuf struct buf shown = {0};
			if (value_print_repr(u->heap, scheme, &shown, err))
				return -1;
			return err_set(err, ERR_INPUT, "%s is not a valid URI scheme prefix.",
				       buf_text(&shown));
		}
	}
	return 0;
}

int filter_urlize(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"trim_url_limit", PARAM_OPTIONAL},
					      {"nofollow", PARAM_OPTIONAL},
					      {"target", PARAM_OPTIONAL},
					      {"rel", PARAM_OPTIONAL},
					      {"extra_schemes", PARAM_OPTIONAL},
					      {NULL}};
	autobuf struct buf linked = text_buf();
	struct heap *heap = call->heap;
	struct urlize u = {.heap = heap, .limit = -1, .buf = &linked};
	struct value v[6], escaped;

	if (call_bind(call, "do_urlize", params, v, err) ||
	    (v[1].kind != VALUE_NONE && arg_int(v[1], -1, &u.limit, err)) ||
	    regex_compile(heap, STR(HTTP), REGEX_IGNORECASE, &u.http, err) ||
	    regex_compile(heap, STR(EMAIL), 0, &u.email, err) ||
	    regex_compile(heap, STR(SCHEME), 0, &u.scheme, err) ||
	    value_escape(heap, v[0], &escaped, err))
		return -1;
	int failed = attributes_read(&u, v, err) || write_words(&u, value_bytes(escaped), err);
	buf_done(&u.attributes);
	if (failed || text_give(heap, &linked, ret_value, err))
		return -1;
	if (is_autoescape(call))
		ret_value->flags |= VALUE_MARKUP;
	return 0;
}
