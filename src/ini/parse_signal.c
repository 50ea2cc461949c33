/* parse_signal.c - a signal by name or number, and what was meant when it is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "ini/parse.h"

#include "base/banned.h"

static int name_error(const char *text, struct err *err)
{
	/* The names that exist without a gap, for the one that was meant. */
	const char *known[SIGNAL_RTMIN + 1];
	size_t n = 0;
	for (int i = 1; i <= SIGNAL_RTMIN; i++) {
		if (signal_name(i))
			known[n++] = signal_name(i);
	}
	known[n] = NULL;
	struct str name = str_of(text);
	if (name.len > 3 && str_is_nocase((struct str){name.ptr, 3}, "SIG"))
		name = (struct str){name.ptr + 3, name.len - 3};
	char upper[16];
	for (n = 0; n < name.len && n + 1 < sizeof(upper); n++) {
		bool is_lower = name.ptr[n] >= 'a' && name.ptr[n] <= 'z';
		upper[n] = (char)(is_lower ? name.ptr[n] - 'a' + 'A' : name.ptr[n]);
	}
	upper[n] = '\0';
	const char *nearest = str_nearest(upper, known);
	if (!nearest)
		return err_set(err, ERR_INPUT, "'%s' is no signal", text);
	return err_set(err, ERR_INPUT, "'%s' is no signal, nearest '%s'", text, nearest);
}

int parse_signal(const char *text, int *ret_signal, struct err *err)
{
	int number = signal_number(text, strlen(text));
	int64_t value;

	if (!number && str_to_i64(str_of(text), &value))
		return err_set(err, ERR_INPUT, "'%s' is no signal: they go from 1 to %d", text,
			       SIGNAL_RTMAX);
	if (!number)
		return name_error(text, err);
	*ret_signal = number;
	return 0;
}
