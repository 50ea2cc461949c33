/* format_resolve.c - {placeholders} of a project's configuration.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A key is resolved when somebody asks for it, once: depth first, instead of passes over
 * everything until nothing changes. A key that is asked for while it is being resolved is a cycle:
 * its placeholder stays. */
#include "project/project.h"

#include "project/limits.h"
#include "value/limits.h"

#include "base/banned.h"

enum key_state { KEY_RAW, KEY_OPEN, KEY_DONE };

struct scope {
	struct dict *dict;
	uint8_t *states; /* enum key_state of each entry */
};

struct resolver {
	struct heap *heap;
	struct scope scopes[2];
	size_t n_scopes;
	const struct resolve_listener *listener;
	struct err *err;
	unsigned depth;
	size_t n_copied;
};

/* own: the scope that v stands in, which is asked first. */
static int resolve(struct resolver *resolver, size_t own, struct value *v);

static int enter(struct resolver *resolver)
{
	if (heap_step(resolver->heap, resolver->err))
		return -1;
	if (++resolver->depth > LIMIT_RESOLVE_DEPTH)
		return err_set(resolver->err, ERR_LIMIT, "placeholders are nested deeper than %d",
			       LIMIT_RESOLVE_DEPTH);
	return 0;
}

/* ---- keys ---- */

static int resolve_entry(struct resolver *resolver, size_t own, struct value *v)
{
	struct scope *scope = &resolver->scopes[own];
	struct dict_entry *entry =
		(struct dict_entry *)((char *)v - offsetof(struct dict_entry, value));
	uint8_t *state = &scope->states[entry - scope->dict->entries];

	if (*state != KEY_RAW)
		return 0;
	*state = KEY_OPEN;
	if (resolve(resolver, own, v))
		return -1;
	*state = KEY_DONE;
	return 0;
}

static bool is_open(const struct resolver *resolver, size_t own, const struct value *v)
{
	const struct scope *scope = &resolver->scopes[own];
	const struct dict_entry *entry =
		(const struct dict_entry *)((const char *)v - offsetof(struct dict_entry, value));

	return scope->states[entry - scope->dict->entries] == KEY_OPEN;
}

static struct value *find_in(const struct dict *dict, struct str name)
{
	struct value *v = dict_get_str(dict, name);
	int64_t number;

	if (!v && str_to_i64(name, &number))
		v = dict_find(dict, value_int(number));
	return v;
}

enum lookup { LOOKUP_ABSENT, LOOKUP_CYCLE, LOOKUP_FOUND, LOOKUP_FAILED };

static enum lookup look_up(struct resolver *resolver, size_t own, struct str name,
			   struct value *ret_value)
{
	for (size_t i = 0; i < resolver->n_scopes; i++) {
		size_t scope = (own + i) % resolver->n_scopes;
		struct value *v = find_in(resolver->scopes[scope].dict, name);
		if (!v)
			continue;
		if (is_open(resolver, scope, v))
			return LOOKUP_CYCLE;
		if (resolve_entry(resolver, scope, v))
			return LOOKUP_FAILED;
		*ret_value = *v;
		return LOOKUP_FOUND;
	}
	return LOOKUP_ABSENT;
}

/* ---- texts ---- */

/* The next "{name}" from *at on: *ret_name, and *at behind it. */
static bool next_placeholder(struct str text, size_t *at, struct str *ret_name)
{
	for (size_t i = *at; i < text.len;) {
		const char *brace = memchr(text.ptr + i, '{', text.len - i);
		if (!brace)
			return false;
		size_t start = (size_t)(brace - text.ptr) + 1, end = start;
		while (end < text.len && !strchr("{}:", text.ptr[end]))
			end++;
		if (end < text.len && text.ptr[end] == '}' && end > start) {
			*ret_name = (struct str){text.ptr + start, end - start};
			*at = end + 1;
			return true;
		}
		i = start;
	}
	return false;
}

/* The names that people mean; "{print $1}", "\d{4}" and "${shell}" are somebody else's. */
static bool is_name(struct str text, struct str name)
{
	if (name.ptr - 1 > text.ptr && (name.ptr[-2] == '$' || name.ptr[-2] == '{'))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char byte = name.ptr[i], lower = (char)(byte | 0x20);
		bool is_letter = (lower >= 'a' && lower <= 'z') || byte == '_';
		bool is_inner = (byte >= '0' && byte <= '9') || byte == '-';
		if (!is_letter && !(i && is_inner))
			return false;
	}
	return true;
}

