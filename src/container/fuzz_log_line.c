/* fuzz_log_line.c - any bytes as a record of the log: refused, or written again alike.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/log_line.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_line line = {0};
	struct log_line again = {0};
	struct buf out = {.max = LIMIT_LOG_RECORD * 8};

	/* Any output at all comes back as it was. */
	if (size <= LIMIT_LOG_LINE_BYTES) {
		log_line_format(&out, (struct str){(const char *)data, size}, LOG_STDERR, 0);
		assert(log_line_parse((struct str){out.ptr, out.len - 1}, &again));
		assert(again.text.len == size && (!size || !memcmp(again.text.ptr, data, size)));
	}
	if (log_line_parse((struct str){(const char *)data, size}, &line)) {
		buf_truncate(&out, 0);
		log_line_format(&out, buf_str(&line.text), line.stream, line.time_ns);
		assert(out.overflowed ||
		       (log_line_parse((struct str){out.ptr, out.len - 1}, &again) &&
			again.text.len == line.text.len && again.time_ns == line.time_ns));
	}
	log_line_done(&line);
	log_line_done(&again);
	buf_done(&out);
	return 0;
}
