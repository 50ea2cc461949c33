/* fuzz_acls.c - lists of getfacl, and shadow files.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "runner/acl_restore.h"
#include "runner/passwords.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void no_random(void *out, size_t len)
{
	memset(out, 1, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str rest = {(const char *)data, len};
	autoerr struct err err = {0};
	unsigned line = 0;
	int found;
	do {
		cleanup(acl_record_done) struct acl_record record = {0};
		found = acl_record_next(&rest, &line, &record, &err);
		if (found > 0 && !record.path)
			abort();
	} while (found > 0);
	autobuf struct buf once = {0}, twice = {0};
	size_t n =
		passwords_rewrite((struct str){(const char *)data, len}, 20000, no_random, &once);
	if (passwords_rewrite(buf_str(&once), 20000, no_random, &twice) != n ||
	    !str_eq(buf_str(&once), buf_str(&twice)))
		abort();
	return 0;
}
