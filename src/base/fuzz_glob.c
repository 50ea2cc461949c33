/* fuzz_glob.c - shell patterns: a line with the pattern, then the text.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str rest = {(const char *)data, len};
	autofree char *pattern = str_dup(str_cut(&rest, '\n'));
	autofree char *text = str_dup(rest);
	autobuf struct buf escaped = {0};
	for (const char *at = text; *at; at++)
		buf_printf(&escaped, "\\%c", *at);
	(void)str_glob(pattern, text);
	if (!str_glob("*", text) || !str_glob(buf_text(&escaped), text))
		abort();
	return 0;
}
