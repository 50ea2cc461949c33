/* document.c - manifests read strictly enough that what they refer to is never lost.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two readers of one document must not see two things (CVE-2021-41190): duplicate keys, a body type
 * that differs from the header's, and an index with layers are refused. */
#include "registry/document.h"

#include "base/encode.h"
#include "base/vec.h"
#include "doc/json.h"
#include "oci/media_type.h"
#include "registry/limits.h"

#include "base/banned.h"

#define NAME "manifest" /* of the text, in messages */

struct part_vec {
	struct document_part *items;
	size_t n, cap;
};

bool media_type_is_sane(struct str text)
{
	static const char others[] = "!#$&-^_.+";
	size_t slashes = 0;

	if (!text.len || text.len > LIMIT_MEDIA_TYPE)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool edge = i == 0 || i == text.len - 1;
		if (c == '/' && !edge)
			slashes++;
		else if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			   (c >= '0' && c <= '9') || (c && strchr(others, c))))
			return false;
	}
	return slashes == 1;
}

static bool is_list(const struct node *node)
{
	return node && node->kind == NODE_LIST;
}

static bool is_absent(const struct node *node)
{
	return !node || node->kind == NODE_NULL;
}

static const char *body_type(const struct node *root)
{
	const char *text = node_get_text(root, "mediaType");

	return text && text[0] ? text : NULL;
}

/* What a body is by its looks; NULL: nothing tells. */
static const char *type_of_body(const struct node *root)
{
	const char *type = body_type(root);

	if (type)
		return type;
	if (is_list(node_get(root, "manifests")))
		return media_type_text(MEDIA_OCI_INDEX);
	if (is_list(node_get(root, "layers")) || !is_absent(node_get(root, "config")))
		return media_type_text(MEDIA_OCI_MANIFEST);
	return NULL;
}

/* A descriptor: image-spec, descriptor.md. */
static int read_descriptor(const struct node *node, struct document_part *part, struct err *err)
{
	const struct node *digest = node_get(node, "digest"), *size = node_get(node, "size");
	const struct node *type = node_get(node, "mediaType");

	if (node->kind != NODE_MAP)
		return err_at(err, node->pos, "a descriptor is a map, not %s",
			      node_kind_name(node->kind));
	if (!type || type->kind != NODE_STRING || !media_type_is_sane(type->text))
		return err_at(err, type ? type->pos : node->pos,
			      "a descriptor needs a valid 'mediaType'");
	if (!digest || digest->kind != NODE_STRING)
		return err_at(err, digest ? digest->pos : node->pos,
			      "a descriptor needs a 'digest'");
	if (digest_parse(digest->text, &part->digest, err))
		return err_wrap(err, "%s:%u:%u", digest->pos.file, digest->pos.line,
				digest->pos.column);
	if (!size || size->kind != NODE_INT || size->integer < 0)
		return err_at(err, size ? size->pos : node->pos,
			      "a descriptor needs a 'size' that is not negative");
	part->size = (uint64_t)size->integer;
	return 0;
}

static bool is_elsewhere(const struct node *node)
{
	const struct node *urls = node_get(node, "urls");

	return is_list(urls) && urls->children.n &&
	       media_type_is_foreign(media_type_parse(node_get_text(node, "mediaType")));
}

/* "data": the content itself, which must be what the descriptor says. */
static int read_inline(const struct node *node, struct document_part *part, struct err *err)
{
	const struct node *inlined = node_get(node, "data");
	autobuf struct buf bytes = {.max = LIMIT_MANIFEST};

	if (is_absent(inlined))
		return 0;
	if (inlined->kind != NODE_STRING || !base64_decode(&bytes, inlined->text))
		return err_at(err, inlined->pos, "'data' must be base64");

	autohash struct hash *hash = hash_new(digest_algo(&part->digest));
	hash_update(hash, buf_text(&bytes), bytes.len);
	struct digest digest = digest_of_hash(hash, digest_algo(&part->digest));
	if (bytes.len != part->size || !digest_eq(&digest, &part->digest))
		return err_at(err, inlined->pos, "'data' is not what its descriptor says");
	part->is_optional = true;
	return 0;
}

