/* fuzz_cron.c - time tables of cron.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoerr struct err err = {0};
	autofree char *text = xstrndup((const char *)data, len);
	struct cron_table table;
	if (parse_cron(text, &table, &err))
		err_clear(&err);
	else if (!table.at_boot && (!table.seconds || !table.minutes || !table.hours ||
				    !table.days || !table.months || !table.weekdays))
		__builtin_trap();
	return 0;
}
