/* api_uploads.c - blobs coming in: sessions, their pieces, mounts from other repositories.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Pushing blobs" (end-4 to end-6, end-11, end-13, end-14).
 *
 * A session has one holder at a time. What was received counts, also when the connection breaks;
 * only a commit that fails for another reason than a full disk ends it. */
#include "api/limits.h"
#include "api/request.h"
#include "base/log.h"
#include "http/field.h"

#include "base/banned.h"

static struct storage *storage_of(const struct request *request)
{
	return registry_storage(api_registry(request->api));
}

struct held { /* a session that this request holds */
	struct storage *storage;
	struct upload *upload;
};

static void held_release(struct held *held)
{
	if (held->upload)
		held->storage->ops->upload_close(held->upload);
}
#define autoheld cleanup(held_release)

/* Where the session stands: for answers of success, and of "not from there" alike. */
static void add_session_fields(struct request *request, const struct upload_facts *facts)
{
	http_add_fieldf(request->x, "Location", "/v2/%s/blobs/uploads/%s", request->repository,
			facts->id);
	http_add_fieldf(request->x, "Range", "0-%llu",
			(unsigned long long)(facts->offset ? facts->offset - 1 : 0));
	http_add_field(request->x, "Docker-Upload-UUID", facts->id);
}

static int answer_session(struct request *request, const struct held *held, int status)
{
	struct upload_facts facts;

	held->storage->ops->upload_facts(held->upload, &facts);
	add_session_fields(request, &facts);
	return request_answer_empty(request, status);
}

static int answer_blob(struct request *request, const struct digest *digest)
{
	http_add_fieldf(request->x, "Location", "/v2/%s/blobs/%s", request->repository,
			digest->text);
	http_add_field(request->x, "Docker-Content-Digest", digest->text);
	return request_answer_empty(request, 201);
}

static int fail_session(struct request *request, struct err *err)
{
	if (err->kind == ERR_MISSING)
		return request_unknown(request, PROBLEM_BLOB_UPLOAD_UNKNOWN);
	if (err->kind == ERR_EXISTS)
		return request_problem(request, PROBLEM_UPLOAD_BUSY, NULL);
	return request_fail(request, err, PROBLEM_BLOB_UPLOAD_UNKNOWN);
}

static int open_session(struct request *request, struct held *held)
{
	autoerr struct err err = {0};

	held->storage = storage_of(request);
	if (held->storage->ops->upload_open(held->storage, request->repository, request->reference,
					    &held->upload, &err))
		return fail_session(request, &err);
	return 0;
}

static int start_session(struct request *request, enum hash_algo hint, struct held *held)
{
	autoerr struct err err = {0};

	held->storage = storage_of(request);
	if (held->storage->ops->upload_start(held->storage, request->repository, hint,
					     &held->upload, &err))
		return request_fail(request, &err, PROBLEM_NAME_UNKNOWN);
	return 0;
}

/* What the request's head announces. */
struct piece {
	uint64_t offset;   /* of the session now */
	uint64_t expected; /* bytes; UINT64_MAX: the body's end tells */
};

/* "Content-Range: a-b" must begin where the session ends, and the body be as long as it says. */
static int check_range(struct request *request, const struct held *held, struct piece *piece)
{
	struct str range = http_field(request->x, "Content-Range");
	int64_t length = http_head(request->x)->body_length;
	struct upload_facts facts;
	uint64_t start, end;

	held->storage->ops->upload_facts(held->upload, &facts);
	*piece = (struct piece){facts.offset, length < 0 ? UINT64_MAX : (uint64_t)length};
	if (!range.len || length == 0)
		return 0;
	if (!content_range_parse(range, &start, &end))
		return request_problem(request, PROBLEM_BLOB_UPLOAD_INVALID,
				       "the Content-Range is malformed");
	if (start != facts.offset) {
		add_session_fields(request, &facts);
		return request_problem(request, PROBLEM_RANGE_INVALID,
				       "the upload goes on at byte %llu",
				       (unsigned long long)facts.offset);
	}
	if (end - start == UINT64_MAX || (length > 0 && end - start + 1 != (uint64_t)length))
		return request_problem(request, PROBLEM_SIZE_INVALID, NULL);
	piece->expected = end - start + 1;
	return 0;
}

