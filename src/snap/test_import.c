/* test_import.c - archives and images made into layers, and layers checked against their blobs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "layer/test_sketch.h"
#include "oci/image_config.h"
#include "snap/snap_private.h"
#include "testing/test.h"

struct bench {
	struct store *store;
	struct lease *lease;
	struct buf tar; /* of a small tree */
	int dirfd;
	const char *dir;
};

static void bench_done(struct bench *bench)
{
	lease_end(bench->lease);
	store_close(bench->store);
	buf_done(&bench->tar);
}
#define autobench cleanup(bench_done)

static void bench_init(struct bench *bench)
{
	autoerr struct err err = {0};
	sketch_needs_root();
	*bench = (struct bench){0};
	bench->dirfd = test_dir(&bench->dir);
	autofree char *root = path_join(bench->dir, "store");
	CHECK_OK(store_open(root, &bench->store, &err), &err);
	CHECK_OK(lease_begin(bench->store, &bench->lease, &err), &err);
	CHECK(!mkdirat(bench->dirfd, "tree", 0755));
	autoclose int tree = sketch_open_dir(bench->dirfd, "tree");
	sketch_dir(tree, "etc", 0755);
	sketch_file(tree, "etc/file", "some text");
	sketch_acl(tree, "etc/file", false);
	sketch_link(tree, "link", "etc/file");
	sketch_pack_tree(tree, &bench->tar);
}

static void compressed(const struct bench *bench, enum compression compression,
		       struct buf *ret_bytes)
{
	autoerr struct err err = {0};
	const struct compress_options options = {0};
	cleanup(writer_closep) struct writer *writer = NULL;
	CHECK_OK(writer_compress(writer_to_buf(ret_bytes), compression, &options, &writer, &err),
		 &err);
	CHECK_OK(writer_write(writer, bench->tar.ptr, bench->tar.len, &err), &err);
	CHECK_OK(writer_finish(writer, &err), &err);
}

static struct layer_meta imported(struct bench *bench, const struct buf *archive,
				  const struct pack_options *ingest_as)
{
	autoerr struct err err = {0};
	struct layer_meta meta = {0};
	cleanup(reader_closep) struct reader *reader = reader_of_bytes(buf_str(archive));
	CHECK_OK(
		snap_import_layer(bench->store, bench->lease, reader, NULL, ingest_as, &meta, &err),
		&err);
	return meta;
}

static const struct pack_options as_gzip = {.compression = COMPRESSION_GZIP, .clamp_mtime_ns = -1};
static const struct pack_options as_zstd = {.compression = COMPRESSION_ZSTD, .clamp_mtime_ns = -1};

TEST(a_plain_archive_is_compressed_as_asked)
{
	autobench struct bench bench;
	autobuf struct buf gzip = {0};
	bench_init(&bench);
	compressed(&bench, COMPRESSION_GZIP, &gzip);
	struct layer_meta meta = imported(&bench, &bench.tar, &as_gzip);
	struct digest tar_digest = digest_of_bytes(bench.tar.ptr, bench.tar.len);
	struct digest blob_digest = digest_of_bytes(gzip.ptr, gzip.len);
	CHECK_STR(meta.diff_id.text, tar_digest.text);
	CHECK_STR(meta.chain_id.text, tar_digest.text);
	CHECK_STR(meta.blob.text, blob_digest.text);
	CHECK_INT(meta.blob_bytes, gzip.len);
	CHECK_INT(meta.tar_bytes, bench.tar.len);
	CHECK(store_has_layer(bench.store, &meta.chain_id) &&
	      store_has_blob(bench.store, &meta.blob, NULL));
}

TEST(a_compressed_archive_is_stored_as_it_came)
{
	static const enum compression kinds[] = {COMPRESSION_GZIP, COMPRESSION_ZSTD};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		autobench struct bench bench;
		autobuf struct buf archive = {0};
		bench_init(&bench);
		compressed(&bench, kinds[i], &archive);
		struct layer_meta meta = imported(&bench, &archive, i ? &as_gzip : &as_zstd);
		struct digest digest = digest_of_bytes(archive.ptr, archive.len);
		CHECK_STR(meta.blob.text, digest.text);
		CHECK_INT(meta.blob_bytes, archive.len);
	}
}

TEST(an_xz_archive_is_compressed_anew)
{
	static const char *const argv[] = {"xz", "-c", NULL};
	const struct proc_options options = {.argv = (char *const *)argv};
	autobench struct bench bench;
	autoerr struct err err = {0};
	autobuf struct buf archive = {0}, errors = {0}, zstd = {0};
	int status = 0;
	bench_init(&bench);
	if (proc_run(&options, buf_str(&bench.tar), &archive, &errors, 10000, &status, &err) ||
	    status)
		test_skip("needs xz (package xz-utils)");
	compressed(&bench, COMPRESSION_ZSTD, &zstd);
	struct layer_meta meta = imported(&bench, &archive, &as_zstd);
	struct digest digest = digest_of_bytes(zstd.ptr, zstd.len);
	CHECK_STR(meta.blob.text, digest.text);
}

