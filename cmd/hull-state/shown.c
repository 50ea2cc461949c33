/* shown.c - values on stdout, as YAML or JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shown.h"

#include "base/str.h"
#include "tool.h"
#include "value/json.h"
#include "value/yaml.h"

#include "base/banned.h"

int value_show(struct heap *heap, struct value v, const char *format, const char *fallback,
	       struct err *err)
{
	static const struct value_json_options pretty = {.indent = 2};
	autobuf struct buf text = {.max = SIZE_MAX / 2};

	if (!format)
		format = fallback;
	bool is_json = text_eq(format, "json");
	if (!is_json && !text_eq(format, "yaml"))
		return err_set(err, ERR_INPUT, "--out is 'yaml' or 'json', not '%s'", format);
	if (is_json ? value_to_json(heap, v, &pretty, &text, err)
		    : value_to_yaml(heap, v, YAML_AS_IS, &text, err))
		return -1;
	buf_putc(&text, '\n');
	return tool_print(buf_str(&text), err);
}
