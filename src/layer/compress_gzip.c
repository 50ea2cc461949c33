/* compress_gzip.c - one block as one gzip member, by isa-l.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 1952; a gzip file is a series of members. No name and no time in the header. */
#include <stdlib.h>
#include <string.h>

#include <isa-l/igzip_lib.h>

#include "base/mem.h"
#include "layer/compress_private.h"

#include "base/banned.h"

struct gzip_state {
	struct isal_zstream stream;
	int level;
	uint8_t *level_buf;
};

static const uint32_t level_buf_bytes[] = {
	[1] = ISAL_DEF_LVL1_DEFAULT,
	[2] = ISAL_DEF_LVL2_DEFAULT,
	[3] = ISAL_DEF_LVL3_DEFAULT,
};

static void *gzip_state_new(int level)
{
	struct gzip_state *state = xcalloc(1, sizeof(*state));
	state->level = level;
	state->level_buf = xmalloc(level_buf_bytes[level]);
	return state;
}

static void gzip_state_free(void *arg)
{
	struct gzip_state *state = arg;
	free(state->level_buf);
	free(state);
}

/* What cannot be made smaller is stored: 5 bytes for each 64 KiB, and the member's frame. */
static size_t bound_of(size_t len)
{
	return len + len / 1024 + 512;
}

static int gzip_block(void *arg, const void *data, size_t len, struct buf *out, struct err *err)
{
	struct gzip_state *state = arg;
	struct isal_zstream *stream = &state->stream;
	size_t room = bound_of(len);
	isal_deflate_stateless_init(stream);
	stream->level = (uint32_t)state->level;
	stream->level_buf = state->level_buf;
	stream->level_buf_size = level_buf_bytes[state->level];
	stream->gzip_flag = IGZIP_GZIP;
	stream->end_of_stream = 1;
	stream->flush = NO_FLUSH;
	stream->next_in = (uint8_t *)data; /* only read */
	stream->avail_in = (uint32_t)len;
	stream->next_out = (uint8_t *)buf_reserve(out, room);
	stream->avail_out = (uint32_t)room;
	int status = isal_deflate_stateless(stream);
	if (status != COMP_OK || stream->avail_in)
		return err_set(err, ERR_SYSTEM, "compressing: isa-l says %d", status);
	buf_added(out, room - stream->avail_out);
	return 0;
}

const struct block_codec gzip_codec = {
	.state_new = gzip_state_new,
	.state_free = gzip_state_free,
	.block = gzip_block,
};
