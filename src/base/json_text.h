/* json_text.h - one quoted string of JSON (RFC 8259).
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* No needless escapes; bytes that are not UTF-8 are written as U+FFFD. */
void json_write_text(struct buf *buf, struct str text);