TEST(a_blob_that_is_there_is_only_unpacked)
{
	autobench struct bench bench;
	autobuf struct buf archive = {0};
	autoerr struct err err = {0};
	struct digest blob;
	bench_init(&bench);
	compressed(&bench, COMPRESSION_GZIP, &archive);
	CHECK_OK(store_put_blob(bench.store, bench.lease, archive.ptr, archive.len, &blob, &err),
		 &err);
	struct layer_meta meta = imported(&bench, &archive, NULL);
	CHECK_STR(meta.blob.text, blob.text);
	CHECK_INT(meta.blob_bytes, archive.len);
	CHECK(store_has_layer(bench.store, &meta.chain_id));
}

TEST(a_broken_archive_leaves_nothing)
{
	autobench struct bench bench;
	autobuf struct buf archive = {0};
	autoerr struct err err = {0};
	autostrlist struct strlist layers = {0}, blobs = {0};
	struct layer_meta meta = {0};
	bench_init(&bench);
	compressed(&bench, COMPRESSION_GZIP, &archive);
	cleanup(reader_closep) struct reader *reader =
		reader_of_bytes((struct str){archive.ptr, archive.len - 9});
	CHECK_INT(snap_import_layer(bench.store, bench.lease, reader, NULL, &as_gzip, &meta, &err),
		  -1);
	CHECK_INT(err.kind, ERR_CORRUPT);
	err_clear(&err);
	CHECK_OK(dir_list(store_dirfd(bench.store), "layers", &layers, &err), &err);
	CHECK_OK(dir_list(store_dirfd(bench.store), "oci/blobs/sha256", &blobs, &err), &err);
	CHECK_INT(layers.n + blobs.n, 0);
	CHECK(!digest_is_set(&meta.chain_id));
}

struct fixture_image {
	struct manifest manifest;
	struct image_config config;
};

static void fixture_done(struct fixture_image *image)
{
	manifest_done(&image->manifest);
	image_config_done(&image->config);
}

/* Two layers: the small tree, and one that takes the link away. */
static void fixture_make(struct bench *bench, struct fixture_image *image)
{
	autoerr struct err err = {0};
	autobuf struct buf second = {0};
	CHECK(!mkdirat(bench->dirfd, "upper", 0755));
	autoclose int upper = sketch_open_dir(bench->dirfd, "upper"),
		      tree = sketch_open_dir(bench->dirfd, "tree");
	const struct diff_options diff = {.source = DIFF_UPPER, .lower = {.fds = &tree, .n = 1}};
	sketch_whiteout(upper, "link");
	sketch_file(upper, "new", "new");
	sketch_pack_diff(upper, &diff, &second);
	const struct buf *tars[] = {&bench->tar, &second};
	*image = (struct fixture_image){0};
	image->manifest.n_layers = ARRAY_LEN(tars);
	image->manifest.layers = xcalloc(ARRAY_LEN(tars), sizeof(*image->manifest.layers));
	for (size_t i = 0; i < ARRAY_LEN(tars); i++) {
		struct descriptor *layer = &image->manifest.layers[i];
		struct digest diff_id = digest_of_bytes(tars[i]->ptr, tars[i]->len);
		CHECK_OK(store_put_blob(bench->store, bench->lease, tars[i]->ptr, tars[i]->len,
					&layer->digest, &err),
			 &err);
		layer->size = tars[i]->len;
		image_config_add_layer(&image->config, &diff_id);
	}
}

TEST(an_image_is_unpacked_once)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	cleanup(fixture_done) struct fixture_image image;
	struct digest chain_id = {0}, again = {0}, want;
	struct layer_meta meta;
	bench_init(&bench);
	fixture_make(&bench, &image);
	CHECK_OK(snap_unpack_image(bench.store, bench.lease, &image.manifest, &image.config,
				   &chain_id, &err),
		 &err);
	want = image_config_chain_id(&image.config, 2);
	CHECK_STR(chain_id.text, want.text);
	CHECK_OK(store_layer_meta(bench.store, &chain_id, &meta, &err), &err);
	CHECK_STR(meta.blob.text, image.manifest.layers[1].digest.text);
	CHECK_STR(meta.parent.text, image.config.diff_ids[0].text);
	CHECK_INT(meta.blob_bytes, image.manifest.layers[1].size);
	autoclose int fs = -1;
	CHECK_OK(store_open_layer(bench.store, &chain_id, &fs, &err), &err);
	struct stat st;
	CHECK(!fstatat(fs, "link", &st, AT_SYMLINK_NOFOLLOW) && stat_is_whiteout(&st));
	CHECK_OK(snap_unpack_image(bench.store, bench.lease, &image.manifest, &image.config, &again,
				   &err),
		 &err);
	CHECK_STR(again.text, chain_id.text);
}

