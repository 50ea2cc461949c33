/* marked_build.c - what composed nodes stand for: tags, scalars, merges, unique keys.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The constructor of PyYAML's safe loader with Salt's changes. All of the text was read before: an
 * error of syntax comes first, wherever it stands. */
#include "doc/marked_private.h"

#include <stdlib.h>

#include "base/encode.h"
#include "base/vec.h"
#include "doc/limits.h"

#include "base/banned.h"

#define TAG_PREFIX "tag:yaml.org,2002:"
#define SHOWN      60 /* bytes of a text of the user's in a message */
#define FEW_KEYS   12 /* compared one by one; more are sorted */

struct builder {
	struct arena *arena;
	const struct marked_options *options;
	struct diag *diag;
};

struct composed_entries {
	struct marked_entry *items;
	size_t n, cap;
};

static int build(struct builder *builder, struct composed *composed, struct str key);

/* The user's words in a message: short, in one line. */
static char *shown(struct str text)
{
	struct buf buf = {0};
	struct str head = text;

	if (head.len > SHOWN) {
		head.len = SHOWN;
		while (head.len && ((unsigned char)text.ptr[head.len] & 0xc0) == 0x80)
			head.len--;
	}
	text_escape(&buf, head);
	if (head.len < text.len)
		buf_puts(&buf, "...");
	return buf.ptr ? buf_steal(&buf) : xstrdup("");
}

static const char *node_word(const struct marked *node)
{
	return node->kind == MARKED_LIST  ? "sequence"
	       : node->kind == MARKED_MAP ? "mapping"
					  : "scalar";
}

static int refuse_tag(struct builder *builder, const struct composed *composed, const char *tag)
{
	autofree char *name = shown(str_of(tag));

	return diag_set(builder->diag, ERR_INPUT, composed->node.at,
			"could not determine a constructor for the tag '%s'", name);
}

static int refuse_kind(struct builder *builder, const struct composed *composed, const char *wanted)
{
	return diag_set(builder->diag, ERR_INPUT, composed->node.at,
			"expected a %s node, but found %s", wanted, node_word(&composed->node));
}

/* ---- scalars ---- */

static int scalar_problem(struct builder *builder, struct composed *composed,
			  enum scalar_fault fault, const char *what)
{
	autofree char *text = NULL;

	if (fault == SCALAR_OK)
		return 0;
	text = shown(composed->node.source);
	if (fault == SCALAR_TOO_LARGE)
		return diag_set(builder->diag, ERR_INPUT, composed->node.at,
				"the number %s does not fit in 64 bits: quote it if it is a text",
				text);
	return diag_set(builder->diag, ERR_INPUT, composed->node.at, "'%s' is not %s", text, what);
}

/* Python's base64.decodebytes: what is no letter of the alphabet is skipped. */
static int decode_binary(struct builder *builder, struct composed *composed)
{
	autobuf struct buf letters = {.max = SIZE_MAX / 2}, bytes = {.max = SIZE_MAX / 2};
	struct str text = composed->node.source;

	for (size_t i = 0; i < text.len; i++) {
		char byte = text.ptr[i];
		bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
				 (byte >= '0' && byte <= '9') || byte == '+' || byte == '/' ||
				 byte == '=';
		if (is_letter)
			buf_putc(&letters, byte);
	}
	if (!base64_decode(&bytes, buf_str(&letters)))
		return diag_set(builder->diag, ERR_INPUT, composed->node.at,
				"failed to decode base64 data");
	composed->node.kind = MARKED_STRING;
	composed->node.text = (struct str){arena_str(builder->arena, buf_str(&bytes)), bytes.len};
	composed->node.is_binary = !text_is_utf8(buf_str(&bytes));
	return 0;
}

static int build_null(struct builder *builder, struct composed *composed)
{
	composed->node.kind = MARKED_NULL;
	return 0;
}

static int build_bool(struct builder *builder, struct composed *composed)
{
	return scalar_problem(builder, composed,
			      scalar_as_bool(composed->node.source, &composed->node), "a boolean");
}

