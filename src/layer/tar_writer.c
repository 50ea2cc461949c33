/* tar_writer.c - entries as ustar headers, with PAX records in front where those do not suffice.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "layer/limits.h"
#include "layer/tar_private.h"

#include "base/banned.h"

struct tar_writer {
	struct writer *inner; /* borrowed */
	uint64_t left;        /* bytes of the current file that are still to come */
	size_t padding;       /* behind them */
	struct buf path;      /* the current name as it is stored, for messages too */
	struct buf records;
};

struct tar_writer *tar_writer_new(struct writer *inner)
{
	struct tar_writer *tar = xcalloc(1, sizeof(*tar));
	tar->records.max = LIMIT_PAX_BYTES + TAR_BLOCK; /* padded */
	tar->inner = inner;
	return tar;
}

void tar_writer_free(struct tar_writer *tar)
{
	if (!tar)
		return;
	buf_done(&tar->path);
	buf_done(&tar->records);
	free(tar);
}

static const char zeros[TAR_BLOCK];

static int padding_write(struct tar_writer *tar, struct err *err)
{
	if (tar->left)
		return err_set(err, ERR_CORRUPT, "'%s': %" PRIu64 " bytes of it are missing",
			       buf_text(&tar->path), tar->left);
	size_t padding = tar->padding;
	tar->padding = 0;
	return writer_write(tar->inner, zeros, padding, err);
}

static bool is_ascii(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] & 0x80)
			return false;
	}
	return true;
}

static void field_set(char *field, size_t size, struct str text)
{
	memcpy(field, text.ptr, text.len < size ? text.len : size);
}

/* ustar: a path of up to 255 bytes is cut at a slash into 155 and 100. */
static bool path_set(struct tar_header *header, struct str path)
{
	if (path.len <= sizeof(header->name)) {
		field_set(header->name, sizeof(header->name), path);
		return is_ascii(path);
	}
	size_t cut = path.len - 1; /* not at the slash that ends a directory's name */
	while (cut > 0 && (path.ptr[cut - 1] != '/' || cut - 1 > sizeof(header->prefix)))
		cut--;
	bool fits = cut > 1 && path.len - cut <= sizeof(header->name) && is_ascii(path);
	if (fits)
		field_set(header->prefix, sizeof(header->prefix), (struct str){path.ptr, cut - 1});
	field_set(header->name, sizeof(header->name),
		  fits ? (struct str){path.ptr + cut, path.len - cut} : path);
	return fits;
}

static void header_seal(struct tar_header *header)
{
	memcpy(header->magic,
	       "ustar\0"
	       "00",
	       sizeof(header->magic));
	tar_checksum_set(header);
}

/* What our reader would refuse is not written: here, and for attributes below. */
static int path_check(const struct entry *entry, struct err *err)
{
	size_t len = strlen(entry->path), depth = 1;
	for (size_t i = 0; i < len; i++)
		depth += entry->path[i] == '/';
	if (len < LIMIT_PATH_BYTES && depth <= LIMIT_PATH_DEPTH)
		return 0;
	return err_set(err, ERR_LIMIT, "'%.100s…': the path is too long or too deep for an archive",
		       entry->path);
}

static int records_check(const struct tar_writer *tar, const struct entry *entry, struct err *err)
{
	if (entry->xattrs.n <= LIMIT_XATTRS && !tar->records.overflowed &&
	    tar->records.len <= LIMIT_PAX_BYTES)
		return 0;
	return err_set(err, ERR_LIMIT, "'%s': its extended attributes do not fit into an archive",
		       buf_text(&tar->path));
}

