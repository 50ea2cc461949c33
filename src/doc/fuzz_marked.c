/* fuzz_marked.c - any text is refused with a place or gives a graph that holds together.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "base/encode.h"
#include "doc/limits.h"
#include "doc/marked.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_node(struct arena *arena, const struct marked *node, unsigned depth,
		       size_t *visited)
{
	assert(depth <= LIMIT_MARKED_DEPTH);
	assert(++*visited <= LIMIT_MARKED_ALIASES + LIMIT_DOC_NODES);
	assert(node->at.line > 0 && node->at.column > 0);
	if (node->kind == MARKED_LIST) {
		for (size_t i = 0; i < node->list.n; i++)
			check_node(arena, node->list.items[i], depth + 1, visited);
		return;
	}
	if (node->kind == MARKED_MAP) {
		for (size_t i = 0; i < node->map.n; i++) {
			const struct marked *key = node->map.items[i].key;
			assert(key->kind != MARKED_LIST && key->kind != MARKED_MAP);
			check_node(arena, key, depth + 1, visited);
			check_node(arena, node->map.items[i].value, depth + 1, visited);
		}
		return;
	}
	struct str text = marked_text(arena, node);
	assert(text.ptr && text.ptr[text.len] == '\0');
	assert(node->is_binary || text_is_utf8(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	struct diags warnings = {0};
	autobuf struct buf text = {.max = SIZE_MAX / 2};
	struct marked *root = NULL;
	struct marked_options options = {.file = "fuzz", .warnings = &warnings};
	size_t visited = 0;

	if (marked_parse(&arena, (struct str){(const char *)bytes, len}, &options, &root, &diag)) {
		assert(!root && diag.message && text_eq(diag.at.file, "fuzz"));
		diag_write(&diag, &text);
		diag_write_json(&diag, &text);
	} else {
		check_node(&arena, root, 0, &visited);
	}
	diags_clear(&warnings);
	return 0;
}
