/* test_sketch.c - trees for tests: made by hand or at random, changed at random, written down as
 * text. SPDX-License-Identifier: Apache-2.0 */
#include "layer/test_sketch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "layer/attributes.h"
#include "layer/content.h"
#include "layer/tree.h"
#include "testing/test.h"

#include "base/banned.h"

#define REAL(path, root, name) snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", root, name)

struct sketch_acl_bytes { /* linux/posix_acl_xattr.h */
	uint32_t version;
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} entries[5];
};

void sketch_dir(int root, const char *path, unsigned mode)
{
	CHECK(mkdirat(root, path, mode) == 0 || errno == EEXIST);
	CHECK(fchmodat(root, path, mode, 0) == 0);
}

void sketch_file(int root, const char *path, const char *text)
{
	autoerr struct err err = {0};
	autoclose int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	CHECK_OK(io_write_all(fd, text, strlen(text), &err), &err);
}

void sketch_link(int root, const char *path, const char *target)
{
	CHECK(symlinkat(target, root, path) == 0);
}

void sketch_whiteout(int root, const char *path)
{
	CHECK(mknodat(root, path, S_IFCHR, 0) == 0);
}

void sketch_xattr(int root, const char *path, const char *name, const char *value)
{
	char real[512];

	REAL(real, root, path);
	CHECK(lsetxattr(real, name, value, strlen(value), 0) == 0);
}

void sketch_acl(int root, const char *path, bool is_default)
{
	char real[512];
	struct sketch_acl_bytes acl = {
		.version = 2,
		.entries = {{1, 7, UINT32_MAX},
			    {2, 4, 1000},
			    {4, 5, UINT32_MAX},
			    {16, 6, UINT32_MAX},
			    {32, 0, UINT32_MAX}},
	};

	REAL(real, root, path);
	CHECK(lsetxattr(real, is_default ? "system.posix_acl_default" : "system.posix_acl_access",
			&acl, sizeof(acl), 0) == 0);
}

void sketch_time(int root, const char *path, int64_t mtime_ns)
{
	autoerr struct err err = {0};

	CHECK_OK(attributes_set_time(-1, root, path, mtime_ns, &err), &err);
}

