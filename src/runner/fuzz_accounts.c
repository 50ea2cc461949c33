/* fuzz_accounts.c - any bytes as an account file: entries are found again, the rest is not touched.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "base/account_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The bytes without the line that was added. */
static void check_rest(struct str before, const struct account_table *table, struct str line)
{
	autobuf struct buf rest = {0};
	struct str after = buf_str(&table->text);
	size_t begin = (size_t)(line.ptr - after.ptr);

	buf_append(&rest, after.ptr, begin);
	buf_append(&rest, line.ptr + line.len + 1, after.len - begin - line.len - 1);
	if (rest.len == before.len + 1) /* the last line got its end */
		buf_truncate(&rest, before.len);
	assert(str_eq(buf_str(&rest), before));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct account_table table = {0};
	struct str before = {(const char *)bytes, len}, line;
	uint32_t id;

	buf_append(&table.text, bytes, len);
	if (!account_find(&table, STR("dev"), &line)) {
		account_add(&table, "dev:x:1000:");
		assert(account_find(&table, STR("dev"), &line));
		assert(account_id(line, 2, &id) && id == 1000);
		check_rest(before, &table, line);
	}
	account_add_member(&table, line, 3, STR("ops"));
	assert(account_find(&table, STR("dev"), &line));
	assert(!account_field(line, 3).ptr || account_has_member(line, 3, STR("ops")));
	account_set_field(&table, line, 1, STR("*"));
	assert(account_find(&table, STR("dev"), &line));
	assert(!account_field(line, 1).ptr || str_is(account_field(line, 1), "*"));
	if (account_find_id(&table, 1000, &line))
		assert(account_id(line, 2, &id) && id == 1000);
	buf_done(&table.text);
	return 0;
}
