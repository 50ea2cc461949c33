/* actions.c - the table of what each method does with each shape of path.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Endpoints"; distribution, spec/auth/scope.md (rights). */
#include "api/request.h"
#include "api/routes.h"

#include "base/banned.h"

static const struct action actions[] = {
	{SHAPE_INDEX, HTTP_GET, NEED_NOTHING, .peek = index_page_peek},
	{SHAPE_TOKEN, HTTP_GET, NEED_NOTHING, .work = token_get},
	{SHAPE_TOKEN, HTTP_POST, NEED_NOTHING, BODY_FORM, .work = token_post},
	{SHAPE_BASE, HTTP_GET, NEED_LOGIN, .peek = base_peek},
	{SHAPE_CATALOG, HTTP_GET, NEED_CATALOG, .work = catalog_get},
	{SHAPE_TAGS, HTTP_GET, NEED_PULL, .work = tags_get},
	{SHAPE_MANIFEST, HTTP_GET, NEED_PULL, .peek = manifest_peek, .work = manifest_get},
	{SHAPE_MANIFEST, HTTP_PUT, NEED_PUSH, BODY_MANIFEST, CHANGES_BY_PUSH, "push",
	 .work = manifest_put},
	{SHAPE_MANIFEST, HTTP_DELETE, NEED_DELETE, BODY_NONE, CHANGES_BY_DELETE, "delete",
	 .work = manifest_delete},
	{SHAPE_BLOB, HTTP_GET, NEED_PULL, .peek = blob_peek, .work = blob_get},
	{SHAPE_BLOB, HTTP_DELETE, NEED_DELETE, BODY_NONE, CHANGES_BY_DELETE, "delete",
	 .work = blob_delete},
	{SHAPE_UPLOADS, HTTP_POST, NEED_PUSH, BODY_BLOB, CHANGES_BY_PUSH, NULL,
	 .work = uploads_post},
	{SHAPE_UPLOAD, HTTP_GET, NEED_PUSH, .work = upload_get},
	{SHAPE_UPLOAD, HTTP_PATCH, NEED_PUSH, BODY_BLOB, CHANGES_BY_PUSH, NULL,
	 .work = upload_patch},
	{SHAPE_UPLOAD, HTTP_PUT, NEED_PUSH, BODY_BLOB, CHANGES_BY_PUSH, "push", .work = upload_put},
	{SHAPE_UPLOAD, HTTP_DELETE, NEED_PUSH, BODY_NONE, CHANGES_BY_PUSH, NULL,
	 .work = upload_delete},
	{SHAPE_REFERRERS, HTTP_GET, NEED_PULL, .work = referrers_get},
};

const struct action *action_find(enum route_shape shape, enum http_method method)
{
	if (method == HTTP_HEAD)
		method = HTTP_GET;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (actions[i].shape == shape && actions[i].method == method)
			return &actions[i];
	return NULL;
}

void action_methods(enum route_shape shape, bool may_push, bool may_delete, struct buf *buf)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		const struct action *action = &actions[i];
		if (action->shape != shape || (action->change == CHANGES_BY_PUSH && !may_push) ||
		    (action->change == CHANGES_BY_DELETE && !may_delete))
			continue;
		buf_printf(buf, "%s%s%s", buf->len ? ", " : "", http_method_text(action->method),
			   action->method == HTTP_GET ? ", HEAD" : "");
	}
}
