/* decompress.c - a reader that looks at the first bytes and unpacks what it recognises.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 1952 (gzip), RFC 8878 (zstd, skippable frames too), the .xz file format, bzip2.
 *
 *   stream = { member [ zeros ] }           gzip members, zstd frames, xz and bzip2 streams
 *
 * Tools write several members (pigz, pbzip2, zstd:chunked) and tapes fill up with zeros. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "layer/decompress_private.h"
#include "layer/limits.h"

#include "base/banned.h"

#define INPUT_BYTES ((size_t)64 << 10)
#define MAGIC_BYTES 6u                /* the longest, xz's */
#define STEP_BYTES  ((size_t)1 << 30) /* the libraries count in 32 bits */

struct decompress {
	struct reader reader;
	struct reader *inner;
	const struct decoder *decoder; /* NULL: not compressed */
	void *state;
	bool is_within; /* a member */
	uint64_t n_in, n_out;
	struct decoder_input input;
	uint8_t bytes[INPUT_BYTES];
};

static const struct decoder *const decoders[] = {
	&gzip_decoder,
	&zstd_decoder,
	&xz_decoder,
	&bzip2_decoder,
};

/* Reads until at least n bytes wait, or the inner reader ends. */
static int input_want(struct decompress *self, size_t n, struct err *err)
{
	struct decoder_input *input = &self->input;
	if (input->len >= n || input->has_ended)
		return 0;
	memmove(self->bytes, input->ptr, input->len);
	input->ptr = self->bytes;
	while (input->len < n && !input->has_ended) {
		ssize_t got = reader_read(self->inner, self->bytes + input->len,
					  INPUT_BYTES - input->len, err);
		if (got < 0)
			return -1;
		input->len += (size_t)got;
		input->has_ended = got == 0;
	}
	return 0;
}

static void input_drop(struct decoder_input *input, size_t n)
{
	input->ptr += n;
	input->len -= n;
}

static const struct decoder *decoder_of(const struct decoder_input *input)
{
	for (size_t i = 0; i < ARRAY_LEN(decoders); i++) {
		if (decoders[i]->is_magic(input->ptr, input->len))
			return decoders[i];
	}
	return NULL;
}

/* Between members. 1: one begins; 0: the end. */
static int member_find(struct decompress *self, struct err *err)
{
	struct decoder_input *input = &self->input;
	for (;;) {
		if (input_want(self, MAGIC_BYTES, err))
			return -1;
		if (input->len == 0)
			return 0;
		if (self->decoder->is_magic(input->ptr, input->len))
			break;
		if (input->ptr[0] != 0)
			return err_set(err, ERR_CORRUPT, "something else follows the %s data",
				       compression_name(self->decoder->compression));
		input_drop(input, 1);
	}
	self->is_within = self->decoder->begin(self->state);
	if (!self->is_within)
		return err_set(err, ERR_SYSTEM, "%s cannot be started",
			       compression_name(self->decoder->compression));
	return 1;
}

/* A bomb is known by its ratio; a file of zeros, which honest layers hold too, by its size. */
static int ratio_check(const struct decompress *self, struct err *err)
{
	if (self->n_out <= LIMIT_RATIO_FREE_BYTES || self->n_out / LIMIT_LAYER_RATIO <= self->n_in)
		return 0;
	return err_set(err, ERR_LIMIT, "the data unpacks to more than %u times its size",
		       LIMIT_LAYER_RATIO);
}

/* One call of the library: may give nothing yet. */
static int member_step(struct decompress *self, void *data, size_t len, size_t *ret_n,
		       struct err *err)
{
	size_t before = self->input.len;
	bool is_end = false;
	if (self->decoder->step(self->state, &self->input, data, len, ret_n, &is_end, err))
		return -1;
	size_t taken = before - self->input.len;
	self->n_in += taken;
	self->n_out += *ret_n;
	self->is_within = !is_end;
	if (is_end || taken || *ret_n)
		return ratio_check(self, err);
	const char *name = compression_name(self->decoder->compression);
	if (self->input.has_ended && self->input.len == 0)
		return err_set(err, ERR_CORRUPT, "the %s data ends early", name);
	return err_set(err, ERR_CORRUPT, "the %s data is damaged", name);
}

static ssize_t decompress_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct decompress *self = (struct decompress *)reader;
	size_t n = 0;
	if (len > STEP_BYTES)
		len = STEP_BYTES;
	while (n == 0 && len > 0) {
		if (!self->is_within) {
			int found = member_find(self, err);
			if (found <= 0)
				return found;
		}
		if (input_want(self, 1, err) || member_step(self, data, len, &n, err))
			return -1;
	}
	return (ssize_t)n;
}

/* Not compressed: what was looked at, then the inner reader's own bytes. */
static ssize_t plain_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct decompress *self = (struct decompress *)reader;
	struct decoder_input *input = &self->input;
	if (input->len == 0)
		return reader_read(self->inner, data, len, err);
	size_t n = input->len < len ? input->len : len;
	memcpy(data, input->ptr, n);
	input_drop(input, n);
	return (ssize_t)n;
}

static void decompress_close(struct reader *reader)
{
	struct decompress *self = (struct decompress *)reader;
	if (self->decoder)
		self->decoder->state_free(self->state);
	reader_close(self->inner);
	free(self);
}

static const struct reader_ops decompress_ops = {
	.read = decompress_read,
	.close = decompress_close,
};
static const struct reader_ops plain_ops = {
	.read = plain_read,
	.close = decompress_close,
};

int reader_decompress(struct reader *inner, enum compression *ret_found, struct reader **ret_reader,
		      struct err *err)
{
	struct decompress *self = xcalloc(1, sizeof(*self));
	self->reader.ops = &plain_ops;
	self->inner = inner;
	self->input.ptr = self->bytes;
	if (input_want(self, MAGIC_BYTES, err)) {
		reader_close(&self->reader);
		return -1;
	}
	self->decoder = decoder_of(&self->input);
	if (self->decoder) {
		self->reader.ops = &decompress_ops;
		self->state = self->decoder->state_new();
	}
	*ret_found = self->decoder ? self->decoder->compression : COMPRESSION_NONE;
	*ret_reader = &self->reader;
	return 0;
}
