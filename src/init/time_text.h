/* time_text.h - strftime(3) of the C locale, with a zone of ours and Python's %f.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct time_point {
	int64_t second; /* since 1970 */
	int offset;     /* of local time, seconds east */
	unsigned micros;
};

/* All letters of POSIX and glibc's k l P s; the flags - _ 0 of glibc; E and O mean nothing here. %Z
 * is "UTC" or the offset, as zones without a name have it. What does not fit is cut off, what is
 * not known stays as it is. true: the text is the same for the whole second. */
bool time_text(char *out, size_t size, const char *format, const struct time_point *at);