static int add_part(const struct node *node, enum part_kind kind, struct part_vec *parts,
		    struct err *err)
{
	struct document_part part = {.kind = kind};

	if (parts->n == LIMIT_MANIFEST_PARTS)
		return err_set(err, ERR_LIMIT, "%s: more than %u descriptors", NAME,
			       LIMIT_MANIFEST_PARTS);
	if (read_descriptor(node, &part, err) || read_inline(node, &part, err))
		return -1;
	part.is_optional |= kind == PART_LAYER && is_elsewhere(node);
	vec_push(parts, part);
	return 0;
}

/* An absent list is refused, null is Go's empty list. */
static int add_parts(const struct node *root, const char *key, enum part_kind kind,
		     struct part_vec *parts, struct err *err)
{
	const struct node *list = node_get(root, key);

	if (!list)
		return err_at(err, root->pos, "the key '%s' is missing", key);
	if (list->kind == NODE_NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return err_at(err, list->pos, "'%s' must be a list, not %s", key,
			      node_kind_name(list->kind));
	node_foreach(node, list)
		if (add_part(node, kind, parts, err))
			return -1;
	return 0;
}

/* In a document of an unknown type, whatever names a digest is kept with it. */
static void add_guess(const struct node *node, const char *key, enum part_kind kind,
		      struct part_vec *parts)
{
	struct document_part part = {.kind = kind, .is_optional = true};
	const char *text = node_get_text(node, key);
	struct err why = {0};

	if (text && parts->n < LIMIT_MANIFEST_PARTS &&
	    digest_parse(str_of(text), &part.digest, &why) == 0)
		vec_push(parts, part);
	err_clear(&why);
}

static void add_guesses(const struct node *root, struct part_vec *parts)
{
	static const struct {
		const char *list, *key;
		enum part_kind kind;
	} rows[] = {
		{"layers", "digest", PART_LAYER},
		{"blobs", "digest", PART_LAYER},     /* artifacts before image-spec 1.1 */
		{"fsLayers", "blobSum", PART_LAYER}, /* schema 1 */
		{"manifests", "digest", PART_CHILD},
	};

	add_guess(node_get(root, "config"), "digest", PART_CONFIG, parts);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct node *list = node_get(root, rows[i].list);
		if (!is_list(list))
			continue;
		node_foreach(node, list)
			add_guess(node, rows[i].key, rows[i].kind, parts);
	}
}

static int read_subject(const struct node *root, struct document *document, struct err *err)
{
	const struct node *subject = node_get(root, "subject");
	struct document_part part = {0};

	if (is_absent(subject))
		return 0;
	if (read_descriptor(subject, &part, err))
		return -1;
	document->subject = part.digest;
	return 0;
}

static int read_annotations(struct arena *arena, const struct node *root, struct document *document,
			    struct err *err)
{
	const struct node *annotations = node_get(root, "annotations");
	autobuf struct buf text = {0};

	if (is_absent(annotations))
		return 0;
	if (annotations->kind != NODE_MAP)
		return err_at(err, annotations->pos, "'annotations' must be a map, not %s",
			      node_kind_name(annotations->kind));
	node_foreach(value, annotations)
		if (value->kind != NODE_STRING)
			return err_at(err, value->pos, "an annotation must be a string, not %s",
				      node_kind_name(value->kind));
	json_write(&text, annotations, JSON_COMPACT);
	document->annotations =
		annotations->children.n ? arena_strdup(arena, buf_text(&text)) : NULL;
	return 0;
}

/* distribution-spec, "Listing Referrers": the manifest's own, else the type of its config. */
static int read_artifact_type(struct arena *arena, const struct node *root,
			      struct document *document, struct err *err)
{
	const struct node *own = node_get(root, "artifactType");
	const char *text = node_text(own);

