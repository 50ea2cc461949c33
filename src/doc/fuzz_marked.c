/* fuzz_marked.c - any text is refused with a place or gives a graph that holds together.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "base/encode.h"
#include "doc/limits.h"
#include "doc/marked.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct check {
	struct arena *arena;
	size_t visited;
};

static void check_node(struct check *check, const struct marked *node, unsigned depth);

static void check_entry(struct check *check, const struct marked_entry *entry, unsigned depth)
{
	assert(entry->key->kind != MARKED_LIST && entry->key->kind != MARKED_MAP);
	check_node(check, entry->key, depth);
	check_node(check, entry->value, depth);
}

static void check_scalar(struct check *check, const struct marked *node)
{
	struct str text = marked_text(check->arena, node);

	assert(text.ptr && text.ptr[text.len] == '\0');
	assert(node->is_binary || text_is_utf8(text));
}

static void check_node(struct check *check, const struct marked *node, unsigned depth)
{
	assert(depth <= LIMIT_MARKED_DEPTH);
	assert(++check->visited <= LIMIT_MARKED_ALIASES + LIMIT_DOC_NODES);
	assert(node->at.line > 0 && node->at.column > 0);
	if (node->kind == MARKED_LIST)
		for (size_t i = 0; i < node->list.n; i++)
			check_node(check, node->list.items[i], depth + 1);
	else if (node->kind == MARKED_MAP)
		for (size_t i = 0; i < node->map.n; i++)
			check_entry(check, &node->map.items[i], depth + 1);
	else
		check_scalar(check, node);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	struct diags warnings = {0};
	autobuf struct buf text = {.max = SIZE_MAX / 2};
	struct marked *root = NULL;
	struct marked_options options = {.file = "fuzz", .warnings = &warnings};
	struct check check = {.arena = &arena};

	if (marked_parse(&arena, (struct str){(const char *)bytes, len}, &options, &root, &diag)) {
		assert(!root && diag.message && text_eq(diag.at.file, "fuzz"));
		diag_write(&diag, &text);
		diag_write_json(&diag, &text);
	} else {
		check_node(&check, root, 0);
	}
	diags_clear(&warnings);
	return 0;
}
