/* template.c - reading a template once, from left to right, blocks by recursion.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/template.h"

#include <ctype.h>

#include "runner/limits.h"

#include "base/banned.h"

#define OPEN  STR("{{")
#define CLOSE STR("}}")

enum tag_kind {
	TAG_END, /* of the text */
	TAG_TEXT,
	TAG_VALUE,
	TAG_IF,
	TAG_ELSE,
	TAG_END_IF,
	TAG_EACH,
	TAG_END_EACH,
	TAG_PART, /* {{.}} */
	TAG_KINDS
};

static const char *const tag_names[TAG_KINDS] = {
	[TAG_IF] = "{{#if}}",     [TAG_ELSE] = "{{else}}",      [TAG_END_IF] = "{{/if}}",
	[TAG_EACH] = "{{#each}}", [TAG_END_EACH] = "{{/each}}",
};

struct tag {
	enum tag_kind kind;
	struct str name;
	struct str text; /* TAG_TEXT: the bytes; of a value: what stands behind the operator */
	char op[3];      /* "", ":-", "-", ":?" */
	struct str separator;
	size_t pos;
};

struct filler {
	const char *file;
	struct str text;
	size_t pos;
	const struct template_values *values;
	struct buf *out;
	struct str part; /* of the innermost each; ptr NULL: outside */
	int depth;
	int n_parts;
};

static struct src_pos place_of(const struct filler *filler, size_t pos)
{
	struct src_pos at = {.file = filler->file, .line = 1, .column = 1};

	for (size_t i = 0; i < pos; i++) {
		at.column++;
		if (filler->text.ptr[i] == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	return at;
}

static struct str rest_at(const struct filler *filler, size_t pos)
{
	return (struct str){filler->text.ptr + pos, filler->text.len - pos};
}

/* Where `what` begins, or the length when it is not there. */
static size_t find(struct str text, struct str what)
{
	const char *at = text.len ? memmem(text.ptr, text.len, what.ptr, what.len) : NULL;

	return at ? (size_t)(at - text.ptr) : text.len;
}

static struct str skip(struct str text, size_t n)
{
	return (struct str){text.ptr + n, text.len - n};
}

/* The name at the front of *text, which is cut off; empty: none. */
static struct str take_name(struct str *text)
{
	struct str name = {text->ptr, 0};

	while (name.len < text->len && (name.ptr[name.len] == '_' ||
					(name.len ? isalnum((unsigned char)name.ptr[name.len])
						  : isalpha((unsigned char)name.ptr[name.len]))))
		name.len++;
	*text = skip(*text, name.len);
	return name;
}

static bool take(struct str *text, struct str word)
{
	if (!str_starts(*text, word))
		return false;
	*text = skip(*text, word.len);
	return true;
}

/* NAME, NAME:-text, NAME-text, NAME:?message. */
static bool read_value(struct str inside, struct tag *tag)
{
	static const char *const ops[] = {":-", "-", ":?"};

	tag->name = take_name(&inside);
	if (!tag->name.len)
		return false;
	tag->kind = TAG_VALUE;
	if (!inside.len)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		if (take(&inside, str_of(ops[i]))) {
			snprintf(tag->op, sizeof(tag->op), "%s", ops[i]);
			tag->text = inside;
			return true;
		}
	}
	return false;
}

/* NAME "separator" */
static bool read_each(struct str inside, struct tag *tag)
{
	tag->name = take_name(&inside);
	inside = str_trim_blanks(inside);
	if (!tag->name.len || inside.len < 3 || inside.ptr[0] != '"' ||
	    inside.ptr[inside.len - 1] != '"')
		return false;
	tag->separator = (struct str){inside.ptr + 1, inside.len - 2};
	return true;
}

static int bad_tag(const struct filler *filler, const struct tag *tag, const char *form,
		   struct err *err)
{
	return err_at(err, place_of(filler, tag->pos), "not of the form %s", form);
}

/* What stands between the braces; TAG_TEXT: nothing of ours. */
static int read_inside(const struct filler *filler, struct str inside, struct tag *tag,
		       struct err *err)
{
	static const struct {
		const char *text;
		enum tag_kind kind;
	} words[] = {
		{"else", TAG_ELSE}, {"/if", TAG_END_IF}, {"/each", TAG_END_EACH}, {".", TAG_PART}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_is(inside, words[i].text)) {
			tag->kind = words[i].kind;
			return 0;
		}
	}
	if (take(&inside, STR("#if "))) {
		tag->kind = TAG_IF;
		tag->name = take_name(&inside);
		return tag->name.len && !inside.len ? 0 : bad_tag(filler, tag, "{{#if NAME}}", err);
	}
	if (take(&inside, STR("#each "))) {
		tag->kind = TAG_EACH;
		return read_each(inside, tag) ? 0
					      : bad_tag(filler, tag, "{{#each NAME \",\"}}", err);
	}
	if (!read_value(inside, tag))
		tag->kind = TAG_TEXT;
	return 0;
}

