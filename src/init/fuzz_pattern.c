/* fuzz_pattern.c - an expression, a newline, a name: walked to an end, the same twice, and
 * the same as libc's where both know the words. SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "init/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define SHORT 24 /* libc's takes what time it likes for longer ones */

static void compare(const char *text, const char *name, bool matches)
{
	char anchored[SHORT + 4];
	regex_t regex;
	if (strlen(text) > SHORT || strlen(name) > 2 * SHORT ||
	    strspn(text, "ab[]c.()|*+?") != strlen(text) || strstr(text, "[]") ||
	    strspn(name, "abcdef") != strlen(name))
		return;
	snprintf(anchored, sizeof(anchored), "^(%s)", text);
	if (regcomp(&regex, anchored, REG_EXTENDED | REG_NOSUB))
		return;
	assert((regexec(&regex, name, 0, NULL, 0) == 0) == matches);
	regfree(&regex);
}

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
	compare(text, name ? name : "", matches);
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
