/* tar_reader.c - headers gathered into entries; data with the holes of sparse files filled.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "layer/limits.h"
#include "layer/tar_private.h"

#include "base/banned.h"

struct tar_reader {
	uint64_t n_entries;
	bool ended;
	struct pieces pieces; /* of the current file; the memory serves all */
	size_t i_piece;       /* the first that ends behind file_pos */
	uint64_t file_pos, file_size;
	uint64_t archived_left; /* of the current entry's data, padding not counted */
	size_t padding;
	struct tar_input input;
};

struct tar_reader *tar_reader_new(struct reader *inner)
{
	struct tar_reader *tar = xmalloc(sizeof(*tar)); /* not zeroed: the read-ahead is large */
	memset(tar, 0, offsetof(struct tar_reader, input) + offsetof(struct tar_input, bytes));
	tar->input.inner = inner;
	return tar;
}

void tar_reader_free(struct tar_reader *tar)
{
	if (!tar)
		return;
	reader_close(tar->input.inner);
	vec_done(&tar->pieces);
	free(tar);
}

uint64_t tar_reader_position(const struct tar_reader *tar)
{
	return tar->input.position;
}

static bool is_zero_block(const struct tar_header *header)
{
	static const struct tar_header zeros;
	return memcmp(header, &zeros, sizeof(zeros)) == 0;
}

/* 1: a whole block; 0: the archive ended before it. */
static int block_read(struct tar_reader *tar, struct tar_header *header, struct err *err)
{
	ssize_t n = tar_input_read(&tar->input, header, sizeof(*header), err);
	if (n <= 0)
		return (int)n;
	char *rest = (char *)header + n;
	if (tar_input_full(&tar->input, rest, sizeof(*header) - (size_t)n, "a header", err))
		return -1;
	return 1;
}

/* What follows the end marker is read, not judged: GNU tar fills its last record with zeros. */
static int drain(struct tar_reader *tar, struct err *err)
{
	char scrap[8192];
	ssize_t n;
	do
		n = tar_input_read(&tar->input, scrap, sizeof(scrap), err);
	while (n > 0);
	return (int)n;
}

/* 1: a header with the right checksum; 0: the end. An archive may end without its marker, as those
 * of many writers do, or with half of it. */
static int header_read(struct tar_reader *tar, struct tar_header *header, struct err *err)
{
	int got = block_read(tar, header, err);
	if (got <= 0)
		return got;
	if (is_zero_block(header)) {
		got = block_read(tar, header, err);
		if (got == 1 && !is_zero_block(header))
			return err_set(err, ERR_CORRUPT, "more follows after half an end marker");
		return got < 0 ? -1 : drain(tar, err);
	}
	if (!tar_checksum_is_right(header))
		return err_set(err, ERR_CORRUPT, "the checksum of a header is wrong");
	return 1;
}

static int header_size(const struct tar_header *header, uint64_t *ret_size, struct err *err)
{
	return tar_field_number(header->size, sizeof(header->size), "size", INT64_MAX, ret_size,
				err);
}

/* The data of a header that speaks of the next one. */
static int advance_read(struct tar_reader *tar, const struct tar_header *header, uint64_t max,
			struct buf *buf, struct err *err)
{
	uint64_t size = 0;
	if (header_size(header, &size, err))
		return -1;
	if (size > max)
		return err_set(err, ERR_LIMIT,
			       "an extended header is larger than %" PRIu64 " bytes", max);
	*buf = (struct buf){.max = (size_t)max + 1};
	if (tar_input_full(&tar->input, buf_reserve(buf, (size_t)size), (size_t)size,
			   "an extended header", err))
		return -1;
	buf_added(buf, (size_t)size);
	return tar_input_skip(&tar->input, tar_padding(size), "an extended header", err);
}

static int advance_name(struct tar_reader *tar, const struct tar_header *header, char **name,
			struct err *err)
{
	autobuf struct buf text = {0};
	if (advance_read(tar, header, LIMIT_PATH_BYTES + 1, &text, err))
		return -1;
	free(*name);
	*name = str_dup(tar_field_text(buf_text(&text), text.len));
	return 0;
}

static int advance_records(struct tar_reader *tar, const struct tar_header *header, struct pax *pax,
			   struct err *err)
{
	autobuf struct buf records = {0};
	if (advance_read(tar, header, LIMIT_PAX_BYTES, &records, err))
		return -1;
	return pax_parse(buf_str(&records), pax, err);
}

/* Takes what is no entry of its own. 1: it was; 0: the header is an entry's. */
static int advance_take(struct tar_reader *tar, const struct tar_header *header,
			struct tar_advance *advance, struct err *err)
{
	uint64_t size = 0;
	int failed;
	switch (header->type) {
	case 'x':
	case 'X': failed = advance_records(tar, header, &advance->pax, err); break;
	case 'L': failed = advance_name(tar, header, &advance->gnu_path, err); break;
	case 'K': failed = advance_name(tar, header, &advance->gnu_link, err); break;
	case 'g': /* for the rest of the archive: no builder of images honours it */
	case 'V': /* the volume's label */
		if (header_size(header, &size, err))
			return -1;
		failed = tar_input_skip(&tar->input, size, "a global header", err) ||
			 tar_input_skip(&tar->input, tar_padding(size), "a global header", err);
		return failed ? -1 : 1;
	default: return 0;
	}
	advance->is_there = true;
	return failed ? -1 : 1;
}

