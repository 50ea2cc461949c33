/* fuzz_request.c - a request that is taken can be walked, and says the same when it is written
 * again. SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "init/out.h"
#include "init/request.h"

#define MAX_NODES 512

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void put(struct out *out, const char *name, const struct json_node *node)
{
	switch (node->type) {
	case JSON_NULL: json_put_raw(out, name, "null"); return;
	case JSON_FALSE: json_put_bool(out, name, false); return;
	case JSON_TRUE: json_put_bool(out, name, true); return;
	case JSON_NUMBER: json_put_raw(out, name, node->text); return;
	case JSON_STRING:
		assert(strlen(node->text) == node->n);
		assert(text_is_utf8((struct str){node->text, node->n}));
		json_put_text(out, name, node->text);
		return;
	case JSON_ARRAY:
	case JSON_OBJECT: break;
	}
	bool is_object = node->type == JSON_OBJECT;
	uint32_t n = 0;
	json_open(out, name, is_object ? '{' : '[');
	for (const struct json_node *it = json_first(node); it; it = json_next(node, it), n++) {
		if (is_object)
			assert(json_member(node, it->text) == it + 1);
		put(out, is_object ? it->text : NULL, is_object ? it + 1 : it);
	}
	assert(n == node->n);
	json_close(out, is_object ? '}' : ']');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct json_node nodes[MAX_NODES];
	struct request request;
	const char *problem = NULL;
	if (len > 4096)
		return 0;
	char *line = xmalloc(len + 1), *again = xmalloc(len + 1);
	memcpy(line, bytes, len);
	memcpy(again, bytes, len);
	int n = json_read(line, len, nodes, MAX_NODES, &problem);
	if (n < 0) {
		assert(problem);
	} else {
		struct out first = {.max = 1 << 20}, second = {.max = 1 << 20};
		assert((uint32_t)n == nodes[0].span);
		put(&first, NULL, nodes);
		struct json_node *copies = xmalloc(MAX_NODES * sizeof(*copies));
		char *text = xmalloc(first.len + 1);
		memcpy(text, first.ptr, first.len);
		assert(json_read(text, first.len, copies, MAX_NODES, &problem) == n);
		put(&second, NULL, copies);
		assert(first.len == second.len && !memcmp(first.ptr, second.ptr, first.len));
		out_done(&first);
		out_done(&second);
		free(copies);
		free(text);
	}
	enum request_fault fault = request_read(again, len, nodes, MAX_NODES, &request, &problem);
	assert(fault || request.command);
	free(line);
	free(again);
	return 0;
}
