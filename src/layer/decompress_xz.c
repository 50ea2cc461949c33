/* decompress_xz.c - xz streams.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

#include "base/mem.h"
#include "layer/decompress_private.h"
#include "layer/limits.h"

#include "base/banned.h"

static bool xz_is_magic(const uint8_t *bytes, size_t len)
{
	static const uint8_t magic[] = {0xfd, '7', 'z', 'X', 'Z', 0x00};
	return len >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static void *xz_new(void)
{
	return xcalloc(1, sizeof(lzma_stream)); /* zeros are LZMA_STREAM_INIT */
}

static void xz_free(void *state)
{
	lzma_end(state);
	free(state);
}

static bool xz_begin(void *state)
{
	return lzma_stream_decoder(state, LIMIT_DECOMPRESS_BYTES, 0) == LZMA_OK;
}

static int xz_step(void *state, struct decoder_input *input, void *data, size_t len, size_t *ret_n,
		   bool *ret_is_end, struct err *err)
{
	lzma_stream *stream = state;
	stream->next_in = input->ptr;
	stream->avail_in = input->len;
	stream->next_out = data;
	stream->avail_out = len;
	lzma_ret status = lzma_code(stream, LZMA_RUN);
	if (status == LZMA_MEMLIMIT_ERROR)
		return err_set(err, ERR_LIMIT, "the xz data needs more memory than we grant");
	if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR)
		return err_set(err, ERR_CORRUPT, "the xz data is damaged");
	input->ptr = stream->next_in;
	input->len = stream->avail_in;
	*ret_n = len - stream->avail_out;
	*ret_is_end = status == LZMA_STREAM_END;
	return 0;
}

const struct decoder xz_decoder = {
	.compression = COMPRESSION_XZ,
	.is_magic = xz_is_magic,
	.state_new = xz_new,
	.state_free = xz_free,
	.begin = xz_begin,
	.step = xz_step,
};
