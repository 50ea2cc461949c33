/* fuzz_words.c - words as a shell splits them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autofree char *text = xstrndup((const char *)data, len);
	struct text_list words;
	if (parse_words(&arena, text, &words, &err))
		err_clear(&err);
	else if (words.n && words.items[words.n])
		__builtin_trap();
	return 0;
}