/* The map of a file: one piece, or what one of the sparse forms says. */
static int pieces_of(struct tar_reader *tar, const struct tar_header *header, struct pax *pax,
		     uint64_t *archived, uint64_t *ret_size, struct err *err)
{
	if (header->type == 'S')
		return sparse_read_gnu(&tar->input, (const struct gnu_header *)header, &tar->pieces,
				       ret_size, err);
	if (!pax->is_sparse_1_0 && !pax->is_sparse_0) {
		*ret_size = *archived;
		return *archived ? pieces_add(&tar->pieces, 0, *archived, err) : 0;
	}
	if (!pax->has_sparse_size)
		return err_set(err, ERR_CORRUPT, "a sparse file does not tell its size");
	*ret_size = pax->sparse_size;
	if (pax->is_sparse_1_0 && (pax->sparse_major != 1 || pax->sparse_minor != 0))
		return err_set(err, ERR_CORRUPT, "a sparse file of unknown form");
	if (pax->is_sparse_1_0)
		return sparse_read_pax_1_0(&tar->input, archived, &tar->pieces, err);
	vec_done(&tar->pieces);
	tar->pieces = steal(&pax->pieces);
	return 0;
}

/* Which bytes follow and where in the file they belong. */
static int contents_of(struct tar_reader *tar, const struct tar_header *header,
		       const struct tar_form *form, struct pax *pax, struct entry *entry,
		       struct err *err)
{
	uint64_t archived = pax->size;
	if (!pax->has_size && header_size(header, &archived, err))
		return -1;
	if (!form->has_bytes)
		archived = 0;
	tar->padding = tar_padding(archived);
	tar->pieces.n = 0;
	tar->i_piece = 0;
	if (entry->type == ENTRY_FILE &&
	    (pieces_of(tar, header, pax, &archived, &entry->size, err) ||
	     pieces_check(&tar->pieces, entry->size, archived, err)))
		return -1;
	tar->archived_left = archived;
	tar->file_size = entry->size;
	return 0;
}

static int entry_read(struct tar_reader *tar, const struct tar_header *header,
		      struct tar_advance *advance, struct entry *entry, struct err *err)
{
	const struct tar_form *form = NULL;
	if (tar_entry_fill(header, advance, entry, &form, err))
		return -1;
	if (contents_of(tar, header, form, &advance->pax, entry, err))
		return err_wrap(err, "'%s'", entry->path);
	return 0;
}

static int rest_skip(struct tar_reader *tar, struct err *err)
{
	if (tar_input_skip(&tar->input, tar->archived_left, "a file", err) ||
	    tar_input_skip(&tar->input, tar->padding, "a file's padding", err))
		return -1;
	tar->archived_left = 0;
	tar->padding = 0;
	tar->file_pos = tar->file_size = 0;
	return 0;
}

/* 1, 0 or -1 as tar_reader_next; *entry is to be cleared in any case. */
static int next_read(struct tar_reader *tar, struct entry *entry, struct err *err)
{
	cleanup(tar_advance_done) struct tar_advance advance = {0};
	struct tar_header header;
	int was_advance;
	if (rest_skip(tar, err))
		return -1;
	do {
		int got = header_read(tar, &header, err);
		if (got == 0 && advance.is_there)
			return err_set(err, ERR_CORRUPT,
				       "the archive ends after an extended header");
		if (got <= 0)
			return got;
		was_advance = advance_take(tar, &header, &advance, err);
	} while (was_advance == 1);
	if (was_advance < 0)
		return -1;
	if (tar->n_entries >= LIMIT_LAYER_ENTRIES)
		return err_set(err, ERR_LIMIT, "more than %" PRIu64 " files", LIMIT_LAYER_ENTRIES);
	return entry_read(tar, &header, &advance, entry, err) ? -1 : 1;
}

int tar_reader_next(struct tar_reader *tar, struct entry *entry, struct err *err)
{
	if (tar->ended)
		return 0;
	struct entry next = {0};
	int got = next_read(tar, &next, err);
	if (got < 0) {
		entry_clear(&next);
		return err_wrap(err, "archive, entry %" PRIu64, tar->n_entries + 1);
	}
	entry_clear(entry);
	*entry = next;
	tar->n_entries += (uint64_t)got;
	tar->ended = got == 0;
	return got;
}

ssize_t tar_reader_read(struct tar_reader *tar, void *data, size_t len, struct err *err)
{
	if (tar->file_pos == tar->file_size || len == 0)
		return 0;
	const struct pieces *pieces = &tar->pieces;
	while (tar->i_piece < pieces->n &&
	       pieces->items[tar->i_piece].offset + pieces->items[tar->i_piece].len <=
		       tar->file_pos)
		tar->i_piece++;
	bool is_last_hole = tar->i_piece == pieces->n;
	struct piece piece =
		is_last_hole ? (struct piece){tar->file_size, 0} : pieces->items[tar->i_piece];
	bool is_hole = tar->file_pos < piece.offset;
	uint64_t end = is_hole ? piece.offset : piece.offset + piece.len;
	uint64_t left = end - tar->file_pos;
	size_t wanted = left < len ? (size_t)left : len;
	if (is_hole) {
		memset(data, 0, wanted);
		tar->file_pos += wanted;
		return (ssize_t)wanted;
	}
	ssize_t n = tar_input_read(&tar->input, data, wanted, err);
	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(err, ERR_CORRUPT, "archive, entry %" PRIu64 ": ends within a file",
			       tar->n_entries);
	tar->file_pos += (uint64_t)n;
	tar->archived_left -= (uint64_t)n;
	return n;
}
