/* fuzz_image_config.c - what is accepted and written is read again as the same bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "oci/image_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	struct image_config config = {0};
	size_t len_once = 0;
	size_t len_twice = 0;

	if (image_config_parse("fuzz", (struct str){(const char *)bytes, len}, &config, &err)) {
		assert(err_is_set(&err));
		return 0;
	}
	assert(run_config_inspect(&arena, &config.config)->kind == NODE_MAP);
	autofree char *once = image_config_write(&config, &len_once);
	image_config_done(&config);
	int failed = image_config_parse("again", (struct str){once, len_once}, &config, &err);
	assert(!failed);
	autofree char *twice = image_config_write(&config, &len_twice);
	image_config_done(&config);
	assert(len_once == len_twice && !memcmp(once, twice, len_once));
	return 0;
}