static void tell(struct resolver *resolver, size_t own, struct value original, struct str text)
{
	struct str name;

	if (!resolver->listener)
		return;
	for (size_t at = 0; next_placeholder(text, &at, &name);) {
		bool is_known = false;
		if (!is_name(text, name))
			continue;
		for (size_t i = 0; i < resolver->n_scopes; i++)
			is_known |= find_in(resolver->scopes[i].dict, name) != NULL;
		resolver->listener->unresolved(resolver->listener->arg, original, name, is_known);
	}
}

static int put_text(struct resolver *resolver, struct buf *buf, struct str text)
{
	if (heap_room(resolver->heap, buf->len + text.len, resolver->err))
		return -1;
	buf_append_str(buf, text);
	return 0;
}

static int put_value(struct resolver *resolver, struct buf *buf, struct value v)
{
	if (v.kind == VALUE_STRING)
		return put_text(resolver, buf, value_bytes(v));
	return value_print(resolver->heap, v, buf, resolver->err) ||
			       heap_room(resolver->heap, buf->len, resolver->err)
		       ? -1
		       : 0;
}

/* One pass over the text; *ret_changed: something was put in. */
static int replace(struct resolver *resolver, size_t own, struct str text, struct buf *buf,
		   bool *ret_changed)
{
	size_t copied = 0;
	struct str name;

	*ret_changed = false;
	for (size_t at = 0; next_placeholder(text, &at, &name);) {
		struct value v;
		enum lookup found = look_up(resolver, own, name, &v);
		if (found == LOOKUP_FAILED)
			return -1;
		if (found != LOOKUP_FOUND)
			continue;
		size_t start = (size_t)(name.ptr - text.ptr) - 1;
		if (put_text(resolver, buf, (struct str){text.ptr + copied, start - copied}) ||
		    put_value(resolver, buf, v))
			return -1;
		copied = at;
		*ret_changed = true;
	}
	return put_text(resolver, buf, (struct str){text.ptr + copied, text.len - copied});
}

/* What is put in is resolved already; but with its neighbours it may make a new placeholder, as in
 * "{{a}}": hence again, until nothing changes. */
static int resolve_text(struct resolver *resolver, size_t own, struct value *v)
{
	struct value original = *v;

	for (int round = 0; round < LIMIT_RESOLVE_ROUNDS; round++) {
		autobuf struct buf buf = {.max = SIZE_MAX / 2};
		bool changed;
		if (replace(resolver, own, value_bytes(*v), &buf, &changed))
			return -1;
		if (!changed || str_eq(buf_str(&buf), value_bytes(*v)))
			break;
		*v = value_text(resolver->heap, buf_str(&buf));
		if (!memchr(v->text, '{', v->len))
			return 0;
	}
	tell(resolver, own, original, value_bytes(*v));
	return 0;
}

/* ---- copies of what a placeholder names: nobody else's list is changed through it ---- */

static int copy_tree(struct resolver *resolver, struct value v, struct value *ret_copy)
{
	if (v.kind != VALUE_DICT && !value_is_sequence(v)) {
		*ret_copy = v;
		return 0;
	}
	size_t n = v.kind == VALUE_DICT ? v.dict->n_entries : v.list->n;
	resolver->n_copied += n + 1;
	if (resolver->n_copied > LIMIT_RESOLVE_COPIES)
		return err_set(resolver->err, ERR_LIMIT, "placeholders repeat more than %d values",
			       LIMIT_RESOLVE_COPIES);
	if (enter(resolver))
		return -1;
	if (v.kind == VALUE_DICT) {
		struct dict *copy = dict_copy(resolver->heap, v.dict);
		dict_foreach(entry, copy)
		{
			if (copy_tree(resolver, entry->value, &entry->value))
				return -1;
		}
		*ret_copy = value_of_dict(copy);
	} else {
		struct list *copy = list_new(resolver->heap, v.list->n);
		for (size_t i = 0; i < v.list->n; i++) {
			struct value item;
			if (copy_tree(resolver, v.list->items[i], &item))
				return -1;
			list_push(resolver->heap, copy, item);
		}
		*ret_copy = v.kind == VALUE_TUPLE
				    ? value_tuple(resolver->heap, copy->items, copy->n)
				    : value_of_list(copy);
	}
	resolver->depth--;
	return 0;
}