TEST(a_layer_that_is_not_what_the_config_says_is_refused)
{
	autobench struct bench bench;
	autoerr struct err err = {0};
	cleanup(fixture_done) struct fixture_image image;
	struct digest chain_id = {0};
	bench_init(&bench);
	fixture_make(&bench, &image);
	image.config.diff_ids[1] = image.config.diff_ids[0];
	CHECK_INT(snap_unpack_image(bench.store, bench.lease, &image.manifest, &image.config,
				    &chain_id, &err),
		  -1);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK(strstr(err_text(&err), "as its image says"));
	CHECK(!digest_is_set(&chain_id));
	err_clear(&err);
	image.manifest.n_layers = 1;
	CHECK_INT(snap_unpack_image(bench.store, bench.lease, &image.manifest, &image.config,
				    &chain_id, &err),
		  -1);
	CHECK_STR(err_text(&err), "the manifest has 1 layers, its config 2");
	image.manifest.n_layers = 2;
}

TEST(damage_of_an_unpacked_layer_is_named)
{
	static const struct {
		const char *name, *want;
	} cases[] = {{"content", "'/etc/file' differs from the blob"},
		     {"mode", "'/etc' differs from the blob"},
		     {"missing", "'/link' is missing"},
		     {"new", "'/etc/new' is not in the blob"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobench struct bench bench;
		autoerr struct err err = {0};
		autofree char *why = NULL;
		autoclose int fs = -1;
		bench_init(&bench);
		struct layer_meta meta = imported(&bench, &bench.tar, &as_gzip);
		CHECK_INT(snap_check_verify(bench.store, &meta, &why, NULL, &err), 0);
		CHECK_OK(store_open_layer(bench.store, &meta.chain_id, &fs, &err), &err);
		struct stat st;
		CHECK(!fstatat(fs, "etc", &st, 0));
		switch (i) {
		case 0: sketch_file(fs, "etc/file", "some tezt"); break;
		case 1: CHECK(!fchmodat(fs, "etc", 0700, 0)); break;
		case 2: CHECK(!unlinkat(fs, "link", 0)); break;
		default: sketch_file(fs, "etc/new", ""); break;
		}
		sketch_time(fs, "etc",
			    (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
		CHECK_INT(snap_check_verify(bench.store, &meta, &why, NULL, &err), 1);
		CHECK_STR(why, cases[i].want);
	}
}

TEST(layer_and_blob_are_made_again_from_each_other)
{
	static const struct pack_options *const kinds[] = {&as_gzip, &as_zstd};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		autobench struct bench bench;
		autoerr struct err err = {0};
		autofree char *why = NULL;
		autobuf struct buf tar = {0};
		bench_init(&bench);
		autoclose int tree = sketch_open_dir(bench.dirfd, "tree");
		const struct diff_options diff = {.source = DIFF_UPPER};
		sketch_pack_diff(tree, &diff, &tar);
		struct layer_meta meta = imported(&bench, &tar, kinds[i]);
		autofree char *blob = xasprintf("oci/blobs/sha256/%s", digest_hex(&meta.blob));
		autofree char *layer = xasprintf("layers/%s", digest_hex(&meta.chain_id));
		int dirfd = store_dirfd(bench.store);
		CHECK(!unlinkat(dirfd, blob, 0));
		CHECK_OK(snap_check_repack(bench.store, &meta, NULL, &err), &err);
		CHECK(store_has_blob(bench.store, &meta.blob, NULL));
		CHECK_OK(tree_remove_at(dirfd, layer, &err), &err);
		CHECK_OK(snap_check_unpack(bench.store, &meta, NULL, &err), &err);
		CHECK_INT(snap_check_verify(bench.store, &meta, &why, NULL, &err), 0);
		CHECK(!unlinkat(dirfd, blob, 0));
		meta.blob = meta.diff_id; /* what nothing of ours makes, or the plain tar */
		meta.blob.text[20] = meta.blob.text[20] == '0' ? '1' : '0';
		CHECK_INT(snap_check_repack(bench.store, &meta, NULL, &err), -1);
		CHECK_INT(err.kind, ERR_CORRUPT);
	}
}
