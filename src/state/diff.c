/* diff.c - unified diffs as Python's difflib makes them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * difflib's documentation describes the method (Ratcliff and Obershelp's): the longest block of
 * equal lines, then the same left and right of it; in texts of 200 lines and more, lines that make
 * up more than a hundredth of the new text cannot begin a block. Work is counted: what a hostile
 * pair of texts would cost beyond LIMIT_DIFF_STEPS is told as replaced. */
#include <stdlib.h>

#include "base/map.h"
#include "base/vec.h"
#include "state/limits.h"
#include "state/report.h"

#include "base/banned.h"

#define CONTEXT      3
#define POPULAR_FROM 200 /* lines */
#define NO_LINE      UINT32_MAX

struct lines {
	struct str *items;
	size_t n, cap;
};

struct block {
	uint32_t old, new, len;
};
struct blocks {
	struct block *items;
	size_t n, cap;
};

struct side_range {
	uint32_t old_from, old_to, new_from, new_to;
};

struct matcher {
	struct lines old, new;
	uint32_t *old_ids, *new_ids;      /* equal lines have equal numbers */
	uint32_t *first, *next;           /* of a number: its places in `new`, upwards */
	uint32_t *lengths[2], *stamps[2]; /* of runs that end at a place of `new` */
	uint32_t row;                     /* rows looked at: what stamps hold */
	size_t steps;
	struct blocks blocks;
};

/* ---- lines ---- */

/* Bytes of the line end at `at`, 0 when none: as str.splitlines has it. */
static size_t line_end(const char *at, size_t left)
{
	unsigned char byte = (unsigned char)*at;

	if (byte == '\r')
		return left > 1 && at[1] == '\n' ? 2 : 1;
	if (byte == '\n' || byte == '\v' || byte == '\f' || (byte >= 0x1c && byte <= 0x1e))
		return 1;
	if (byte == 0xc2 && left > 1 && (unsigned char)at[1] == 0x85)
		return 2;
	if (byte == 0xe2 && left > 2 && (unsigned char)at[1] == 0x80 &&
	    ((unsigned char)at[2] == 0xa8 || (unsigned char)at[2] == 0xa9))
		return 3;
	return 0;
}

static void line_add(struct lines *lines, const char *ptr, size_t len)
{
	vec_push(lines, {ptr, len});
}

static void lines_split(struct str text, struct lines *lines)
{
	size_t begin = 0;

	for (size_t i = 0; i < text.len;) {
		size_t end = line_end(text.ptr + i, text.len - i);
		i += end ? end : 1;
		if (!end && i < text.len)
			continue;
		line_add(lines, text.ptr + begin, i - begin);
		begin = i;
	}
}

static uint64_t line_hash(struct str line)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < line.len; i++)
		hash = (hash ^ (unsigned char)line.ptr[i]) * UINT64_C(1099511628211);
	return hash ^ hash >> 29;
}

struct numbering { /* open addressing over the lines that were numbered */
	struct str *lines;
	uint32_t *slots; /* number + 1 */
	size_t n_slots;
	uint32_t n;
};

static uint32_t line_number(struct numbering *numbering, struct str line)
{
	size_t mask = numbering->n_slots - 1;

	for (size_t i = (size_t)line_hash(line) & mask;; i = (i + 1) & mask) {
		if (!numbering->slots[i]) {
			numbering->lines[numbering->n] = line;
			numbering->slots[i] = ++numbering->n;
			return numbering->n - 1;
		}
		if (str_eq(numbering->lines[numbering->slots[i] - 1], line))
			return numbering->slots[i] - 1;
	}
}

static uint32_t lines_number(struct matcher *matcher)
{
	size_t n = matcher->old.n + matcher->new.n;
	struct numbering numbering = {.n_slots = 16};

	while (numbering.n_slots < n * 2)
		numbering.n_slots *= 2;
	numbering.slots = xcalloc(numbering.n_slots, sizeof(*numbering.slots));
	numbering.lines = xcalloc(n + 1, sizeof(*numbering.lines));
	matcher->old_ids = xcalloc(matcher->old.n + 1, sizeof(*matcher->old_ids));
	matcher->new_ids = xcalloc(matcher->new.n + 1, sizeof(*matcher->new_ids));
	for (size_t i = 0; i < matcher->old.n; i++)
		matcher->old_ids[i] = line_number(&numbering, matcher->old.items[i]);
	for (size_t i = 0; i < matcher->new.n; i++)
		matcher->new_ids[i] = line_number(&numbering, matcher->new.items[i]);
	free(numbering.slots);
	free(numbering.lines);
	return numbering.n;
}