/* "{k}" and nothing else, when k is a list or a mapping. 1: done. */
static int resolve_whole(struct resolver *resolver, size_t own, struct value *v)
{
	struct str text = value_bytes(*v), name;
	size_t at = 0;
	struct value found;

	if (*text.ptr != '{' || !next_placeholder(text, &at, &name) || name.ptr != text.ptr + 1 ||
	    at != text.len)
		return 0;
	switch (look_up(resolver, own, name, &found)) {
	case LOOKUP_FAILED: return -1;
	case LOOKUP_FOUND: break;
	default: return 0;
	}
	if (found.kind != VALUE_DICT && !value_is_sequence(found))
		return 0;
	return copy_tree(resolver, found, v) ? -1 : 1;
}

/* ---- values ---- */

static int resolve_string(struct resolver *resolver, size_t own, struct value *v)
{
	if (!v->len || !memchr(v->text, '{', v->len))
		return 0;
	int whole = resolve_whole(resolver, own, v);
	return whole ? (whole < 0 ? -1 : 0) : resolve_text(resolver, own, v);
}

static int resolve_items(struct resolver *resolver, size_t own, struct value *v)
{
	/* A tuple may be shared by those who trust that it stays. */
	if (v->kind == VALUE_TUPLE)
		*v = value_tuple(resolver->heap, v->list->items, v->list->n);
	for (size_t i = 0; i < v->list->n; i++)
		if (resolve(resolver, own, &v->list->items[i]))
			return -1;
	return 0;
}

static int resolve_dict(struct resolver *resolver, size_t own, struct dict *dict)
{
	dict_foreach(entry, dict)
	{
		if (resolve(resolver, own, &entry->value))
			return -1;
	}
	return 0;
}

static int resolve(struct resolver *resolver, size_t own, struct value *v)
{
	if (v->kind != VALUE_STRING && v->kind != VALUE_DICT && !value_is_sequence(*v))
		return 0;
	if (enter(resolver))
		return -1;
	int failed = v->kind == VALUE_STRING ? resolve_string(resolver, own, v)
		     : v->kind == VALUE_DICT ? resolve_dict(resolver, own, v->dict)
					     : resolve_items(resolver, own, v);
	resolver->depth--;
	return failed;
}

static void add_scope(struct resolver *resolver, struct dict *dict)
{
	resolver->scopes[resolver->n_scopes++] =
		(struct scope){dict, heap_alloc(resolver->heap, dict->n_entries + 1)};
}

static int resolve_scope(struct resolver *resolver, size_t own)
{
	dict_foreach(entry, resolver->scopes[own].dict)
	{
		if (resolve_entry(resolver, own, &entry->value))
			return -1;
	}
	return 0;
}

int format_resolve(struct heap *heap, struct dict *data, struct dict *cfg,
		   const struct resolve_listener *listener, struct err *err)
{
	struct resolver resolver = {.heap = heap, .listener = listener, .err = err};

	add_scope(&resolver, data);
	add_scope(&resolver, cfg);
	return resolve_scope(&resolver, 0) || resolve_scope(&resolver, 1) ? -1 : 0;
}

int format_resolve_value(struct heap *heap, struct value v, struct dict *mapping,
			 struct value *ret_value, struct err *err)
{
	struct resolver resolver = {.heap = heap, .err = err};
	bool is_own = v.kind == VALUE_DICT && (!mapping || !mapping->n || mapping == v.dict);
	struct value copy, names;

	if (value_copy(heap, v, &copy, err))
		return -1;
	names = copy;
	if (!is_own &&
	    value_copy(heap, value_of_dict(mapping ? mapping : dict_new(heap)), &names, err))
		return -1;
	add_scope(&resolver, names.dict);
	if (is_own ? resolve_scope(&resolver, 0) : resolve(&resolver, 0, &copy))
		return -1;
	*ret_value = copy;
	return 0;
}