static int records_write(struct tar_writer *tar, struct err *err)
{
	struct tar_header header = {.type = 'x'};
	struct str path = buf_str(&tar->path);
	if (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
	const char *base = slash ? slash + 1 : path.ptr;
	static const struct str folder = STR("PaxHeaders/");
	field_set(header.name, sizeof(header.name), folder);
	field_set(header.name + folder.len, sizeof(header.name) - folder.len,
		  (struct str){base, (size_t)(path.ptr + path.len - base)});
	tar_number_format(header.mode, sizeof(header.mode), 0644);
	tar_number_format(header.uid, sizeof(header.uid), 0);
	tar_number_format(header.gid, sizeof(header.gid), 0);
	tar_number_format(header.size, sizeof(header.size), tar->records.len);
	tar_number_format(header.mtime, sizeof(header.mtime), 0);
	header_seal(&header);
	buf_append(&tar->records, zeros, tar_padding(tar->records.len));
	if (writer_write(tar->inner, &header, sizeof(header), err))
		return -1;
	return writer_write(tar->inner, tar->records.ptr, tar->records.len, err);
}

static const char type_flags[] = {
	[ENTRY_FILE] = '0', [ENTRY_DIRECTORY] = '5', [ENTRY_SYMLINK] = '2', [ENTRY_HARDLINK] = '1',
	[ENTRY_CHAR] = '3', [ENTRY_BLOCK] = '4',     [ENTRY_FIFO] = '6',
};

static bool has_target(const struct entry *entry)
{
	return entry->type == ENTRY_SYMLINK || entry->type == ENTRY_HARDLINK;
}

static int device_set(struct tar_header *header, const struct entry *entry, struct err *err)
{
	bool is_device = entry->type == ENTRY_CHAR || entry->type == ENTRY_BLOCK;
	uint32_t major = is_device ? entry->major : 0, minor = is_device ? entry->minor : 0;
	if (!tar_number_format(header->major, sizeof(header->major), major) ||
	    !tar_number_format(header->minor, sizeof(header->minor), minor))
		return err_set(err, ERR_LIMIT, "'%s': device %u:%u does not fit into an archive",
			       entry->path, major, minor);
	return 0;
}

/* The name as it is stored: directories end with a slash, the root is "./". */
static void stored_path(const struct entry *entry, struct buf *path)
{
	buf_truncate(path, 0);
	buf_puts(path, entry->path[0] ? entry->path : ".");
	if (entry->type == ENTRY_DIRECTORY)
		buf_putc(path, '/');
}

int tar_writer_entry(struct tar_writer *tar, const struct entry *entry, struct err *err)
{
	if (padding_write(tar, err) || path_check(entry, err))
		return -1;
	stored_path(entry, &tar->path);
	struct tar_header header = {.type = type_flags[entry->type]};
	uint64_t size = entry->type == ENTRY_FILE ? entry->size : 0;
	int64_t seconds = entry->mtime_ns / NS_PER_SEC;
	tar_number_format(header.mode, sizeof(header.mode), entry->mode & 07777);
	tar_number_format(header.uid, sizeof(header.uid), entry->uid);
	tar_number_format(header.gid, sizeof(header.gid), entry->gid);
	tar_number_format(header.size, sizeof(header.size), size);
	tar_number_format(header.mtime, sizeof(header.mtime), seconds < 0 ? 0 : (uint64_t)seconds);
	if (device_set(&header, entry, err))
		return -1;
	if (has_target(entry))
		field_set(header.link, sizeof(header.link), str_of(entry->target));
	bool path_fits = path_set(&header, buf_str(&tar->path));
	buf_truncate(&tar->records, 0);
	pax_of_entry(entry, buf_text(&tar->path), path_fits, &tar->records);
	if (records_check(tar, entry, err) || (tar->records.len && records_write(tar, err)))
		return -1;
	header_seal(&header);
	if (writer_write(tar->inner, &header, sizeof(header), err))
		return -1;
	tar->left = size;
	tar->padding = tar_padding(size);
	return 0;
}

uint64_t tar_writer_left(const struct tar_writer *tar)
{
	return tar->left;
}

void tar_writer_added(struct tar_writer *tar, uint64_t len)
{
	tar->left -= len;
}

int tar_writer_write(struct tar_writer *tar, const void *data, size_t len, struct err *err)
{
	if (len > tar->left)
		return err_set(err, ERR_CORRUPT, "'%s': more bytes than it is long",
			       buf_text(&tar->path));
	if (writer_write(tar->inner, data, len, err))
		return -1;
	tar->left -= len;
	return 0;
}

int tar_writer_finish(struct tar_writer *tar, struct err *err)
{
	if (padding_write(tar, err) || writer_write(tar->inner, zeros, sizeof(zeros), err))
		return -1;
	return writer_write(tar->inner, zeros, sizeof(zeros), err);
}