int sketch_open_dir(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

bool sketch_has(int root, const char *path)
{
	struct stat st;

	return fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- at random ---- */

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static void draw_path(uint32_t *seed, char path[64])
{
	static const char *const names[] = {
		"a", "b", "cc", "d.e", "\xc3\xa4 f", "g", "long-name-of-a-file"};
	unsigned depth = 1 + draw(seed, 4);
	size_t len = 0;

	for (unsigned i = 0; i < depth && len < 40; i++)
		len += (size_t)snprintf(path + len, 64 - len, "%s%s", i ? "/" : "",
					names[draw(seed, ARRAY_LEN(names))]);
}

static void change_file(int root, const char *path, uint32_t *seed)
{
	autoerr struct err err = {0};
	autoclose int fd =
		openat(root, path,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	uint32_t size = draw(seed, 4) ? draw(seed, 3000) : draw(seed, 400000);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return;
	for (uint32_t at = 0; at < size; at += 1000) {
		char block[1000];
		memset(block, draw(seed, 3) ? (int)draw(seed, 256) : 0, sizeof(block));
		CHECK_OK(io_write_all(fd, block, sizeof(block), &err), &err);
	}
	if (!draw(seed, 4))
		CHECK(ftruncate(fd, (off_t)size + 300000) == 0); /* a hole at the end */
}

static void change_xattr(int root, const char *path, uint32_t *seed)
{
	static const char *const names[] = {"user.one", "user.two", "trusted.three"};
	static const unsigned char capability[20] = {1, 0, 0, 2, 0, 4};
	char real[256], value[8];
	const char *name = names[draw(seed, ARRAY_LEN(names))];
	size_t len = draw(seed, sizeof(value));
	struct stat st;

	REAL(real, root, path);
	memset(value, (int)draw(seed, 256), sizeof(value));
	if (!draw(seed, 4))
		(void)lremovexattr(real, name);
	else
		(void)lsetxattr(real, name, value, len, 0);
	if (!draw(seed, 3) && lstat(real, &st) == 0 && S_ISREG(st.st_mode))
		(void)lsetxattr(real, "security.capability", capability, sizeof(capability), 0);
}

static void change_acl(int root, const char *path, uint32_t *seed)
{
	char real[256];
	struct stat st;
	bool is_default = draw(seed, 2);

	REAL(real, root, path);
	if (lstat(real, &st) || S_ISLNK(st.st_mode) || (is_default && !S_ISDIR(st.st_mode)))
		return;
	if (draw(seed, 4))
		sketch_acl(root, path, is_default);
	else
		(void)lremovexattr(real, is_default ? "system.posix_acl_default"
						    : "system.posix_acl_access");
}

static void change_attributes(int root, const char *path, uint32_t *seed)
{
	struct stat st;
	uint32_t mode = draw(seed, 010000), uid = draw(seed, 3) * 1000, gid = draw(seed, 3) * 500;
	uint32_t what = draw(seed, 5);
	struct timespec times[2] = {
		{.tv_sec = 5},
		{.tv_sec = draw(seed, 2000000000), .tv_nsec = draw(seed, 2) ? 123456789 : 0}};

	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (what == 0 && !S_ISLNK(st.st_mode))
		(void)fchmodat(root, path, mode, 0);
	else if (what == 1)
		(void)fchownat(root, path, uid, gid, AT_SYMLINK_NOFOLLOW);
	else if (what == 2)
		(void)utimensat(root, path, times, AT_SYMLINK_NOFOLLOW);
	else if (what == 3)
		change_xattr(root, path, seed);
	else
		change_acl(root, path, seed);
}

static void change_name(int root, const char *path, uint32_t *seed)
{
	static const mode_t formats[] = {S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK};
	autoerr struct err err = {0};
	char other[64];
	mode_t format = formats[draw(seed, ARRAY_LEN(formats))];

	draw_path(seed, other);
	switch (draw(seed, 6)) {
	case 0: (void)symlinkat(other, root, path); break;
	case 1: (void)linkat(root, path, root, other, 0); break;
	case 2: (void)mknodat(root, path, format | 0640, makedev(1, 3)); break;
	case 3: (void)renameat(root, path, root, other); break;
	case 4: (void)unlinkat(root, path, 0); break;
	default: CHECK(tree_remove_at(root, path, &err) == 0 || err_is_set(&err)); break;
	}
}

static void change_nothing(int root, const char *path)
{
	struct stat st;

	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) || S_ISLNK(st.st_mode))
		return;
	(void)fchmodat(root, path, (st.st_mode & 07777) ^ 1, 0); /* overlayfs copies it up */
	(void)fchmodat(root, path, st.st_mode & 07777, 0);
}

void sketch_change(int root, uint32_t *seed, unsigned n)
{
	char path[64];

	for (unsigned i = 0; i < n; i++) {
		uint32_t what = draw(seed, 12);
		draw_path(seed, path);
		if (what < 3)
			(void)mkdirat(root, path, 0755);
		else if (what < 6)
			change_file(root, path, seed);
		else if (what < 9)
			change_attributes(root, path, seed);
		else if (what < 11)
			change_name(root, path, seed);
		else
			change_nothing(root, path);
	}
}

/* ---- as text ---- */

struct texting {
	struct buf *text;
	bool with_links;
};

static int text_entry(const struct tree_visit *visit, const struct entry *entry, struct buf *text,
		      struct err *err)
{
	autoclose int fd = -1;

	buf_printf(text, "'%s' %d %04o %u:%u %ju t=%jd %u:%u > '%s'", visit->entry->path,
		   (int)entry->type, entry->mode, entry->uid, entry->gid, (uintmax_t)entry->size,
		   (intmax_t)entry->mtime_ns, entry->major, entry->minor,
		   entry->target ? entry->target : "");
	for (size_t i = 0; i < entry->xattrs.n; i++) {
		const struct xattr *xattr = &entry->xattrs.items[i];
		buf_printf(text, " %s=", xattr->name);
		text_escape(text, (struct str){xattr->value, xattr->len});
	}
	if (entry->type == ENTRY_FILE) {
		autohash struct hash *hash = hash_new(HASH_SHA256);
		if (content_open(visit->dirfd, visit->name, visit->st, &fd, err) ||
		    content_hash(fd, entry->size, hash, err))
			return -1;
		struct digest digest = digest_of_hash(hash, HASH_SHA256);
		buf_printf(text, " %.8s", digest_hex(&digest));
	}
	buf_putc(text, '\n');
	return 0;
}

static int text_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	const struct texting *texting = arg;
	struct entry entry = {0};

	if (texting->with_links || visit->entry->type != ENTRY_HARDLINK)
		return text_entry(visit, visit->entry, texting->text, err);
	int failed = attributes_read(visit->dirfd, visit->name, visit->st, &entry, err) < 0 ||
		     xattrs_read_at(visit->dirfd, visit->name, &entry.xattrs, err) ||
		     text_entry(visit, &entry, texting->text, err);
	entry_clear(&entry);
	return failed ? -1 : 0;
}

