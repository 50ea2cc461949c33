/* fuzz_dockerfile.c - any bytes as a Dockerfile; what is read has words to expand.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "dockerfile/dockerfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *get(const char *name, void *arg)
{
	(void)arg;
	return *name == 'a' ? "value of a" : NULL;
}

static void expand_all(const struct dockerfile *dockerfile, const struct instruction *instruction)
{
	autostrlist struct strlist words = {0};
	autoerr struct err err = {0};

	if (dockerfile_expand_words(dockerfile, instruction, get, NULL, &words, &err))
		assert(err_is_set(&err) && !words.items);
	for (size_t i = 0; i < instruction->n_heredocs; i++) {
		autofree char *text = NULL;
		autoerr struct err body_err = {0};
		if (dockerfile_expand_body(dockerfile, instruction, instruction->heredocs[i].body,
					   get, NULL, &text, &body_err))
			assert(err_is_set(&body_err) && !text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};
	autoerr struct err err = {0};

	if (dockerfile_parse("fuzz", (struct str){(const char *)bytes, len}, &dockerfile, &err)) {
		assert(err_is_set(&err));
		return 0;
	}
	assert(dockerfile.n);
	for (size_t i = 0; i < dockerfile.n; i++) {
		assert(dockerfile.items[i].pos.line && dockerfile.items[i].original);
		expand_all(&dockerfile, &dockerfile.items[i]);
	}
	return 0;
}
