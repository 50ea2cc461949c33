/* encode.h - hex, base64 (RFC 4648), and text made safe to show.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

void hex_encode(const void *data, size_t len, char *out); /* lower case; out: 2 * len + 1 */
bool hex_decode(struct str hex, uint8_t *out);            /* out: hex.len / 2 */
void base64_encode(struct buf *buf, const void *data, size_t len);
bool base64_decode(struct buf *buf, struct str text); /* padding required, no white space */
/* The alphabet for URLs and file names without padding (RFC 4648, 5; RFC 7515, 2). Bits left over
 * at the end must be zero: a text decodes only when it is the one that encodes to. */
void base64url_encode(struct buf *buf, const void *data, size_t len);
bool base64url_decode(struct buf *buf, struct str text);
/* Control bytes and invalid UTF-8 as \xNN: for messages that quote hostile bytes. */
void text_escape(struct buf *buf, struct str text);
bool text_is_utf8(struct str text);
void html_escape(struct buf *buf, struct str text);  /* & < > " ' */
void shell_quote(struct buf *buf, const char *text); /* one word for sh; bare when it may be */
