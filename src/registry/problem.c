/* problem.c - the table of error codes: name, status and words of each.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/problem.h"

#include "base/vec.h"
#include "doc/json.h"
#include "registry/storage.h"

#include "base/banned.h"

static const struct {
	const char *name;
	int status;
	const char *words;
} codes[N_PROBLEM_CODES] = {
	[PROBLEM_NONE] = {"UNKNOWN", 500, "unknown error"},
	[PROBLEM_BLOB_UNKNOWN] = {"BLOB_UNKNOWN", 404, "blob unknown to registry"},
	[PROBLEM_BLOB_UPLOAD_INVALID] = {"BLOB_UPLOAD_INVALID", 400, "blob upload invalid"},
	[PROBLEM_BLOB_UPLOAD_UNKNOWN] = {"BLOB_UPLOAD_UNKNOWN", 404,
					 "blob upload unknown to registry"},
	[PROBLEM_DIGEST_INVALID] = {"DIGEST_INVALID", 400,
				    "provided digest did not match uploaded content"},
	[PROBLEM_MANIFEST_BLOB_UNKNOWN] = {"MANIFEST_BLOB_UNKNOWN", 400,
					   "manifest references a blob unknown to registry"},
	[PROBLEM_MANIFEST_INVALID] = {"MANIFEST_INVALID", 400, "manifest invalid"},
	[PROBLEM_MANIFEST_UNKNOWN] = {"MANIFEST_UNKNOWN", 404, "manifest unknown"},
	[PROBLEM_MANIFEST_TOO_LARGE] = {"MANIFEST_INVALID", 413, "manifest is too large"},
	[PROBLEM_NAME_INVALID] = {"NAME_INVALID", 400, "invalid repository name"},
	[PROBLEM_NAME_UNKNOWN] = {"NAME_UNKNOWN", 404, "repository name not known to registry"},
	[PROBLEM_SIZE_INVALID] = {"SIZE_INVALID", 400,
				  "provided length did not match content length"},
	[PROBLEM_TAG_INVALID] = {"TAG_INVALID", 400, "invalid tag"},
	[PROBLEM_TAG_CHANGED] = {"DENIED", 412, "the tag is at another manifest"},
	[PROBLEM_TAGS_TOO_MANY] = {"TAG_INVALID", 414, "too many tags in one request"},
	[PROBLEM_PAGINATION_NUMBER_INVALID] = {"PAGINATION_NUMBER_INVALID", 400,
					       "invalid number of results requested"},
	[PROBLEM_RANGE_INVALID] = {"RANGE_INVALID", 416, "invalid content range"},
	[PROBLEM_UPLOAD_BUSY] = {"BLOB_UPLOAD_INVALID", 409,
				 "another request writes to this upload"},
	[PROBLEM_BLOB_TOO_LARGE] = {"SIZE_INVALID", 413,
				    "blob is larger than this registry accepts"},
	[PROBLEM_BODY_TOO_SLOW] = {"SIZE_INVALID", 408, "the body came too slowly"},
	[PROBLEM_UNAUTHORIZED] = {"UNAUTHORIZED", 401, "authentication required"},
	[PROBLEM_DENIED] = {"DENIED", 403, "requested access to the resource is denied"},
	[PROBLEM_REFERENCED] = {"DENIED", 409, "the manifest is part of an index"},
	[PROBLEM_BLOB_NEEDED] = {"DENIED", 409, "a manifest of the repository needs the blob"},
	[PROBLEM_UNSUPPORTED] = {"UNSUPPORTED", 405, "the operation is unsupported"},
	[PROBLEM_TOOMANYREQUESTS] = {"TOOMANYREQUESTS", 429, "too many requests"},
	[PROBLEM_UNAVAILABLE] = {"UNAVAILABLE", 503, "service unavailable"},
	[PROBLEM_NO_SPACE] = {"DENIED", 507, "no space left on the registry's storage"},
	[PROBLEM_BAD_REQUEST] = {"UNSUPPORTED", 400, "malformed request"},
	[PROBLEM_FORM_TOO_LARGE] = {"UNSUPPORTED", 413, "the form is too large"},
	[PROBLEM_NO_ENDPOINT] = {"UNSUPPORTED", 404, "there is no such endpoint"},
	[PROBLEM_UNKNOWN] = {"UNKNOWN", 500, "internal error"},
};

const char *problem_name(enum problem_code code)
{
	return codes[code].name;
}

int problem_add(struct problems *problems, enum problem_code code, const char *detail_json,
		const char *fmt, ...)
{
	char *message = NULL;

	if (fmt) {
		va_list args;
		va_start(args, fmt);
		message = xvasprintf(fmt, args);
		va_end(args);
	}
	char *detail = detail_json ? xstrdup(detail_json) : NULL;
	vec_push(problems, {code, message, detail});
	return -1;
}

int problem_of_err(struct problems *problems, const struct err *err, enum problem_code missing)
{
	if (storage_is_full(err))
		return problem_add(problems, PROBLEM_NO_SPACE, NULL, NULL);
	if (err->kind == ERR_MISSING)
		return problem_add(problems, missing, NULL, NULL);
	return problem_add(problems, PROBLEM_UNKNOWN, NULL, NULL);
}

int problems_status(const struct problems *problems)
{
	return codes[problems->n ? problems->items[0].code : PROBLEM_UNKNOWN].status;
}

void problems_write(const struct problems *problems, struct buf *json)
{
	buf_puts(json, "{\"errors\":[");
	vec_foreach(problem, problems) {
		buf_printf(json,
			   "%s{\"code\":\"%s\",\"message\":", problem == problems->items ? "" : ",",
			   codes[problem->code].name);
		json_write_text(json, str_of(problem->message ? problem->message
							      : codes[problem->code].words));
		buf_printf(json, ",\"detail\":%s}", problem->detail ? problem->detail : "null");
	}
	buf_puts(json, "]}\n");
}

void problems_done(struct problems *problems)
{
	vec_foreach(problem, problems) {
		free(problem->message);
		free(problem->detail);
	}
	vec_done(problems);
}
