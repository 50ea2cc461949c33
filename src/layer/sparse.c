/* sparse.c - the maps of sparse files in their four historical forms.
 * SPDX-License-Identifier: Apache-2.0
 * Source: GNU tar manual, appendix "Sparse Formats"; GNU tar, "Extended Header Type". */
#include <inttypes.h>
#include <string.h>

#include "base/vec.h"
#include "layer/limits.h"
#include "layer/tar_private.h"

#include "base/banned.h"

static int map_refuse(struct err *err)
{
	return err_set(err, ERR_CORRUPT, "the map of a sparse file is malformed");
}

int pieces_add(struct pieces *pieces, uint64_t offset, uint64_t len, struct err *err)
{
	uint64_t end;
	if (__builtin_add_overflow(offset, len, &end) || end > INT64_MAX)
		return map_refuse(err);
	if (pieces->n) {
		const struct piece *last = &pieces->items[pieces->n - 1];
		if (offset < last->offset + last->len)
			return map_refuse(err);
	}
	if (pieces->n >= LIMIT_SPARSE_PIECES)
		return err_set(err, ERR_LIMIT, "a sparse file has more than %u pieces",
			       LIMIT_SPARSE_PIECES);
	vec_push(pieces, {offset, len});
	return 0;
}

int pieces_check(const struct pieces *pieces, uint64_t file_size, uint64_t archived,
		 struct err *err)
{
	uint64_t sum = 0, end = 0; /* neither overflows: pieces do not overlap and end below 2^63 */
	for (size_t i = 0; i < pieces->n; i++) {
		sum += pieces->items[i].len;
		end = pieces->items[i].offset + pieces->items[i].len;
	}
	return sum == archived && end <= file_size ? 0 : map_refuse(err);
}

/* Unused slots are empty or of length 0; one of length 0 at the end only tells the size. */
static int gnu_piece_add(const struct gnu_piece *piece, struct pieces *pieces, struct err *err)
{
	int64_t offset, len;
	if (!tar_number_parse(piece->offset, sizeof(piece->offset), &offset) ||
	    !tar_number_parse(piece->len, sizeof(piece->len), &len) || offset < 0 || len < 0)
		return map_refuse(err);
	if (len == 0)
		return 0;
	return pieces_add(pieces, (uint64_t)offset, (uint64_t)len, err);
}

static int gnu_pieces_add(const struct gnu_piece *from, size_t n, struct pieces *pieces,
			  struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (gnu_piece_add(&from[i], pieces, err))
			return -1;
	}
	return 0;
}

int sparse_read_gnu(struct tar_input *input, const struct gnu_header *header,
		    struct pieces *ret_pieces, uint64_t *ret_size, struct err *err)
{
	int64_t size;
	if (!tar_number_parse(header->real_size, sizeof(header->real_size), &size) || size < 0)
		return map_refuse(err);
	if (gnu_pieces_add(header->pieces, ARRAY_LEN(header->pieces), ret_pieces, err))
		return -1;
	struct gnu_more_pieces more = {.is_extended = header->is_extended};
	for (size_t n_blocks = 0; more.is_extended; n_blocks++) {
		if (n_blocks > LIMIT_SPARSE_PIECES / ARRAY_LEN(more.pieces))
			return err_set(err, ERR_LIMIT, "the map of a sparse file is too long");
		if (tar_input_full(input, &more, sizeof(more), "a sparse map", err) ||
		    gnu_pieces_add(more.pieces, ARRAY_LEN(more.pieces), ret_pieces, err))
			return -1;
	}
	*ret_size = (uint64_t)size;
	return 0;
}

int sparse_parse_map(struct str map, struct pieces *ret_pieces, struct err *err)
{
	for (struct str rest = map; rest.ptr && map.len;) {
		uint64_t offset, len;
		struct str first = str_cut(&rest, ',');
		if (!rest.ptr || !str_to_u64(first, &offset) ||
		    !str_to_u64(str_cut(&rest, ','), &len))
			return map_refuse(err);
		if (pieces_add(ret_pieces, offset, len, err))
			return -1;
	}
	return 0;
}

/* The decimal lines of PAX 1.0, taken block by block: what follows the last is padding. */
struct lines {
	struct tar_input *input;
	uint64_t *archived;
	size_t pos;
	char block[TAR_BLOCK];
};

static int lines_fill(struct lines *lines, struct err *err)
{
	if (*lines->archived < TAR_BLOCK)
		return map_refuse(err);
	*lines->archived -= TAR_BLOCK;
	lines->pos = 0;
	return tar_input_full(lines->input, lines->block, TAR_BLOCK, "a sparse map", err);
}

static int lines_number(struct lines *lines, uint64_t *ret_value, struct err *err)
{
	char text[24];
	size_t len = 0;
	for (;;) {
		if (lines->pos == TAR_BLOCK && lines_fill(lines, err))
			return -1;
		char byte = lines->block[lines->pos++];
		if (byte == '\n')
			break;
		if (len == sizeof(text))
			return map_refuse(err);
		text[len++] = byte;
	}
	return str_to_u64((struct str){text, len}, ret_value) ? 0 : map_refuse(err);
}

int sparse_read_pax_1_0(struct tar_input *input, uint64_t *archived, struct pieces *ret_pieces,
			struct err *err)
{
	struct lines lines = {.input = input, .archived = archived, .pos = TAR_BLOCK};
	uint64_t n;
	if (lines_number(&lines, &n, err))
		return -1;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t offset, len;
		if (lines_number(&lines, &offset, err) || lines_number(&lines, &len, err) ||
		    pieces_add(ret_pieces, offset, len, err))
			return -1;
	}
	return 0;
}
