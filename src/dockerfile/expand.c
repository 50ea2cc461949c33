/* expand.c - variables in the words of instructions.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   word     = *( 'text' / "text with $variables" / escape any / variable / any )
 *   variable = "$" ( name / digits / one of @*#?-$!0 )
 *            / "${" name "}"
 *            / "${" name [":"] ( "-" / "+" / "?" ) word "}"
 *            / "${" name ( "#" / "##" / "%" / "%%" ) pattern "}"
 *            / "${" name ( "/" / "//" ) pattern "/" word "}"
 *
 * Names are letters (of any script), digits and "_". In double quotes the escape character protects
 * only the quote, "$" and itself; a "$" before anything else is a plain character. */
#include "dockerfile/dockerfile_private.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/banned.h"

struct expansion {
	struct str rest;  /* of the text */
	bool keep_quotes; /* in the body of a heredoc quotes are plain */
	const struct variables *variables;
	unsigned depth;
	struct err *err;
};

/* What is written: the text; and, where words are wanted, where it splits. */
struct output {
	struct buf text;
	struct strlist *words; /* NULL: one text */
	bool in_word;
};

enum splitting { SPLIT, WHOLE };

static void end_word(struct output *out)
{
	if (out->in_word)
		strlist_add(out->words, buf_text(&out->text));
	buf_truncate(&out->text, 0);
	out->in_word = false;
}

static void put(struct output *out, char byte, enum splitting splitting)
{
	if (out->words && splitting == SPLIT && byte_is_space(byte)) {
		end_word(out);
		return;
	}
	buf_putc(&out->text, byte);
	out->in_word = true;
}

static void put_str(struct output *out, struct str text, enum splitting splitting)
{
	for (size_t i = 0; i < text.len; i++)
		put(out, text.ptr[i], splitting);
	if (splitting == WHOLE)
		out->in_word = true; /* '' is a word */
}

static int wrong(struct expansion *in, const char *what)
{
	return err_at(in->err, in->variables->pos, "'%s': %s", in->variables->word, what);
}

static char peek(const struct expansion *in)
{
	if (!in->rest.len)
		return '\0'; /* which no text holds */
	return in->rest.ptr[0];
}

static char next(struct expansion *in)
{
	char byte = peek(in);
	if (in->rest.len)
		in->rest = (struct str){in->rest.ptr + 1, in->rest.len - 1};
	return byte;
}

static const char *value_of(const struct expansion *in, const char *name)
{
	return in->variables->get(name, in->variables->arg);
}

/* ---- names ---- */

/* Blocks of code points, beyond ASCII, that are no letters and no digits: what people type between
 * words (quotes, dashes, spaces, arrows, full-width signs, pictures). */
static const struct {
	uint32_t first, last;
} not_letters[] = {
	{0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},     {0xd7, 0xd7},
	{0xf7, 0xf7},     {0x2000, 0x2070}, {0x207a, 0x207e}, {0x20a0, 0x20ff}, {0x2190, 0x2bff},
	{0x2e00, 0x2fff}, {0x3000, 0x3004}, {0x3007, 0x3030}, {0xd800, 0xf8ff}, {0xfe00, 0xfe6f},
	{0xff00, 0xff20}, {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xffe0, 0xffff}, {0x1f000, 0x1faff},
};

/* The bytes of the UTF-8 letter at the front; 0: there is none. */
static size_t letter_len(struct str text)
{
	unsigned char lead = text.len ? (unsigned char)text.ptr[0] : 0;
	size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
	uint32_t point = lead & (0xffu >> (len + 1));

	if (!len || lead > 0xf4 || text.len < len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)text.ptr[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)text.ptr[i] & 0x3f);
	}
	for (size_t i = 0; i < ARRAY_LEN(not_letters); i++)
		if (point >= not_letters[i].first && point <= not_letters[i].last)
			return 0;
	return len;
}

static size_t name_len(struct str text)
{
	size_t len = 0, more = 1;

	if (text.len && isdigit((unsigned char)text.ptr[0])) {
		while (len < text.len && isdigit((unsigned char)text.ptr[len]))
			len++;
		return len;
	}
	if (text.len && strchr("@*#?-$!", text.ptr[0]))
		return 1;
	for (; more; len += more) {
		struct str rest = {text.ptr + len, text.len - len};
		if (rest.len && (isalnum((unsigned char)rest.ptr[0]) || rest.ptr[0] == '_'))
			more = 1;
		else
			more = letter_len(rest);
	}
	return len;
}

static char *cut_name(struct expansion *in)
{
	size_t len = name_len(in->rest);
	char *name = xstrndup(in->rest.ptr ? in->rest.ptr : "", len);
	in->rest = (struct str){in->rest.ptr + len, in->rest.len - len};
	return name;
}

