/* compress_zstd.c - a writer that makes one zstd frame, its jobs on threads of the library.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The job size is fixed and there is always at least one worker: then the bytes do not depend on
 * their number (zstd.h, ZSTD_c_nbWorkers, ZSTD_c_jobSize), nor on how the input was cut, because
 * the frame is ended by a call without input. */
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "base/mem.h"
#include "layer/compress_private.h"
#include "layer/limits.h"

#include "base/banned.h"

#define JOB_BYTES    (2 << 20)
#define OUTPUT_BYTES ((size_t)256 << 10)

struct zstd_writer {
	struct writer writer;
	struct writer *inner;
	ZSTD_CCtx *ctx;
	char *output; /* OUTPUT_BYTES */
};

/* Gives the input to the library until it is taken or, at the end, until all has come out. */
static int zstd_run(struct zstd_writer *self, ZSTD_inBuffer *input, ZSTD_EndDirective mode,
		    struct err *err)
{
	size_t left;
	do {
		ZSTD_outBuffer output = {self->output, OUTPUT_BYTES, 0};
		left = ZSTD_compressStream2(self->ctx, &output, input, mode);
		if (ZSTD_isError(left))
			return err_set(err, ERR_SYSTEM, "compressing: %s", ZSTD_getErrorName(left));
		if (output.pos && writer_write(self->inner, self->output, output.pos, err))
			return -1;
	} while (mode == ZSTD_e_end ? left != 0 : input->pos < input->size);
	return 0;
}

static int zstd_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	ZSTD_inBuffer input = {data, len, 0};
	return zstd_run((struct zstd_writer *)writer, &input, ZSTD_e_continue, err);
}

static int zstd_finish(struct writer *writer, struct err *err)
{
	struct zstd_writer *self = (struct zstd_writer *)writer;
	ZSTD_inBuffer none = {"", 0, 0};
	if (zstd_run(self, &none, ZSTD_e_end, err))
		return -1;
	return writer_finish(self->inner, err);
}

static void zstd_close(struct writer *writer)
{
	struct zstd_writer *self = (struct zstd_writer *)writer;
	ZSTD_freeCCtx(self->ctx);
	free(self->output);
	writer_close(self->inner);
	free(self);
}

static const struct writer_ops zstd_ops = {
	.write = zstd_write,
	.finish = zstd_finish,
	.close = zstd_close,
};

/* Out of memory is the only failure that these calls have with values in range. */
static void must_work(size_t status)
{
	if (ZSTD_isError(status)) {
		fprintf(stderr, "zstd: %s\n", ZSTD_getErrorName(status));
		abort();
	}
}

struct writer *writer_zstd(struct writer *inner, int level, int threads)
{
	struct zstd_writer *self = xcalloc(1, sizeof(*self));
	self->writer.ops = &zstd_ops;
	self->inner = inner;
	self->output = xmalloc(OUTPUT_BYTES);
	self->ctx = ZSTD_createCCtx();
	must_work(self->ctx ? 0 : (size_t)-1);
	must_work(ZSTD_CCtx_setParameter(self->ctx, ZSTD_c_compressionLevel, level));
	must_work(ZSTD_CCtx_setParameter(self->ctx, ZSTD_c_checksumFlag, 1));
	must_work(ZSTD_CCtx_setParameter(self->ctx, ZSTD_c_nbWorkers, compress_threads(threads)));
	must_work(ZSTD_CCtx_setParameter(self->ctx, ZSTD_c_jobSize, JOB_BYTES));
	return &self->writer;
}