void sketch_text(int root, enum sketch_view view, struct buf *ret_text)
{
	autoerr struct err err = {0};
	struct tree_options options = {.with_root = view == SKETCH_ALL};
	struct texting texting = {ret_text, view != SKETCH_NO_LINKS};

	CHECK_OK(tree_walk(root, &options, text_visit, &texting, &err), &err);
}

/* ---- layers ---- */

static struct pack *pack_to(struct buf *tar)
{
	autoerr struct err err = {0};
	struct pack *pack = NULL;
	struct pack_options options = {.clamp_mtime_ns = -1};

	tar->max = (size_t)256 << 20;
	CHECK_OK(pack_new(writer_to_buf(tar), &options, &pack, &err), &err);
	return pack;
}

void sketch_pack_tree(int root, struct buf *ret_tar)
{
	autoerr struct err err = {0};
	struct pack_result result;
	cleanup(pack_freep) struct pack *pack = pack_to(ret_tar);

	CHECK_OK(tree_pack(root, NULL, NULL, pack, &err), &err);
	CHECK_OK(pack_finish(pack, &result, &err), &err);
}

void sketch_pack_diff(int root, const struct diff_options *options, struct buf *ret_tar)
{
	autoerr struct err err = {0};
	struct pack_result result;
	cleanup(pack_freep) struct pack *pack = pack_to(ret_tar);

	CHECK_OK(diff_pack(root, options, pack, &err), &err);
	CHECK_OK(pack_finish(pack, &result, &err), &err);
}

void sketch_apply(const struct buf *tar, int root, enum apply_form form, struct lower lower)
{
	autoerr struct err err = {0};
	struct apply_options options = {.form = form, .lower = lower};
	struct apply_result result;
	autoreader struct reader *reader = reader_of_bytes(buf_str(tar));

	CHECK_OK(layer_apply(reader, root, &options, &result, &err), &err);
	struct digest digest = digest_of_bytes(tar->ptr, tar->len);
	CHECK_STR(result.diff_id.text, digest.text);
	CHECK_INT(result.tar_bytes, tar->len);
}

/* ---- overlayfs ---- */

void sketch_needs_root(void)
{
	const char *path;
	int dir = test_dir(&path);
	char real[64];

	if (mknodat(dir, "w", S_IFCHR, 0))
		test_skip("needs the right to make device nodes");
	REAL(real, dir, "w");
	if (lsetxattr(real, "trusted.hull", "x", 1, 0))
		test_skip("needs the right to set trusted xattrs");
}

int sketch_overlay(int scratch, const int *layers, size_t n, int *ret_upper)
{
	char value[256];
	autobuf struct buf lowers = {0};
	autoclose int context = fsopen("overlay", FSOPEN_CLOEXEC);

	if (context < 0)
		test_skip("needs overlayfs and the right to mount it");
	sketch_dir(scratch, "upper", 0755);
	sketch_dir(scratch, "work", 0755);
	for (size_t i = 0; i < n; i++)
		buf_printf(&lowers, "%s/proc/self/fd/%d", i ? ":" : "", layers[i]);
	CHECK(fsconfig(context, FSCONFIG_SET_STRING, "lowerdir", buf_text(&lowers), 0) == 0);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/upper", scratch);
	CHECK(fsconfig(context, FSCONFIG_SET_STRING, "upperdir", value, 0) == 0);
	snprintf(value, sizeof(value), "/proc/self/fd/%d/work", scratch);
	CHECK(fsconfig(context, FSCONFIG_SET_STRING, "workdir", value, 0) == 0);
	CHECK(fsconfig(context, FSCONFIG_SET_STRING, "redirect_dir", "off", 0) == 0);
	CHECK(fsconfig(context, FSCONFIG_SET_STRING, "metacopy", "off", 0) == 0);
	CHECK(fsconfig(context, FSCONFIG_SET_STRING, "index", "off", 0) == 0);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		test_skip("needs a file system that overlayfs accepts");
	autoclose int mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	CHECK(mount >= 0);
	*ret_upper = sketch_open_dir(scratch, "upper");
	int root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0);
	return root;
}