static int build_int(struct builder *builder, struct composed *composed)
{
	return scalar_problem(builder, composed,
			      scalar_as_int(composed->node.source, &composed->node), "a number");
}

static int build_float(struct builder *builder, struct composed *composed)
{
	return scalar_problem(builder, composed,
			      scalar_as_float(composed->node.source, &composed->node), "a number");
}

static int build_text(struct builder *builder, struct composed *composed)
{
	return 0;
}

static const struct scalar_tag {
	const char *name;
	int (*build)(struct builder *builder, struct composed *composed);
} scalar_tags[] = {
	{TAG_PREFIX "str", build_text},       {TAG_PREFIX "int", build_int},
	{TAG_PREFIX "bool", build_bool},      {TAG_PREFIX "float", build_float},
	{TAG_PREFIX "null", build_null},      {TAG_PREFIX "binary", decode_binary},
	{TAG_PREFIX "timestamp", build_text}, {TAG_PREFIX "python/unicode", build_text},
};

static const struct scalar_tag *find_scalar_tag(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(scalar_tags); i++)
		if (text_eq(scalar_tags[i].name, name))
			return &scalar_tags[i];
	return NULL;
}

/* File modes: there 0750 is what it looks like. */
static bool is_mode_key(struct str key)
{
	return str_ends(key, STR("mode"));
}

static void warn_scalar(struct builder *builder, const struct marked *node, struct str key)
{
	struct diags *warnings = builder->options->warnings;
	struct str text = node->source;

	if (scalar_is_sexagesimal(node)) {
		struct str value = marked_text(builder->arena, node);
		diags_warn(warnings, node->at,
			   "%.*s is read as the number %.*s (base 60): quote it", STR_ARG(text),
			   STR_ARG(value));
	} else if (node->kind == MARKED_INT) {
		bool has_sign = *text.ptr == '-' || *text.ptr == '+';
		struct str digits = {text.ptr + has_sign, text.len - has_sign};
		bool is_octal = digits.len > 1 && digits.ptr[0] == '0' && digits.ptr[1] != 'x' &&
				digits.ptr[1] != 'b';
		if (is_octal && !is_mode_key(key))
			diags_warn(warnings, node->at,
				   "%.*s is read as the number %lld%s: quote it", STR_ARG(text),
				   (long long)node->integer, has_sign ? " (octal)" : "");
	} else if (node->kind == MARKED_STRING && node->text.len) {
		const char *braces = memmem(text.ptr, text.len, "{{", 2);
		if (str_is(text, "None"))
			diags_warn(warnings, node->at,
				   "None is read as the text 'None': write null, or quote it");
		else if (braces && memmem(braces, (size_t)(text.ptr + text.len - braces), "}}", 2))
			diags_warn(warnings, node->at, "'{{' was not rendered");
	}
}

static int build_plain(struct builder *builder, struct composed *composed, struct str key)
{
	struct marked *node = &composed->node;
	enum scalar_fault fault = scalar_resolve(node->source, node);

	if (fault)
		return scalar_problem(builder, composed, fault, "a number");
	if (str_is(node->source, "=") && !composed->is_value_key)
		return refuse_tag(builder, composed, TAG_PREFIX "value");
	if (str_is(node->source, "<<"))
		return refuse_tag(builder, composed, TAG_PREFIX "merge");
	if (builder->options->warnings)
		warn_scalar(builder, node, key);
	return 0;
}

static int build_scalar(struct builder *builder, struct composed *composed, struct str key)
{
	if (!composed->tag)
		return composed->is_implicit ? build_plain(builder, composed, key) : 0;
	const struct scalar_tag *tag = find_scalar_tag(composed->tag);
	if (tag)
		return tag->build(builder, composed);
	if (text_eq(composed->tag, TAG_PREFIX "map") || text_eq(composed->tag, TAG_PREFIX "set"))
		return refuse_kind(builder, composed, "mapping");
	if (text_eq(composed->tag, TAG_PREFIX "seq"))
		return refuse_kind(builder, composed, "sequence");
	return refuse_tag(builder, composed, composed->tag);
}

