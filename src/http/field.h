/* field.h - the values of the header fields that a registry reads.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum range_state {
	RANGE_WHOLE, /* no range, another unit, malformed, or several: send all (RFC 9110, 14.2) */
	RANGE_PART,  /* 206 */
	RANGE_OUTSIDE, /* 416; also "b-a", which the RFC calls malformed and the conformance suite
			  not */
};
/* "bytes=a-b", "bytes=a-", "bytes=-n" of something `size` bytes long. */
enum range_state range_parse(struct str value, uint64_t size, uint64_t *ret_start,
			     uint64_t *ret_len);
/* The upload's "Content-Range: a-b" (distribution-spec: no unit; "bytes a-b/…" is taken too). */
bool content_range_parse(struct str value, uint64_t *ret_start, uint64_t *ret_end);
/* Whether a list of entity tags ("*", W/"…") names this one (given without quotes). */
bool etag_matches(struct str list, struct str etag);
/* Whether Accept takes the type: ranges and q=0 are honoured; an absent or empty value takes all.
 */
bool accept_takes(struct str accept, const char *type);
/* "Basic" credentials to user and password, appended; false: not Basic or malformed. */
bool basic_parse(struct str authorization, struct buf *user, struct buf *password);
/* The token of "Bearer"; {NULL, 0}: none. */
struct str bearer_parse(struct str authorization);
/* RFC 9110's IMF-fixdate, for Date and Last-Modified. */
#define HTTP_DATE_MAX 32
void http_date(int64_t seconds, char out[HTTP_DATE_MAX]);
