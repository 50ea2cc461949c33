/* secrets_value.c - the secrets in values, and values without them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/secrets_private.h"

#include "state/limits.h"
#include "value/dict.h"
#include "value/limits.h"
#include "value/list.h"

#include "base/banned.h"

#define MASK "***"

struct walk { /* over a graph that may share or even hold itself: bounded */
	struct secrets *secrets;
	struct heap *heap;
	unsigned depth;
	uint64_t n_seen;
	bool is_all; /* below a key of which all is secret */
};

static bool enter(struct walk *walk)
{
	if (walk->depth >= LIMIT_DEPTH || walk->n_seen >= LIMIT_SECRET_VALUES)
		return false;
	walk->depth++;
	walk->n_seen++;
	return true;
}

/* Words that are no secret although they stand where one does. */
static bool is_harmless(struct str text)
{
	static const char *const words[] = {"true",
					    "false",
					    "none",
					    "null",
					    "undefined",
					    "x", /* of passwd(5): the hash is in shadow */
					    "XXX-REDACTED-XXX",
					    MASK};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is_nocase(text, words[i]))
			return true;
	/* "{password}": resolved later */
	return text.len > 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}' &&
	       !memchr(text.ptr, ' ', text.len);
}

static void add_scalar(struct walk *walk, struct value v)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	if (v.kind == VALUE_STRING) {
		if (!is_harmless(str_trim(value_bytes(v))))
			secrets_add(walk->secrets, value_bytes(v));
	} else if (v.kind == VALUE_INT || v.kind == VALUE_FLOAT) {
		if (!value_print(walk->heap, v, &buf, &err))
			secrets_add(walk->secrets, buf_str(&buf));
	}
}

static void add_all(struct walk *walk, struct value v)
{
	if (v.kind != VALUE_DICT && !value_is_sequence(v)) {
		add_scalar(walk, v);
		return;
	}
	if (!enter(walk))
		return;
	if (v.kind == VALUE_DICT) {
		dict_foreach(entry, v.dict) add_all(walk, entry->value);
	} else {
		for (size_t i = 0; i < v.list->n; i++)
			add_all(walk, v.list->items[i]);
	}
	walk->depth--;
}

void secrets_add_value(struct secrets *secrets, struct value v)
{
	autoheap struct heap heap = {0};
	struct walk walk = {.secrets = secrets, .heap = &heap};

	add_all(&walk, v);
}

/* ---- by keys ---- */

static bool is_place(struct str text)
{
	return !memchr(text.ptr, '\n', text.len) &&
	       (*text.ptr == '/' || memmem(text.ptr, text.len, "://", 3));
}

static bool is_secret_scalar(enum secret_key kind, struct value v)
{
	if (kind == SECRET_NONE)
		return false;
	if (kind != SECRET_KEY)
		return true;
	return v.kind == VALUE_STRING && v.len && !is_place(value_bytes(v));
}

static bool is_secret_tree(enum secret_key kind, struct value v)
{
	return kind == SECRET_ALL || (kind == SECRET_TEXT && value_is_sequence(v));
}

/* scheme://user:password@host */
static void scan_url(struct walk *walk, struct str text)
{
	const char *scheme = memmem(text.ptr, text.len, "://", 3);

	if (!scheme)
		return;
	struct str rest = {scheme + 3, text.len - (size_t)(scheme + 3 - text.ptr)};
	size_t len = 0;
	while (len < rest.len && !strchr("/?# \n\"'", rest.ptr[len]))
		len++;
	const char *at = memrchr(rest.ptr, '@', len);
	const char *colon = at ? memchr(rest.ptr, ':', (size_t)(at - rest.ptr)) : NULL;
	if (colon) {
		struct str password = {colon + 1, (size_t)(at - colon - 1)};
		if (!is_harmless(password))
			secrets_add(walk->secrets, password);
	}
}

static void scan_text(struct walk *walk, struct str text)
{
	if (memmem(text.ptr, text.len, "PRIVATE KEY-----", 16))
		secrets_add(walk->secrets, text);
	else
		scan_url(walk, text);
}

static void scan(struct walk *walk, struct value v);

static void scan_entry(struct walk *walk, const struct dict_entry *entry)
{
	enum secret_key kind = SECRET_NONE;
	struct value v = entry->value;

	if (entry->key.kind == VALUE_STRING)
		kind = secret_key_kind(walk->secrets, value_bytes(entry->key));
	bool is_tree = v.kind == VALUE_DICT || value_is_sequence(v);
	if (is_tree ? is_secret_tree(kind, v) : is_secret_scalar(kind, v))
		add_all(walk, v);
	else
		scan(walk, v);
}

