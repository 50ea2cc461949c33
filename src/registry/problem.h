/* problem.h - why a request was refused, as distribution-spec tells it to clients.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Error Codes". */
#pragma once

#include "base/buf.h"
#include "base/err.h"

enum problem_code {
	PROBLEM_NONE,
	PROBLEM_BLOB_UNKNOWN,
	PROBLEM_BLOB_UPLOAD_INVALID,
	PROBLEM_BLOB_UPLOAD_UNKNOWN,
	PROBLEM_DIGEST_INVALID,
	PROBLEM_MANIFEST_BLOB_UNKNOWN,
	PROBLEM_MANIFEST_INVALID,
	PROBLEM_MANIFEST_UNKNOWN,
	PROBLEM_MANIFEST_TOO_LARGE, /* MANIFEST_INVALID with 413 */
	PROBLEM_NAME_INVALID,
	PROBLEM_NAME_UNKNOWN,
	PROBLEM_SIZE_INVALID,
	PROBLEM_TAG_INVALID,
	PROBLEM_TAG_CHANGED,   /* DENIED with 412: If-Match did not hold */
	PROBLEM_TAGS_TOO_MANY, /* 414 */
	PROBLEM_PAGINATION_NUMBER_INVALID,
	PROBLEM_RANGE_INVALID,
	PROBLEM_UPLOAD_BUSY,    /* BLOB_UPLOAD_INVALID with 409 */
	PROBLEM_BLOB_TOO_LARGE, /* SIZE_INVALID with 413 */
	PROBLEM_BODY_TOO_SLOW,  /* SIZE_INVALID with 408: it did not come in time */
	PROBLEM_UNAUTHORIZED,
	PROBLEM_DENIED,
	PROBLEM_REFERENCED,  /* DENIED with 409: an index holds it */
	PROBLEM_BLOB_NEEDED, /* DENIED with 409: a manifest would be broken */
	PROBLEM_UNSUPPORTED,
	PROBLEM_TOOMANYREQUESTS,
	PROBLEM_UNAVAILABLE,
	PROBLEM_NO_SPACE,       /* DENIED with 507 */
	PROBLEM_BAD_REQUEST,    /* UNSUPPORTED with 400: what no code of the list describes */
	PROBLEM_FORM_TOO_LARGE, /* UNSUPPORTED with 413 */
	PROBLEM_NO_ENDPOINT,    /* UNSUPPORTED with 404 */
	PROBLEM_UNKNOWN,        /* 500; the log has the cause */
	N_PROBLEM_CODES,
};
struct problem {
	enum problem_code code;
	char *message; /* NULL: the code's own words */
	char *detail;  /* JSON text; NULL: null */
};
struct problems { /* zeroed: none */
	struct problem *items;
	size_t n, cap;
};
/* Each returns -1, so that a refusal is one line. */
int problem_add(struct problems *problems, enum problem_code code, const char *detail_json,
		const char *fmt, ...) printf_like(4, 5); /* fmt NULL: the code's own words */
/* What an inner failure means to the client: full disk is NO_SPACE, the rest UNKNOWN; `missing` is
 * the code for ERR_MISSING. The text of an ERR_SYSTEM does not go out; `err` keeps it for the log.
 */
int problem_of_err(struct problems *problems, const struct err *err, enum problem_code missing);
int problems_status(const struct problems *problems); /* of the first one */
void problems_write(const struct problems *problems, struct buf *json);
const char *problem_name(enum problem_code code); /* "BLOB_UNKNOWN" */
void problems_done(struct problems *problems);
#define autoproblems cleanup(problems_done)
