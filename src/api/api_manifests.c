/* api_manifests.c - manifests by tag and by digest: out, in and away.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Pulling manifests" (end-3), "Pushing Manifests" (end-7), "Deleting"
 * (end-9). */
#include "api/limits.h"
#include "api/request.h"
#include "http/field.h"
#include "http/url.h"
#include "oci/limits.h"
#include "oci/manifest.h"

#include "base/banned.h"

#define OLD_CLIENT_PLATFORM "linux/amd64" /* what the reference registry gives them */

static void release_view(void *view)
{
	manifest_view_release(view);
}

/* A client from before manifest lists: it names the types it takes, schema 2 is among them, and no
 * list. Whoever names none of ours gets what is stored. */
static bool wants_no_list(const struct request *request, const struct manifest_view *view)
{
	autobuf struct buf accept = {0};

	if (digest_is_set(&request->digest) ||
	    !media_type_is_index(media_type_parse(view->media_type)))
		return false;
	head_join(http_head(request->x), "Accept", &accept);
	struct str types = buf_str(&accept);
	return types.len && accept_takes(types, media_type_text(MEDIA_DOCKER_MANIFEST)) &&
	       !accept_takes(types, media_type_text(MEDIA_OCI_INDEX)) &&
	       !accept_takes(types, media_type_text(MEDIA_DOCKER_LIST));
}

/* Takes the view. */
static int send_view(struct request *request, const struct manifest_view *view)
{
	bool is_known = request_knows(request, view->digest.text);

	http_add_block(request->x, view->fields);
	http_answer_borrowed(request->x, is_known ? 304 : 200,
			     is_known ? (struct str){"", 0} : view->bytes, release_view,
			     (void *)view);
	return 0;
}

bool manifest_peek(struct request *request)
{
	const struct manifest_view *view = registry_manifest_peek(
		api_registry(request->api), request->repository, request->reference);

	if (!view)
		return false;
	if (wants_no_list(request, view)) { /* the child may be on the disk */
		manifest_view_release(view);
		return false;
	}
	return !send_view(request, view);
}

static int get_view(struct request *request, const char *reference,
		    const struct manifest_view **ret_view)
{
	autoerr struct err err = {0};

	if (!registry_manifest_get(api_registry(request->api), request->repository, reference,
				   ret_view, &err))
		return 0;
	if (err.kind == ERR_MISSING)
		return request_unknown(request, PROBLEM_MANIFEST_UNKNOWN);
	if (err.kind == ERR_CORRUPT) { /* it was put out of the way; the log must tell */
		err_move(&request->cause, &err);
		return request_unknown(request, PROBLEM_MANIFEST_UNKNOWN);
	}
	return request_fail(request, &err, PROBLEM_MANIFEST_UNKNOWN);
}

/* NULL: there is no child for such a client. */
static const struct manifest_view *child_of(struct request *request,
					    const struct manifest_view *list)
{
	autoerr struct err err = {0};
	struct index index = {0};
	const struct descriptor *entry = NULL;
	const struct manifest_view *child = NULL;

	if (!index_parse(NULL, list->bytes, &index, &err) &&
	    !index_choose(&index, OLD_CLIENT_PLATFORM, &entry, &err) &&
	    registry_manifest_get(api_registry(request->api), request->repository,
				  entry->digest.text, &child, &err))
		child = NULL;
	index_done(&index);
	return child;
}

int manifest_get(struct request *request)
{
	const struct manifest_view *view = NULL;

	if (get_view(request, request->reference, &view))
		return -1;
	const struct manifest_view *child =
		wants_no_list(request, view) ? child_of(request, view) : NULL;
	if (child) {
		manifest_view_release(view);
		view = child;
	}
	return send_view(request, view);
}

