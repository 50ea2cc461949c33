/* small_search.c - a text in a text. libc's are linear at worst, these for what is sought here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/small.h"

#include <string.h>

#include "base/banned.h"

void *small_memmem(const void *bytes, size_t len, const void *sought, size_t sought_len)
{
	const char *at = bytes, *end = at + len;

	if (!sought_len)
		return (void *)bytes;
	while ((size_t)(end - at) >= sought_len) {
		at = memchr(at, *(const unsigned char *)sought,
			    (size_t)(end - at) - sought_len + 1);
		if (!at)
			return NULL;
		if (!memcmp(at, sought, sought_len))
			return (void *)at;
		at++;
	}
	return NULL;
}

char *small_strstr(const char *text, const char *sought)
{
	return small_memmem(text, strlen(text), sought, strlen(sought));
}
