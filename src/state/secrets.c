/* secrets.c - texts that are never shown.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/secrets.h"

#include "base/vec.h"

#include "base/banned.h"

void secrets_add(struct secrets *secrets, struct str text)
{
	if (text.len >= SECRET_MIN)
		vec_push(&secrets->texts, {str_dup(text), text.len});
}

void secrets_add_value(struct secrets *secrets, struct value v) {}

bool secrets_is_key(const struct secrets *secrets, struct str key)
{
	return str_ends(key, STR("password"));
}

void secrets_scan(struct secrets *secrets, struct value v) {}

void secrets_mask(struct secrets *secrets, struct str text, struct buf *buf)
{
	buf_append_str(buf, text);
}

struct value secrets_mask_value(struct secrets *secrets, struct heap *heap, struct value v)
{
	return v;
}

void secrets_done(struct secrets *secrets)
{
	vec_foreach(text, &secrets->texts)
		free((char *)text->ptr);
	vec_done(&secrets->texts);
}
