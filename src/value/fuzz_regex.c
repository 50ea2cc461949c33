/* fuzz_regex.c - a pattern, a replacement and a text, each on its line: never more than the bounds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str rest = {(const char *)data, len};
	struct str pattern = str_cut(&rest, '\n'), replacement = str_cut(&rest, '\n');
	unsigned flags = pattern.len ? (unsigned char)pattern.ptr[0] : 0;
	autoheap struct heap heap = {.max_steps = 20000};
	autobuf struct buf replaced = {.max = 1 << 16};
	autoerr struct err err = {0};
	struct regex *regex;
	size_t n;

	if (regex_compile(&heap, pattern, flags, &regex, &err))
		return 0;
	struct regex_replacement by = {.text = replacement.ptr ? replacement : STR("")};
	if (regex_replace(regex, rest.ptr ? rest : STR(""), &by, &replaced, &n, &err))
		return 0;
	return 0;
}
