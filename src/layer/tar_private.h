/* tar_private.h - the shape of tar's blocks, shared by the reader and the writer.
 * SPDX-License-Identifier: Apache-2.0
 * Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format" and
 * "Sparse Formats".
 *
 *   archive = { [ 'x' header, records ] [ 'L' or 'K' header, name ] header, data } two zero blocks
 *   record  = LENGTH " " KEY "=" VALUE "\n"                    (LENGTH counts all of it, in
 * decimal)
 *
 * Everything is padded with zeros to blocks of 512 bytes. */
#pragma once

#include "base/buf.h"
#include "base/reader.h"
#include "layer/tar.h"

#define TAR_BLOCK 512u

/* Zeros that fill the last block of `size` bytes. */
static inline size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}

struct tar_header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[8]; /* POSIX "ustar\0" "00", GNU "ustar  \0", v7 anything else */
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char pad[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a tar header is one block");

struct gnu_piece {
	char offset[12];
	char len[12];
};
struct gnu_header { /* what GNU puts where POSIX has the prefix */
	char before[345];
	char atime[12];
	char ctime[12];
	char unused[17];
	struct gnu_piece pieces[4];
	char is_extended;
	char real_size[12];
	char pad[17];
};
_Static_assert(sizeof(struct gnu_header) == TAR_BLOCK, "a GNU header is one block");
struct gnu_more_pieces {
	struct gnu_piece pieces[21];
	char is_extended;
	char pad[7];
};
_Static_assert(sizeof(struct gnu_more_pieces) == TAR_BLOCK, "more pieces are one block");

enum tar_magic { TAR_V7, TAR_USTAR, TAR_STAR, TAR_GNU };

/* tar_header.c: numbers and names in a header. */
enum tar_magic tar_header_magic(const struct tar_header *header);
bool tar_checksum_is_right(const struct tar_header *header);
void tar_checksum_set(struct tar_header *header);
/* Octal text or base-256; an empty field is 0. False: garbage, or beyond int64. */
bool tar_number_parse(const char *field, size_t len, int64_t *ret_value);
/* Octal with a NUL behind; false: it does not fit, the field says 0. */
bool tar_number_format(char *field, size_t len, uint64_t value);
struct str tar_field_text(const char *field, size_t len); /* up to a NUL; borrowed */

/* tar_path.c: a name of an archive as entry.h wants it. "what": "path", "link target". */
int tar_path_clean(struct str raw, const char *what, char **ret_path, struct err *err) must_check;

/* tar_input.c: the archive's bytes, read ahead in large pieces. */
#define TAR_INPUT_BYTES ((size_t)64 << 10)
struct tar_input {
	struct reader *inner;
	uint64_t position; /* of what was taken from here */
	size_t pos, len;   /* of what waits in bytes */
	char bytes[TAR_INPUT_BYTES];
};
ssize_t tar_input_read(struct tar_input *input, void *data, size_t len, struct err *err) must_check;
/* ERR_CORRUPT: "the archive ends within WHAT". */
int tar_input_full(struct tar_input *input, void *data, size_t len, const char *what,
		   struct err *err) must_check;
int tar_input_skip(struct tar_input *input, uint64_t len, const char *what,
		   struct err *err) must_check;

/* sparse.c: which runs of a file the archive holds; what is between them are holes. */
struct piece {
	uint64_t offset, len;
};
struct pieces { /* in order, not overlapping */
	struct piece *items;
	size_t n, cap;
};
/* ERR_CORRUPT: overlaps, goes back or overflows; ERR_LIMIT: too many. */
int pieces_add(struct pieces *pieces, uint64_t offset, uint64_t len, struct err *err) must_check;
/* They lie within the file and add up to what the archive holds; else ERR_CORRUPT. */
int pieces_check(const struct pieces *pieces, uint64_t file_size, uint64_t archived,
		 struct err *err) must_check;
/* GNU's old form: in the header and blocks behind it. */
int sparse_read_gnu(struct tar_input *input, const struct gnu_header *header,
		    struct pieces *ret_pieces, uint64_t *ret_size, struct err *err) must_check;
/* PAX 1.0: decimal lines in front of the data, *archived shrinks by what they took. */
int sparse_read_pax_1_0(struct tar_input *input, uint64_t *archived, struct pieces *ret_pieces,
			struct err *err) must_check;
/* PAX 0.1: "offset,len,offset,len". */
int sparse_parse_map(struct str map, struct pieces *ret_pieces, struct err *err) must_check;

/* pax.c: records of one extended header. */
struct pax { /* zeroed: says nothing */
	char *path, *link_path, *sparse_name;
	bool has_size, has_uid, has_gid, has_mtime, has_major, has_minor, has_sparse_size;
	uint64_t size, sparse_size;
	uint32_t uid, gid, major, minor;
	int64_t mtime_ns;
	struct xattrs xattrs;
	struct xattrs encoded_xattrs; /* LIBARCHIVE.xattr: count where there is no binary record */
	char *acl_access, *acl_default; /* SCHILY.acl: the same */
	bool is_sparse_1_0, is_sparse_0;
	struct pieces pieces;  /* 0.0 and 0.1 */
	uint64_t piece_offset; /* 0.0: said before its length */
	bool has_piece_offset;
	uint64_t sparse_major, sparse_minor;
};
int pax_parse(struct str records, struct pax *pax, struct err *err) must_check; /* adds to it */
void pax_done(struct pax *pax);
/* One record with its length in front. */
void pax_append(struct buf *buf, const char *key, const char *key_rest, const void *value,
		size_t len);
/* pax_write.c: the sorted records of all that ustar cannot say about the entry; empty: none. */
void pax_of_entry(const struct entry *entry, const char *stored_path, bool path_fits,
		  struct buf *buf);

/* pax_xattr.c: LIBARCHIVE.xattr: the name percent-encoded, the value in base64 without padding. */
int xattr_decode(struct str name, struct str value, struct xattrs *xattrs,
		 struct err *err) must_check;
void xattr_encode(const struct xattr *xattr, struct buf *name, struct buf *value);

/* tar_entry.c: an entry but for its contents. */
struct tar_advance { /* what headers in front of an entry's own said about it; zeroed: nothing */
	struct pax pax;
	char *gnu_path, *gnu_link;
	bool is_there;
};
void tar_advance_done(struct tar_advance *advance);
struct tar_form {
	enum entry_type type;
	char flag;
	bool has_bytes; /* others may tell a size, but nothing follows: as Go's and GNU's tar read
			   it */
};
/* Takes the attributes out of `advance`. */
int tar_entry_fill(const struct tar_header *header, struct tar_advance *advance,
		   struct entry *entry, const struct tar_form **ret_form,
		   struct err *err) must_check;
/* ERR_CORRUPT when it is garbage or outside of [0, max]. */
int tar_field_number(const char *field, size_t len, const char *what, uint64_t max,
		     uint64_t *ret_value, struct err *err) must_check;

/* tar_writer.c: `len` bytes of the current file went to the inner writer directly. */
uint64_t tar_writer_left(const struct tar_writer *tar);
void tar_writer_added(struct tar_writer *tar, uint64_t len);
