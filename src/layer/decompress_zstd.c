/* decompress_zstd.c - zstd frames; those to skip count as empty ones.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "base/mem.h"
#include "layer/decompress_private.h"

#include "base/banned.h"

static bool zstd_is_magic(const uint8_t *bytes, size_t len)
{
	static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd}, to_skip[] = {0x2a, 0x4d, 0x18};
	if (len < sizeof(frame))
		return false;
	return memcmp(bytes, frame, sizeof(frame)) == 0 ||
	       ((bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, to_skip, sizeof(to_skip)) == 0);
}

static void *zstd_new(void)
{
	return ZSTD_createDCtx();
}

static void zstd_free(void *state)
{
	ZSTD_freeDCtx(state);
}

/* The window's limit is the library's own, 128 MiB: what all consumers of images grant. */
static bool zstd_begin(void *state)
{
	return state && !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static int zstd_step(void *state, struct decoder_input *input, void *data, size_t len,
		     size_t *ret_n, bool *ret_is_end, struct err *err)
{
	ZSTD_inBuffer in = {input->ptr, input->len, 0};
	ZSTD_outBuffer out = {data, len, 0};
	size_t left = ZSTD_decompressStream(state, &out, &in);
	if (ZSTD_isError(left))
		return err_set(err, ERR_CORRUPT, "the zstd data is damaged: %s",
			       ZSTD_getErrorName(left));
	input->ptr += in.pos;
	input->len -= in.pos;
	*ret_n = out.pos;
	*ret_is_end = left == 0;
	return 0;
}

const struct decoder zstd_decoder = {
	.compression = COMPRESSION_ZSTD,
	.is_magic = zstd_is_magic,
	.state_new = zstd_new,
	.state_free = zstd_free,
	.begin = zstd_begin,
	.step = zstd_step,
};
