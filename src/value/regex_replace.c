/* regex_replace.c - re.sub: what matched, replaced by a template.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "value/limits.h"
#include "value/regex_private.h"

#include "base/banned.h"

/* A replacement, cut once for all matches: a run of text, then a group, and so on. */
struct segment {
	size_t text_end; /* in `texts` */
	unsigned group;
};

struct replacement {
	struct str source;
	size_t pos;
	struct buf texts;
	struct {
		struct segment *items;
		size_t n, cap;
	} segments;
};

static void replacement_done(struct replacement *r)
{
	buf_done(&r->texts);
	vec_done(&r->segments);
}

static bool digit_at(const struct replacement *r, size_t i)
{
	return i < r->source.len && r->source.ptr[i] >= '0' && r->source.ptr[i] <= '9';
}

static bool octal_at(const struct replacement *r, size_t i)
{
	return digit_at(r, i) && r->source.ptr[i] <= '7';
}

static int add_group(struct replacement *r, const struct regex *regex, size_t pos, uint64_t group,
		     struct err *err)
{
	if (group >= regex_n_groups(regex))
		return regex_bad(r->source, pos, err, "invalid group reference %llu",
				 (unsigned long long)group);
	vec_push(&r->segments, {r->texts.len, (unsigned)group});
	return 0;
}

/* \g<1>, \g<name>: behind the g. */
static int cut_named(struct replacement *r, const struct regex *regex, struct err *err)
{
	const char *start = r->source.ptr + r->pos + 1;
	size_t left = r->source.len - r->pos;
	uint64_t number;

	if (!left || start[-1] != '<')
		return regex_bad(r->source, r->pos, err, "missing <");
	const char *end = memchr(start, '>', left - 1);
	if (!end)
		return regex_bad(r->source, r->pos + 1, err,
				 left > 1 ? "missing >, unterminated name" : "missing group name");
	struct str name = {start, (size_t)(end - start)};
	if (!name.len)
		return regex_bad(r->source, r->pos + 1, err, "missing group name");
	size_t pos = r->pos + 1;
	r->pos += name.len + 2;
	if (str_to_u64(name, &number))
		return add_group(r, regex, pos, number, err);
	int group = regex_group_named(regex, name);
	if (group < 0)
		return err_set(err, ERR_INPUT, "unknown group name '%.*s'", STR_ARG(name));
	return add_group(r, regex, pos, (uint64_t)group, err);
}

static int add_octal(struct replacement *r, size_t n_max, struct err *err)
{
	size_t start = r->pos;
	unsigned code = 0;

	for (; n_max && octal_at(r, r->pos); n_max--)
		code = code * 8 + (unsigned)(r->source.ptr[r->pos++] - '0');
	if (code > 0377)
		return regex_bad(r->source, start - 1, err,
				 "octal escape value \\%.*s outside of range 0-0o377",
				 (int)(r->pos - start), r->source.ptr + start);
	if (code >= 0x80) {
		buf_putc(&r->texts, (char)(0xc0 | code >> 6));
		code = 0x80 | (code & 0x3f);
	}
	buf_putc(&r->texts, (char)code);
	return 0;
}

/* \0 and three octal digits are a character, \1 to \99 a group. */
static int cut_digits(struct replacement *r, const struct regex *regex, struct err *err)
{
	size_t start = r->pos;

	if (r->source.ptr[start] == '0' ||
	    (octal_at(r, start) && octal_at(r, start + 1) && octal_at(r, start + 2)))
		return add_octal(r, 3, err);
	uint64_t group = (uint64_t)(r->source.ptr[r->pos++] - '0');
	if (digit_at(r, r->pos))
		group = group * 10 + (uint64_t)(r->source.ptr[r->pos++] - '0');
	return add_group(r, regex, start, group, err);
}

/* Behind a backslash. */
static int cut_escape(struct replacement *r, const struct regex *regex, struct err *err)
{
	static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";

	if (r->pos == r->source.len)
		return regex_bad(r->source, r->pos - 1, err, "bad escape (end of pattern)");
	char c = r->source.ptr[r->pos];
	if (c >= '0' && c <= '9')
		return cut_digits(r, regex, err);
	r->pos++;
	if (c == 'g')
		return cut_named(r, regex, err);
	const char *at = c ? strchr(letters, c) : NULL;
	if (at) {
		buf_putc(&r->texts, bytes[at - letters]);
		return 0;
	}
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return regex_bad(r->source, r->pos - 2, err, "bad escape \\%c", c);
	buf_putc(&r->texts, '\\');
	buf_putc(&r->texts, c);
	return 0;
}

static int replacement_cut(struct replacement *r, const struct regex *regex, bool literal,
			   struct err *err)
{
	if (literal) {
		buf_append_str(&r->texts, r->source);
		return 0;
	}
	while (r->pos < r->source.len) {
		char c = r->source.ptr[r->pos++];
		if (c != '\\')
			buf_putc(&r->texts, c);
		else if (cut_escape(r, regex, err))
			return -1;
	}
	return 0;
}

struct substitution {
	const struct replacement *replacement;
	struct str text;
	size_t copied; /* of the text, so far */
	size_t n, max;
	struct buf *buf;
};

static int substitute(void *arg, const struct regex_match *match, struct err *err)
{
	struct substitution *s = arg;
	const struct replacement *r = s->replacement;
	size_t from = 0;

	if (s->max && s->n == s->max)
		return 0;
	s->n++;
	buf_append(s->buf, s->text.ptr + s->copied, match->start - s->copied);
	vec_foreach(segment, &r->segments) {
		buf_append(s->buf, buf_text(&r->texts) + from, segment->text_end - from);
		buf_append_str(s->buf, match->groups[segment->group]);
		from = segment->text_end;
	}
	buf_append(s->buf, buf_text(&r->texts) + from, r->texts.len - from);
	s->copied = match->end;
	return s->buf->overflowed ? buf_check(s->buf, "the replaced text", err) : 0;
}

int regex_replace(const struct regex *regex, struct str text, const struct regex_replacement *by,
		  struct buf *buf, size_t *ret_n, struct err *err)
{
	cleanup(replacement_done) struct replacement r = {.source = by->text};
	struct substitution s = {.replacement = &r, .text = text, .max = by->max, .buf = buf};

	if (replacement_cut(&r, regex, by->is_literal, err) ||
	    regex_each(regex, text, substitute, &s, err))
		return -1;
	buf_append(buf, text.ptr + s.copied, text.len - s.copied);
	*ret_n = s.n;
	return buf_check(buf, "the replaced text", err);
}