/* ---- ${…} ---- */

enum escapes { REMOVE_ESCAPES, KEEP_ESCAPES };
static int expand_until(struct expansion *in, char stop, enum escapes escapes, struct output *out);

/* The word inside ${name-word}, expanded. */
static int inner_word(struct expansion *in, char stop, enum escapes escapes, struct buf *ret_word)
{
	struct output out = {.text = {.max = LIMIT_EXPANDED_BYTES}};
	int result = -1;

	if (in->depth == LIMIT_EXPAND_DEPTH)
		return err_set(in->err, ERR_LIMIT, "'%s': nested deeper than %u",
			       in->variables->word, LIMIT_EXPAND_DEPTH);
	in->depth++;
	if (!expand_until(in, stop, escapes, &out))
		result = buf_check(&out.text, "an expanded word", in->err);
	in->depth--;
	*ret_word = out.text;
	return result;
}

static int parse_pattern(struct expansion *in, struct str text, struct pattern *ret_pattern)
{
	if (text.len > LIMIT_PATTERN_BYTES)
		return err_set(in->err, ERR_LIMIT, "'%s': a pattern is longer than %u bytes",
			       in->variables->word, LIMIT_PATTERN_BYTES);
	if (!pattern_parse(text, ret_pattern))
		return wrong(in, "a pattern has an escape before something other than *, ? or \\");
	return 0;
}

static int trim_value(struct expansion *in, char side, struct str word, struct str value,
		      struct output *out)
{
	bool is_greedy = word.len && word.ptr[0] == side;
	struct pattern pattern;

	if (is_greedy)
		word = (struct str){word.ptr + 1, word.len - 1};
	if (parse_pattern(in, word, &pattern))
		return -1;
	put_str(out,
		side == '#' ? pattern_trim_front(&pattern, value, is_greedy)
			    : pattern_trim_end(&pattern, value, is_greedy),
		SPLIT);
	return 0;
}

static int require_value(struct expansion *in, const char *name, const char *value, bool need_text,
			 struct str word)
{
	const char *reason = !value ? "is not set" : need_text && !*value ? "is empty" : NULL;

	if (!reason)
		return 0;
	if (word.len)
		return err_at(in->err, in->variables->pos, "%s: %.*s", name, STR_ARG(word));
	return err_at(in->err, in->variables->pos, "the variable '%s' %s", name, reason);
}

/* After "${name" and an optional ":": one of - + ? # %. */
static int modify(struct expansion *in, const char *name, bool need_text, struct output *out)
{
	char modifier = next(in);
	if (!modifier)
		return wrong(in, "a '}' is missing");
	if (!strchr(need_text ? "-+?" : "-+?#%", modifier))
		return wrong(in, "an unknown modifier in ${…}");
	enum escapes escapes = strchr("#%", modifier) ? KEEP_ESCAPES : REMOVE_ESCAPES;
	cleanup(buf_done) struct buf word = {0};
	if (inner_word(in, '}', escapes, &word))
		return -1;
	/* looked up behind the word, which may have looked up others */
	const char *value = value_of(in, name);
	bool is_there = value && (!need_text || *value);
	switch (modifier) {
	case '-': put_str(out, is_there ? str_of(value) : buf_str(&word), SPLIT); return 0;
	case '+':
		if (is_there)
			put_str(out, buf_str(&word), SPLIT);
		return 0;
	case '?':
		if (require_value(in, name, value, need_text, buf_str(&word)))
			return -1;
		put_str(out, str_of(value), SPLIT);
		return 0;
	default: return trim_value(in, modifier, buf_str(&word), str_of(value ? value : ""), out);
	}
}

/* After "${name/": pattern, "/", replacement, "}". */
static int replace(struct expansion *in, const char *name, struct output *out)
{
	cleanup(buf_done) struct buf pattern_text = {0};
	cleanup(buf_done) struct buf replacement = {0};
	autobuf struct buf replaced = {.max = LIMIT_EXPANDED_BYTES};
	bool all = peek(in) == '/';
	struct pattern pattern;

	if (all)
		next(in);
	if (inner_word(in, '/', KEEP_ESCAPES, &pattern_text))
		return -1;
	if (inner_word(in, '}', REMOVE_ESCAPES, &replacement))
		return -1;
	if (parse_pattern(in, buf_str(&pattern_text), &pattern))
		return -1;
	const char *value = value_of(in, name);
	pattern_replace(&pattern, str_of(value ? value : ""), buf_str(&replacement), all,
			&replaced);
	if (buf_check(&replaced, "an expanded word", in->err))
		return -1;
	put_str(out, buf_str(&replaced), SPLIT);
	return 0;
}

