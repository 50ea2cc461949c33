/* config_keys.c - tables of keys at work: each row takes one value of the file.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/size.h"
#include "service/config_private.h"
#include "service/limits.h"

#include "base/banned.h"

#define KEY_NAMES_MAX 96 /* the longest table; only the search for a near name is bounded by it */

static void *target(const struct key *key, struct reading *reading)
{
	return (char *)reading->config + key->offset;
}

const struct key *keys_find(const struct key *keys, struct str name)
{
	for (; keys->name; keys++)
		if (str_is(name, keys->name))
			return keys;
	return NULL;
}

static int refuse_key(const struct key *keys, const struct node *node, struct err *err)
{
	const char *names[KEY_NAMES_MAX + 1] = {0};

	for (size_t i = 0; i < KEY_NAMES_MAX && keys[i].name; i++)
		names[i] = keys[i].name;
	const char *near = str_nearest(node->key.ptr, names);
	return err_at(err, node->key_pos, "unknown key '%s'%s%s%s", node->key.ptr,
		      near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int keys_take(const struct key *keys, const struct node *map, struct reading *reading,
	      struct err *err)
{
	if (map->kind != NODE_MAP)
		return err_at(err, map->pos, "expected a map, not %s", node_kind_name(map->kind));
	node_foreach(child, map) {
		const struct key *key = keys_find(keys, child->key);
		if (!key)
			return refuse_key(keys, child, err);
		if (child->kind == NODE_NULL && reading->null_is_absent)
			continue;
		if (child->kind == NODE_NULL)
			return err_at(err, child->key_pos, "'%s' has no value", key->name);
		if (key->take(key, child, reading, err))
			return -1;
	}
	return 0;
}

static int refuse_kind(const struct key *key, const struct node *node, const char *wanted,
		       struct err *err)
{
	return err_at(err, node->pos, "'%s' must be %s, not %s", key->name, wanted,
		      node_kind_name(node->kind));
}

const char *scalar_text(const struct node *node)
{
	switch (node->kind) {
	case NODE_STRING: return node->text.ptr;
	case NODE_BOOL:
	case NODE_INT:
	case NODE_FLOAT: return node_source(node).ptr;
	default: return NULL;
	}
}

int expect_text(const struct key *key, const struct node *node, const char **ret_text,
		struct err *err)
{
	const char *text = scalar_text(node);
	if (!text)
		return refuse_kind(key, node, "a string", err);
	if (!text[0])
		return err_at(err, node->pos, "'%s' is empty", key->name);
	if (strlen(text) != (node->kind == NODE_STRING ? node->text.len : strlen(text)))
		return err_at(err, node->pos, "'%s' has a NUL byte", key->name);
	*ret_text = text;
	return 0;
}

const char *path_of(struct reading *reading, const char *text)
{
	if (text[0] == '/')
		return arena_strdup(&reading->config->arena, text);
	return arena_printf(&reading->config->arena, "%s/%s", reading->dir, text);
}

void warn_at(struct reading *reading, struct src_pos pos, const char *fmt, ...)
{
	autoerr struct err place = {0};
	autobuf struct buf text = {0};
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	(void)err_at(&place, pos, "%s", buf_text(&text));
	strlist_add(&reading->config->warnings, err_text(&place));
}

int take_text(const struct key *key, const struct node *node, struct reading *reading,
	      struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	*(const char **)target(key, reading) = text;
	return 0;
}

int take_path(const struct key *key, const struct node *node, struct reading *reading,
	      struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	*(const char **)target(key, reading) = path_of(reading, text);
	return 0;
}

int take_bool(const struct key *key, const struct node *node, struct reading *reading,
	      struct err *err)
{
	if (node->kind != NODE_BOOL)
		return refuse_kind(key, node, "true or false", err);
	*(bool *)target(key, reading) = node->boolean;
	return 0;
}

int take_size(const struct key *key, const struct node *node, struct reading *reading,
	      struct err *err)
{
	const char *text = NULL;
	uint64_t size = 0;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!size_parse(str_of(text), &size))
		return err_at(err, node->pos, "'%s' is no size: '%s' (as in 512m, 10g)", key->name,
			      text);
	*(uint64_t *)target(key, reading) = size;
	return 0;
}

int take_count(const struct key *key, const struct node *node, struct reading *reading,
	       struct err *err)
{
	if (node->kind != NODE_INT)
		return refuse_kind(key, node, "a whole number", err);
	if (node->integer < 1 || node->integer > LIMIT_SERVICE_COUNT)
		return err_at(err, node->pos, "'%s' is from 1 to %d, not %lld", key->name,
			      LIMIT_SERVICE_COUNT, (long long)node->integer);
	*(size_t *)target(key, reading) = (size_t)node->integer;
	return 0;
}

int take_int(const struct key *key, const struct node *node, struct reading *reading,
	     struct err *err)
{
	if (node->kind != NODE_INT)
		return refuse_kind(key, node, "a whole number", err);
	if (node->integer < -LIMIT_SERVICE_COUNT || node->integer > LIMIT_SERVICE_COUNT)
		return err_at(err, node->pos, "'%s' is out of range", key->name);
	*(int64_t *)target(key, reading) = node->integer;
	return 0;
}

int take_word(const struct key *key, const struct node *node, struct reading *reading,
	      struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	for (const char *const *word = key->words; *word; word++)
		if (text_eq(*word, text)) {
			*(const char **)target(key, reading) = *word;
			return 0;
		}

	autobuf struct buf all = {0};
	for (const char *const *word = key->words; *word; word++)
		buf_printf(&all, "%s%s", all.len ? ", " : "", *word);
	return err_at(err, node->pos, "'%s' is one of %s, not '%s'", key->name, buf_text(&all),
		      text);
}

static int expect_duration(const struct key *key, const struct node *node, int64_t *ret_ns,
			   struct err *err)
{
	const char *text = NULL;
	int64_t ns = 0;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!clock_parse_duration(str_of(text), &ns))
		return err_at(err, node->pos, "'%s' is no duration: '%s' (as in 30s, 15m, 24h)",
			      key->name, text);
	if (ns < 0 || ns > LIMIT_SERVICE_WAIT_NS)
		return err_at(err, node->pos, "'%s' is from 0 to ten years, not '%s'", key->name,
			      text);
	*ret_ns = ns;
	return 0;
}

