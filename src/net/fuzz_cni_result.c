/* fuzz_cni_result.c - any JSON as a plugin's result, and as a record of ours.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "doc/json.h"
#include "net/net_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {0};
	autonet struct net_result result = {0}, again = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;
	if (json_parse(&arena, "input", (struct str){(const char *)data, size}, &root, &err))
		return 0;
	cni_result_read(root, &result);
	if (net_result_decode(net_result_encode(&arena, &result), &again, &err))
		abort(); /* what we write we read */
	autonet struct net_result other = {0};
	if (net_result_decode(root, &other, &err) && !err_is_set(&err))
		abort();
	return 0;
}
