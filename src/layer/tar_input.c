/* tar_input.c - the archive's bytes, read ahead so that headers cost no call each.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "layer/tar_private.h"

#include "base/banned.h"

static ssize_t input_fill(struct tar_input *input, struct err *err)
{
	ssize_t n = reader_read(input->inner, input->bytes, sizeof(input->bytes), err);
	if (n < 0)
		return -1;
	input->pos = 0;
	input->len = (size_t)n;
	return n;
}

/* Large reads of an empty buffer go straight to where they are wanted. */
ssize_t tar_input_read(struct tar_input *input, void *data, size_t len, struct err *err)
{
	size_t n = input->len - input->pos;
	if (n == 0 && len >= sizeof(input->bytes)) {
		ssize_t direct = reader_read(input->inner, data, len, err);
		input->position += direct > 0 ? (uint64_t)direct : 0;
		return direct;
	}
	if (n == 0) {
		ssize_t filled = input_fill(input, err);
		if (filled <= 0)
			return filled;
		n = (size_t)filled;
	}
	n = n < len ? n : len;
	memcpy(data, input->bytes + input->pos, n);
	input->pos += n;
	input->position += n;
	return (ssize_t)n;
}

int tar_input_full(struct tar_input *input, void *data, size_t len, const char *what,
		   struct err *err)
{
	char *pos = data;
	while (len) {
		ssize_t n = tar_input_read(input, pos, len, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(err, ERR_CORRUPT, "the archive ends within %s", what);
		pos += n;
		len -= (size_t)n;
	}
	return 0;
}

int tar_input_skip(struct tar_input *input, uint64_t len, const char *what, struct err *err)
{
	while (len) {
		if (input->pos == input->len) {
			ssize_t filled = input_fill(input, err);
			if (filled < 0)
				return -1;
			if (filled == 0)
				return err_set(err, ERR_CORRUPT, "the archive ends within %s",
					       what);
		}
		size_t n = input->len - input->pos;
		n = n < len ? n : (size_t)len;
		input->pos += n;
		input->position += n;
		len -= n;
	}
	return 0;
}
