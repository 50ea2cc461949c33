/* decompress_private.h - what decompress.c needs of each library.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layer/compression.h"

struct decoder_input {
	const uint8_t *ptr; /* what waits */
	size_t len;
	bool has_ended; /* nothing comes behind it */
};

struct decoder {
	enum compression compression;
	bool (*is_magic)(const uint8_t *bytes, size_t len); /* a member begins so */
	void *(*state_new)(void);
	void (*state_free)(void *state);
	bool (*begin)(void *state); /* a member; also after another one. False: no memory for it */
	/* Takes from input and gives to data as it likes. *ret_is_end: the member is whole and its
	 * checksum right. Lack of input is no error here. */
	int (*step)(void *state, struct decoder_input *input, void *data, size_t len, size_t *ret_n,
		    bool *ret_is_end, struct err *err);
};
extern const struct decoder gzip_decoder;  /* decompress_gzip.c */
extern const struct decoder zstd_decoder;  /* decompress_zstd.c */
extern const struct decoder xz_decoder;    /* decompress_xz.c */
extern const struct decoder bzip2_decoder; /* decompress_bzip2.c */
