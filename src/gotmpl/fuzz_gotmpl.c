/* fuzz_gotmpl.c - any text is refused or rendered; an error is set exactly when it is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "doc/json.h"
#include "gotmpl/gotmpl.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char tree[] =
	"{\"ID\":\"4f53\",\"Name\":\"x\",\"Pid\":42,\"Load\":1.5,\"Running\":true,"
	"\"Nothing\":null,\"Env\":[\"B=2\",\"A=1\"],\"Mixed\":[1,\"x\",null,{}],"
	"\"Config\":{\"Image\":\"d\",\"Labels\":{\"z\":\"26\",\"a\":\"1\"}}}";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf out = {0};
	autofree char *text = xstrndup((const char *)bytes, len);
	cleanup(gotmpl_freep) struct gotmpl *template = NULL;
	struct node *root = NULL;

	int failed = json_parse(&arena, "tree", str_of(tree), &root, &err);
	assert(!failed);
	failed = gotmpl_parse("fuzz", text, &template, &err);
	if (!failed)
		failed = gotmpl_render(template, root, &out, &err);
	assert((failed != 0) == err_is_set(&err));
	return 0;
}