/* A block's tag alone on its line takes the line with it: the blanks before it (`n_before` bytes)
 * and all up to the next line. */
static bool is_alone(const struct filler *filler, size_t begin, size_t end, size_t *ret_n_before,
		     size_t *ret_after)
{
	struct str all = filler->text;
	size_t first = begin, last = end;

	while (first > 0 && (all.ptr[first - 1] == ' ' || all.ptr[first - 1] == '\t'))
		first--;
	while (last < all.len && (all.ptr[last] == ' ' || all.ptr[last] == '\t'))
		last++;
	if (last + 1 < all.len && all.ptr[last] == '\r' && all.ptr[last + 1] == '\n')
		last++;
	if ((first > 0 && all.ptr[first - 1] != '\n') || (last < all.len && all.ptr[last] != '\n'))
		return false;
	*ret_n_before = begin - first;
	*ret_after = last < all.len ? last + 1 : last;
	return true;
}

/* The next piece: plain text up to the next tag, or the tag. */
static int next_tag(struct filler *filler, struct tag *ret_tag, struct err *err)
{
	struct str rest = rest_at(filler, filler->pos);
	struct tag tag = {.pos = filler->pos};

	if (!rest.len) {
		*ret_tag = tag;
		return 0;
	}
	size_t plain = find(rest, OPEN);
	size_t closing = find((struct str){rest.ptr, plain}, STR("}}}}"));
	tag.kind = TAG_TEXT;
	if (str_starts(rest, STR("{{{{"))) {
		tag.text = OPEN;
		filler->pos += 4;
	} else if (str_starts(rest, STR("}}}}"))) {
		tag.text = CLOSE;
		filler->pos += 4;
	} else if (plain > 0) {
		tag.text = (struct str){rest.ptr, plain < closing ? plain : closing};
		filler->pos += tag.text.len;
	} else {
		struct str inside = skip(rest, 2);
		if (inside.len > LIMIT_TEMPLATE_TAG)
			inside.len = LIMIT_TEMPLATE_TAG;
		size_t len = find(inside, CLOSE);
		bool is_closed = len < inside.len;
		inside.len = len;
		if (is_closed && read_inside(filler, inside, &tag, err))
			return -1;
		/* Only one brace is text then: {{{NAME}}} is a value in braces. */
		if (!is_closed || tag.kind == TAG_TEXT)
			tag.text = (struct str){rest.ptr, 1};
		filler->pos += tag.kind == TAG_TEXT ? 1 : inside.len + 4;
	}
	*ret_tag = tag;
	return 0;
}

static void emit(struct filler *filler, bool is_on, struct str text)
{
	if (is_on)
		buf_append_str(filler->out, text);
}

static void drop_line(struct filler *filler, const struct tag *tag, bool is_on)
{
	size_t n_before, after;

	if (!is_alone(filler, tag->pos, filler->pos, &n_before, &after))
		return;
	filler->pos = after;
	if (is_on && !filler->out->overflowed)
		buf_truncate(filler->out, filler->out->len - n_before);
}

static int not_set(const struct filler *filler, const struct tag *tag, struct err *err)
{
	const struct template_values *values = filler->values;
	const char *nearest = values->nearest ? values->nearest(values->arg, tag->name) : NULL;

	return err_at(err, place_of(filler, tag->pos), "variable '%.*s' is not set%s%s%s",
		      STR_ARG(tag->name), nearest ? " (did you mean '" : "", nearest ? nearest : "",
		      nearest ? "'?)" : "");
}

/* *ret_value NULL: unset. */
static int look_up(const struct filler *filler, const struct tag *tag, const char **ret_value,
		   struct err *err)
{
	const struct template_values *values = filler->values;

	if (!values->get(values->arg, tag->name, ret_value, err))
		return 0;
	struct src_pos at = place_of(filler, tag->pos);
	return err_wrap(err, "%s:%u:%u", at.file, at.line, at.column);
}

