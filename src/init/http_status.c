/* http_status.c - the status of an HTTP/1 answer, read as it comes, and nothing else of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/http_status.h"

#include "base/banned.h"

/* Bytes until the final status: a few interim answers with their fields. */
#define TOTAL_MAX 16384

static const char shape[] = "HTTP/1.9 999"; /* 9: any digit */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One more byte of the status line; false: it cannot be one. */
static bool line_byte(struct http_status *status, char c)
{
	if (status->seen == sizeof(shape) - 1)
		return c == ' ' || c == '\r' || c == '\n';
	char wanted = shape[status->seen++];
	if (wanted != '9')
		return c == wanted;
	if (status->seen > sizeof("HTTP/1.9"))
		status->code = status->code * 10 + (unsigned)(c - '0');
	return is_digit(c);
}

/* Skips to behind the empty line that ends an interim answer. */
static void field_byte(struct http_status *status, char c)
{
	if (c == '\n' && status->at_line_start)
		*status = (struct http_status){.total = status->total};
	else if (c != '\r')
		status->at_line_start = c == '\n';
}

int http_status_feed(struct http_status *status, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (++status->total > TOTAL_MAX)
			return -1;
		if (status->in_fields) {
			field_byte(status, bytes[i]);
			continue;
		}
		bool line_ends = status->seen == sizeof(shape) - 1;
		if (!line_byte(status, bytes[i]))
			return -1;
		if (!line_ends)
			continue;
		if (status->code < 100)
			return -1;
		if (status->code >= 200)
			return (int)status->code;
		status->in_fields = true;
		status->at_line_start = bytes[i] == '\n';
	}
	return 0;
}
