/* import.c - what comes in is told apart by its content, verified as a whole, then recorded.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   directory ──────────────────────────────────────────────▶ OCI layout
 *   stream ─decompress─▶ first entry ─of a root file system─▶ one pass into a layer
 *                              └─of an archive of images─▶ (spool when it cannot be sought in)
 *                                     ├─ oci-layout, index.json ▶ OCI layout
 *                                     ├─ manifest.json          ▶ docker archive
 *                                     └─ neither                ▶ a root file system after all */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "image/image_private.h"
#include "image/limits.h"
#include "layer/tar.h"

#include "base/banned.h"

void import_images_done(struct import_images *images)
{
	vec_foreach(it, images) {
		descriptor_done(&it->manifest);
		strlist_done(&it->names);
	}
	vec_done(images);
}

static struct import_image *find_image(const struct import_images *images,
				       const struct digest *manifest)
{
	vec_foreach(it, images)
		if (digest_eq(&it->manifest.digest, manifest))
			return it;
	return NULL;
}

static struct import_image *make_image(struct import_images *images,
				       const struct descriptor *manifest)
{
	struct import_image *image = vec_add(images);

	image->manifest.type = manifest->type;
	image->manifest.digest = manifest->digest;
	image->manifest.size = manifest->size;
	return image;
}

void import_images_add(struct import_images *images, const struct descriptor *manifest,
		       const char *name)
{
	struct import_image *image = find_image(images, &manifest->digest);

	if (!image)
		image = make_image(images, manifest);
	if (name && !strlist_has(&image->names, name))
		strlist_add(&image->names, name);
}

static int copy_stream(struct reader *from, struct writer *to, struct err *err)
{
	autofree char *block = xmalloc(LIMIT_ARCHIVE_PEEK);
	ssize_t n;

	while ((n = reader_read(from, block, LIMIT_ARCHIVE_PEEK, err)) > 0)
		if (writer_write(to, block, (size_t)n, err))
			return -1;
	return (int)n;
}

int import_blob(struct import *import, struct reader *from, const struct descriptor *expected,
		struct err *err)
{
	cleanup(ingest_freep) struct ingest *ingest = NULL;

	if (ingest_begin(import->store, import->lease, &ingest, err) ||
	    copy_stream(from, ingest_writer(ingest), err) ||
	    ingest_commit(ingest, &expected->digest, expected->size, NULL, NULL, err))
		return err_wrap(err, "blob %s", expected->digest.text);
	return 0;
}

int import_platform(const struct import *import, struct platform *ret_platform, struct err *err)
{
	if (import->options->platform)
		return platform_parse(import->options->platform, ret_platform, err);
	*ret_platform = platform_host();
	return 0;
}

/* ---- what is it? ---- */

/* The names that archives of images are made of; all else begins a root file system. */
static bool is_archive_path(const char *path)
{
	static const char *const names[] = {"oci-layout", "index.json", "manifest.json",
					    "repositories", "blobs"};
	static const char *const endings[] = {"", ".json", ".tar", ".tar.gz"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(path, names[i]))
			return true;
	if (text_starts(path, "blobs/"))
		return true;
	if (text_starts(path, "sha256:")) /* so do some who are not docker begin */
		path += strlen("sha256:");
	if (strspn(path, "0123456789abcdef") != 64)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (text_eq(path + 64, endings[i]))
			return true;
	return path[64] == '/';
}

static bool begins_archive(struct str peek)
{
	cleanup(tar_reader_freep) struct tar_reader *tar = tar_reader_new(reader_of_bytes(peek));
	autoerr struct err ignored = {0};
	struct entry entry = {0};
	bool found = false;

	while (tar_reader_next(tar, &entry, &ignored) > 0) {
		if (!entry.path[0]) /* "./" */
			continue;
		found = is_archive_path(entry.path);
		break;
	}
	entry_clear(&entry);
	return found;
}

/* ---- streams ---- */

struct stream {
	struct reader reader;
	struct reader *inner;
	struct buf peek; /* read from it already; given first */
	size_t n_given;
};

static ssize_t stream_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct stream *stream = (struct stream *)reader;
	size_t left = stream->peek.len - stream->n_given;

	if (left == 0)
		return reader_read(stream->inner, data, len, err);
	if (len > left)
		len = left;
	memcpy(data, stream->peek.ptr + stream->n_given, len);
	stream->n_given += len;
	return (ssize_t)len;
}

static void stream_close(struct reader *reader)
{
	struct stream *stream = (struct stream *)reader;

	reader_close(stream->inner);
	buf_done(&stream->peek);
	free(stream);
}

static const struct reader_ops stream_ops = {.read = stream_read, .close = stream_close};

/* The decompressed stream with its beginning in `peek`. inner: take */
static int stream_open(struct reader *inner, enum compression *ret_found,
		       struct stream **ret_stream, struct err *err)
{
	struct stream *stream = xcalloc(1, sizeof(*stream));
	char *room = buf_reserve(&stream->peek, LIMIT_ARCHIVE_PEEK);
	size_t len = 0;
	ssize_t n = 0;

	stream->reader.ops = &stream_ops;
	if (reader_decompress(inner, ret_found, &stream->inner, err)) {
		stream_close(&stream->reader);
		return -1;
	}
	while (len < LIMIT_ARCHIVE_PEEK &&
	       (n = reader_read(stream->inner, room + len, LIMIT_ARCHIVE_PEEK - len, err)) > 0)
		len += (size_t)n;
	if (n < 0) {
		stream_close(&stream->reader);
		return -1;
	}
	buf_added(&stream->peek, len);
	*ret_stream = stream;
	return 0;
}

