/* compression.h - gzip, zstd, xz and bzip2 as readers; gzip and zstd as writers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * gzip is isa-l's, cut into fixed independent blocks that threads compress side by side and that
 * are joined as members: the bytes do not depend on the number of threads. No name, no time. */
#pragma once

#include "base/reader.h"
#include "base/writer.h"

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_XZ,
	COMPRESSION_BZIP2
};

const char *compression_name(enum compression compression); /* "none", "gzip", … */
int compression_parse(const char *name, enum compression *ret_compression,
		      struct err *err) must_check;
/* Looks at the first bytes, never at names. take, also when it fails; several members or frames are
 * one stream; data that ends within a member is ERR_CORRUPT. */
int reader_decompress(struct reader *inner, enum compression *ret_found, struct reader **ret_reader,
		      struct err *err) must_check;
struct compress_options {
	int level;   /* 0: the default (gzip 1 of 3, zstd 3 of 19) */
	int threads; /* 0: as many as there are processors, up to LIMIT_COMPRESS_THREADS */
};
/* take, also when it fails; COMPRESSION_NONE passes through; xz and bzip2 are not written
 * (ERR_INPUT). */
int writer_compress(struct writer *inner, enum compression compression,
		    const struct compress_options *options, struct writer **ret_writer,
		    struct err *err) must_check;
