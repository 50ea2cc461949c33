/* fuzz_yaml.c - any text is refused with a place or gives a tree that holds together.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "base/encode.h"
#include "doc/json.h"
#include "doc/limits.h"
#include "doc/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_text(struct str text)
{
	assert(text.ptr && text.ptr[text.len] == '\0' && strlen(text.ptr) == text.len);
	assert(text_is_utf8(text));
}

static void check_node(const struct node *node, unsigned depth)
{
	size_t n = 0;

	assert(depth <= LIMIT_DOC_DEPTH + 1);
	assert(node->pos.line > 0 && node->pos.column > 0);
	if (node->kind != NODE_LIST && node->kind != NODE_MAP) {
		check_text(node_source(node));
		return;
	}
	assert(!node_source(node).ptr);
	node_foreach(child, node) {
		n++;
		assert(child->next || child == node->children.last);
		assert(!child->key.ptr == (node->kind == NODE_LIST));
		if (child->key.ptr) {
			check_text(child->key);
			assert(child->key_pos.line > 0 && child->key_pos.column > 0);
		}
		check_node(child, depth + 1);
	}
	assert(n == node->children.n);
	assert(node->kind == NODE_LIST || !node_find_duplicate(node));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf json = {.max = SIZE_MAX / 2};
	struct node *root = NULL;

	if (yaml_parse(&arena, "fuzz", (struct str){(const char *)bytes, len}, &root, &err)) {
		assert(err_is_set(&err) && !root);
		assert(text_starts(err_text(&err), "fuzz:"));
		assert(!strchr(err_text(&err), '\n'));
		return 0;
	}
	check_node(root, 0);
	json_write(&json, root, JSON_COMPACT);
	return 0;
}
