/* api_blobs.c - blobs going out, whole or in part, and away.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Pulling blobs" (end-2), "Deleting Blobs" (end-10); RFC 9110, 13, 14.
 */
#include "api/request.h"
#include "http/field.h"

#include "base/banned.h"

/* The fields of a blob, also of a part and of "not changed". It never changes under its name. */
static void add_fields(struct request *request)
{
	char etag[DIGEST_TEXT_MAX + 2];

	snprintf(etag, sizeof(etag), "\"%s\"", request->digest.text);
	http_add_field(request->x, "Docker-Content-Digest", request->digest.text);
	http_add_field(request->x, "ETag", etag);
	http_add_field(request->x, "Cache-Control",
		       access_is_open(request->state->policy)
			       ? "public, max-age=31536000, immutable"
			       : "private, max-age=31536000, immutable");
	http_add_field(request->x, "Accept-Ranges", "bytes");
}

static bool is_unchanged(const struct request *request)
{
	return request_knows(request, request->digest.text);
}

/* If-Range: a part only of the very same thing; a date is no strong name of it. */
static enum range_state choose_range(const struct request *request, uint64_t size,
				     uint64_t *ret_start, uint64_t *ret_len)
{
	struct str range = http_field(request->x, "Range");
	struct str only_if = http_field(request->x, "If-Range");

	*ret_start = 0;
	*ret_len = size;
	if (!range.len || request_is_head(request))
		return RANGE_WHOLE;
	if (only_if.len &&
	    (only_if.ptr[0] != '"' || !etag_matches(only_if, str_of(request->digest.text))))
		return RANGE_WHOLE;
	return range_parse(range, size, ret_start, ret_len);
}

static void release_file(void *file)
{
	blob_file_release(file);
}

static int send_by_reader(struct request *request, int status, uint64_t start, uint64_t len)
{
	struct storage *storage = registry_storage(api_registry(request->api));
	autoreader struct reader *reader = NULL;
	autoerr struct err err = {0};

	if (storage->ops->blob_reader(storage, &request->digest, start, len, &reader, &err))
		return request_fail(request, &err, PROBLEM_BLOB_UNKNOWN);
	http_answer_reader(request->x, status, reader, len);
	return 0;
}

/* Takes the file. */
static int send_file(struct request *request, const struct blob_file *file)
{
	uint64_t start = 0, len = file->size;
	enum range_state range = choose_range(request, file->size, &start, &len);
	int status = range == RANGE_PART ? 206 : 200;

	if (range == RANGE_OUTSIDE) {
		http_add_fieldf(request->x, "Content-Range", "bytes */%llu",
				(unsigned long long)file->size);
		blob_file_release(file);
		return request_problem(request, PROBLEM_RANGE_INVALID,
				       "the range is outside of the blob");
	}
	add_fields(request);
	http_add_field(request->x, "Content-Type", "application/octet-stream");
	if (range == RANGE_PART)
		http_add_fieldf(request->x, "Content-Range", "bytes %llu-%llu/%llu",
				(unsigned long long)start, (unsigned long long)(start + len - 1),
				(unsigned long long)file->size);
	if (file->fd < 0) {
		blob_file_release(file);
		return send_by_reader(request, status, start, len);
	}
	http_answer_file(request->x, status, file->fd, start, len, release_file, (void *)file);
	return 0;
}

static int send_unchanged(struct request *request)
{
	add_fields(request);
	return request_answer_empty(request, 304);
}

static int send_size(struct request *request, uint64_t size)
{
	add_fields(request);
	http_add_field(request->x, "Content-Type", "application/octet-stream");
	http_answer_file(request->x, 200, -1, 0, size, NULL, NULL);
	return 0;
}

bool blob_peek(struct request *request)
{
	struct registry *registry = api_registry(request->api);
	const struct blob_file *file = NULL;
	uint64_t size = 0;

	if (is_unchanged(request))
		return registry_blob_peek(registry, request->repository, &request->digest, &size) &&
		       !send_unchanged(request);
	if (request_is_head(request))
		return registry_blob_peek(registry, request->repository, &request->digest, &size) &&
		       !send_size(request, size);
	file = registry_blob_open_peek(registry, request->repository, &request->digest);
	if (!file)
		return false;
	if (file->fd < 0) { /* a driver without files is asked in the pool */
		blob_file_release(file);
		return false;
	}
	if (send_file(request, file))
		request_answer_problems(request);
	return true;
}

static int blob_stat(struct request *request, uint64_t *ret_size)
{
	autoerr struct err err = {0};

	if (registry_blob_stat(api_registry(request->api), request->repository, &request->digest,
			       ret_size, &err))
		return err.kind == ERR_MISSING ? request_unknown(request, PROBLEM_BLOB_UNKNOWN)
					       : request_fail(request, &err, PROBLEM_BLOB_UNKNOWN);
	return 0;
}

int blob_get(struct request *request)
{
	autoerr struct err err = {0};
	const struct blob_file *file = NULL;
	uint64_t size = 0;

	if (is_unchanged(request))
		return blob_stat(request, &size) ? -1 : send_unchanged(request);
	if (request_is_head(request))
		return blob_stat(request, &size) ? -1 : send_size(request, size);
	if (registry_blob_open(api_registry(request->api), request->repository, &request->digest,
			       &file, &err))
		return err.kind == ERR_MISSING ? request_unknown(request, PROBLEM_BLOB_UNKNOWN)
					       : request_fail(request, &err, PROBLEM_BLOB_UNKNOWN);
	return send_file(request, file);
}

int blob_delete(struct request *request)
{
	autoerr struct err err = {0};

	if (registry_blob_delete(api_registry(request->api), request->repository, &request->digest,
				 &request->problems, &err)) {
		err_move(&request->cause, &err);
		return -1;
	}
	return request_answer_empty(request, 202);
}
