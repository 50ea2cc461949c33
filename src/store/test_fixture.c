/* test_fixture.c - stores and small images for the tests of this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/test_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/io.h"
#include "testing/test.h"

#include "base/banned.h"

struct store *fixture_store(void)
{
	const char *path;
	struct store *store = NULL;
	struct err err = {0};

	test_dir(&path);
	autofree char *root = path_join(path, "store");
	CHECK_OK(store_open(root, &store, &err), &err);
	return store;
}

struct reference fixture_name(const char *text)
{
	struct reference name = {0};
	struct err err = {0};

	CHECK_OK(reference_parse(text, &name, &err), &err);
	return name;
}

static int put_config(struct store *store, struct lease *lease, const struct digest *diff_id,
		      const char *os, struct descriptor *config, struct err *err)
{
	cleanup(image_config_done) struct image_config image = {0};
	size_t len;

	image.architecture = xstrdup("amd64");
	image.os = xstrdup(os);
	image_config_add_layer(&image, diff_id);
	autofree char *text = image_config_write(&image, &len);
	*config = (struct descriptor){.type = MEDIA_OCI_CONFIG, .size = len};
	return store_put_blob(store, lease, text, len, &config->digest, err);
}

int fixture_put_image(struct store *store, struct lease *lease, const char *content, const char *os,
		      struct fixture_image *ret_image, struct err *err)
{
	struct fixture_image image = {.diff_id = digest_of_bytes(content, strlen(content))};
	struct descriptor layer = {.type = MEDIA_OCI_LAYER, .size = strlen(content)};
	struct manifest manifest = {.type = MEDIA_OCI_MANIFEST, .layers = &layer, .n_layers = 1};
	size_t len;

	if (store_put_blob(store, lease, content, strlen(content), &layer.digest, err) ||
	    put_config(store, lease, &image.diff_id, os, &manifest.config, err))
		return -1;
	autofree char *text = manifest_write(&manifest, &len);
	image.manifest = (struct descriptor){.type = MEDIA_OCI_MANIFEST, .size = len};
	if (store_put_blob(store, lease, text, len, &image.manifest.digest, err))
		return -1;
	image.id = manifest.config.digest;
	image.layer = layer.digest;
	*ret_image = image;
	return 0;
}

int fixture_add_image(struct store *store, const char *content, const char *name,
		      struct fixture_image *ret_image, struct err *err)
{
	cleanup(lease_endp) struct lease *lease = NULL;
	autoref struct reference ref = {0};
	struct fixture_image image;

	if (name)
		ref = fixture_name(name);
	if (lease_begin(store, &lease, err) ||
	    fixture_put_image(store, lease, content, "linux", &image, err) ||
	    store_add_image(store, &image.manifest, name ? &ref : NULL, err))
		return -1;
	if (ret_image)
		*ret_image = image;
	return 0;
}

int fixture_publish_layer(struct store *store, struct lease *lease, const struct digest *parent,
			  const struct digest *diff_id, const char *content,
			  struct layer_meta *ret_meta, struct err *err)
{
	cleanup(workdir_freep) struct workdir *workdir = NULL;
	struct layer_meta meta = {
		.chain_id = digest_chain(parent, diff_id),
		.diff_id = *diff_id,
		.content_bytes = strlen(content),
		.n_entries = 1,
	};

	if (parent)
		meta.parent = *parent;
	if (store_has_blob(store, diff_id, &meta.blob_bytes))
		meta.blob = *diff_id;
	if (workdir_new(store, &workdir, err))
		return -1;
	if (mkdirat(workdir_fd(workdir), "upper", 0755))
		return err_sys(err, "making 'upper'");
	if (file_write_at(workdir_fd(workdir), "upper/file", content, strlen(content), 0644,
			  FILE_NO_SYNC, err) ||
	    store_publish_layer(store, lease, workdir, "upper", &meta, err))
		return -1;
	if (ret_meta)
		*ret_meta = meta;
	return 0;
}

void fixture_own_mounts(void)
{
	if (unshare(CLONE_NEWNS) || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		test_skip("mounting needs root");
}
