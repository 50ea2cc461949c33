/* fuzz_keys.c - lines of keys, and what a merge makes of any file.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/key_line.h"
#include "runner/keys.h"
#include "runner/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first line is a key of the volume, the rest the file. Merging twice changes nothing more. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str rest = {(const char *)data, len};
	struct str first = str_cut(&rest, '\n');
	struct key_line key;
	const char *why;
	enum key_line_kind kind = key_line_parse(first, &key, &why);
	autofree char *line =
		str_dup(key_line_parse(first, &key, &why) == KEY_LINE_KEY ? key.line : STR(""));
	struct found_key found = {"place", line};
	autobuf struct buf once = {0}, twice = {0}, report = {0};
	keys_merge(rest, &found, kind == KEY_LINE_KEY, &once, &report);
	keys_merge(buf_str(&once), &found, kind == KEY_LINE_KEY, &twice, &report);
	if (!str_eq(buf_str(&once), buf_str(&twice)))
		abort();
	return 0;
}
