/* first.c - first versions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/format.h"
#include "value/json.h"
#include "value/unicode.h"
#include "value/value_private.h"

#include "base/banned.h"

bool unicode_is_printable(uint32_t code)
{
	return code >= 0xa1 && (code < 0xd800 || code > 0xdfff);
}
int format_braces(struct str format, struct call *call, struct value *ret_string, struct err *err)
{
	return err_set(err, ERR_INPUT, "str.format is not there yet");
}
int format_percent(struct heap *heap, struct str format, struct value args,
		   struct value *ret_string, struct err *err)
{
	return err_set(err, ERR_INPUT, "%% is not there yet");
}
int format_value(struct heap *heap, struct value v, struct str spec, struct buf *buf,
		 struct err *err)
{
	return value_print(heap, v, buf, err);
}
int value_to_json(struct heap *heap, struct value v, const struct value_json_options *options,
		  struct buf *buf, struct err *err)
{
	return value_print_repr(heap, v, buf, err);
}
int value_from_json(struct heap *heap, struct str text, struct value *ret_value, struct err *err)
{
	return err_set(err, ERR_INPUT, "Expecting value: line 1 column 1 (char 0)");
}
