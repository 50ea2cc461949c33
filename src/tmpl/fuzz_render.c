/* fuzz_render.c - whole templates: any text ends with output or a clean error within the bounds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input may hold several templates: what follows a NUL is the template "b", which the first
 * may import, include or extend (itself is "a"). */
#include <string.h>

#include "tmpl/engine.h"

#include "base/banned.h"

struct texts {
	struct str a, b;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int texts_load(void *arg, struct heap *heap, const char *name, const char *from,
		      struct template_source *ret_source, struct err *err)
{
	const struct texts *texts = arg;

	if (!text_eq(name, "a") && !text_eq(name, "b"))
		return err_set(err, ERR_MISSING, "template '%s' not found", name);
	name = heap_strdup(heap, str_of(name));
	*ret_source =
		(struct template_source){name, name, text_eq(name, "a") ? texts->a : texts->b};
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoheap struct heap heap = {.max = (size_t)64 << 20, .max_steps = 50000};
	struct texts texts = {.b = {(const char *)data, len}};
	struct engine engine = {.heap = &heap, .loader = {.load = texts_load, .arg = &texts}};
	struct rendered rendered = {0};
	struct diags findings = {0};
	autodiag struct diag diag = {0};

	texts.a = str_cut(&texts.b, '\0');
	if (!texts.b.ptr)
		texts.b = STR("");
	heap.undefined = len ? data[0] % 4 : UNDEFINED_STRICT;
	engine.autoescape = len > 1 && data[1] % 2;
	engine_init(&engine);
	if (engine_check_text(&engine, "a", "a", texts.a, &findings) == 0)
		heap.steps = 0;
	if (engine_render_text(&engine, "a", "a", texts.a, NULL, &rendered, &diag) == 0)
		for (size_t i = 0; i <= rendered.text.len; i += 1 + rendered.text.len / 16)
			rendered_place(&rendered, i, 1, 1);
	rendered_done(&rendered);
	diags_clear(&findings);
	engine_done(&engine);
	return 0;
}