static int emit_value(struct filler *filler, const struct tag *tag, struct err *err)
{
	const char *value = NULL;

	if (look_up(filler, tag, &value, err))
		return -1;
	bool is_empty = !value || !*value;
	if (text_eq(tag->op, ":?") && is_empty)
		return err_at(err, place_of(filler, tag->pos), "variable '%.*s': %.*s",
			      STR_ARG(tag->name), STR_ARG(tag->text));
	if (tag->op[0] == '-' ? !value : tag->op[0] && is_empty)
		emit(filler, true, tag->text);
	else if (value)
		buf_puts(filler->out, value);
	else
		return not_set(filler, tag, err);
	return 0;
}

static int fill_block(struct filler *filler, bool is_on, struct tag *ret_end, struct err *err);

/* A block's end that nothing began, or another one's. */
static int wrong_end(const struct filler *filler, const struct tag *begin, const struct tag *end,
		     struct err *err)
{
	if (end->kind == TAG_END)
		return err_at(err, place_of(filler, begin->pos), "%s without its end",
			      tag_names[begin->kind]);
	return err_at(err, place_of(filler, end->pos),
		      "%s stands where no block of its kind is open", tag_names[end->kind]);
}

static int fill_if(struct filler *filler, const struct tag *tag, bool is_on, struct err *err)
{
	const char *value = NULL;
	struct tag end;

	if (is_on && look_up(filler, tag, &value, err))
		return -1;
	bool holds = value && *value;
	if (fill_block(filler, is_on && holds, &end, err))
		return -1;
	if (end.kind == TAG_ELSE && fill_block(filler, is_on && !holds, &end, err))
		return -1;
	return end.kind == TAG_END_IF ? 0 : wrong_end(filler, tag, &end, err);
}

/* The body once for each part; once without output when there is none, to find its end. */
static int fill_each(struct filler *filler, const struct tag *tag, bool is_on, struct err *err)
{
	const char *value = NULL;
	struct str outer = filler->part;
	size_t body = filler->pos;
	struct tag end;

	if (is_on && look_up(filler, tag, &value, err))
		return -1;
	if (is_on && !value)
		return not_set(filler, tag, err);
	autofree char *kept = xstrdup(value ? value : "");
	struct str left = str_of(kept);
	do {
		size_t len = find(left, tag->separator);
		bool is_last = len == left.len;
		if (++filler->n_parts > LIMIT_TEMPLATE_PARTS)
			return err_at(err, place_of(filler, tag->pos), "more than %d repetitions",
				      LIMIT_TEMPLATE_PARTS);
		filler->pos = body;
		filler->part = (struct str){left.ptr, len};
		if (fill_block(filler, is_on && *kept, &end, err))
			return -1;
		if (is_last)
			left.ptr = NULL;
		else
			left = skip(left, len + tag->separator.len);
	} while (left.ptr && end.kind == TAG_END_EACH);
	filler->part = outer;
	return end.kind == TAG_END_EACH ? 0 : wrong_end(filler, tag, &end, err);
}

static int fill_nested(struct filler *filler, const struct tag *tag, bool is_on, struct err *err)
{
	if (filler->depth >= LIMIT_TEMPLATE_DEPTH)
		return err_at(err, place_of(filler, tag->pos), "more than %d blocks in one another",
			      LIMIT_TEMPLATE_DEPTH);
	filler->depth++;
	int result = tag->kind == TAG_IF ? fill_if(filler, tag, is_on, err)
					 : fill_each(filler, tag, is_on, err);
	filler->depth--;
	return result;
}

/* Up to the end of a block or of the text, which is *ret_end. */
static int fill_block(struct filler *filler, bool is_on, struct tag *ret_end, struct err *err)
{
	for (;;) {
		struct tag tag;
		if (next_tag(filler, &tag, err))
			return -1;
		if (tag_names[tag.kind])
			drop_line(filler, &tag, is_on);
		switch (tag.kind) {
		case TAG_TEXT: emit(filler, is_on, tag.text); break;
		case TAG_VALUE:
			if (is_on && emit_value(filler, &tag, err))
				return -1;
			break;
		case TAG_PART:
			emit(filler, is_on, filler->part.ptr ? filler->part : STR("{{.}}"));
			break;
		case TAG_IF:
		case TAG_EACH:
			if (fill_nested(filler, &tag, is_on, err))
				return -1;
			break;
		default: *ret_end = tag; return 0;
		}
	}
}

int template_fill(const char *file, struct str text, const struct template_values *values,
		  struct buf *out, struct err *err)
{
	struct filler filler = {.file = file, .text = text, .values = values, .out = out};
	struct tag end;

	if (fill_block(&filler, true, &end, err))
		return -1;
	if (end.kind != TAG_END)
		return wrong_end(&filler, &end, &end, err);
	return buf_check(out, file, err);
}