/* The places of each line in the new text, without those of popular ones. */
static void places_collect(struct matcher *matcher, uint32_t n_ids)
{
	size_t n = matcher->new.n, popular = n / 100 + 1;
	autofree uint32_t *counts = xcalloc(n_ids + 1, sizeof(*counts));

	matcher->first = xmalloc((n_ids + 1) * sizeof(*matcher->first));
	matcher->next = xmalloc((n + 1) * sizeof(*matcher->next));
	memset(matcher->first, 0xff, (n_ids + 1) * sizeof(*matcher->first));
	for (size_t i = 0; i < n; i++)
		counts[matcher->new_ids[i]]++;
	for (size_t i = n; i > 0; i--) {
		uint32_t id = matcher->new_ids[i - 1];
		if (n >= POPULAR_FROM && counts[id] > popular)
			continue;
		matcher->next[i - 1] = matcher->first[id];
		matcher->first[id] = (uint32_t)i - 1;
	}
}

/* ---- blocks ---- */

static void row_match(struct matcher *matcher, uint32_t i, const struct side_range *range,
		      struct block *best)
{
	uint32_t row = ++matcher->row, now = row & 1;
	uint32_t *lengths = matcher->lengths[now], *stamps = matcher->stamps[now];
	const uint32_t *old_lengths = matcher->lengths[!now], *old_stamps = matcher->stamps[!now];

	for (uint32_t j = matcher->first[matcher->old_ids[i]]; j != NO_LINE && j < range->new_to;
	     j = matcher->next[j]) {
		matcher->steps++;
		if (j < range->new_from)
			continue;
		/* Place 0 of these arrays stands before the first line. */
		uint32_t len = 1 + (old_stamps[j] == row - 1 ? old_lengths[j] : 0);
		lengths[j + 1] = len;
		stamps[j + 1] = row;
		if (len > best->len)
			*best = (struct block){i + 1 - len, j + 1 - len, len};
	}
}

/* Popular lines next to a block belong to it. */
static void block_widen(const struct matcher *matcher, const struct side_range *range,
			struct block *best)
{
	while (best->old > range->old_from && best->new > range->new_from &&
	       matcher->old_ids[best->old - 1] == matcher->new_ids[best->new - 1]) {
		best->old--;
		best->new --;
		best->len++;
	}
	while (best->old + best->len < range->old_to && best->new + best->len < range->new_to &&
	       matcher->old_ids[best->old + best->len] == matcher->new_ids[best->new + best->len])
		best->len++;
}

static struct block block_longest(struct matcher *matcher, const struct side_range *range)
{
	struct block best = {range->old_from, range->new_from, 0};

	matcher->row += 2; /* what the last search left is nobody's neighbour */
	for (uint32_t i = range->old_from; i < range->old_to; i++) {
		matcher->steps++;
		if (matcher->steps > LIMIT_DIFF_STEPS)
			return (struct block){range->old_from, range->new_from, 0};
		row_match(matcher, i, range, &best);
	}
	block_widen(matcher, range, &best);
	return best;
}

static int by_place(const void *a, const void *b)
{
	const struct block *left = a, *right = b;

	if (left->old != right->old)
		return left->old < right->old ? -1 : 1;
	return left->new < right->new ? -1 : left->new > right->new;
}

struct ranges {
	struct side_range *items;
	size_t n, cap;
};

static void range_wait(struct ranges *waiting, struct side_range range)
{
	if (range.old_from < range.old_to && range.new_from < range.new_to)
		vec_push(waiting, range);
}

static void block_add(struct blocks *blocks, struct block block)
{
	vec_push(blocks, block);
}

/* Neighbours are one. */
static void blocks_join(struct blocks *blocks)
{
	size_t kept = 0;

	for (size_t i = 0; i < blocks->n; i++) {
		struct block *last = kept ? &blocks->items[kept - 1] : NULL,
			     next = blocks->items[i];
		if (last && last->old + last->len == next.old && last->new + last->len == next.new)
			last->len += next.len;
		else
			blocks->items[kept++] = next;
	}
	blocks->n = kept;
}

static void blocks_find(struct matcher *matcher)
{
	struct ranges waiting = {0};
	struct blocks *blocks = &matcher->blocks;
	uint32_t n_old = (uint32_t)matcher->old.n, n_new = (uint32_t)matcher->new.n;

	range_wait(&waiting, (struct side_range){0, n_old, 0, n_new});
	while (waiting.n) {
		struct side_range range = waiting.items[--waiting.n];
		struct block best = block_longest(matcher, &range);
		if (!best.len)
			continue;
		block_add(blocks, best);
		range_wait(&waiting,
			   (struct side_range){range.old_from, best.old, range.new_from, best.new});
		range_wait(&waiting, (struct side_range){best.old + best.len, range.old_to,
							 best.new + best.len, range.new_to});
	}
	vec_done(&waiting);
	vec_sort(blocks, by_place);
	blocks_join(blocks);
	block_add(blocks, (struct block){n_old, n_new, 0});
}