	if (!is_absent(own) && own->kind != NODE_STRING)
		return err_at(err, own->pos, "'artifactType' must be a string, not %s",
			      node_kind_name(own->kind));
	if ((!text || !text[0]) && document->kind == DOCUMENT_MANIFEST)
		text = node_get_text(node_get(root, "config"), "mediaType");
	document->artifact_type = text && text[0] ? arena_strdup(arena, text) : NULL;
	return 0;
}

static int refuse_schema1(struct err *err)
{
	return err_set(err, ERR_DENIED,
		       "schema 1 manifests are not supported: push the image again with a current "
		       "tool");
}

static int check_schema(const struct node *root, struct err *err)
{
	const struct node *version = node_get(root, "schemaVersion");

	if (version && version->kind == NODE_INT && version->integer == 1)
		return refuse_schema1(err);
	if (!version || version->kind != NODE_INT || version->integer != 2)
		return err_at(err, version ? version->pos : root->pos, "'schemaVersion' must be 2");
	return 0;
}

static int refuse_key(const struct node *root, const char *key, const char *noun, struct err *err)
{
	const struct node *node = node_get(root, key);

	return is_absent(node) ? 0
			       : err_at(err, node->key_pos, "'%s' has no place in %s", key, noun);
}

static int read_image(const struct node *root, struct part_vec *parts, struct err *err)
{
	const struct node *config = node_get(root, "config");

	if (is_absent(config))
		return err_at(err, root->pos, "the key 'config' is missing");
	if (refuse_key(root, "manifests", "an image manifest", err))
		return -1;
	if (add_part(config, PART_CONFIG, parts, err))
		return -1;
	return add_parts(root, "layers", PART_LAYER, parts, err);
}

static int read_index(const struct node *root, struct part_vec *parts, struct err *err)
{
	if (refuse_key(root, "layers", "an index", err) ||
	    refuse_key(root, "config", "an index", err))
		return -1;
	return add_parts(root, "manifests", PART_CHILD, parts, err);
}

static int read_known(const struct node *root, struct document *document, struct part_vec *parts,
		      struct err *err)
{
	if (check_schema(root, err))
		return -1;
	return document->kind == DOCUMENT_INDEX ? read_index(root, parts, err)
						: read_image(root, parts, err);
}

static void keep_parts(struct arena *arena, struct document *document, struct part_vec *parts)
{
	if (parts->n) {
		document->parts = arena_alloc(arena, parts->n * sizeof(*parts->items));
		memcpy(document->parts, parts->items, parts->n * sizeof(*parts->items));
		document->n_parts = parts->n;
	}
	vec_done(parts);
}

/* What it does not say in the usual form it does not say. */
static void read_opaque(struct arena *arena, const struct node *root, struct document *document)
{
	struct part_vec parts = {0};
	struct err why = {0};

	document->kind = DOCUMENT_OPAQUE;
	add_guesses(root, &parts);
	keep_parts(arena, document, &parts);
	if (read_subject(root, document, &why))
		err_clear(&why);
	if (read_artifact_type(arena, root, document, &why))
		err_clear(&why);
	if (read_annotations(arena, root, document, &why))
		err_clear(&why);
}

static int read_root(struct arena *arena, const struct node *root, struct document *document,
		     struct err *err)
{
	struct part_vec parts = {0};

	if (document->kind == DOCUMENT_OPAQUE) {
		read_opaque(arena, root, document);
		return 0;
	}
	int failed = read_known(root, document, &parts, err);
	keep_parts(arena, document, &parts);
	if (failed || read_subject(root, document, err) ||
	    read_artifact_type(arena, root, document, err))
		return -1;
	return read_annotations(arena, root, document, err);
}

static enum document_kind kind_of(enum media_type type)
{
	if (media_type_is_index(type))
		return DOCUMENT_INDEX;
	return media_type_is_manifest(type) ? DOCUMENT_MANIFEST : DOCUMENT_OPAQUE;
}

