/* routes.c - reading a path from its end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/routes.h"

#include "base/banned.h"

/* What stands behind the last slash; *rest keeps what is before it. */
static struct str cut_last(struct str *rest)
{
	const char *slash = rest->len ? memrchr(rest->ptr, '/', rest->len) : NULL;
	struct str last = *rest;

	if (slash) {
		last = (struct str){slash + 1, (size_t)(rest->ptr + rest->len - slash - 1)};
		rest->len = (size_t)(slash - rest->ptr);
	} else {
		*rest = (struct str){0};
	}
	return last;
}

static struct str drop_last_slash(struct str path)
{
	if (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	return path;
}

static struct route named(enum route_shape shape, struct str name, struct str reference)
{
	if (!name.len)
		return (struct route){SHAPE_NONE};
	return (struct route){shape, name, reference};
}

/* `rest`: behind "/v2/", without a slash at the end. */
static struct route parse_repository(struct str rest)
{
	static const struct {
		const char *word;
		enum route_shape shape;
	} words[] = {
		{"manifests", SHAPE_MANIFEST},
		{"blobs", SHAPE_BLOB},
		{"referrers", SHAPE_REFERRERS},
	};
	struct str last = cut_last(&rest);
	struct str word = cut_last(&rest);
	struct str none = {0}, upper = rest;

	if (str_is(word, "blobs") && str_is(last, "uploads"))
		return named(SHAPE_UPLOADS, rest, none);
	if (str_is(word, "tags") && str_is(last, "list"))
		return named(SHAPE_TAGS, rest, none);
	if (str_is(word, "uploads") && str_is(cut_last(&upper), "blobs"))
		return named(SHAPE_UPLOAD, upper, last);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(word, words[i].word) && last.len)
			return named(words[i].shape, rest, last);
	return (struct route){SHAPE_NONE};
}

static bool cut_prefix(struct str *path, struct str prefix)
{
	if (!str_starts(*path, prefix))
		return false;
	path->ptr += prefix.len;
	path->len -= prefix.len;
	return true;
}

static enum route_shape parse_token(struct str path, struct str prefix)
{
	static const char *const words[] = {"/token", "/auth", "/auth/token"};

	if (str_is(path, "/"))
		return SHAPE_INDEX;
	if (!cut_prefix(&path, prefix))
		return SHAPE_NONE;
	if (str_is(path, "/"))
		return SHAPE_INDEX;
	path = drop_last_slash(path);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(path, words[i]))
			return SHAPE_TOKEN;
	return SHAPE_NONE;
}

struct route route_parse(struct str path, struct str token_prefix)
{
	struct str rest = path;

	if (!cut_prefix(&rest, STR("/v2")) || (rest.len && rest.ptr[0] != '/'))
		return (struct route){parse_token(path, token_prefix)};
	if (rest.len <= 1)
		return (struct route){SHAPE_BASE};
	rest = drop_last_slash((struct str){rest.ptr + 1, rest.len - 1});
	if (str_is(rest, "_catalog"))
		return (struct route){SHAPE_CATALOG};
	return parse_repository(rest);
}

const char *route_shape_name(enum route_shape shape)
{
	static const char *const names[N_SHAPES] = {
		[SHAPE_NONE] = "none",           [SHAPE_INDEX] = "index",
		[SHAPE_TOKEN] = "token",         [SHAPE_BASE] = "base",
		[SHAPE_CATALOG] = "catalog",     [SHAPE_TAGS] = "tags",
		[SHAPE_MANIFEST] = "manifests",  [SHAPE_BLOB] = "blobs",
		[SHAPE_UPLOADS] = "uploads",     [SHAPE_UPLOAD] = "uploads",
		[SHAPE_REFERRERS] = "referrers",
	};

	return names[shape];
}
