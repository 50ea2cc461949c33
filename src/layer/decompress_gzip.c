/* decompress_gzip.c - gzip members by isa-l.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <isa-l/igzip_lib.h>

#include "base/mem.h"
#include "layer/decompress_private.h"

#include "base/banned.h"

static bool gzip_is_magic(const uint8_t *bytes, size_t len)
{
	return len >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

static void *gzip_new(void)
{
	struct inflate_state *state = xcalloc(1, sizeof(*state));
	isal_inflate_init(state);
	return state;
}

static bool gzip_begin(void *arg)
{
	struct inflate_state *state = arg;
	isal_inflate_reset(state);
	state->crc_flag = ISAL_GZIP; /* header and checksum are looked after */
	return true;
}

static int gzip_step(void *arg, struct decoder_input *input, void *data, size_t len, size_t *ret_n,
		     bool *ret_is_end, struct err *err)
{
	struct inflate_state *state = arg;
	state->next_in = (uint8_t *)input->ptr; /* only read */
	state->avail_in = (uint32_t)input->len;
	state->next_out = data;
	state->avail_out = (uint32_t)len;
	int status = isal_inflate(state);
	if (status < 0)
		return err_set(err, ERR_CORRUPT, "the gzip data is damaged%s",
			       status == ISAL_INCORRECT_CHECKSUM ? ": wrong checksum" : "");
	input->ptr = state->next_in;
	input->len = state->avail_in;
	*ret_n = len - state->avail_out;
	*ret_is_end = state->block_state == ISAL_BLOCK_FINISH;
	return 0;
}

const struct decoder gzip_decoder = {
	.compression = COMPRESSION_GZIP,
	.is_magic = gzip_is_magic,
	.state_new = gzip_new,
	.state_free = free,
	.begin = gzip_begin,
	.step = gzip_step,
};