static uint64_t room_of(const struct request *request, uint64_t offset)
{
	uint64_t max = request->state->settings.max_blob_bytes;

	if (!max)
		return UINT64_MAX;
	return max > offset ? max - offset : 0;
}

static int write_bytes(struct request *request, const struct held *held, struct str bytes)
{
	autoerr struct err err = {0};

	if (bytes.len && held->storage->ops->upload_write(held->upload, bytes.ptr, bytes.len, &err))
		return request_fail(request, &err, PROBLEM_BLOB_UPLOAD_UNKNOWN);
	return 0;
}

/* The next bytes of the body, in `step` or where they were gathered. */
static int next_bytes(struct request *request, char *step, struct str *ret_bytes)
{
	autoerr struct err err = {0};

	if (request->is_gathered) {
		*ret_bytes = http_gathered(request->x);
		return 0;
	}
	ssize_t n = http_read_body(request->x, step, LIMIT_BODY_STEP, &err);
	if (n < 0)
		return request_body_failed(request, &err);
	*ret_bytes = (struct str){step, (size_t)n};
	return 0;
}

/* Takes the body into the session. What goes beyond what was announced or is allowed is not. */
static int receive(struct request *request, const struct held *held, const struct piece *piece)
{
	uint64_t room = room_of(request, piece->offset), received = 0;
	autofree char *step = NULL;
	struct str bytes = {0};

	if (piece->expected != UINT64_MAX && piece->expected > room)
		return request_problem(request, PROBLEM_BLOB_TOO_LARGE, NULL);
	if (piece->expected == 0)
		return 0;
	step = request->is_gathered ? NULL : xmalloc(LIMIT_BODY_STEP);
	do {
		if (next_bytes(request, step, &bytes))
			return -1;
		if (bytes.len > room - received)
			return request_problem(request, PROBLEM_BLOB_TOO_LARGE, NULL);
		if (bytes.len > piece->expected - received)
			return request_problem(request, PROBLEM_SIZE_INVALID, NULL);
		if (write_bytes(request, held, bytes))
			return -1;
		received += bytes.len;
	} while (bytes.len && !request->is_gathered);
	if (piece->expected != UINT64_MAX && received != piece->expected)
		return request_problem(request, PROBLEM_SIZE_INVALID, NULL);
	return 0;
}

static int commit(struct request *request, const struct held *held, const struct digest *digest)
{
	autoerr struct err err = {0};

	request->audit = "push";
	request_note(request, digest->text);
	if (!registry_blob_commit(api_registry(request->api), request->repository, held->upload,
				  digest, &err))
		return answer_blob(request, digest);
	if (err.kind == ERR_CORRUPT)
		return request_problem(request, PROBLEM_DIGEST_INVALID, NULL);
	return fail_session(request, &err);
}

/* -1: refused. *ret_digest unset: the query has none. */
static int query_digest(struct request *request, const char *name, struct digest *ret_digest)
{
	autofree char *text = NULL;
	autoerr struct err err = {0};

	if (request_query(request, name, &text))
		return -1;
	if (text && digest_parse(str_of(text), ret_digest, &err))
		return request_problem(request, PROBLEM_DIGEST_INVALID, "%s", err_text(&err));
	return 0;
}

static int query_algorithm(struct request *request, const struct digest *digest,
			   enum hash_algo *ret_algo)
{
	static const char *const names[] = {[HASH_SHA256] = "sha256", [HASH_SHA512] = "sha512"};
	autofree char *text = NULL;

	*ret_algo = digest_is_set(digest) ? digest_algo(digest) : HASH_SHA256;
	if (request_query(request, "digest-algorithm", &text))
		return -1;
	if (!text)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(text, names[i])) {
			*ret_algo = (enum hash_algo)i;
			return 0;
		}
	return request_problem(request, PROBLEM_DIGEST_INVALID,
			       "digest algorithm is not 'sha256' or 'sha512'");
}