static int spool(struct import *import, struct reader *from, struct workdir **ret_workdir,
		 int *ret_fd, struct err *err)
{
	autowriter struct writer *to = NULL;
	autoclose int fd = -1;

	if (workdir_new(import->store, ret_workdir, err))
		return -1;
	fd = openat(workdir_fd(*ret_workdir), "archive.tar", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return err_sys(err, "making a file for the archive");
	to = writer_to_borrowed_fd(fd);
	if (copy_stream(from, to, err) || writer_finish(to, err))
		return err_wrap(err, "keeping the archive");
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int import_archive(struct import *import, int fd, struct import_images *images,
			  struct err *err)
{
	cleanup(archive_freep) struct archive *archive = NULL;
	autoreader struct reader *tar = NULL;
	int again = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (again < 0)
		return err_sys(err, "keeping '%s' open", import->source);
	if (archive_of_tar(again, import->source, &archive, err))
		return -1;
	if (archive_has(archive, "oci-layout") && archive_has(archive, "index.json"))
		return import_oci(import, archive, images, err);
	if (archive_has(archive, "manifest.json"))
		return import_docker(import, archive, images, err);
	if (archive_has(archive, "repositories"))
		return err_set(err, ERR_INPUT,
			       "this is an archive of docker before 1.10 (no manifest.json): save "
			       "the image again with a current tool");
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "reading '%s'", import->source);
	tar = reader_of_borrowed_fd(fd);
	return import_rootfs(import, tar, images, err);
}

static int import_stream(struct import *import, int fd, struct import_images *images,
			 struct err *err)
{
	cleanup(workdir_freep) struct workdir *workdir = NULL;
	autoreader struct reader *reader = NULL;
	autoclose int spooled = -1;
	enum compression compression;
	struct stream *stream;
	struct stat st;

	if (stream_open(reader_of_borrowed_fd(fd), &compression, &stream, err))
		return -1;
	reader = &stream->reader;
	if (stream->peek.len == 0)
		return err_set(err, ERR_CORRUPT, "it is empty");
	if (!begins_archive(buf_str(&stream->peek)))
		return import_rootfs(import, reader, images, err);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && compression == COMPRESSION_NONE)
		return import_archive(import, fd, images, err);
	if (spool(import, reader, &workdir, &spooled, err))
		return -1;
	return import_archive(import, spooled, images, err);
}

static int import_directory(struct import *import, int fd, struct import_images *images,
			    struct err *err)
{
	cleanup(archive_freep) struct archive *archive = archive_of_dir(fd);

	if (!archive_has(archive, "oci-layout") || !archive_has(archive, "index.json"))
		return err_set(err, ERR_INPUT,
			       "a directory is imported when it is an OCI image layout "
			       "(oci-layout, index.json); a root file system comes as a tar");
	return import_oci(import, archive, images, err);
}

static int import_source(struct import *import, struct import_images *images, struct err *err)
{
	autoclose int fd = -1;
	struct stat st;

	if (text_eq(import->source, "-")) {
		if (isatty(STDIN_FILENO))
			return err_set(err, ERR_INPUT, "an archive does not come from a terminal");
		return import_stream(import, STDIN_FILENO, images, err);
	}
	fd = open(import->source, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return file_err(err, "opening", import->source);
	if (S_ISDIR(st.st_mode))
		return import_directory(import, steal_fd(&fd), images, err);
	return import_stream(import, fd, images, err);
}

/* ---- recording ---- */

static int choose_name(const struct import *import, struct import_images *images, struct err *err)
{
	const struct reference *name = import->options->name;

	if (!name)
		return 0;
	if (images->n > 1)
		return err_set(err, ERR_INPUT,
			       "it holds %zu images: one name cannot be given to all of them",
			       images->n);
	vec_foreach(it, images) {
		strlist_done(&it->names);
		strlist_take(&it->names, reference_text(name));
	}
	return 0;
}

static int record_image(struct store *store, const struct import_image *image, struct err *err)
{
	if (!image->names.n)
		return store_add_image(store, &image->manifest, NULL, err);
	for (size_t i = 0; i < image->names.n; i++) {
		autoref struct reference name = {0};
		if (reference_parse(image->names.items[i], &name, err) ||
		    store_add_image(store, &image->manifest, &name, err))
			return -1;
	}
	return 0;
}

static int record_images(struct store *store, const struct import_images *images,
			 struct image_list *list, struct err *err)
{
	vec_reserve(list, images->n);
	vec_foreach(it, images) {
		if (record_image(store, it, err) ||
		    store_find_image(store, it->manifest.digest.text, &list->items[list->n], err))
			return -1;
		list->n++;
	}
	return 0;
}

int image_import(struct store *store, const char *source, const struct import_options *options,
		 struct image_list *ret_list, struct err *err)
{
	cleanup(lease_endp) struct lease *lease = NULL;
	cleanup(import_images_done) struct import_images images = {0};
	cleanup(image_list_done) struct image_list list = {0};
	struct import import = {.store = store, .options = options, .source = source};

	if (lease_begin(store, &lease, err))
		return -1;
	import.lease = lease;
	if (import_source(&import, &images, err) || choose_name(&import, &images, err) ||
	    record_images(store, &images, &list, err))
		return err_wrap(err, "importing '%s'", source);
	*ret_list = steal(&list);
	return 0;
}
