/* export_archive.c - the texts of archives: OCI layout and docker save, the first with the second's
 * manifest.json, so that every tool loads it. SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, image-layout.md; moby, image/spec/v1.2.md. */
#include "doc/json.h"
#include "image/export_private.h"

#include "base/banned.h"

void exported_names_done(struct exported_names *names)
{
	free(names->ref_name);
	free(names->canonical);
}

void export_names(const struct image *image, const char *asked, struct exported_names *ret_names)
{
	const char *text = asked ? asked : image->names.n ? image->names.items[0] : NULL;
	autoref struct reference name = {0};
	autoerr struct err ignored = {0};

	*ret_names = (struct exported_names){0};
	if (!text)
		return;
	ret_names->ref_name = xstrdup(text);
	/* A bare word is a tag: it names no repository. */
	if (!strpbrk(text, ":/") || reference_parse(text, &name, &ignored))
		return;
	reference_default_tag(&name);
	ret_names->canonical = reference_text(&name);
	ret_names->has_tag = name.tag != NULL;
}

static char *blob_name(const struct digest *digest)
{
	const char *hex = digest_hex(digest);

	return xasprintf("blobs/%.*s/%s", (int)(hex - digest->text - 1), digest->text, hex);
}

static struct buf text_of(const struct node *root)
{
	struct buf text = {0};

	json_write(&text, root, JSON_COMPACT);
	return text;
}

static void add_json(struct bundle *bundle, const char *path, const struct node *root)
{
	struct buf text = text_of(root);

	bundle_add_text(bundle, xstrdup(path), &text);
}

/* manifest.json: `paths` are the layers'. */
static void add_docker_manifest(struct bundle *bundle, const char *config_path,
				const struct strlist *paths, const struct exported_names *names)
{
	autoarena struct arena arena = {0};
	struct node *root = node_new(&arena, NODE_LIST), *item = node_new(&arena, NODE_MAP);
	struct node *tags = node_new_null(&arena, NODE_LIST);

	/* In full: docker and podman make the same name of it. */
	if (names->has_tag) {
		tags = node_new(&arena, NODE_LIST);
		node_append(tags, node_new_text(&arena, names->canonical));
	}
	node_set_text(&arena, item, "Config", config_path);
	node_set(&arena, item, "RepoTags", tags);
	node_set(&arena, item, "Layers",
		 paths->n ? node_new_texts(&arena, paths) : node_new(&arena, NODE_LIST));
	node_append(root, item);
	add_json(bundle, "manifest.json", root);
}

void bundle_of_docker(struct exported *exported, const struct exported_names *names,
		      struct bundle *bundle)
{
	struct digest id = digest_of_bytes(exported->config_text.ptr, exported->config_text.len);
	autofree char *config_path = xasprintf("%s.json", digest_hex(&id));
	autostrlist struct strlist paths = {0};

	for (size_t i = 0; i < exported->n_layers; i++)
		strlist_addf(&paths, "%s.tar", digest_hex(&exported->config.diff_ids[i]));
	add_docker_manifest(bundle, config_path, &paths, names);
	bundle_add_text(bundle, xstrdup(config_path), &exported->config_text);
	for (size_t i = 0; i < exported->n_layers; i++)
		bundle_add_fd(bundle, xstrdup(strlist_argv(&paths)[i]),
			      steal_fd(&exported->layers[i].fd),
			      exported->layers[i].descriptor.size);
}

/* ---- OCI ---- */

/* The manifest's bytes stay what they are unless it is docker's, or a layer became another blob. */
static bool is_as_stored(const struct exported *exported)
{
	for (size_t i = 0; i < exported->n_layers; i++)
		if (!digest_eq(&exported->layers[i].descriptor.digest,
			       &exported->manifest.layers[i].digest))
			return false;
	return exported->manifest.type == MEDIA_OCI_MANIFEST;
}

static void manifest_text(struct exported *exported, struct buf *ret_text)
{
	autofree struct descriptor *layers = xcalloc(exported->n_layers + 1, sizeof(*layers));
	struct manifest manifest = exported->manifest; /* borrows */
	size_t len;

	if (is_as_stored(exported)) {
		*ret_text = exported->manifest_text;
		exported->manifest_text = (struct buf){0};
		return;
	}
	for (size_t i = 0; i < exported->n_layers; i++)
		layers[i] = exported->layers[i].descriptor;
	manifest.layers = layers;
	autofree char *text = manifest_write(&manifest, &len);
	buf_append(ret_text, text, len);
}

static void add_index(struct bundle *bundle, const struct buf *manifest,
		      const struct image_config *config, const struct exported_names *names)
{
	struct descriptor entry = {
		.type = MEDIA_OCI_MANIFEST,
		.digest = digest_of_bytes(manifest->ptr, manifest->len),
		.size = manifest->len,
		.platform = {.os = config->os,
			     .architecture = config->architecture,
			     .variant = config->variant,
			     .os_version = config->os_version}, /* borrows */
	};
	autostrlist struct strlist annotations = {0};
	size_t len;

	if (!config->os || !config->architecture)
		entry.platform = (struct platform){0};
	if (names->canonical)
		strlist_addf(&annotations, ANNOTATION_IMAGE_NAME "=%s", names->canonical);
	if (names->ref_name)
		strlist_addf(&annotations, ANNOTATION_REF_NAME "=%s", names->ref_name);
	entry.annotations = annotations;
	struct index index = {.entries = &entry, .n_entries = 1};
	autofree char *text = index_write(&index, &len);
	struct buf buf = {0};
	buf_append(&buf, text, len);
	bundle_add_text(bundle, xstrdup("index.json"), &buf);
}

static void add_layout(struct bundle *bundle)
{
	struct buf text = {0};

	buf_puts(&text, "{\"imageLayoutVersion\":\"1.0.0\"}");
	bundle_add_text(bundle, xstrdup("oci-layout"), &text);
}

void bundle_of_oci(struct exported *exported, const struct exported_names *names, bool is_archive,
		   struct bundle *bundle)
{
	const struct digest *config = &exported->manifest.config.digest;
	autofree char *config_path = blob_name(config);
	autostrlist struct strlist paths = {0};
	struct buf manifest = {0};

	for (size_t i = 0; i < exported->n_layers; i++)
		strlist_take(&paths, blob_name(&exported->layers[i].descriptor.digest));
	manifest_text(exported, &manifest);
	struct digest digest = digest_of_bytes(manifest.ptr, manifest.len);
	add_layout(bundle);
	add_index(bundle, &manifest, &exported->config, names);
	if (is_archive)
		add_docker_manifest(bundle, config_path, &paths, names);
	bundle_add_text(bundle, blob_name(&digest), &manifest);
	bundle_add_text(bundle, xstrdup(config_path), &exported->config_text);
	for (size_t i = 0; i < exported->n_layers; i++)
		bundle_add_fd(bundle, xstrdup(strlist_argv(&paths)[i]),
			      steal_fd(&exported->layers[i].fd),
			      exported->layers[i].descriptor.size);
}
