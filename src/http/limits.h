/* limits.h - how long, how many, how slow: what a client may ask of the HTTP engine.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Empty lines in front of a request line that are passed over (RFC 9112, 2.2): old clients end a
 * body with one that its length does not count. */
#define LIMIT_HTTP_LEADING_BREAKS 4
/* Digits of a chunk's size: 16 say all that 64 bits can. */
#define LIMIT_HTTP_CHUNK_DIGITS   16
/* Bytes of chunk extensions and trailers that no content pays for: each byte of content takes back
 * one. A signature in each chunk stays far below, a body of nothing but extensions does not. */
#define LIMIT_HTTP_CHUNK_EXTRA    4096
