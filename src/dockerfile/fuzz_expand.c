/* fuzz_expand.c - any bytes as a word with variables, whose values are taken from it as well.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "dockerfile/dockerfile.h"
#include "dockerfile/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *get(const char *name, void *arg)
{
	return *name == 'n' ? NULL : *name == 'e' ? "" : arg;
}

typedef int (*expand_fn)(const struct dockerfile *dockerfile, const struct instruction *instruction,
			 const char *word, variable_fn get, void *arg, char **ret_text,
			 struct err *err);

static void expand(expand_fn fn, char *word, char escape)
{
	struct dockerfile dockerfile = {.escape = escape};
	struct instruction instruction = {.kind = INSTRUCTION_USER, .pos = {"fuzz", 1, 1}};
	autofree char *text = NULL;
	autoerr struct err err = {0};

	if (fn(&dockerfile, &instruction, word, get, word, &text, &err))
		assert(err_is_set(&err) && !text);
	else
		assert(strlen(text) <= LIMIT_EXPANDED_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autofree char *word = xstrndup((const char *)bytes, len);
	char escape = len % 2 ? '\\' : '`';

	expand(dockerfile_expand, word, escape);
	expand(dockerfile_expand_body, word, escape);
	return 0;
}
