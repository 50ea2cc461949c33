/* fuzz_config.c - any text as a file of NAME=VALUE lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "stage/settings.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostrlist struct strlist values = {0};
	autoerr struct err err = {0};
	struct str text = {(const char *)data, size};

	if (stage_config_parse("config", text, &values, &err)) {
		assert(err.kind == ERR_INPUT && !values.n);
		return 0;
	}
	for (size_t i = 0; i < values.n; i++)
		assert((text_starts(values.items[i], "MS_") ||
			text_starts(values.items[i], "cwd=")) &&
		       strchr(values.items[i], '='));
	return 0;
}
