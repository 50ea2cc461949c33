/* mapping.c - files that options name: a mapping as YAML or JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

#include "base/str.h"
#include "tool.h"
#include "value/json.h"
#include "value/yaml.h"

#include "base/banned.h"

int mapping_read(struct heap *heap, const char *path, struct dict **ret_dict, struct diag *diag)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct value v;

	if (tool_read(path, &text, &err))
		return diag_take(diag, (struct src_pos){0}, &err);
	/* texts of the values may be views of it */
	struct str bytes = {heap_strdup(heap, buf_str(&text)), text.len};
	if (text_ends(path, ".json") ? value_parse_json(heap, bytes, path, &v, diag)
				     : value_parse_yaml(heap, bytes, path, &v, diag))
		return -1;
	if (v.kind == VALUE_NONE)
		v = value_of_dict(dict_new(heap));
	if (v.kind != VALUE_DICT)
		return diag_set(diag, ERR_INPUT,
				(struct src_pos){.file = path, .line = 1, .column = 1},
				"not a mapping, but '%s'", value_type_name(v));
	*ret_dict = v.dict;
	return 0;
}
