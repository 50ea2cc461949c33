/* parse.c - words, durations, sizes, modes and truth from text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"

#include "base/buf.h"
#include "base/size.h"
#include "ini/limits.h"

#include "base/banned.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* XCU 2.2.3: inside double quotes a backslash means something before these alone. */
static bool is_escapable(char c)
{
	return c == '$' || c == '`' || c == '"' || c == '\\' || c == '\n';
}

/* From behind the opening quote; returns what follows the closing one, or NULL. */
static const char *quoted_add(const char *text, char quote, struct buf *word)
{
	for (; *text && *text != quote; text++) {
		if (quote == '"' && *text == '\\' && is_escapable(text[1])) {
			text++;
			if (*text == '\n')
				continue;
		}
		buf_putc(word, *text);
	}
	return *text ? text + 1 : NULL;
}

/* One word, its quotes removed; returns what follows it. */
static const char *word_add(const char *start, const char *text, struct buf *word, struct err *err)
{
	while (*text && !is_blank(*text)) {
		if (*text == '\'' || *text == '"') {
			const char *behind = quoted_add(text + 1, *text, word);
			if (!behind) {
				err_set(err, ERR_INPUT, "the quote %c of byte %zu is never closed",
					*text, (size_t)(text - start) + 1);
				return NULL;
			}
			text = behind;
			continue;
		}
		if (*text == '\\') {
			if (!*++text) {
				err_set(err, ERR_INPUT, "a backslash ends the text");
				return NULL;
			}
			if (*text == '\n') {
				text++;
				continue;
			}
		}
		buf_putc(word, *text++);
	}
	return text;
}

int parse_words(struct arena *arena, const char *text, struct text_list *ret_words, struct err *err)
{
	struct text_list words = {0};
	autobuf struct buf word = {.max = LIMIT_INI_VALUE};
	const char *p = text;
	for (;;) {
		while (is_blank(*p))
			p++;
		if (!*p)
			break;
		if (words.n == LIMIT_INI_WORDS)
			return err_set(err, ERR_LIMIT, "more than %d words", LIMIT_INI_WORDS);
		buf_truncate(&word, 0);
		p = word_add(text, p, &word, err);
		if (!p || buf_check(&word, "a word", err))
			return -1;
		text_list_add(arena, &words, arena_strdup(arena, buf_text(&word)));
	}
	*ret_words = words;
	return 0;
}

int parse_bool(const char *text, bool *ret_value, struct err *err)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		bool is_yes = str_is_nocase(str_of(text), yes[i]);
		if (is_yes || str_is_nocase(str_of(text), no[i])) {
			*ret_value = is_yes;
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, "'%s' is neither yes nor no", text);
}

int parse_mode(const char *text, int *ret_mode, struct err *err)
{
	uint32_t mode;
	if (!str_to_octal(str_of(text), &mode) || mode > 07777)
		return err_set(err, ERR_INPUT, "'%s' is no octal mode like 0644", text);
	*ret_mode = (int)mode;
	return 0;
}

int parse_bytes(const char *text, uint64_t *ret_bytes, struct err *err)
{
	if (!size_parse(str_of(text), ret_bytes))
		return err_set(err, ERR_INPUT, "'%s' is no size like 512k, 25M or 1GiB", text);
	return 0;
}

#define NS_PER_S INT64_C(1000000000)

/* "ms" before "m": the first that fits is taken. */
static const struct {
	const char *unit;
	int64_t ns;
} duration_units[] = {
	{"ns", 1},
	{"us", 1000},
	{"ms", 1000000},
	{"s", NS_PER_S},
	{"m", 60 * NS_PER_S},
	{"h", 3600 * NS_PER_S},
	{"d", 86400 * NS_PER_S},
	{"w", INT64_C(7) * 86400 * NS_PER_S},
};

static int64_t unit_of(struct str *text)
{
	for (size_t i = 0; i < ARRAY_LEN(duration_units); i++) {
		struct str unit = str_of(duration_units[i].unit);
		if (str_starts(*text, unit)) {
			*text = (struct str){text->ptr + unit.len, text->len - unit.len};
			return duration_units[i].ns;
		}
	}
	return 0;
}

static struct str digits_cut(struct str *text)
{
	size_t n = 0;
	while (n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9')
		n++;
	struct str digits = {text->ptr, n};
	*text = (struct str){text->ptr + n, text->len - n};
	return digits;
}

/* "1.5s" from the front of text. The unit may miss only when nothing stands before or behind. */
static bool duration_part(struct str *text, bool is_first, int64_t *ret_ns)
{
	struct str whole = digits_cut(text), part = {0};
	if (text->len && text->ptr[0] == '.') {
		*text = (struct str){text->ptr + 1, text->len - 1};
		part = digits_cut(text);
		if (!part.len)
			return false;
	}
	uint64_t count = 0;
	if ((whole.len && !str_to_u64(whole, &count)) || (!whole.len && !part.len))
		return false;
	int64_t unit = is_first && !text->len ? NS_PER_S : unit_of(text), ns;
	if (!unit || count > INT64_MAX || __builtin_mul_overflow((int64_t)count, unit, &ns))
		return false;
	/* A ninth digit is a nanosecond of a second; of a week it is far below one too. */
	int64_t scale = unit;
	__extension__ __int128 rest = 0, ten = 1;
	for (size_t i = 0; i < part.len && i < 15; i++) {
		rest = rest * 10 + (part.ptr[i] - '0');
		ten *= 10;
	}
	ns += (int64_t)(rest * scale / ten);
	*ret_ns = ns;
	return ns >= 0 && ns <= LIMIT_DURATION;
}

int parse_duration(const char *text, int64_t *ret_ns, struct err *err)
{
	struct str rest = str_of(text);
	int64_t sum = 0;
	bool is_good = rest.len > 0;
	for (bool is_first = true; is_good && rest.len; is_first = false) {
		int64_t ns = 0;
		is_good = duration_part(&rest, is_first, &ns);
		sum += ns;
		is_good = is_good && sum <= LIMIT_DURATION;
	}
	if (!is_good)
		return err_set(err, ERR_INPUT, "'%s' is no duration like 500ms, 5s, 1m30s or 2.5",
			       text);
	*ret_ns = sum;
	return 0;
}