static bool may_pull(const char *repository, void *arg)
{
	const struct request *request = arg;

	return request_may(request, repository, "pull");
}

enum mount_turn { MOUNTED, NOT_MOUNTED, MOUNT_REFUSED };

/* The right to pull from the source was asked for with the others (request_may_act). */
static enum mount_turn mount_blob(struct request *request, const struct digest *digest)
{
	autofree char *from = NULL;
	autoerr struct err err = {0};

	if (request_query(request, "from", &from))
		return MOUNT_REFUSED;
	if (from && !request->source) /* no name of a repository */
		return NOT_MOUNTED;
	if (registry_blob_mount(api_registry(request->api), request->repository, request->source,
				digest, may_pull, request, &err)) {
		if (err.kind == ERR_MISSING)
			return NOT_MOUNTED;
		request_fail(request, &err, PROBLEM_BLOB_UNKNOWN);
		return MOUNT_REFUSED;
	}
	request->audit = "mount";
	request_note(request, digest->text);
	answer_blob(request, digest);
	return MOUNTED;
}

/* A session that the client never heard of. */
static void abandon(struct request *request, struct held *held)
{
	struct upload_facts facts;
	autoerr struct err err = {0};

	held->storage->ops->upload_facts(held->upload, &facts);
	held->storage->ops->upload_close(steal(&held->upload));
	if (held->storage->ops->upload_cancel(held->storage, request->repository, facts.id, &err))
		log_debug("an upload is left to the purge: %s", err_text(&err));
}

int uploads_post(struct request *request)
{
	struct digest mount = {0}, digest = {0};
	enum hash_algo algo;
	autoheld struct held held = {0};
	struct piece piece;

	if (query_digest(request, "mount", &mount) || query_digest(request, "digest", &digest) ||
	    query_algorithm(request, &digest, &algo))
		return -1;
	if (digest_is_set(&mount)) {
		enum mount_turn turn = mount_blob(request, &mount);
		if (turn != NOT_MOUNTED)
			return turn == MOUNTED ? 0 : -1;
	}
	if (digest_is_set(&digest) &&
	    http_head(request->x)->body_length > 0 && /* refused before a session is made */
	    (uint64_t)http_head(request->x)->body_length > room_of(request, 0))
		return request_problem(request, PROBLEM_BLOB_TOO_LARGE, NULL);
	if (start_session(request, algo, &held))
		return -1;
	if (!digest_is_set(&digest))
		return answer_session(request, &held, 202);
	if (check_range(request, &held, &piece) || receive(request, &held, &piece)) {
		abandon(request, &held);
		return -1;
	}
	return commit(request, &held, &digest);
}

int upload_get(struct request *request)
{
	struct storage *storage = storage_of(request);
	autoerr struct err err = {0};
	struct upload_facts facts;

	if (storage->ops->upload_stat(storage, request->repository, request->reference, &facts,
				      &err))
		return fail_session(request, &err);
	add_session_fields(request, &facts);
	return request_answer_empty(request, 204);
}

int upload_patch(struct request *request)
{
	autoheld struct held held = {0};
	struct piece piece;

	if (open_session(request, &held) || check_range(request, &held, &piece) ||
	    receive(request, &held, &piece))
		return -1;
	return answer_session(request, &held, 202);
}

int upload_put(struct request *request)
{
	autoheld struct held held = {0};
	struct digest digest = {0};
	struct piece piece;

	if (query_digest(request, "digest", &digest))
		return -1;
	if (!digest_is_set(&digest))
		return request_problem(request, PROBLEM_DIGEST_INVALID, "the digest is missing");
	if (open_session(request, &held) || check_range(request, &held, &piece) ||
	    receive(request, &held, &piece))
		return -1;
	return commit(request, &held, &digest);
}

int upload_delete(struct request *request)
{
	struct storage *storage = storage_of(request);
	autoerr struct err err = {0};

	if (storage->ops->upload_cancel(storage, request->repository, request->reference, &err))
		return fail_session(request, &err);
	return request_answer_empty(request, 204);
}
