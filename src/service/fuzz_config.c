/* fuzz_config.c - configurations of strangers: refused or taken, never a crash.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first line may name variables ("REGISTRY_A=b\t…"), the rest is the file. */
#include "service/config.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	autostrlist struct strlist env = {0};
	autoconfig struct registry_config config = {0};
	autoerr struct err err = {0};

	if (str_starts(text, STR("REGISTRY_"))) {
		struct str first = str_cut(&text, '\n');
		if (!memchr(first.ptr, '\0', first.len))
			strlist_split(&env, first, '\t');
		if (!text.ptr)
			text = STR("");
	}
	if (registry_config_parse("/nonexistent/registry.yml", text, strlist_argv(&env), &config,
				  &err) &&
	    !err_text(&err)[0])
		__builtin_trap();
	return 0;
}