static int expect_some_time(const struct key *key, const struct node *node, int64_t unit_ns,
			    int64_t *ret_units, struct err *err)
{
	int64_t ns = 0;
	if (expect_duration(key, node, &ns, err))
		return -1;
	if (ns < unit_ns)
		return err_at(err, node->pos, "'%s' must be %s or more", key->name,
			      unit_ns == NS_PER_SEC ? "a second" : "a millisecond");
	*ret_units = ns / unit_ns;
	return 0;
}

int take_duration(const struct key *key, const struct node *node, struct reading *reading,
		  struct err *err)
{
	int64_t ms = 0;
	if (expect_some_time(key, node, 1000000, &ms, err))
		return -1;
	*(int64_t *)target(key, reading) = ms * 1000000;
	return 0;
}

int take_ms(const struct key *key, const struct node *node, struct reading *reading,
	    struct err *err)
{
	return expect_some_time(key, node, 1000000, target(key, reading), err);
}

int take_seconds(const struct key *key, const struct node *node, struct reading *reading,
		 struct err *err)
{
	return expect_some_time(key, node, NS_PER_SEC, target(key, reading), err);
}

int take_every(const struct key *key, const struct node *node, struct reading *reading,
	       struct err *err)
{
	int64_t ns = 0;
	bool is_off = node->kind == NODE_BOOL && !node->boolean; /* "off" is YAML's false */
	if (!is_off && expect_duration(key, node, &ns, err))
		return -1;
	*(int64_t *)target(key, reading) = ns;
	return 0;
}

int take_texts(const struct key *key, const struct node *node, struct reading *reading,
	       struct err *err)
{
	struct strlist *list = target(key, reading);
	const char *text = NULL;

	if (node->kind != NODE_LIST) {
		if (expect_text(key, node, &text, err))
			return -1;
		strlist_add(list, text);
		return 0;
	}
	node_foreach(child, node) {
		if (expect_text(key, child, &text, err))
			return -1;
		strlist_add(list, text);
	}
	return 0;
}

int take_section(const struct key *key, const struct node *node, struct reading *reading,
		 struct err *err)
{
	if (node->kind != NODE_MAP)
		return refuse_kind(key, node, "a map", err);
	return keys_take(key->section, node, reading, err);
}

/* What says nothing does no harm: an empty list or map, "", false. */
static bool is_empty(const struct node *node)
{
	switch (node->kind) {
	case NODE_NULL: return true;
	case NODE_BOOL: return !node->boolean;
	case NODE_STRING: return !node->text.len;
	case NODE_LIST:
	case NODE_MAP: return !node->children.n;
	default: return false;
	}
}

int take_refused(const struct key *key, const struct node *node, struct reading *reading,
		 struct err *err)
{
	if (is_empty(node))
		return 0;
	return err_at(err, node->key_pos, "'%s' is not supported: %s", key->name, key->why);
}

int take_warned(const struct key *key, const struct node *node, struct reading *reading,
		struct err *err)
{
	if (!is_empty(node))
		warn_at(reading, node->key_pos, "'%s': %s", key->name, key->why);
	return 0;
}

int take_ignored(const struct key *key, const struct node *node, struct reading *reading,
		 struct err *err)
{
	return 0;
}
