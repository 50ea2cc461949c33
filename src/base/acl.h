/* acl.h - POSIX ACLs: the kernel's xattr bytes to and from the text of getfacl(1).
 * SPDX-License-Identifier: Apache-2.0
 * Source: acl(5); linux/posix_acl_xattr.h (version 2, little endian, 8 bytes an entry). */
#pragma once

#include "base/buf.h"
#include "base/str.h"

#define XATTR_ACL_ACCESS  "system.posix_acl_access"
#define XATTR_ACL_DEFAULT "system.posix_acl_default"

/* "user::rwx,user:1000:r-x,…" (numeric ids; commas or newlines, comments allowed) to bytes; an
 * empty text to none. ERR_CORRUPT, naming the entry: malformed, a name without a number, not a
 * valid ACL; ERR_LIMIT. */
int acl_from_text(struct str text, struct buf *ret_bytes, struct err *err) must_check;
/* The three entries that say no more than the mode does: the kernel stores none for them. */
void acl_of_mode(uint32_t mode, struct buf *ret_bytes);
#define ACL_HEADER_BYTES 4u /* of an ACL without entries: setting it removes what is there */
/* One entry a line, "default:" in front when asked; ERR_CORRUPT. */
int acl_to_text(const void *bytes, size_t len, const char *prefix, struct buf *out,
		struct err *err) must_check;
