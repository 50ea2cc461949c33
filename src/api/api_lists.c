/* api_lists.c - tags of a repository, repositories of the registry, what refers to a manifest.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Listing Tags" (end-8), "Listing Referrers" (end-12); distribution,
 * "Catalog". */
#include "api/limits.h"
#include "api/request.h"
#include "doc/json.h"
#include "oci/media_type.h"

#include "base/banned.h"

static void write_list(struct buf *json, const char *key, const struct strlist *items)
{
	buf_printf(json, "\"%s\":[", key);
	for (size_t i = 0; i < items->n; i++) {
		if (i)
			buf_putc(json, ',');
		json_write_text(json, str_of(items->items[i]));
	}
	buf_puts(json, "]}\n");
}

int tags_get(struct request *request)
{
	autostrlist struct strlist tags = {0};
	autobuf struct buf json = {0}, path = {0};
	autofree char *last = NULL;
	autoerr struct err err = {0};
	size_t n = 0;
	bool more = false;

	if (request_page(request, &n, &last))
		return -1;
	if (registry_tags(api_registry(request->api), request->repository, n, last, &tags, &more,
			  &err))
		return err.kind == ERR_MISSING ? request_unknown(request, PROBLEM_NAME_UNKNOWN)
					       : request_fail(request, &err, PROBLEM_NAME_UNKNOWN);
	if (more && tags.n) {
		buf_printf(&path, "%s/tags/list", request->repository);
		request_link_next(request, buf_text(&path), n, tags.items[tags.n - 1], NULL);
	}
	buf_puts(&json, "{\"name\":");
	json_write_text(&json, str_of(request->repository));
	buf_putc(&json, ',');
	write_list(&json, "tags", &tags);
	return request_answer_json(request, "application/json", &json);
}

static bool may_see(const char *repository, void *arg)
{
	const struct request *request = arg;

	return access_sees(request->state->policy, &request->caller, repository);
}

int catalog_get(struct request *request)
{
	autostrlist struct strlist names = {0};
	autobuf struct buf json = {0};
	autofree char *last = NULL;
	autoerr struct err err = {0};
	size_t n = 0;
	bool more = false;

	if (request_page(request, &n, &last))
		return -1;
	if (n && registry_repositories(api_registry(request->api), n, last, may_see, request,
				       &names, &more, &err))
		return request_fail(request, &err, PROBLEM_NAME_UNKNOWN);
	if (more && names.n)
		request_link_next(request, "_catalog", n, names.items[names.n - 1], NULL);
	buf_putc(&json, '{');
	write_list(&json, "repositories", &names);
	return request_answer_json(request, "application/json", &json);
}

int referrers_get(struct request *request)
{
	autofree char *type = NULL, *last = NULL;
	autobuf struct buf list = {0}, json = {0}, path = {0};
	autoerr struct err err = {0};
	struct digest last_digest = {0};
	bool more = false;

	if (request_query(request, "artifactType", &type) || request_query(request, "last", &last))
		return -1;
	if (last && digest_parse(str_of(last), &last_digest, &err))
		return request_problem(request, PROBLEM_DIGEST_INVALID, "%s", err_text(&err));
	if (type && !type[0])
		free(steal(&type));
	if (registry_referrers(api_registry(request->api), request->repository, &request->digest,
			       type, last, LIMIT_REFERRERS_BYTES, &list, &last_digest, &more, &err))
		return request_fail(request, &err, PROBLEM_NAME_UNKNOWN);
	if (more) {
		buf_printf(&path, "%s/referrers/%s", request->repository, request->digest.text);
		request_link_next(request, buf_text(&path), 0, last_digest.text, type);
	}
	if (type)
		http_add_field(request->x, "OCI-Filters-Applied", "artifactType");
	buf_printf(&json, "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":",
		   media_type_text(MEDIA_OCI_INDEX));
	buf_append_str(&json, list.len ? buf_str(&list) : STR("[]"));
	buf_putc(&json, '}');
	return request_answer_json(request, media_type_text(MEDIA_OCI_INDEX), &json);
}