static int expand_braces(struct expansion *in, struct output *out)
{
	if (!in->rest.len)
		return wrong(in, "a '}' is missing");
	if (strchr("{}:", peek(in)))
		return wrong(in, "a variable's name is missing in ${…}");
	autofree char *name = cut_name(in);
	if (!*name)
		return wrong(in, "a variable's name is missing in ${…}");
	switch (peek(in)) {
	case '}': {
		next(in);
		const char *value = value_of(in, name);
		put_str(out, str_of(value ? value : ""), SPLIT);
		return 0;
	}
	case '/': next(in); return replace(in, name, out);
	case ':': next(in); return modify(in, name, true, out);
	default: return modify(in, name, false, out);
	}
}

static int expand_dollar(struct expansion *in, struct output *out)
{
	next(in);
	if (peek(in) == '{') {
		next(in);
		return expand_braces(in, out);
	}
	autofree char *name = cut_name(in);
	const char *value = *name ? value_of(in, name) : "$";
	put_str(out, str_of(value ? value : ""), SPLIT);
	return 0;
}

/* ---- quotes ---- */

static int expand_single(struct expansion *in, struct output *out)
{
	next(in);
	struct str inside = str_cut(&in->rest, '\'');
	if (!in->rest.ptr)
		return wrong(in, "a single quote is not closed");
	put_str(out, inside, WHOLE);
	return 0;
}

static int expand_double(struct expansion *in, struct output *out)
{
	/* what is inside never splits, also not what variables bring */
	struct output inside = {.text = {.max = LIMIT_EXPANDED_BYTES}};
	int result = 0;

	next(in);
	while (!result && in->rest.len && peek(in) != '"') {
		if (peek(in) == '$') {
			result = expand_dollar(in, &inside);
			continue;
		}
		char byte = next(in);
		if (byte == in->variables->escape && in->rest.len &&
		    (peek(in) == '"' || peek(in) == '$' || peek(in) == in->variables->escape))
			byte = next(in);
		else if (byte == in->variables->escape && !in->rest.len)
			break;
		put(&inside, byte, WHOLE);
	}
	if (!result && next(in) != '"')
		result = wrong(in, "a double quote is not closed");
	if (!result)
		result = buf_check(&inside.text, "an expanded word", in->err);
	put_str(out, buf_str(&inside.text), WHOLE);
	buf_done(&inside.text);
	return result;
}

/* ---- the whole ---- */

static void expand_escape(struct expansion *in, enum escapes escapes, struct output *out)
{
	char byte = next(in);
	if (escapes == KEEP_ESCAPES)
		put(out, byte, WHOLE);
	if (in->rest.len)
		put(out, next(in), WHOLE); /* at the end of the word it vanishes */
}

/* Up to the `stop` that closes this part ('\0': the end of the word), which is taken. */
static int expand_until(struct expansion *in, char stop, enum escapes escapes, struct output *out)
{
	while (in->rest.len) {
		char byte = peek(in);
		int result = 0;
		if (stop && byte == stop) {
			next(in);
			return 0;
		}
		if (byte == '$')
			result = expand_dollar(in, out);
		else if (byte == '\'' && !in->keep_quotes)
			result = expand_single(in, out);
		else if (byte == '"' && !in->keep_quotes)
			result = expand_double(in, out);
		else if (byte == in->variables->escape)
			expand_escape(in, escapes, out);
		else
			put(out, next(in), SPLIT);
		if (result)
			return -1;
	}
	if (stop == '}')
		return wrong(in, "a '}' is missing");
	return stop ? wrong(in, "a second '/' is missing in ${…/…/…}") : 0;
}

static int expand(const struct variables *variables, struct str text, bool keep_quotes,
		  struct output *out, struct err *err)
{
	struct expansion in = {
		.rest = text, .keep_quotes = keep_quotes, .variables = variables, .err = err};
	if (expand_until(&in, '\0', REMOVE_ESCAPES, out))
		return -1;
	return buf_check(&out->text, "an expanded word", err);
}

int expand_text(const struct variables *variables, struct str text, bool keep_quotes,
		char **ret_text, struct err *err)
{
	struct output out = {.text = {.max = LIMIT_EXPANDED_BYTES}};
	int result = expand(variables, text, keep_quotes, &out, err);

	if (!result)
		*ret_text = xstrdup(buf_text(&out.text));
	buf_done(&out.text);
	return result;
}

int expand_split(const struct variables *variables, struct str text, struct strlist *words,
		 struct err *err)
{
	struct output out = {.text = {.max = LIMIT_EXPANDED_BYTES}, .words = words};
	int result = expand(variables, text, false, &out, err);

	end_word(&out);
	buf_done(&out.text);
	return result;
}
