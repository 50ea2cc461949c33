/* descriptor.c - a typed, sized and hashed pointer to content.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, descriptor.md. */
#include "oci/manifest_private.h"

#include "base/banned.h"

/* What a decode table can say; digest, size and platform need more. */
static const struct field descriptor_fields[] = {
	F_TEXT(struct descriptor, type_text, "mediaType", .required = true),
	F_TEXTS(struct descriptor, urls, "urls"),
	F_MAPPING(struct descriptor, annotations, "annotations"),
	F_TEXT(struct descriptor, artifact_type, "artifactType"),
	{0},
};

void descriptor_done(struct descriptor *descriptor)
{
	fields_done(descriptor_fields, descriptor);
	platform_done(&descriptor->platform);
	*descriptor = (struct descriptor){0};
}

void descriptor_copy(struct descriptor *dst, const struct descriptor *src)
{
	if (dst == src)
		return;
	fields_copy(descriptor_fields, dst, src);
	platform_copy(&dst->platform, &src->platform);
	dst->type = src->type;
	dst->digest = src->digest;
	dst->size = src->size;
}

static int decode_digest(const struct node *map, struct descriptor *descriptor, struct err *err)
{
	const struct node *node = node_get(map, "digest");

	if (!node)
		return err_at(err, map->pos, "the key 'digest' is missing");
	if (node->kind != NODE_STRING)
		return err_at(err, node->pos, "'digest' must be a string, not %s",
			      node_kind_name(node->kind));
	if (digest_parse(node->text, &descriptor->digest, err))
		return err_wrap(err, "%s:%u:%u", node->pos.file, node->pos.line, node->pos.column);
	return 0;
}

static int decode_size(const struct node *map, struct descriptor *descriptor, struct err *err)
{
	const struct node *node = node_get(map, "size");

	if (!node)
		return err_at(err, map->pos, "the key 'size' is missing");
	if (node->kind != NODE_INT)
		return err_at(err, node->pos, "'size' must be an integer, not %s",
			      node_kind_name(node->kind));
	if (node->integer < 0)
		return err_at(err, node->pos, "'size' must not be negative");
	descriptor->size = (uint64_t)node->integer;
	return 0;
}

static int decode(const struct node *map, struct descriptor *descriptor, struct err *err)
{
	const struct node *platform = node_get(map, "platform");

	if (fields_decode(descriptor_fields, FIELDS_OPEN, map, descriptor, err) ||
	    decode_digest(map, descriptor, err) || decode_size(map, descriptor, err))
		return -1;
	if (platform && platform->kind != NODE_NULL &&
	    platform_decode(platform, &descriptor->platform, err))
		return -1;

	descriptor->type = media_type_parse(descriptor->type_text);
	if (text_eq(descriptor->type_text, media_type_text(descriptor->type)))
		free(steal(&descriptor->type_text));
	return 0;
}

int descriptor_decode(const struct node *map, struct descriptor *ret_descriptor, struct err *err)
{
	struct descriptor descriptor = {0};

	if (decode(map, &descriptor, err)) {
		descriptor_done(&descriptor);
		return -1;
	}
	*ret_descriptor = descriptor;
	return 0;
}

static struct node *encode(struct arena *arena, const struct descriptor *descriptor,
			   const char *type_text)
{
	struct node *map = node_new(arena, NODE_MAP);

	node_set_text(arena, map, "mediaType", type_text);
	node_set_text(arena, map, "digest", descriptor->digest.text);
	node_set(arena, map, "size", node_new_int(arena, (int64_t)descriptor->size));
	if (descriptor->urls.n)
		node_set(arena, map, "urls", node_new_texts(arena, &descriptor->urls));

	struct node *rest = fields_encode(arena, descriptor_fields, descriptor);
	struct node *annotations = node_get(rest, "annotations");
	if (annotations) {
		node_sort(annotations);
		node_set(arena, map, "annotations", annotations);
	}
	if (descriptor->platform.os)
		node_set(arena, map, "platform", platform_encode(arena, &descriptor->platform));
	if (descriptor->artifact_type)
		node_set_text(arena, map, "artifactType", descriptor->artifact_type);
	return map;
}

struct node *descriptor_encode(struct arena *arena, const struct descriptor *descriptor)
{
	return encode(arena, descriptor,
		      descriptor->type_text ? descriptor->type_text
					    : media_type_text(descriptor->type));
}

struct node *descriptor_encode_oci(struct arena *arena, const struct descriptor *descriptor)
{
	if (descriptor->type == MEDIA_UNKNOWN)
		return descriptor_encode(arena, descriptor);
	return encode(arena, descriptor, media_type_text(media_type_to_oci(descriptor->type)));
}

int descriptors_decode(const struct node *list, size_t max, struct descriptor **ret_items,
		       size_t *ret_n, struct err *err)
{
	size_t n = list && list->kind == NODE_LIST ? list->children.n : 0;

	if (n > max)
		return err_set(err, ERR_LIMIT, "%s:%u:%u: %zu entries in '%s', more than %zu",
			       list->pos.file, list->pos.line, list->pos.column, n, list->key.ptr,
			       max);
	if (!n) {
		*ret_items = NULL;
		*ret_n = 0;
		return 0;
	}

	struct descriptor *items = xcalloc(n, sizeof(*items));
	size_t n_decoded = 0;
	node_foreach(child, list) {
		if (descriptor_decode(child, &items[n_decoded], err)) {
			descriptors_done(items, n_decoded);
			return -1;
		}
		n_decoded++;
	}
	*ret_items = items;
	*ret_n = n;
	return 0;
}

struct node *descriptors_encode_oci(struct arena *arena, const struct descriptor *items, size_t n)
{
	struct node *list = node_new(arena, NODE_LIST);

	for (size_t i = 0; i < n; i++)
		node_append(list, descriptor_encode_oci(arena, &items[i]));
	return list;
}

void descriptors_done(struct descriptor *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		descriptor_done(&items[i]);
	free(items);
}
