/* login_defs.c - reading login.defs(5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/login_defs.h"

#include "states/text_file.h"

#include "base/banned.h"

int login_defs_read(struct world *world, struct login_defs *ret_defs, struct err *err)
{
	cleanup(login_defs_done) struct login_defs defs = {0};

	if (text_file_read(world, "/etc/login.defs", &defs.defs, NULL, err) ||
	    text_file_read(world, "/etc/default/useradd", &defs.useradd, NULL, err))
		return -1;
	*ret_defs = steal(&defs);
	return 0;
}

void login_defs_done(struct login_defs *defs)
{
	buf_done(&defs->defs);
	buf_done(&defs->useradd);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str login_defs_text(const struct login_defs *defs, const char *key)
{
	struct str rest = buf_str(&defs->defs);
	size_t len = strlen(key);

	while (rest.len) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		if (line.len <= len || memcmp(line.ptr, key, len) != 0 || !is_blank(line.ptr[len]))
			continue;
		struct str value = str_trim((struct str){line.ptr + len, line.len - len});
		if (value.len > 1 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
			value = (struct str){value.ptr + 1, value.len - 2};
		return value;
	}
	return (struct str){0};
}

int64_t login_defs_number(const struct login_defs *defs, const char *key, int64_t otherwise)
{
	struct str text = login_defs_text(defs, key);
	uint32_t octal;
	int64_t number;

	if (text.len > 1 && text.ptr[0] == '0' && str_to_octal(text, &octal))
		return octal;
	return str_to_i64(text, &number) ? number : otherwise;
}

struct str useradd_text(const struct login_defs *defs, const char *key)
{
	struct str rest = buf_str(&defs->useradd);

	while (rest.len) {
		struct str value = str_trim(str_cut(&rest, '\n')), name = str_cut(&value, '=');
		if (value.ptr && str_is(name, key))
			return value;
	}
	return (struct str){0};
}