/* ---- lists ---- */

/* "!!pairs [a: 1]": a list of key and value. */
static int build_pairs(struct builder *builder, struct composed *list)
{
	for (size_t i = 0; i < list->node.list.n; i++) {
		struct marked *item = list->node.list.items[i];
		if (item->kind != MARKED_MAP || item->map.n != 1)
			return diag_set(builder->diag, ERR_INPUT, item->at,
					"while constructing pairs, expected a mapping of length 1");
		struct composed *pair = arena_alloc(builder->arena, sizeof(*pair));
		struct marked **both = arena_alloc(builder->arena, 2 * sizeof(struct marked *));
		both[0] = item->map.items[0].key;
		both[1] = item->map.items[0].value;
		pair->node = (struct marked){.kind = MARKED_LIST, .at = item->at, .is_tuple = true};
		pair->node.list.items = both;
		pair->node.list.n = 2;
		pair->is_built = true;
		list->node.list.items[i] = &pair->node;
		if (build(builder, composed_of(both[0]), STR("")) ||
		    build(builder, composed_of(both[1]), STR("")))
			return -1;
	}
	return 0;
}

static int build_list(struct builder *builder, struct composed *list)
{
	const char *tag = list->tag;

	if (text_eq(tag, TAG_PREFIX "omap") || text_eq(tag, TAG_PREFIX "pairs"))
		return build_pairs(builder, list);
	if (text_eq(tag, TAG_PREFIX "map") || text_eq(tag, TAG_PREFIX "set"))
		return refuse_kind(builder, list, "mapping");
	if (tag && find_scalar_tag(tag))
		return refuse_kind(builder, list, "scalar");
	if (tag && !text_eq(tag, TAG_PREFIX "seq"))
		return refuse_tag(builder, list, tag);
	for (size_t i = 0; i < list->node.list.n; i++)
		if (build(builder, composed_of(list->node.list.items[i]), STR("")))
			return -1;
	return 0;
}

/* ---- merges (yaml.org/type/merge) ---- */

static bool is_merge_key(const struct composed *key)
{
	if (key->tag)
		return text_eq(key->tag, TAG_PREFIX "merge");
	return key->is_implicit && str_is(key->node.source, "<<");
}

static bool has_merges(const struct composed *map)
{
	for (size_t i = 0; i < map->node.map.n; i++)
		if (is_merge_key(composed_of(map->node.map.items[i].key)))
			return true;
	return false;
}

static int flatten(struct builder *builder, struct composed *map);

static void add_entry(struct composed_entries *entries, struct marked_entry entry)
{
	vec_push(entries, entry);
}

static void add_entries(struct composed_entries *entries, const struct marked *map)
{
	for (size_t i = 0; i < map->map.n; i++)
		add_entry(entries, map->map.items[i]);
}

/* The first of several wins over the later ones in YAML; here the later ones stand first and a key
 * of both is found to be there twice, as in Salt. */
static int merge_list(struct builder *builder, const struct marked *list,
		      struct composed_entries *merged)
{
	for (size_t i = 0; i < list->list.n; i++) {
		struct marked *source = list->list.items[i];
		if (source->kind != MARKED_MAP)
			return diag_set(builder->diag, ERR_INPUT, source->at,
					"while constructing a mapping, expected a mapping for "
					"merging, but found %s",
					node_word(source));
		if (flatten(builder, composed_of(source)))
			return -1;
	}
	for (size_t i = list->list.n; i-- > 0;)
		add_entries(merged, list->list.items[i]);
	return 0;
}

static int merge_value(struct builder *builder, struct marked *value,
		       struct composed_entries *merged)
{
	if (value->kind == MARKED_LIST)
		return merge_list(builder, value, merged);
	if (value->kind != MARKED_MAP)
		return diag_set(builder->diag, ERR_INPUT, value->at,
				"while constructing a mapping, expected a mapping or list of "
				"mappings for merging, but found %s",
				node_word(value));
	if (flatten(builder, composed_of(value)))
		return -1;
	add_entries(merged, value);
	return 0;
}

