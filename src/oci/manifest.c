/* manifest.c - image manifests, and what they share with indexes.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, manifest.md; distribution, manifest-v2-2. */
#include "oci/manifest.h"

#include "base/map.h"
#include "doc/json.h"
#include "oci/limits.h"
#include "oci/manifest_private.h"

#include "base/banned.h"

struct annotated {
	struct strlist annotations;
};

const struct field annotations_fields[] = {
	F_MAPPING(struct annotated, annotations, "annotations"),
	{0},
};

static int refuse_schema1(const struct node *node, struct err *err)
{
	return err_at(err, node->pos,
		      "this is docker's image manifest schema 1, which nobody writes any more: "
		      "push the image again with a current tool");
}

static int check_schema_version(const struct node *root, struct err *err)
{
	const struct node *version = node_get(root, "schemaVersion");

	if (!version)
		return err_at(err, root->pos, "the key 'schemaVersion' is missing");
	if (version->kind == NODE_INT && version->integer == 1)
		return refuse_schema1(version, err);
	if (version->kind != NODE_INT || version->integer != 2)
		return err_at(err, version->pos, "'schemaVersion' must be 2");
	return 0;
}

static int check_media_type(const struct node *root, const struct manifest_shape *shape,
			    enum media_type *ret_type, struct err *err)
{
	const struct node *node = node_get(root, "mediaType");

	if (!node || (node->kind == NODE_STRING && !node->text.len)) {
		*ret_type = shape->fallback;
		return 0;
	}
	if (node->kind != NODE_STRING)
		return err_at(err, node->pos, "'mediaType' must be a string, not %s",
			      node_kind_name(node->kind));

	enum media_type type = media_type_parse(node->text.ptr);
	if (type == MEDIA_DOCKER_SCHEMA1)
		return refuse_schema1(node, err);
	if (!shape->is_type(type))
		return err_at(err, node->pos, "'%s' is not the media type of %s", node->text.ptr,
			      shape->noun);
	*ret_type = type;
	return 0;
}

static int check_list(const struct node *root, const struct manifest_shape *shape, struct err *err)
{
	const struct node *list = node_get(root, shape->list);
	const struct node *other = node_get(root, shape->other_list);

	if (other)
		return err_at(err, other->key_pos, "'%s' has no place in %s", shape->other_list,
			      shape->noun);
	if (!list)
		return err_at(err, root->pos, "this is not %s: the key '%s' is missing",
			      shape->noun, shape->list);
	if (list->kind != NODE_LIST && list->kind != NODE_NULL)
		return err_at(err, list->pos, "'%s' must be a list, not %s", shape->list,
			      node_kind_name(list->kind));
	return 0;
}

int manifest_open(struct arena *arena, const char *file, struct str json,
		  const struct manifest_shape *shape, struct node **ret_root,
		  enum media_type *ret_type, struct err *err)
{
	struct node *root = NULL;
	enum media_type type = MEDIA_UNKNOWN;

	if (json.len > LIMIT_MANIFEST_BYTES)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", file,
			       LIMIT_MANIFEST_BYTES);
	if (json_parse(arena, file, json, &root, err))
		return -1;
	if (root->kind != NODE_MAP)
		return err_at(err, root->pos, "%s is a map, not %s", shape->noun,
			      node_kind_name(root->kind));
	if (check_schema_version(root, err) || check_media_type(root, shape, &type, err) ||
	    check_list(root, shape, err))
		return -1;
	*ret_root = root;
	*ret_type = type;
	return 0;
}

static const char *type_of(const struct descriptor *descriptor)
{
	return descriptor->type_text ? descriptor->type_text : media_type_text(descriptor->type);
}

static int check_config(const struct descriptor *config, struct src_pos at, struct err *err)
{
	if (!media_type_is_config(config->type))
		return err_at(err, at, "the config is '%s': this is an artifact, not an image",
			      type_of(config));
	if (config->size > LIMIT_CONFIG_BYTES)
		return err_set(err, ERR_LIMIT, "%s:%u:%u: the config is larger than %u bytes",
			       at.file, at.line, at.column, LIMIT_CONFIG_BYTES);
	return 0;
}

