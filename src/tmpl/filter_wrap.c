/* filter_wrap.c - words: counted, and lines broken between them as Python's textwrap does it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "tmpl/filter_private.h"
#include "value/regex.h"
#include "value/unicode.h"

#include "base/banned.h"

static int count_match(void *arg, const struct regex_match *match, struct err *err)
{
	++*(int64_t *)arg;
	return 0;
}

int filter_wordcount(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED}, {NULL}};
	struct regex *words;
	struct value v;
	struct str text;
	int64_t n = 0;

	if (call_bind(call, "do_wordcount", params, &v, err) ||
	    arg_text(call->heap, v, &text, err) ||
	    regex_compile(call->heap, STR("\\w+"), 0, &words, err) ||
	    regex_each(words, text, count_match, &n, err))
		return -1;
	*ret_value = value_int(n);
	return 0;
}

/* What a line may be broken between: white space; a dash between words; a word, or its part up to
 * a hyphen with two letters on each side, or up to a dash. */
#define SPACE  "[\\t-\\r ]"
#define LETTER "[^\\d\\W]"
#define INWORD "[\\w!\"'&.,?]"
#define CHUNKS                                                                                    \
	SPACE "+|(?<=" INWORD ")-{2,}(?=\\w)|[^\\t-\\r ]+?(?:-(?:(?<=" LETTER "{2}-)|(?<=" LETTER \
	      "-" LETTER "-))(?=" LETTER "-?" LETTER ")|(?=" SPACE "|\\Z)|(?<=" INWORD            \
	      ")(?=-{2,}\\w))"
#define CHUNKS_UNHYPHENED SPACE "+|[^\\t-\\r ]+"

struct chunk {
	struct str text;
	int64_t width; /* characters */
};

struct chunks {
	struct chunk *items;
	size_t n, cap;
};

struct wrap {
	int64_t width;
	bool breaks_words, breaks_hyphens;
	struct str separator;
	struct regex *regex;
	struct buf *buf;
	size_t n_lines; /* written so far */
};

static int chunk_add(void *arg, const struct regex_match *match, struct err *err)
{
	struct chunks *chunks = arg;
	struct str text = match->groups[0];

	if (text.len)
		vec_push(chunks, {text, (int64_t)utf8_count(text)});
	return 0;
}

static bool is_blank(struct str text)
{
	for (size_t i = 0; i < text.len;) {
		uint32_t code;
		i += utf8_decode(text.ptr + i, text.len - i, &code);
		if (!unicode_is_space(code))
			return false;
	}
	return true;
}

/* Bytes of a word that is longer than a line that go into the `room` that is left. */
static size_t long_word_cut(const struct wrap *wrap, const struct chunk *chunk, int64_t room)
{
	size_t end = utf8_offset(chunk->text, (size_t)room);

	if (!wrap->breaks_hyphens || chunk->width <= room)
		return end;
	const char *hyphen = memrchr(chunk->text.ptr, '-', end);
	size_t at = hyphen ? (size_t)(hyphen - chunk->text.ptr) : 0;
	for (size_t i = 0; i < at; i++)
		if (chunk->text.ptr[i] != '-')
			return at + 1;
	return end;
}

/* The part of a too long word that this line takes. Returns how many bytes. */
static size_t long_word_take(const struct wrap *wrap, struct chunk *chunk, int64_t room)
{
	size_t n = wrap->breaks_words ? long_word_cut(wrap, chunk, room) : chunk->text.len;
	struct str part = {chunk->text.ptr, n};

	chunk->width -= (int64_t)utf8_count(part);
	chunk->text = (struct str){chunk->text.ptr + n, chunk->text.len - n};
	return n;
}

/* One line from chunk i on: contiguous in the text. Returns the next chunk. */
static size_t line_write(struct wrap *wrap, struct chunks *chunks, size_t i)
{
	struct str line = {chunks->items[i].text.ptr, 0}, last = {0};
	int64_t width = 0;

	for (; i < chunks->n && width + chunks->items[i].width <= wrap->width; i++) {
		last = chunks->items[i].text;
		width += chunks->items[i].width;
		line.len += last.len;
	}
	if (i < chunks->n && chunks->items[i].width > wrap->width &&
	    (wrap->breaks_words || line.len == 0)) {
		last.ptr = chunks->items[i].text.ptr;
		last.len = long_word_take(wrap, &chunks->items[i], wrap->width - width);
		line.len += last.len;
		i += chunks->items[i].text.len == 0;
	}
	if (is_blank(last))
		line.len -= last.len;
	if (line.len && wrap->n_lines++)
		buf_append_str(wrap->buf, wrap->separator);
	buf_append_str(wrap->buf, line);
	return i;
}

static int paragraph_write(struct wrap *wrap, struct str text, struct err *err)
{
	struct chunks chunks = {0};
	int failed = regex_each(wrap->regex, text, chunk_add, &chunks, err);

	wrap->n_lines = 0;
	for (size_t i = 0; !failed && i < chunks.n;) {
		i += wrap->n_lines && is_blank(chunks.items[i].text);
		if (i < chunks.n)
			i = line_write(wrap, &chunks, i);
	}
	vec_done(&chunks);
	return failed;
}

int filter_wordwrap(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"s", PARAM_REQUIRED},
					      {"width", PARAM_OPTIONAL},
					      {"break_long_words", PARAM_OPTIONAL},
					      {"wrapstring", PARAM_OPTIONAL},
					      {"break_on_hyphens", PARAM_OPTIONAL},
					      {NULL}};
	autobuf struct buf wrapped = text_buf();
	struct wrap wrap = {.separator = STR("\n"), .buf = &wrapped};
	struct value v[5];
	struct str rest, line;

	if (call_bind(call, "do_wordwrap", params, v, err) ||
	    lines_of(call->heap, v[0], &rest, err) || arg_int(v[1], 79, &wrap.width, err) ||
	    arg_bool(call->heap, v[2], true, &wrap.breaks_words, err) ||
	    (param_given(v[3]) && v[3].kind != VALUE_NONE &&
	     value_as_str(v[3], &wrap.separator, err)) ||
	    arg_bool(call->heap, v[4], true, &wrap.breaks_hyphens, err))
		return -1;
	struct str pattern = wrap.breaks_hyphens ? STR(CHUNKS) : STR(CHUNKS_UNHYPHENED);
	if (regex_compile(call->heap, pattern, 0, &wrap.regex, err))
		return -1;
	for (bool is_first = true; line_cut(&rest, &line); is_first = false) {
		if (wrap.width <= 0)
			return err_set(err, ERR_INPUT, "invalid width %lld (must be > 0)",
				       (long long)wrap.width);
		if (!is_first)
			buf_append_str(&wrapped, wrap.separator);
		if (paragraph_write(&wrap, line, err))
			return -1;
	}
	return text_give(call->heap, &wrapped, ret_value, err);
}