static int compare_sources(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = len ? memcmp(x->ptr, y->ptr, len) : 0;

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Merged entries whose keys the map does not have itself, then its own. Keys are compared as they
 * are written. */
static void put_merged(struct builder *builder, struct composed *map,
		       const struct composed_entries *merged, const struct composed_entries *own)
{
	autofree struct str *sources = xcalloc(own->n + 1, sizeof(*sources));
	struct marked_entry *items =
		arena_alloc(builder->arena, (merged->n + own->n) * sizeof(*items) + 1);
	size_t n = 0;

	for (size_t i = 0; i < own->n; i++)
		sources[i] = own->items[i].key->source;
	qsort(sources, own->n, sizeof(*sources), compare_sources);
	for (size_t i = 0; i < merged->n; i++)
		if (!bsearch(&merged->items[i].key->source, sources, own->n, sizeof(*sources),
			     compare_sources))
			items[n++] = merged->items[i];
	for (size_t i = 0; i < own->n; i++)
		items[n++] = own->items[i];
	map->node.map.items = items;
	map->node.map.n = n;
}

static int sort_entries(struct builder *builder, const struct marked *map,
			struct composed_entries *own, struct composed_entries *merged)
{
	for (size_t i = 0; i < map->map.n; i++) {
		struct marked_entry entry = map->map.items[i];
		if (!is_merge_key(composed_of(entry.key)))
			add_entry(own, entry);
		else if (merge_value(builder, entry.value, merged))
			return -1;
	}
	return 0;
}

static int flatten(struct builder *builder, struct composed *map)
{
	struct composed_entries own = {0}, merged = {0};

	if (map->is_flat)
		return 0;
	map->is_flat = true;
	if (!has_merges(map))
		return 0;
	int failed = sort_entries(builder, &map->node, &own, &merged);
	if (!failed)
		put_merged(builder, map, &merged, &own);
	vec_done(&own);
	vec_done(&merged);
	return failed;
}

/* ---- keys: no two that Python takes for the same ---- */

static bool is_whole(double number)
{
	return number >= -9223372036854775808.0 && number < 9223372036854775808.0 &&
	       number == (double)(int64_t)number;
}

static bool key_integer(const struct marked *key, int64_t *ret_integer)
{
	switch (key->kind) {
	case MARKED_BOOL: *ret_integer = key->boolean; return true;
	case MARKED_INT: *ret_integer = key->integer; return true;
	case MARKED_FLOAT:
		if (!is_whole(key->number))
			return false;
		*ret_integer = (int64_t)key->number;
		return true;
	default: return false;
	}
}

enum key_class { KEY_NULL, KEY_INTEGER, KEY_REAL, KEY_TEXT };

static enum key_class key_class(const struct marked *key, int64_t *ret_integer)
{
	if (key_integer(key, ret_integer))
		return KEY_INTEGER;
	return key->kind == MARKED_NULL    ? KEY_NULL
	       : key->kind == MARKED_FLOAT ? KEY_REAL
					   : KEY_TEXT;
}

/* A total order in which keys that are equal in Python stand together; NaNs equal nothing. */
static int compare_keys(const struct marked *a, const struct marked *b)
{
	int64_t x = 0, y = 0;
	enum key_class of_a = key_class(a, &x), of_b = key_class(b, &y);

	if (of_a != of_b)
		return of_a < of_b ? -1 : 1;
	switch (of_a) {
	case KEY_NULL: return 0;
	case KEY_INTEGER: return (x > y) - (x < y);
	case KEY_REAL:
		if (a->number != b->number && !(a->number < b->number) && !(a->number > b->number))
			return a < b ? -1 : 1;
		return (a->number > b->number) - (a->number < b->number);
	case KEY_TEXT: return compare_sources(&a->text, &b->text);
	}
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct marked_entry *const *x = a, *const *y = b;
	int order = compare_keys((*x)->key, (*y)->key);

	return order ? order : (*x > *y) - (*x < *y); /* the array's order: the earlier first */
}

/* The first entry, in the order of the text, whose key an earlier one has. */
static const struct marked_entry *find_twice(const struct marked *map,
					     const struct marked_entry **ret_first)
{
	const struct marked_entry *items = map->map.items, *twice = NULL;
	size_t n = map->map.n;

	if (n <= FEW_KEYS) {
		for (size_t i = 1; i < n; i++)
			for (size_t j = 0; j < i; j++) {
				if (compare_keys(items[j].key, items[i].key))
					continue;
				*ret_first = &items[j];
				return &items[i];
			}
		return NULL;
	}
	autofree const struct marked_entry **sorted = xcalloc(n, sizeof(struct marked_entry *));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &items[i];
	qsort(sorted, n, sizeof(struct marked_entry *), compare_entries);
	for (size_t i = 1; i < n; i++) {
		if (compare_keys(sorted[i - 1]->key, sorted[i]->key) ||
		    (twice && twice < sorted[i]))
			continue;
		twice = sorted[i];
		*ret_first = sorted[i - 1];
	}
	return twice;
}

static int check_keys(struct builder *builder, const struct marked *map)
{
	const struct marked_entry *first = NULL, *twice = find_twice(map, &first);

	if (!twice)
		return 0;
	autofree char *key = shown(marked_text(builder->arena, twice->key));
	diag_set(builder->diag, ERR_INPUT, twice->key->at,
		 "while constructing a mapping, found conflicting ID '%s'", key);
	diag_note(builder->diag, first->key->at, "'%s' stands first", key);
	return -1;
}

static int check_scalar_key(struct builder *builder, const struct marked *key)
{
	if (key->kind != MARKED_LIST && key->kind != MARKED_MAP)
		return 0;
	return diag_set(builder->diag, ERR_INPUT, key->at,
			"while constructing a mapping, found unacceptable key: %s cannot be a "
			"key%s",
			marked_kind_name(key->kind),
			key->kind == MARKED_MAP ? " (possible double curly-brace)" : "");
}

static int build_entry(struct builder *builder, struct marked_entry *entry)
{
	struct composed *key = composed_of(entry->key);

	if (key->is_implicit && !key->tag && str_is(key->node.source, "="))
		key->is_value_key = true;
	if (build(builder, key, STR("")) || check_scalar_key(builder, entry->key))
		return -1;
	return build(builder, composed_of(entry->value), entry->key->source);
}

static int build_map(struct builder *builder, struct composed *map)
{
	const char *tag = map->tag;

	if (text_eq(tag, TAG_PREFIX "seq"))
		return refuse_kind(builder, map, "sequence");
	if (text_eq(tag, TAG_PREFIX "omap") || text_eq(tag, TAG_PREFIX "pairs"))
		return diag_set(builder->diag, ERR_INPUT, map->node.at,
				"while constructing an ordered map, expected a sequence, but found "
				"mapping");
	if (tag && find_scalar_tag(tag))
		return refuse_kind(builder, map, "scalar");
	if (tag && !text_eq(tag, TAG_PREFIX "map") && !text_eq(tag, TAG_PREFIX "set"))
		return refuse_tag(builder, map, tag);
	if (flatten(builder, map))
		return -1;
	for (size_t i = 0; i < map->node.map.n; i++)
		if (build_entry(builder, &map->node.map.items[i]))
			return -1;
	return check_keys(builder, &map->node);
}

/* `key`: what the value stands under, as it is written. */
static int build(struct builder *builder, struct composed *composed, struct str key)
{
	if (composed->is_built)
		return 0;
	composed->is_built = true;
	if (composed->node.kind == MARKED_LIST)
		return build_list(builder, composed);
	if (composed->node.kind == MARKED_MAP)
		return build_map(builder, composed);
	return build_scalar(builder, composed, key);
}

int marked_build(struct arena *arena, const struct marked_options *options, struct composed *root,
		 struct diag *diag)
{
	struct builder builder = {.arena = arena, .options = options, .diag = diag};

	return build(&builder, root, STR(""));
}