/* The header's type without parameters; the body must not say another. */
static int settle_type(struct arena *arena, struct str header, const struct node *root,
		       struct document *document, struct err *err)
{
	const struct node *own = node_get(root, "mediaType");
	const char *told = type_of_body(root);

	if (own && own->kind != NODE_STRING && own->kind != NODE_NULL)
		return err_at(err, own->pos, "'mediaType' must be a string, not %s",
			      node_kind_name(own->kind));
	if (own && body_type(root) && header.len && !str_is(header, told))
		return err_at(err, own->pos, "'%s' is not the Content-Type '%.*s'", told,
			      STR_ARG(header));
	if (!header.len && !told)
		return err_set(err, ERR_INPUT, "%s: neither Content-Type nor content tell its type",
			       NAME);
	if (!header.len)
		header = str_of(told);
	if (!media_type_is_sane(header))
		return err_set(err, ERR_INPUT, "%s: the media type is not valid", NAME);
	document->media_type = arena_str(arena, header);
	document->type_is_told = told && str_is(header, told);
	return 0;
}

static struct str header_type(const char *content_type)
{
	struct str rest = str_of(content_type); /* NULL: empty */
	struct str bare = str_trim(str_cut(&rest, ';'));

	if (str_is(bare, "application/json"))
		return (struct str){0};
	return bare;
}

int document_read(struct arena *arena, const char *content_type, struct str bytes,
		  struct document *ret_document, struct err *err)
{
	struct str header = header_type(content_type);
	struct document document = {0};
	struct node *root = NULL;
	struct err why = {0};

	if (bytes.len > LIMIT_MANIFEST)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", NAME, LIMIT_MANIFEST);
	if (json_parse(arena, NAME, bytes, &root, &why) == 0 && root->kind != NODE_MAP)
		err_at(&why, root->pos, "a manifest is a map, not %s", node_kind_name(root->kind));

	char *type = arena_str(arena, header);
	bool is_opaque = header.len && kind_of(media_type_parse(type)) == DOCUMENT_OPAQUE;
	if (err_is_set(&why) && !is_opaque) {
		err_move(err, &why);
		return -1;
	}
	if (err_is_set(&why)) { /* opaque, and not even JSON */
		err_clear(&why);
		root = node_new(arena, NODE_MAP);
	}
	if (node_get_int(root, "schemaVersion", 0) == 1 ||
	    media_type_parse(type) == MEDIA_DOCKER_SCHEMA1)
		return refuse_schema1(err);
	if (settle_type(arena, header, root, &document, err))
		return -1;
	document.kind = kind_of(media_type_parse(document.media_type));
	if (media_type_parse(document.media_type) == MEDIA_DOCKER_SCHEMA1)
		return refuse_schema1(err);
	if (read_root(arena, root, &document, err))
		return -1;
	*ret_document = document;
	return 0;
}

const char *document_sniff(struct arena *arena, struct str bytes)
{
	struct node *root = NULL;
	autoerr struct err why = {0};
	const char *type = NULL;

	if (json_parse(arena, NAME, bytes, &root, &why) == 0)
		type = type_of_body(root);
	return type && media_type_is_sane(str_of(type)) ? type : "application/octet-stream";
}

void document_read_stored(struct arena *arena, const char *media_type, struct str bytes,
			  struct document *ret_document)
{
	struct node *root = NULL;
	autoerr struct err why = {0};

	if (document_read(arena, media_type, bytes, ret_document, &why) == 0)
		return;
	err_clear(&why);
	*ret_document = (struct document){.media_type = media_type ? arena_strdup(arena, media_type)
								   : document_sniff(arena, bytes)};
	if (json_parse(arena, NAME, bytes, &root, &why))
		root = node_new(arena, NODE_MAP);
	read_opaque(arena, root, ret_document);
}
