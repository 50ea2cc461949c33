/* url.h - targets, queries, forms and Link texts.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 3986; application/x-www-form-urlencoded of the URL standard; RFC 8288 (Link). */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Cuts the target at the first "?". */
void url_split(struct str target, struct str *ret_path, struct str *ret_query);
/* Percent-decodes once, into `buf`. False: a broken escape, NUL or control bytes, or not UTF-8. In
 * a path: also when "." or ".." stands as a segment, or a "//", or an escaped "/". */
bool url_decode_path(struct str path, struct buf *buf);
bool url_decode_form(struct str text, struct buf *buf); /* "+" is a blank */
void url_escape(struct buf *buf, struct str text);      /* all but unreserved characters */

/* Walks "a=1&b=2": false at the end. Name and value are still encoded. */
bool url_next_pair(struct str *rest, struct str *ret_name, struct str *ret_value);
enum url_value { URL_ABSENT, URL_FOUND, URL_BAD }; /* URL_BAD: does not decode */
/* The first value of that name, decoded and appended to `buf`. */
enum url_value url_query_get(struct str query, const char *name, struct buf *buf);
