/* routes.h - from a path to what it names, and from that and a method to what is done.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Endpoints". */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "http/head.h"

enum route_shape {
	SHAPE_NONE,
	SHAPE_INDEX,     /* / and PREFIX/ */
	SHAPE_TOKEN,     /* PREFIX/token, PREFIX/auth, PREFIX/auth/token */
	SHAPE_BASE,      /* /v2/ */
	SHAPE_CATALOG,   /* /v2/_catalog */
	SHAPE_TAGS,      /* /v2/NAME/tags/list */
	SHAPE_MANIFEST,  /* /v2/NAME/manifests/REFERENCE */
	SHAPE_BLOB,      /* /v2/NAME/blobs/DIGEST */
	SHAPE_UPLOADS,   /* /v2/NAME/blobs/uploads */
	SHAPE_UPLOAD,    /* /v2/NAME/blobs/uploads/ID */
	SHAPE_REFERRERS, /* /v2/NAME/referrers/DIGEST */
	N_SHAPES,
};
struct route {
	enum route_shape shape;
	struct str name, reference; /* views of the path, not checked; empty: the shape has none */
};
/* Names hold slashes and may end in words of the API ("a/manifests"), so the path is read from its
 * end: the last match wins. One slash at the end is allowed. */
struct route route_parse(struct str path, struct str token_prefix);
const char *route_shape_name(enum route_shape shape); /* "manifests": for logs and counters */

/* The right that an action needs. */
enum need { NEED_NOTHING, NEED_LOGIN, NEED_PULL, NEED_PUSH, NEED_DELETE, NEED_CATALOG, N_NEEDS };
/* How a request's body is taken. */
enum body_kind { BODY_NONE, BODY_BLOB, BODY_MANIFEST, BODY_FORM };
enum action_change { CHANGES_NOTHING, CHANGES_BY_PUSH, CHANGES_BY_DELETE };

struct request;
struct action {
	enum route_shape shape;
	enum http_method method; /* HTTP_GET stands for HEAD as well */
	enum need need;
	enum body_kind body;
	enum action_change change;
	const char *audit; /* the audit line's word; NULL: none, or the work says which */
	/* Answers from memory in the loop, or returns false. NULL: there is nothing to try. */
	bool (*peek)(struct request *request);
	/* Answers (0), or leaves problems in the request (-1). May block. */
	int (*work)(struct request *request);
};
/* NULL: the shape is not served with that method. */
const struct action *action_find(enum route_shape shape, enum http_method method);
/* "GET, HEAD, PUT": methods of a shape, less those of changes that are switched off. */
void action_methods(enum route_shape shape, bool may_push, bool may_delete, struct buf *buf);