/* ---- hunks ---- */

struct hunk {
	struct side_range range;
	struct buf body;
};

static void lines_write(struct buf *buf, char sign, const struct lines *lines, uint32_t from,
			uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		buf_putc(buf, sign);
		buf_append_str(buf, lines->items[i]);
	}
}

static void range_write(struct buf *buf, uint32_t from, uint32_t to)
{
	if (to - from == 1)
		buf_printf(buf, "%u", from + 1);
	else
		buf_printf(buf, "%u,%u", to == from ? from : from + 1, to - from);
}

static void hunk_end(struct hunk *hunk, struct buf *buf)
{
	const struct side_range *range = &hunk->range;

	if (!hunk->body.len)
		return;
	buf_puts(buf, "@@ -");
	range_write(buf, range->old_from, range->old_to);
	buf_puts(buf, " +");
	range_write(buf, range->new_from, range->new_to);
	buf_puts(buf, " @@\n");
	buf_append_str(buf, buf_str(&hunk->body));
	buf_truncate(&hunk->body, 0);
}

/* The equal lines between two changes: context of both, or the end of one hunk. */
static void hunk_equal(const struct matcher *matcher, struct hunk *hunk, const struct block *block,
		       bool is_last, struct buf *buf)
{
	uint32_t len = block->len, after = len < CONTEXT ? len : CONTEXT;

	if (hunk->body.len) {
		bool goes_on = !is_last && len <= 2 * CONTEXT;
		uint32_t shown = goes_on ? len : after;
		lines_write(&hunk->body, ' ', &matcher->old, block->old, block->old + shown);
		hunk->range.old_to = block->old + shown;
		hunk->range.new_to = block->new + shown;
		if (goes_on)
			return;
		hunk_end(hunk, buf);
	}
	hunk->range = (struct side_range){block->old + len - after, block->old + len,
					  block->new + len - after, block->new + len};
}

static void hunk_change(const struct matcher *matcher, struct hunk *hunk,
			const struct side_range *change)
{
	if (!hunk->body.len) /* the context before it */
		lines_write(&hunk->body, ' ', &matcher->old, hunk->range.old_from,
			    hunk->range.old_to);
	lines_write(&hunk->body, '-', &matcher->old, change->old_from, change->old_to);
	lines_write(&hunk->body, '+', &matcher->new, change->new_from, change->new_to);
	hunk->range.old_to = change->old_to;
	hunk->range.new_to = change->new_to;
}

static void hunks_write(const struct matcher *matcher, struct buf *buf)
{
	struct hunk hunk = {0};
	uint32_t old = 0, new = 0;

	vec_foreach(block, &matcher->blocks) {
		bool is_last = block == matcher->blocks.items + matcher->blocks.n - 1;
		struct side_range change = {old, block->old, new, block->new};
		if (old < block->old || new < block->new)
			hunk_change(matcher, &hunk, &change);
		/* The last real block and the empty one behind it may both be ends. */
		bool ends =
			is_last || (block + 1 == matcher->blocks.items + matcher->blocks.n - 1 &&
				    block->old + block->len == matcher->old.n &&
				    block->new + block->len == matcher->new.n);
		hunk_equal(matcher, &hunk, block, ends, buf);
		old = block->old + block->len;
		new = block->new + block->len;
	}
	hunk_end(&hunk, buf);
	buf_done(&hunk.body);
}

static void matcher_done(struct matcher *matcher)
{
	void *const owned[] = {matcher->old.items,  matcher->new.items,   matcher->old_ids,
			       matcher->new_ids,    matcher->first,       matcher->next,
			       matcher->lengths[0], matcher->lengths[1],  matcher->stamps[0],
			       matcher->stamps[1],  matcher->blocks.items};

	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		free(owned[i]);
}

void diff_unified(struct str old, struct str new, struct buf *buf)
{
	cleanup(matcher_done) struct matcher matcher = {0};

	if (str_eq(old, new))
		return;
	lines_split(old, &matcher.old);
	lines_split(new, &matcher.new);
	places_collect(&matcher, lines_number(&matcher));
	for (int i = 0; i < 2; i++) {
		matcher.lengths[i] = xcalloc(matcher.new.n + 1, sizeof(uint32_t));
		matcher.stamps[i] = xcalloc(matcher.new.n + 1, sizeof(uint32_t));
	}
	blocks_find(&matcher);
	buf_puts(buf, "--- \n+++ \n");
	hunks_write(&matcher, buf);
}
