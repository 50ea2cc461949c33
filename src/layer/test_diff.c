/* test_diff.c - changes found in upper directories and in copies, packed, unpacked, seen again.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "layer/test_sketch.h"
#include "layer/tree.h"
#include "testing/test.h"

#include "base/banned.h"

static int scratch_dir(void)
{
	const char *path;
	int fd = test_dir(&path);

	CHECK(fchmod(fd, 0755) == 0); /* an upper directory's root must be like the one below */
	return fd;
}

/* Names and whiteouts of a tar made by us, in order: "d/ .wh.x f ". */
static void tar_names(const struct buf *tar, struct buf *names)
{
	autoerr struct err err = {0};
	struct entry entry = {0};
	cleanup(tar_reader_freep) struct tar_reader *reader =
		tar_reader_new(reader_of_bytes(buf_str(tar)));
	int more;

	while ((more = tar_reader_next(reader, &entry, &err)) > 0)
		buf_printf(names, "%s%s%s%s ", entry.path, entry.type == ENTRY_DIRECTORY ? "/" : "",
			   entry.type == ENTRY_HARDLINK ? "=" : "",
			   entry.type == ENTRY_HARDLINK ? entry.target : "");
	entry_clear(&entry);
	CHECK_OK(more, &err);
}

static void check_same_text(int a, int b, const char *what, uint32_t seed)
{
	autobuf struct buf left = {0}, right = {0};
	struct str rest_left, rest_right;

	sketch_text(a, SKETCH_NO_LINKS, &left);
	sketch_text(b, SKETCH_NO_LINKS, &right);
	rest_left = buf_str(&left);
	rest_right = buf_str(&right);
	while (rest_left.ptr || rest_right.ptr) {
		struct str one = str_cut(&rest_left, '\n'), other = str_cut(&rest_right, '\n');
		if (!str_eq(one, other))
			test_fail(__FILE__, __LINE__, "seed %u: %s:\nis     %.*s\nwanted %.*s",
				  seed, what, STR_ARG(one), STR_ARG(other));
	}
}

static void check_same_tar(const struct buf *a, const struct buf *b, const char *what,
			   uint32_t seed)
{
	autobuf struct buf left = {0}, right = {0};

	if (a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0)
		return;
	tar_names(a, &left);
	tar_names(b, &right);
	test_fail(__FILE__, __LINE__, "seed %u: %s:\nis     %s\nwanted %s", seed, what,
		  buf_text(&left), buf_text(&right));
}

static void check_same_digest(int a, int b)
{
	autoerr struct err err = {0};
	struct digest left, right;

	CHECK_OK(tree_digest(a, &left, &err), &err);
	CHECK_OK(tree_digest(b, &right, &err), &err);
	CHECK_STR(left.text, right.text);
}

/* ---- the property: what is seen in the mount comes back from the layers ---- */

struct round {
	int layers[3]; /* the topmost first; the last n are there */
	size_t n;
	int merged; /* all layers applied over each other */
};

static struct lower round_lower(const struct round *round)
{
	return (struct lower){round->layers + ARRAY_LEN(round->layers) - round->n, round->n};
}

/* Changes the stack through a mount; the change becomes one more layer. */
static void round_add(struct round *round, uint32_t seed, unsigned n_changes)
{
	autoerr struct err err = {0};
	int upper, scratch = scratch_dir(), copy = scratch_dir(), layer = scratch_dir();
	struct lower lower = round_lower(round);
	autoclose int mount = sketch_overlay(scratch, lower.fds, lower.n, &upper);
	uint32_t state = seed;
	struct diff_options from_upper = {.source = DIFF_UPPER, .lower = lower};
	struct diff_options from_copy = {.source = DIFF_MERGED, .lower = lower};
	struct tree_copy_options plainly = {0};
	autobuf struct buf tar = {0}, tar_of_copy = {0}, tar_again = {0};

	sketch_change(mount, &state, n_changes);
	CHECK_OK(tree_copy(mount, copy, &plainly, &err), &err);
	check_same_text(copy, mount, "a copy", seed);
	sketch_pack_diff(upper, &from_upper, &tar);
	sketch_pack_diff(copy, &from_copy, &tar_of_copy);
	check_same_tar(&tar_of_copy, &tar, "the layer of a copy", seed);

	sketch_apply(&tar, round->merged, APPLY_MERGED, (struct lower){0});
	check_same_text(round->merged, mount, "all layers over each other", seed);
	sketch_apply(&tar, layer, APPLY_OVERLAY, lower);
	round->layers[ARRAY_LEN(round->layers) - ++round->n] = layer;

	CHECK_OK(diff_normalise_upper(upper, &from_upper, -1, &err), &err);
	sketch_pack_diff(upper, &from_upper, &tar_again);
	check_same_tar(&tar_again, &tar, "the layer of a normalised upper directory", seed);
	autobuf struct buf tar_of_layer = {0};
	sketch_pack_diff(layer, &from_upper, &tar_of_layer);
	check_same_tar(&tar_of_layer, &tar, "the layer of an unpacked layer", seed);

	int unused, above = scratch_dir(), fds[4] = {upper};
	for (size_t i = 0; i < lower.n; i++)
		fds[i + 1] = lower.fds[i];
	autoclose int with_upper = sketch_overlay(above, fds, lower.n + 1, &unused);
	check_same_text(with_upper, copy, "a mount of the normalised upper directory", seed);
	close(unused);
	fds[0] = layer;
	autoclose int with_layer = sketch_overlay(scratch_dir(), fds, lower.n + 1, &unused);
	check_same_text(with_layer, copy, "a mount of the unpacked layer", seed);
	close(unused);
	close(upper);
}

static void round_run(uint32_t seed, unsigned n_changes)
{
	uint32_t state = seed;
	autobuf struct buf tar = {0};
	struct round round = {.n = 1, .merged = scratch_dir()};
	int bottom = scratch_dir(), layer = scratch_dir();

	sketch_needs_root();
	sketch_change(bottom, &state, n_changes);
	sketch_pack_tree(bottom, &tar);
	sketch_apply(&tar, round.merged, APPLY_MERGED, (struct lower){0});
	check_same_text(round.merged, bottom, "one layer", seed);
	check_same_digest(round.merged, bottom);
	sketch_apply(&tar, layer, APPLY_OVERLAY, (struct lower){0}); /* which has no sockets */
	round.layers[ARRAY_LEN(round.layers) - 1] = layer;
	round_add(&round, seed + 1, n_changes);
	round_add(&round, seed + 2, n_changes);
}

#define ROUND(number, seed, n_changes)                            \
	TEST(random_changes_come_back_from_their_layers_##number) \
	{                                                         \
		round_run(seed, n_changes);                       \
	}
ROUND(1, 1, 30)
ROUND(2, 1000, 100)
ROUND(3, 2000, 300)
ROUND(4, 3000, 700)
ROUND(5, 4000, 1500)
