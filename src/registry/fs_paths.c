/* fs_paths.c - the names of the reference registry's tree, and opening them without surprises.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   blobs/<alg>/<2 hex>/<hex>/data
 *   repositories/<name>/_layers/<alg>/<hex>/link
 *                      /_manifests/revisions/<alg>/<hex>/{link,type}
 *                      /_manifests/tags/<tag>/{current/link,index/<alg>/<hex>/link}
 *                      /_uploads/<uuid>/{data,startedat}
 * A link file holds the text of a digest and nothing else. `type` is ours. */
#include "registry/storage_fs_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "registry/limits.h"

#include "base/banned.h"

struct fs_path fs_path_of(const char *fmt, ...)
{
	struct fs_path path;
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(path.text, sizeof(path.text), fmt, args);
	va_end(args);
	assert(len >= 0 && (size_t)len < sizeof(path.text)); /* names were checked: 255 + 128 */
	return path;
}

const char *fs_algo_name(const struct digest *digest)
{
	return digest_algo(digest) == HASH_SHA512 ? "sha512" : "sha256";
}

struct fs_path fs_blob_dir(const struct digest *digest)
{
	const char *hex = digest_hex(digest);

	return fs_path_of("blobs/%s/%.2s/%s", fs_algo_name(digest), hex, hex);
}

struct fs_path fs_layer_dir(const char *repository, const struct digest *digest)
{
	return fs_path_of("repositories/%s/_layers/%s/%s", repository, fs_algo_name(digest),
			  digest_hex(digest));
}

struct fs_path fs_revision_dir(const char *repository, const struct digest *digest)
{
	return fs_path_of("repositories/%s/_manifests/revisions/%s/%s", repository,
			  fs_algo_name(digest), digest_hex(digest));
}

struct fs_path fs_tag_dir(const char *repository, const char *tag)
{
	return fs_path_of("repositories/%s/_manifests/tags/%s", repository, tag);
}

int fs_open_below(int dirfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? 0644 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	for (int i = 0; i < LIMIT_FS_RACE_TRIES; i++) {
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

bool fs_is_absent(int sys_errno)
{
	return sys_errno == ENOENT || sys_errno == ENOTDIR || sys_errno == ELOOP;
}

int fs_guard_writing(const struct fs *fs, struct err *err)
{
	if (fs->read_only)
		return err_set(err, ERR_DENIED, "the storage is open for reading only");
	return 0;
}

int fs_link_read(const struct fs *fs, const char *path, enum fs_link *ret_link,
		 struct digest *ret_digest, struct err *err)
{
	char text[DIGEST_TEXT_MAX + 1]; /* one more than any: a longer file is seen */
	autoclose int fd = fs_open_below(fs->treefd, path, O_RDONLY | O_NONBLOCK);
	autoerr struct err odd = {0};

	*ret_link = FS_LINK_ABSENT;
	if (fd < 0 && fs_is_absent(errno))
		return 0;
	if (fd < 0)
		return file_err(err, "opening", path);
	ssize_t len = read(fd, text, sizeof(text));
	if (len < 0 && errno != EISDIR)
		return file_err(err, "reading", path);
	*ret_link = FS_LINK_ODD;
	if (len > 0 && digest_parse((struct str){text, (size_t)len}, ret_digest, &odd) == 0)
		*ret_link = FS_LINK_SOUND;
	return 0;
}