/* Layers may repeat (two empty ones, say), but one digest has one size. */
static int check_layers(const struct manifest *manifest, const struct node *list, struct err *err)
{
	automap struct map seen = {0};
	size_t i = 0;

	if (list->kind != NODE_LIST)
		return 0;
	node_foreach(node, list) {
		struct descriptor *layer = &manifest->layers[i++];
		if (!media_type_is_layer(layer->type))
			return err_at(err, node->pos, "unknown layer type '%s'", type_of(layer));

		const struct descriptor *earlier = map_get(&seen, layer->digest.text);
		if (earlier && earlier->size != layer->size)
			return err_at(err, node->pos, "layer '%s' is there twice with two sizes",
				      layer->digest.text);
		map_set(&seen, layer->digest.text, layer);
	}
	return 0;
}

static const struct manifest_shape manifest_shape = {
	.is_type = media_type_is_manifest,
	.fallback = MEDIA_OCI_MANIFEST,
	.list = "layers",
	.other_list = "manifests",
	.noun = "an image manifest",
};

static int parse(struct arena *arena, const char *file, struct str json, struct manifest *manifest,
		 struct err *err)
{
	struct node *root = NULL;

	if (manifest_open(arena, file, json, &manifest_shape, &root, &manifest->type, err))
		return -1;

	const struct node *layers = node_get(root, "layers");
	const struct node *config = node_get(root, "config");
	if (!config)
		return err_at(err, root->pos, "the key 'config' is missing");
	if (descriptor_decode(config, &manifest->config, err) ||
	    check_config(&manifest->config, config->pos, err) ||
	    descriptors_decode(layers, LIMIT_LAYERS, &manifest->layers, &manifest->n_layers, err) ||
	    check_layers(manifest, layers, err))
		return -1;
	return fields_decode(annotations_fields, FIELDS_OPEN, root, &manifest->annotations, err);
}

int manifest_parse(const char *file, struct str json, struct manifest *ret_manifest,
		   struct err *err)
{
	autoarena struct arena arena = {0};
	struct manifest manifest = {0};

	if (parse(&arena, file, json, &manifest, err)) {
		manifest_done(&manifest);
		return -1;
	}
	*ret_manifest = manifest;
	return 0;
}

struct node *manifest_head(struct arena *arena, enum media_type type)
{
	struct node *root = node_new(arena, NODE_MAP);

	node_set(arena, root, "schemaVersion", node_new_int(arena, 2));
	node_set_text(arena, root, "mediaType", media_type_text(type));
	return root;
}

char *manifest_bytes(struct arena *arena, struct node *root, const struct strlist *annotations,
		     size_t *ret_len)
{
	struct buf buf = {.max = SIZE_MAX / 2}; /* as large as what is in memory already */
	struct node *rest = fields_encode(arena, annotations_fields, annotations);
	struct node *map = node_get(rest, "annotations");

	if (map) {
		node_sort(map);
		node_set(arena, root, "annotations", map);
	}
	json_write(&buf, root, JSON_COMPACT);
	*ret_len = buf.len;
	return buf_steal(&buf);
}

char *manifest_write(const struct manifest *manifest, size_t *ret_len)
{
	autoarena struct arena arena = {0};
	struct node *root = manifest_head(&arena, MEDIA_OCI_MANIFEST);

	node_set(&arena, root, "config", descriptor_encode_oci(&arena, &manifest->config));
	node_set(&arena, root, "layers",
		 descriptors_encode_oci(&arena, manifest->layers, manifest->n_layers));
	return manifest_bytes(&arena, root, &manifest->annotations, ret_len);
}

void manifest_done(struct manifest *manifest)
{
	descriptor_done(&manifest->config);
	descriptors_done(manifest->layers, manifest->n_layers);
	strlist_done(&manifest->annotations);
	*manifest = (struct manifest){0};
}
