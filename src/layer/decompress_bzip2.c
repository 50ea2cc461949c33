/* decompress_bzip2.c - bzip2 streams.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>

#include "base/mem.h"
#include "layer/decompress_private.h"

#include "base/banned.h"

struct bzip2_state {
	bz_stream stream;
	bool is_begun;
};

static bool bzip2_is_magic(const uint8_t *bytes, size_t len)
{
	return len >= 4 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9';
}

static void *bzip2_new(void)
{
	return xcalloc(1, sizeof(struct bzip2_state));
}

static void bzip2_stop(struct bzip2_state *state)
{
	if (state->is_begun)
		BZ2_bzDecompressEnd(&state->stream);
	state->is_begun = false;
}

static void bzip2_free(void *arg)
{
	bzip2_stop(arg);
	free(arg);
}

static bool bzip2_begin(void *arg)
{
	struct bzip2_state *state = arg;
	bzip2_stop(state);
	state->stream = (bz_stream){0};
	state->is_begun = BZ2_bzDecompressInit(&state->stream, 0, 0) == BZ_OK;
	return state->is_begun;
}

static int bzip2_step(void *arg, struct decoder_input *input, void *data, size_t len, size_t *ret_n,
		      bool *ret_is_end, struct err *err)
{
	bz_stream *stream = &((struct bzip2_state *)arg)->stream;
	stream->next_in = (char *)input->ptr; /* only read */
	stream->avail_in = (unsigned)input->len;
	stream->next_out = data;
	stream->avail_out = (unsigned)len;
	int status = BZ2_bzDecompress(stream);
	if (status != BZ_OK && status != BZ_STREAM_END)
		return err_set(err, ERR_CORRUPT, "the bzip2 data is damaged");
	input->ptr += input->len - stream->avail_in;
	input->len = stream->avail_in;
	*ret_n = len - stream->avail_out;
	*ret_is_end = status == BZ_STREAM_END;
	return 0;
}

const struct decoder bzip2_decoder = {
	.compression = COMPRESSION_BZIP2,
	.is_magic = bzip2_is_magic,
	.state_new = bzip2_new,
	.state_free = bzip2_free,
	.begin = bzip2_begin,
	.step = bzip2_step,
};
