/* keys_merge.c - the managed block of an authorized_keys file.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   file  = lines of others, block, lines of others
 *   block = BEGIN, keys, END; a BEGIN without its END is a line like any other and is dropped */
#include "runner/keys.h"

#include "base/encode.h"
#include "base/key_line.h"
#include "base/map.h"

#include "base/banned.h"

#define BLOCK_BEGIN "# BEGIN keys of the volume (hull-init: changes are lost at the next start)"
#define BLOCK_END   "# END keys of the volume"

static bool is_marker(struct str line, const char *marker)
{
	return str_is(str_trim(line), marker);
}

/* Cuts the text in three. Without a block all of it stands before. */
static void split(struct str text, struct str *ret_before, struct str *ret_block,
		  struct str *ret_after)
{
	const char *begin = NULL, *block = NULL;
	struct str rest = text;
	while (rest.len) {
		const char *at = rest.ptr;
		struct str line = str_cut(&rest, '\n');
		const char *next = rest.ptr ? rest.ptr : text.ptr + text.len;
		if (is_marker(line, BLOCK_BEGIN)) {
			begin = at;
			block = next;
		} else if (begin && is_marker(line, BLOCK_END)) {
			*ret_before = (struct str){text.ptr, (size_t)(begin - text.ptr)};
			*ret_block = (struct str){block, (size_t)(at - block)};
			*ret_after = (struct str){next, (size_t)(text.ptr + text.len - next)};
			return;
		}
	}
	*ret_before = text;
	*ret_block = *ret_after = (struct str){"", 0};
}

static char *blob_text(const struct key_line *key)
{
	return str_dup(key->blob);
}

/* Every key of the text into the map, by its blob; the values are NULL-free borrowed text. */
static void index_keys(struct map *map, struct str text)
{
	while (text.len) {
		struct str line = str_cut(&text, '\n');
		struct key_line key;
		const char *why;
		if (key_line_parse(line, &key, &why) != KEY_LINE_KEY)
			continue;
		autofree char *blob = blob_text(&key);
		map_set(map, blob, (void *)key.line.ptr);
	}
}

static void tell(struct buf *report, const char *what, const char *place,
		 const struct key_line *key)
{
	buf_printf(report, "%s: %s%s%.*s", what, place ? place : "", place ? ": " : "",
		   STR_ARG(key->type));
	if (key->comment.len) {
		buf_putc(report, ' ');
		text_escape(report, key->comment);
	}
	buf_putc(report, '\n');
}

/* Lines of others: as they are, without a marker that lost its mate. */
static void put_others(struct buf *text, struct str lines)
{
	while (lines.len) {
		struct str line = str_cut(&lines, '\n');
		if (is_marker(line, BLOCK_BEGIN) || is_marker(line, BLOCK_END))
			continue;
		buf_append_str(text, line);
		buf_putc(text, '\n');
	}
}

struct merge {
	struct map outside; /* keys of others */
	struct map before;  /* of the old block, by blob */
	struct map last;    /* found: the last one of a blob is the one that counts */
	struct map put;
	struct buf *report;
};

/* Whether the old block has this very line. */
static bool is_same_line(const char *old, struct str line)
{
	size_t len = strcspn(old, "\n");
	return str_eq(str_trim((struct str){old, len}), line);
}

static void put_key(struct merge *merge, const struct found_key *found, struct buf *block)
{
	struct key_line key, last;
	const char *why;
	if (key_line_parse(str_of(found->line), &key, &why) != KEY_LINE_KEY)
		return;
	autofree char *blob = blob_text(&key);
	if (map_has(&merge->put, blob))
		return;
	map_set(&merge->put, blob, merge);
	const struct found_key *newest = map_get(&merge->last, blob);
	if (key_line_parse(str_of(newest->line), &last, &why) != KEY_LINE_KEY)
		return;
	if (map_has(&merge->outside, blob)) {
		tell(merge->report, "no change", newest->place, &last);
		return;
	}
	const char *old = map_get(&merge->before, blob);
	tell(merge->report,
	     !old                           ? "new"
	     : is_same_line(old, last.line) ? "no change"
					    : "replace",
	     newest->place, &last);
	buf_append_str(block, last.line);
	buf_putc(block, '\n');
}

static void tell_removed(const struct merge *merge, struct str block)
{
	while (block.len) {
		struct key_line key;
		const char *why;
		if (key_line_parse(str_cut(&block, '\n'), &key, &why) != KEY_LINE_KEY)
			continue;
		autofree char *blob = blob_text(&key);
		if (!map_has(&merge->put, blob))
			tell(merge->report, "removed", NULL, &key);
	}
}

void keys_merge(struct str old, const struct found_key *found, size_t n_found, struct buf *ret_text,
		struct buf *report)
{
	struct merge merge = {.report = report};
	struct str before, block, after;
	split(old, &before, &block, &after);
	index_keys(&merge.outside, before);
	index_keys(&merge.outside, after);
	index_keys(&merge.before, block);
	for (size_t i = 0; i < n_found; i++) {
		struct key_line key;
		const char *why;
		if (key_line_parse(str_of(found[i].line), &key, &why) != KEY_LINE_KEY)
			continue;
		autofree char *blob = blob_text(&key);
		map_set(&merge.last, blob, (void *)&found[i]);
	}
	autobuf struct buf keys = {.max = ret_text->max};
	for (size_t i = 0; i < n_found; i++)
		put_key(&merge, &found[i], &keys);
	tell_removed(&merge, block);

	buf_truncate(ret_text, 0);
	put_others(ret_text, before);
	if (keys.len) {
		buf_puts(ret_text, BLOCK_BEGIN "\n");
		buf_append_str(ret_text, buf_str(&keys));
		buf_puts(ret_text, BLOCK_END "\n");
	}
	put_others(ret_text, after);
	map_done(&merge.outside);
	map_done(&merge.before);
	map_done(&merge.last);
	map_done(&merge.put);
}

bool keys_has_block(struct str text)
{
	struct str before, block, after;
	split(text, &before, &block, &after);
	return before.len != text.len;
}
