/* pax_xattr.c - extended attributes in libarchive's encoding: %XX names, base64 values.
 * SPDX-License-Identifier: Apache-2.0
 * Source: libarchive, tar(5), "LIBARCHIVE.xattr.namespace.key". */
#include <ctype.h>
#include <string.h>

#include "base/encode.h"
#include "layer/limits.h"
#include "layer/tar_private.h"

#include "base/banned.h"

static bool name_decode(struct str name, struct buf *out)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = (uint8_t)name.ptr[i];
		if (byte == '%') {
			if (name.len - i < 3 ||
			    !hex_decode((struct str){name.ptr + i + 1, 2}, &byte) || byte == '\0')
				return false;
			i += 2;
		}
		buf_putc(out, (char)byte);
	}
	return name.len > 0;
}

/* libarchive leaves the padding out; ours wants it. */
static bool value_decode(struct str value, struct buf *out)
{
	autobuf struct buf padded = {.max = 2 * (size_t)LIMIT_XATTR_BYTES};
	while (value.len && value.ptr[value.len - 1] == '=')
		value.len--;
	buf_append_str(&padded, value);
	for (size_t i = value.len; i % 4 != 0; i++)
		buf_putc(&padded, '=');
	return !padded.overflowed && base64_decode(out, buf_str(&padded));
}

int xattr_decode(struct str name, struct str value, struct xattrs *xattrs, struct err *err)
{
	autobuf struct buf plain_name = {.max = LIMIT_PATH_BYTES};
	autobuf struct buf plain_value = {.max = LIMIT_XATTR_BYTES};
	if (!name_decode(name, &plain_name) || !value_decode(value, &plain_value) ||
	    plain_name.overflowed)
		return err_set(err, ERR_CORRUPT, "a LIBARCHIVE.xattr record is malformed");
	if (xattr_is_kept(buf_text(&plain_name)))
		xattrs_set(xattrs, buf_text(&plain_name), buf_text(&plain_value), plain_value.len);
	return 0;
}

void xattr_encode(const struct xattr *xattr, struct buf *name, struct buf *value)
{
	for (const char *pos = xattr->name; *pos; pos++) {
		unsigned char byte = (unsigned char)*pos;
		if (byte > ' ' && byte < 0x7f && byte != '%' && byte != '=')
			buf_putc(name, *pos);
		else
			buf_printf(name, "%%%02X", byte);
	}
	base64_encode(value, xattr->value, xattr->len);
	while (value->len && value->ptr[value->len - 1] == '=')
		buf_truncate(value, value->len - 1);
}