/* ?tag=a&tag=b */
static int query_tags(struct request *request, struct strlist *ret_tags)
{
	struct str rest = http_query(request->x), name, value;

	while (url_next_pair(&rest, &name, &value)) {
		autobuf struct buf tag = {.max = LIMIT_QUERY_VALUE};
		if (!str_is(name, "tag"))
			continue;
		if (ret_tags->n == LIMIT_PUT_TAGS)
			return request_problem(request, PROBLEM_TAGS_TOO_MANY,
					       "more than %u tags in one request", LIMIT_PUT_TAGS);
		if (!url_decode_form(value, &tag) || !tag_is_valid(buf_str(&tag)))
			return request_problem(request, PROBLEM_TAG_INVALID, NULL);
		if (!strlist_has(ret_tags, buf_text(&tag)))
			strlist_add(ret_tags, buf_text(&tag));
	}
	return 0;
}

/* If-Match and If-None-Match: * on a tag make the PUT a compare-and-swap. The digest that was
 * looked at is the one that must still be there when the tag moves. */
static int take_conditions(struct request *request, struct manifest_put *put,
			   struct digest *expected)
{
	autobuf struct buf wanted = {0};
	autoerr struct err err = {0};
	const struct manifest_view *view = NULL;

	if (digest_is_set(&request->digest))
		return 0;
	put->if_absent = str_is(http_field(request->x, "If-None-Match"), "*");
	if (!http_field(request->x, "If-Match").len)
		return 0;
	head_join(http_head(request->x), "If-Match", &wanted);
	if (registry_manifest_get(api_registry(request->api), request->repository,
				  request->reference, &view, &err)) {
		if (err.kind == ERR_MISSING || err.kind == ERR_CORRUPT)
			return request_problem(request, PROBLEM_TAG_CHANGED,
					       "there is no such tag");
		return request_fail(request, &err, PROBLEM_MANIFEST_UNKNOWN);
	}
	*expected = view->digest;
	manifest_view_release(view);
	if (!etag_matches(buf_str(&wanted), str_of(expected->text)))
		return request_problem(request, PROBLEM_TAG_CHANGED, NULL);
	put->if_match = expected->text;
	return 0;
}

static int answer_put(struct request *request, const struct manifest_put_result *result)
{
	http_add_fieldf(request->x, "Location", "/v2/%s/manifests/%s", request->repository,
			result->digest.text);
	http_add_field(request->x, "Docker-Content-Digest", result->digest.text);
	if (digest_is_set(&result->subject))
		http_add_field(request->x, "OCI-Subject", result->subject.text);
	for (size_t i = 0; i < result->tags.n; i++)
		http_add_field(request->x, "OCI-Tag", result->tags.items[i]);
	return request_answer_empty(request, 201);
}

int manifest_put(struct request *request)
{
	autofree char *content_type = NULL;
	autostrlist struct strlist tags = {0};
	autobuf struct buf body = {0};
	autoerr struct err err = {0};
	struct digest expected = {0};
	struct manifest_put_result result = {0};
	struct manifest_put put = {
		.repository = request->repository,
		.reference = request->reference,
		.may_rewrite_tags = true,
	};

	if (query_tags(request, &tags) || take_conditions(request, &put, &expected) ||
	    request_body(request, LIMIT_MANIFEST_BYTES, PROBLEM_MANIFEST_TOO_LARGE, &body,
			 &put.bytes))
		return -1;
	if (http_field(request->x, "Content-Type").len)
		content_type = str_dup(http_field(request->x, "Content-Type"));
	put.content_type = content_type;
	put.tags = tags.n ? &tags : NULL;
	if (registry_manifest_put(api_registry(request->api), &put, &result, &request->problems,
				  &err)) {
		err_move(&request->cause, &err);
		return -1;
	}
	request_note(request, result.digest.text);
	answer_put(request, &result);
	strlist_done(&result.tags);
	return 0;
}

int manifest_delete(struct request *request)
{
	struct registry *registry = api_registry(request->api);
	autoerr struct err err = {0};
	int failed = digest_is_set(&request->digest)
			     ? registry_manifest_delete(registry, request->repository,
							&request->digest, &request->problems, &err)
			     : registry_tag_delete(registry, request->repository,
						   request->reference, &request->problems, &err);

	if (failed) {
		err_move(&request->cause, &err);
		return -1;
	}
	return request_answer_empty(request, 202);
}
