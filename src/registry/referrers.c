/* referrers.c - what refers to a manifest: the index's rows, merged with the fallback tag.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Listing Referrers" and "Referrers Tag Schema". */
#include <stdio.h>
#include <stdlib.h>

#include "doc/json.h"
#include "registry/registry_private.h"

#include "base/banned.h"

struct referrer {
	struct digest digest;
	char *json;
};

struct referrers {
	struct registry *registry;
	const char *repository, *artifact_type, *last;
	size_t max_bytes, bytes;
	struct referrer *items;
	size_t n, cap;
};

static void referrers_done(struct referrers *referrers)
{
	vec_foreach(referrer, referrers)
		free(referrer->json);
	vec_done(referrers);
}

static char *descriptor_json(const struct index_manifest *manifest)
{
	struct buf json = {.max = LIMIT_MANIFEST};

	buf_puts(&json, "{\"mediaType\":");
	json_write_text(&json, str_of(manifest->media_type));
	buf_printf(&json, ",\"digest\":\"%s\",\"size\":%llu", manifest->digest.text,
		   (unsigned long long)manifest->size);
	if (manifest->artifact_type) {
		buf_puts(&json, ",\"artifactType\":");
		json_write_text(&json, str_of(manifest->artifact_type));
	}
	if (manifest->annotations)
		buf_printf(&json, ",\"annotations\":%s", manifest->annotations);
	buf_puts(&json, "}");
	return buf_steal(&json);
}

/* False: more than a page has come together. */
static bool add_referrer(const struct index_manifest *manifest, void *arg)
{
	struct referrers *referrers = arg;

	if (referrers->artifact_type && !text_eq(referrers->artifact_type, manifest->artifact_type))
		return true;
	char *json = descriptor_json(manifest);
	referrers->bytes += strlen(json) + 1;
	vec_push(referrers, {manifest->digest, json});
	return referrers->bytes <= referrers->max_bytes;
}

/* "sha256-<hex>": the algorithm cut to 32, the digits to 64 characters. */
static char *fallback_tag(const struct digest *subject)
{
	struct str rest = str_of(subject->text);
	struct str algo = str_cut(&rest, ':');

	return xasprintf("%.*s-%.64s", STR_ARG(algo), rest.ptr);
}

static void add_listed(struct referrers *referrers, const struct node *node)
{
	autoerr struct err why = {0};
	autobuf struct buf annotations = {0};
	autofree char *stored_type = NULL;
	const struct node *map = node_get(node, "annotations");
	const char *digest = node_get_text(node, "digest");
	struct index_manifest manifest = {
		.media_type = node_get_text(node, "mediaType"),
		.size = (uint64_t)node_get_int(node, "size", 0),
		.artifact_type = node_get_text(node, "artifactType"),
	};

	if (!digest || !manifest.media_type ||
	    digest_parse(str_of(digest), &manifest.digest, &why) ||
	    (referrers->last && strcmp(digest, referrers->last) <= 0) ||
	    STORE(referrers->registry, get_revision, referrers->repository, &manifest.digest,
		  &stored_type, &why))
		return;
	if (map && map->kind == NODE_MAP && map->children.n) {
		json_write(&annotations, map, JSON_COMPACT);
		manifest.annotations = buf_text(&annotations);
	}
	add_referrer(&manifest, referrers);
}

/* What clients wrote before the registry knew referrers; whatever is wrong with it, it is no more
 * than a list that is not there. */
static void add_fallback(struct referrers *referrers, const struct digest *subject)
{
	autofree char *tag = fallback_tag(subject);
	autoerr struct err why = {0};
	autobuf struct buf bytes = {0};
	autoarena struct arena arena = {0};
	struct digest digest = {0};
	struct node *root = NULL;

	if (STORE(referrers->registry, get_tag, referrers->repository, tag, &digest, &why) ||
	    registry_read_blob(referrers->registry, &digest, &bytes, &why) ||
	    json_parse(&arena, tag, buf_str(&bytes), &root, &why))
		return;
	const struct node *list = node_get(root, "manifests");
	if (!list || list->kind != NODE_LIST)
		return;
	node_foreach(node, list)
		add_listed(referrers, node);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct referrer *)a)->digest.text,
		      ((const struct referrer *)b)->digest.text);
}

/* At least one, so that paging comes to an end. */
static void write_page(struct referrers *referrers, struct buf *json, struct digest *ret_last,
		       bool *ret_more)
{
	const struct referrer *before = NULL;

	buf_putc(json, '[');
	*ret_more = false;
	vec_foreach(referrer, referrers) {
		if (before && digest_eq(&before->digest, &referrer->digest))
			continue;
		if (before && json->len + strlen(referrer->json) + 2 > referrers->max_bytes) {
			*ret_more = true;
			break;
		}
		if (before)
			buf_putc(json, ',');
		buf_puts(json, referrer->json);
		before = referrer;
	}
	buf_putc(json, ']');
	*ret_last = before ? before->digest : (struct digest){0};
}

static int add_rows(struct referrers *referrers, const struct digest *subject, struct err *err)
{
	struct digest last = {0};

	if (referrers->last && digest_parse(str_of(referrers->last), &last, err))
		return -1;
	return index_referrers(referrers->registry->index, referrers->repository, subject, &last,
			       add_referrer, referrers, err);
}

/* NOLINTNEXTLINE(readability-function-size): a page has many sides */
int registry_referrers(struct registry *registry, const char *repository,
		       const struct digest *subject, const char *artifact_type, const char *last,
		       size_t max_bytes, struct buf *ret_json, struct digest *ret_last,
		       bool *ret_more, struct err *err)
{
	cleanup(referrers_done) struct referrers referrers = {.registry = registry,
							      .repository = repository,
							      .artifact_type = artifact_type,
							      .last = last,
							      .max_bytes = max_bytes};
	struct buf json = {.max = max_bytes + LIMIT_MANIFEST};

	if (registry_sync(registry, repository, err) || add_rows(&referrers, subject, err))
		return -1;
	add_fallback(&referrers, subject);
	vec_sort(&referrers, compare);
	write_page(&referrers, &json, ret_last, ret_more);
	buf_done(ret_json);
	*ret_json = json;
	return 0;
}