static void scan(struct walk *walk, struct value v)
{
	if (v.kind == VALUE_STRING && v.len)
		scan_text(walk, value_bytes(v));
	if ((v.kind != VALUE_DICT && !value_is_sequence(v)) || !enter(walk))
		return;
	if (v.kind == VALUE_DICT) {
		dict_foreach(entry, v.dict) scan_entry(walk, entry);
	} else {
		for (size_t i = 0; i < v.list->n; i++)
			scan(walk, v.list->items[i]);
	}
	walk->depth--;
}

void secrets_scan(struct secrets *secrets, struct value v)
{
	autoheap struct heap heap = {0};
	struct walk walk = {.secrets = secrets, .heap = &heap};

	scan(&walk, v);
}

static struct str unquote(struct str text)
{
	text = str_trim(text);
	if (text.len >= 2 && (*text.ptr == '"' || *text.ptr == '\'') &&
	    text.ptr[text.len - 1] == *text.ptr)
		return (struct str){text.ptr + 1, text.len - 2};
	return text;
}

void secrets_scan_text(struct secrets *secrets, struct str text)
{
	while (text.ptr) {
		struct str value = str_cut(&text, '\n');
		struct str key = str_cut(&value, ':');
		while (key.len && strchr(" \t-?{[,", *key.ptr))
			key = (struct str){key.ptr + 1, key.len - 1};
		value = unquote(value);
		enum secret_key kind = secret_key_kind(secrets, unquote(key));
		bool is_secret = kind && value.len && !strchr("|>{[&*!#", *value.ptr) &&
				 !(kind == SECRET_KEY && is_place(value));
		if (is_secret && !is_harmless(value))
			secrets_add(secrets, value);
	}
}

/* ---- values to be shown ---- */

static struct value mask(struct walk *walk, struct value v);

static struct value mask_text(struct walk *walk, struct value v)
{
	autobuf struct buf buf = {.max = SIZE_MAX / 2};

	secrets_mask(walk->secrets, value_bytes(v), &buf);
	if (str_eq(buf_str(&buf), value_bytes(v)))
		return v;
	return value_text(walk->heap, buf_str(&buf));
}

static bool is_shown(struct value v)
{
	return v.kind == VALUE_NONE || v.kind == VALUE_BOOL ||
	       (v.kind == VALUE_STRING && (!v.len || is_harmless(value_bytes(v))));
}

static struct value mask_number(struct walk *walk, struct value v)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	if (value_print(walk->heap, v, &buf, &err))
		return v;
	struct value masked = mask_text(walk, value_view(buf_str(&buf)));
	return masked.text == buf.ptr ? v : masked;
}

static struct value mask_entry(struct walk *walk, const struct dict_entry *entry)
{
	enum secret_key kind = SECRET_NONE;
	struct value v = entry->value;

	if (entry->key.kind == VALUE_STRING)
		kind = secret_key_kind(walk->secrets, value_bytes(entry->key));
	bool is_tree = v.kind == VALUE_DICT || value_is_sequence(v);
	bool is_all = walk->is_all;
	if (!is_tree && !is_shown(v) && is_secret_scalar(kind, v))
		return value_literal(MASK);
	walk->is_all |= is_tree && is_secret_tree(kind, v);
	v = mask(walk, v);
	walk->is_all = is_all;
	return v;
}

static struct value mask_key(struct walk *walk, struct value key)
{
	return key.kind == VALUE_STRING ? mask_text(walk, key) : key;
}

static struct value mask_dict(struct walk *walk, const struct dict *dict)
{
	struct dict *copy = dict_new(walk->heap);

	dict_foreach(entry, dict)
		dict_put(walk->heap, copy, mask_key(walk, entry->key), mask_entry(walk, entry));
	return value_of_dict(copy);
}

static struct value mask_list(struct walk *walk, struct value v)
{
	struct list *copy = list_new(walk->heap, v.list->n);

	for (size_t i = 0; i < v.list->n; i++)
		list_push(walk->heap, copy, mask(walk, v.list->items[i]));
	if (v.kind == VALUE_TUPLE)
		return value_tuple(walk->heap, copy->items, copy->n);
	return value_of_list(copy);
}

static struct value mask(struct walk *walk, struct value v)
{
	struct value masked;

	if (v.kind != VALUE_DICT && !value_is_sequence(v)) {
		if (walk->is_all && !is_shown(v))
			return value_literal(MASK);
		if (v.kind == VALUE_INT || v.kind == VALUE_FLOAT)
			return mask_number(walk, v);
		return v.kind == VALUE_STRING ? mask_text(walk, v) : v;
	}
	if (!enter(walk))
		return value_literal(MASK);
	masked = v.kind == VALUE_DICT ? mask_dict(walk, v.dict) : mask_list(walk, v);
	walk->depth--;
	return masked;
}

struct value secrets_mask_value(struct secrets *secrets, struct heap *heap, struct value v)
{
	struct walk walk = {.secrets = secrets, .heap = heap};

	return mask(&walk, v);
}
