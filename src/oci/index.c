/* index.c - lists of manifests, one for each platform, and the choice among them.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, image-index.md; distribution, manifest-v2-2, "Manifest List". */
#include "base/buf.h"
#include "oci/limits.h"
#include "oci/manifest_private.h"

#include "base/banned.h"

static const struct manifest_shape index_shape = {
	.is_type = media_type_is_index,
	.fallback = MEDIA_OCI_INDEX,
	.list = "manifests",
	.other_list = "layers",
	.noun = "an image index",
};

static int parse(struct arena *arena, const char *file, struct str json, struct index *index,
		 struct err *err)
{
	struct node *root = NULL;
	enum media_type type = MEDIA_UNKNOWN;

	if (manifest_open(arena, file, json, &index_shape, &root, &type, err) ||
	    descriptors_decode(node_get(root, "manifests"), LIMIT_INDEX_ENTRIES, &index->entries,
			       &index->n_entries, err))
		return -1;
	return fields_decode(annotations_fields, FIELDS_OPEN, root, &index->annotations, err);
}

int index_parse(const char *file, struct str json, struct index *ret_index, struct err *err)
{
	autoarena struct arena arena = {0};
	struct index index = {0};

	if (parse(&arena, file, json, &index, err)) {
		index_done(&index);
		return -1;
	}
	*ret_index = index;
	return 0;
}

/* The entries keep the types they have: they are the types of other bytes. */
char *index_write(const struct index *index, size_t *ret_len)
{
	autoarena struct arena arena = {0};
	struct node *root = manifest_head(&arena, MEDIA_OCI_INDEX);
	struct node *list = node_new(&arena, NODE_LIST);

	for (size_t i = 0; i < index->n_entries; i++)
		node_append(list, descriptor_encode(&arena, &index->entries[i]));
	node_set(&arena, root, "manifests", list);
	return manifest_bytes(&arena, root, &index->annotations, ret_len);
}

void index_done(struct index *index)
{
	descriptors_done(index->entries, index->n_entries);
	strlist_done(&index->annotations);
	*index = (struct index){0};
}

static bool is_attestation(const struct descriptor *entry)
{
	return text_eq(entry->platform.os, "unknown") ||
	       strlist_has(&entry->annotations, "vnd.docker.reference.type=attestation-manifest");
}

static bool is_candidate(const struct descriptor *entry)
{
	return (media_type_is_manifest(entry->type) || media_type_is_index(entry->type)) &&
	       !is_attestation(entry);
}

/* What a platform can run, best first. Source: the architecture manuals; containerd/platforms
 * agrees. A missing variant means the first of its architecture. */
static const struct {
	const char *architecture;
	const char *const *variants;
} variant_orders[] = {
	{"arm", (const char *const[]){"v8", "v7", "v6", "v5", NULL}},
	{"arm64", (const char *const[]){"v9", "v8", NULL}},
	{"amd64", (const char *const[]){"v4", "v3", "v2", "v1", NULL}},
};
static const struct {
	const char *architecture;
	const char *variant;
} plain_variants[] = {{"arm", "v7"}, {"arm64", "v8"}, {"amd64", "v1"}};

static const char *variant_of(const struct platform *platform)
{
	if (platform->variant && *platform->variant)
		return platform->variant;
	for (size_t i = 0; i < ARRAY_LEN(plain_variants); i++)
		if (text_eq(platform->architecture, plain_variants[i].architecture))
			return plain_variants[i].variant;
	return "";
}

/* The place of a variant in the order of its architecture; -1: not in it. */
static int variant_rank(const char *architecture, const char *variant)
{
	for (size_t i = 0; i < ARRAY_LEN(variant_orders); i++) {
		if (!text_eq(architecture, variant_orders[i].architecture))
			continue;
		for (int rank = 0; variant_orders[i].variants[rank]; rank++)
			if (text_eq(variant, variant_orders[i].variants[rank]))
				return rank;
	}
	return -1;
}

/* How far `has` lies below `wanted`: 0 the same, -1 it cannot run there. */
static int distance(const struct platform *wanted, const struct platform *has)
{
	if (!text_eq(wanted->os, has->os) || !text_eq(wanted->architecture, has->architecture))
		return -1;
	if (text_eq(variant_of(wanted), variant_of(has)))
		return 0;

	int best = variant_rank(wanted->architecture, variant_of(wanted));
	int rank = variant_rank(has->architecture, variant_of(has));
	return best < 0 || rank < best ? -1 : rank - best;
}

static const struct descriptor *find_nearest(const struct index *index,
					     const struct platform *wanted)
{
	const struct descriptor *nearest = NULL;
	int least = 0;

	for (size_t i = 0; i < index->n_entries; i++) {
		const struct descriptor *entry = &index->entries[i];
		int far = is_candidate(entry) ? distance(wanted, &entry->platform) : -1;
		if (far >= 0 && (!nearest || far < least)) {
			nearest = entry;
			least = far;
		}
	}
	return nearest;
}

/* The only candidate, when it says nothing about its platform (the index.json of a layout). */
static const struct descriptor *find_lone(const struct index *index)
{
	const struct descriptor *lone = NULL;

	for (size_t i = 0; i < index->n_entries; i++) {
		if (!is_candidate(&index->entries[i]))
			continue;
		if (lone)
			return NULL;
		lone = &index->entries[i];
	}
	return lone && !lone->platform.os ? lone : NULL;
}

static int refuse_platform(const struct index *index, const struct platform *wanted,
			   struct err *err)
{
	autofree char *text = platform_text(wanted);
	autostrlist struct strlist there = {0};

	for (size_t i = 0; i < index->n_entries; i++) {
		autofree char *has = platform_text(&index->entries[i].platform);
		if (is_candidate(&index->entries[i]) && !strlist_has(&there, has))
			strlist_add(&there, has);
	}
	if (!there.n)
		return err_set(err, ERR_MISSING, "the index holds no images");
	autofree char *list = strlist_join(&there, ", ");
	return err_set(err, ERR_MISSING, "no image for platform '%s', there is: %s", text, list);
}

int index_choose(const struct index *index, const char *platform,
		 const struct descriptor **ret_entry, struct err *err)
{
	cleanup(platform_done) struct platform wanted = {0};

	if (!platform)
		wanted = platform_host();
	else if (platform_parse(platform, &wanted, err))
		return -1;

	const struct descriptor *entry = find_nearest(index, &wanted);
	if (!entry)
		entry = find_lone(index);
	if (!entry)
		return refuse_platform(index, &wanted, err);
	*ret_entry = entry;
	return 0;
}
