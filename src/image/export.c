/* export.c - images and containers given out: as archives of images, or as a plain tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "image/export_private.h"
#include "layer/tree.h"

#include "base/banned.h"

static const char *const format_names[] = {
	[EXPORT_OCI_ARCHIVE] = "oci-archive",
	[EXPORT_OCI_DIRECTORY] = "oci",
	[EXPORT_DOCKER_ARCHIVE] = "docker-archive",
	[EXPORT_ROOTFS] = "rootfs",
	[EXPORT_ROOTFS + 1] = NULL,
};

int export_format_parse(const char *name, enum export_format *ret_format, struct err *err)
{
	for (size_t i = 0; format_names[i]; i++)
		if (text_eq(name, format_names[i])) {
			*ret_format = (enum export_format)i;
			return 0;
		}
	const char *nearest = str_nearest(name, format_names);
	return err_set(err, ERR_INPUT,
		       "unknown format '%s'%s%s%s (oci-archive, oci, docker-archive, rootfs)", name,
		       nearest ? ": did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?" : "");
}

/* ---- a tree ---- */

static int pack_tree(int root, bool (*exclude)(const char *path, void *arg), void *arg,
		     enum compression compression, int out, struct err *err)
{
	struct pack_options options = {.compression = compression, .clamp_mtime_ns = -1};
	cleanup(pack_freep) struct pack *pack = NULL;
	struct pack_result result;

	if (pack_new(writer_to_borrowed_fd(out), &options, &pack, err) ||
	    tree_pack(root, exclude, arg, pack, err))
		return -1;
	return pack_finish(pack, &result, err);
}

int container_export(struct container *container, enum compression compression, const char *path,
		     struct err *err)
{
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	cleanup(target_done) struct target target = {.fd = -1};
	autoclose int root = -1;

	if (target_open(path, &target, err))
		return -1;
	if (container_open_snapshot(container, &snapshot, err) ||
	    dir_open_at(AT_FDCWD, snap_rootfs(snapshot), &root, err) ||
	    pack_tree(root, container_exclude, container, compression, target.fd, err) ||
	    target_commit(&target, err))
		return err_wrap(err, "exporting container '%s'", container_name(container));
	return 0;
}

/* The layers of the image as one tree, mounted for as long as it takes. */
static int pack_image(struct engine *engine, const struct image *image, const char *dir,
		      enum compression compression, int out, struct err *err)
{
	struct snap_options options = {.driver = engine->snap_driver, .is_volatile = true};
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	cleanup(lease_endp) struct lease *lease = NULL;
	autofree struct layer_meta *layers = NULL;
	struct digest none = {0};
	autoclose int root = -1;
	size_t n;

	if (lease_begin(engine->store, &lease, err) ||
	    image_layers(engine->store, lease, image, &layers, &n, err) ||
	    snap_create(engine->store, dir, n ? &layers[n - 1].chain_id : &none, &options,
			&snapshot, err) ||
	    dir_open_at(AT_FDCWD, snap_rootfs(snapshot), &root, err))
		return -1;
	return pack_tree(root, NULL, NULL, compression, out, err);
}

static int export_rootfs(struct engine *engine, const struct image *image,
			 const struct export_options *options, const char *path, struct err *err)
{
	cleanup(target_done) struct target target = {.fd = -1};
	cleanup(workdir_freep) struct workdir *workdir = NULL;
	autoerr struct err late = {0};

	if (target_open(path, &target, err) || workdir_new(engine->store, &workdir, err))
		return -1;
	autofree char *dir = path_join(workdir_path(workdir), "tree");
	if (mkdir(dir, 0700))
		return err_sys(err, "making '%s'", dir);
	int result = pack_image(engine, image, dir, options->compression, target.fd, err);
	if (snap_remove(engine->store, dir, &late) && result == 0) {
		err_move(err, &late);
		return -1;
	}
	return result ? -1 : target_commit(&target, err);
}

/* ---- archives of images ---- */

static int write_bundle(const struct bundle *bundle, bool is_dir, const char *path, struct err *err)
{
	cleanup(target_done) struct target target = {.fd = -1};

	if (is_dir ? target_open_dir(path, &target, err) : target_open(path, &target, err))
		return -1;
	if (is_dir ? bundle_write_dir(bundle, target.fd, err)
		   : bundle_write_tar(bundle, target.fd, err))
		return -1;
	return target_commit(&target, err);
}

/* What cannot be written to is said before the work. */
static int check_target(bool is_dir, const char *path, struct err *err)
{
	cleanup(target_done) struct target target = {.fd = -1};

	return is_dir ? target_open_dir(path, &target, err) : target_open(path, &target, err);
}

static int export_archive(struct store *store, const struct image *image,
			  const struct export_options *options, const char *path, struct err *err)
{
	cleanup(exported_done) struct exported exported = {0};
	cleanup(exported_names_done) struct exported_names names = {0};
	cleanup(bundle_done) struct bundle bundle = {0};
	cleanup(lease_endp) struct lease *lease = NULL;
	bool is_dir = options->format == EXPORT_OCI_DIRECTORY;

	if (check_target(is_dir, path, err) || lease_begin(store, &lease, err) ||
	    lease_add_blob(lease, &image->manifest.digest, err) ||
	    export_prepare(store, image, options, &exported, err))
		return -1;
	export_names(image, options->name, &names);
	if (options->format == EXPORT_DOCKER_ARCHIVE)
		bundle_of_docker(&exported, &names, &bundle);
	else
		bundle_of_oci(&exported, &names, !is_dir, &bundle);
	return write_bundle(&bundle, is_dir, path, err);
}

int image_export(struct engine *engine, const struct image *image,
		 const struct export_options *options, const char *target, struct err *err)
{
	int result = options->format == EXPORT_ROOTFS
			     ? export_rootfs(engine, image, options, target, err)
			     : export_archive(engine->store, image, options, target, err);

	return result ? err_wrap(err, "exporting image %.19s", image->id.text) : 0;
}
