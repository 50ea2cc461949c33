/* import.c - an archive of any compression made into a layer and its blob, in one pass.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   archive ─tee─▶ decompress ─tee─▶ apply
 *             │                │
 *             └─ gzip, zstd    └─ others: compress
 *                 as they are ─▶ blob ◀─┘
 *
 * What it is shows after its first bytes: until then the first tee keeps what passed. */
#include <stdlib.h>

#include "snap/snap_private.h"

#include "base/banned.h"

#define LIMIT_UNDECIDED (4u << 20) /* bytes; a decoder reads one buffer before it knows */

struct tee_reader {
	struct reader reader;
	struct reader *inner; /* borrowed */
	struct writer *out;   /* borrowed; NULL: nobody wants it */
	struct hash *hash;    /* borrowed; may be NULL */
	bool is_undecided;
	struct buf passed; /* while undecided */
};

static ssize_t tee_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct tee_reader *tee = (struct tee_reader *)reader;
	ssize_t n = reader_read(tee->inner, data, len, err);
	if (n <= 0)
		return n;
	if (tee->hash)
		hash_update(tee->hash, data, (size_t)n);
	if (tee->is_undecided)
		buf_append(&tee->passed, data, (size_t)n);
	else if (tee->out && writer_write(tee->out, data, (size_t)n, err))
		return -1;
	return n;
}

/* It lies in its user's frame. */
static void tee_close(struct reader *reader)
{
	(void)reader;
}

static const struct reader_ops tee_ops = {.read = tee_read, .close = tee_close};

static void tee_done(struct tee_reader *tee)
{
	err_clear(&tee->reader.failure);
	buf_done(&tee->passed);
}

/* `out` NULL: it was not wanted. */
static int tee_decide(struct tee_reader *tee, struct writer *out, struct err *err)
{
	tee->is_undecided = false;
	tee->out = out;
	if (out && (buf_check(&tee->passed, "the beginning of an archive", err) ||
		    writer_write(out, tee->passed.ptr, tee->passed.len, err)))
		return -1;
	buf_done(&tee->passed);
	return 0;
}

struct import {
	struct ingest *ingest; /* NULL: the blob is there */
	struct writer *out;    /* into it */
	struct hash *hash;     /* of the archive, when there is no ingest */
	struct reader *tar;
	struct tee_reader raw, plain;
	struct unpacked unpacked;
};

static void import_done(struct import *import)
{
	reader_close(import->tar);
	writer_close(import->out);
	ingest_free(import->ingest);
	hash_free(import->hash);
	tee_done(&import->raw);
	tee_done(&import->plain);
	unpacked_done(&import->unpacked);
}

/* Where the blob's bytes are taken from. *ret_tar is what is unpacked. */
static int blob_plan(struct import *import, enum compression found, const struct pack_options *as,
		     struct reader **ret_tar, struct err *err)
{
	*ret_tar = import->tar;
	if (!as)
		return tee_decide(&import->raw, NULL, err);
	if (found == COMPRESSION_GZIP || found == COMPRESSION_ZSTD) {
		import->out = writer_async(ingest_writer(import->ingest));
		return tee_decide(&import->raw, import->out, err);
	}
	if (tee_decide(&import->raw, NULL, err) ||
	    writer_compress(ingest_writer(import->ingest), as->compression, &as->compress,
			    &import->out, err))
		return -1;
	import->plain = (struct tee_reader){
		.reader = {.ops = &tee_ops}, .inner = import->tar, .out = import->out};
	*ret_tar = &import->plain.reader;
	return 0;
}

static int blob_finish(struct import *import, struct store *store, struct layer_meta *meta,
		       struct err *err)
{
	if (import->ingest)
		return writer_finish(import->out, err) ||
				       ingest_commit(import->ingest, NULL, UINT64_MAX, &meta->blob,
						     &meta->blob_bytes, err)
			       ? -1
			       : 0;
	struct digest digest = digest_of_hash(import->hash, HASH_SHA256);
	if (store_has_blob(store, &digest, &meta->blob_bytes))
		meta->blob = digest;
	return 0;
}

/* A decoder stops at the end of its data; the blob is the whole archive. */
static int archive_drain(struct reader *raw, struct err *err)
{
	char scrap[8192];
	ssize_t n = 0;
	do
		n = reader_read(raw, scrap, sizeof(scrap), err);
	while (n > 0);
	return n < 0 ? -1 : 0;
}

int snap_import_layer(struct store *store, struct lease *lease, struct reader *archive,
		      const struct digest *parent, const struct pack_options *ingest_as,
		      struct layer_meta *ret_meta, struct err *err)
{
	cleanup(import_done) struct import import = {0};
	enum compression found = COMPRESSION_NONE;
	struct reader *tar = NULL;
	if (ingest_as ? ingest_begin(store, lease, &import.ingest, err) : 0)
		return -1;
	if (!ingest_as)
		import.hash = hash_new(HASH_SHA256);
	import.raw = (struct tee_reader){.reader = {.ops = &tee_ops},
					 .inner = archive,
					 .hash = import.hash,
					 .is_undecided = true,
					 .passed = {
						 .max = LIMIT_UNDECIDED
					 }};
	if (reader_decompress(&import.raw.reader, &found, &import.tar, err) ||
	    blob_plan(&import, found, ingest_as, &tar, err) ||
	    unpack_tar(store, tar, parent, &import.unpacked, err) ||
	    archive_drain(&import.raw.reader, err) ||
	    blob_finish(&import, store, &import.unpacked.meta, err))
		return -1;
	*ret_meta = import.unpacked.meta;
	return unpacked_publish(store, lease, &import.unpacked, err);
}
