/* fuzz_pattern.c - an expression, a newline, a name: walked to an end, and the same twice.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "init/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char text[512], both[1024];
	struct pattern pattern;
	if (len >= sizeof(text))
		return 0;
	memcpy(text, bytes, len);
	text[len] = '\0';
	char *name = strchr(text, '\n');
	if (name)
		*name++ = '\0';
	if (pattern_compile(text, &pattern))
		return 0;
	bool matches = pattern_matches(&pattern, name ? name : "");
	/* A pattern or itself is itself. */
	if (2 * strlen(text) + 1 <= LIMIT_CONTROL_PATTERN) {
		size_t n = strlen(text);
		memcpy(both, text, n);
		both[n] = '|';
		memcpy(both + n + 1, text, n + 1);
		assert(!pattern_compile(both, &pattern));
		assert(pattern_matches(&pattern, name ? name : "") == matches);
	}
	return 0;
}
