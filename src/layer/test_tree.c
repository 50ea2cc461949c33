/* test_tree.c - trees walked, packed, digested, copied; stacks of layers looked through.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/lower.h"
#include "layer/test_sketch.h"
#include "layer/tree.h"
#include "testing/test.h"

#include "base/banned.h"

/* ---- walking ---- */

static int path_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct buf *paths = arg;
	const struct entry *entry = visit->entry;

	(void)err;
	buf_printf(paths, "%s%s%s%s ", entry->path, entry->type == ENTRY_DIRECTORY ? "/" : "",
		   entry->type == ENTRY_HARDLINK ? "=" : "",
		   entry->type == ENTRY_HARDLINK ? entry->target : "");
	return text_eq(entry->path, "left-out") || text_eq(entry->path, "skipped");
}

TEST(a_walk_is_sorted_and_names_directories_before_their_files)
{
	const char *path;
	int root = test_dir(&path);
	autoerr struct err err = {0};
	autobuf struct buf paths = {0};
	struct tree_options options = {.with_root = true};

	sketch_dir(root, "b", 0755);
	sketch_file(root, "b.txt", "");
	sketch_file(root, "b/z", "");
	sketch_file(root, "b/A", "");
	sketch_link(root, "a", "b");
	sketch_dir(root, "skipped", 0755);
	sketch_file(root, "skipped/x", "");
	CHECK_OK(tree_walk(root, &options, path_visit, &paths, &err), &err);
	CHECK_STR(buf_text(&paths), "/ a b/ b/A b/z b.txt skipped/ ");
}

TEST(later_names_of_a_file_are_hard_links_but_never_to_what_was_left_out)
{
	const char *path;
	int root = test_dir(&path);
	autoerr struct err err = {0};
	autobuf struct buf paths = {0};
	struct tree_options options = {0};

	sketch_file(root, "left-out", "x");
	CHECK(linkat(root, "left-out", root, "m", 0) == 0);
	CHECK(linkat(root, "left-out", root, "n", 0) == 0);
	CHECK_OK(tree_walk(root, &options, path_visit, &paths, &err), &err);
	CHECK_STR(buf_text(&paths), "left-out m n=m ");
}

TEST(sockets_are_not_part_of_a_tree)
{
	const char *path;
	int root = test_dir(&path);
	autoerr struct err err = {0};
	autobuf struct buf paths = {0};
	struct tree_options options = {0};

	CHECK(mknodat(root, "socket", S_IFSOCK | 0600, 0) == 0);
	CHECK(mkfifoat(root, "fifo", 0600) == 0);
	CHECK_OK(tree_walk(root, &options, path_visit, &paths, &err), &err);
	CHECK_STR(buf_text(&paths), "fifo ");
}

TEST(a_directory_larger_than_one_read_is_listed_whole)
{
	const char *path;
	int root = test_dir(&path);
	autoerr struct err err = {0};
	autobuf struct buf paths = {0};
	struct tree_options options = {.no_xattrs = true};
	char name[200];

	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "%03d%0150d", i, 0);
		sketch_file(root, name, "");
	}
	CHECK_OK(tree_walk(root, &options, path_visit, &paths, &err), &err);
	CHECK_INT(paths.len, 500 * (size_t)154);
	CHECK(text_starts(buf_text(&paths), "0000000"));
}

TEST(names_that_would_be_whiteouts_cannot_be_packed)
{
	const char *path;
	int root = test_dir(&path);
	autoerr struct err err = {0};
	autobuf struct buf tar = {0};
	struct pack_options options = {.clamp_mtime_ns = -1};
	cleanup(pack_freep) struct pack *pack = NULL;

	sketch_dir(root, "d", 0755);
	sketch_file(root, "d/.wh.x", "");
	CHECK_OK(pack_new(writer_to_buf(&tar), &options, &pack, &err), &err);
	CHECK(tree_pack(root, NULL, NULL, pack, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK_STR(err_text(&err), "'d/.wh.x': a layer cannot hold names that begin with '.wh.'");
}

/* ---- digests ---- */

static struct digest digest_of(int root)
{
	autoerr struct err err = {0};
	struct digest digest;

	CHECK_OK(tree_digest(root, &digest, &err), &err);
	return digest;
}

TEST(a_digest_forgets_times_and_nothing_else)
{
	static const char *const names[] = {"mode",        "content", "xattr", "acl",
					    "default acl", "target",  "link"};
	const char *path;
	int root = test_dir(&path);

	sketch_needs_root();
	sketch_dir(root, "d", 0755);
	sketch_file(root, "d/f", "one");
	sketch_file(root, "d/g", "one");
	sketch_link(root, "d/l", "f");
	struct digest before = digest_of(root);
	sketch_time(root, "d/f", 12345);
	sketch_time(root, "d", 54321);
	struct digest after = digest_of(root);
	CHECK_STR(after.text, before.text);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		switch (i) {
		case 0: CHECK(fchmodat(root, "d/f", 0600, 0) == 0); break;
		case 1: sketch_file(root, "d/f", "two"); break;
		case 2: sketch_xattr(root, "d", "user.x", "y"); break;
		case 3: sketch_acl(root, "d", false); break;
		case 4: sketch_acl(root, "d", true); break;
		case 5:
			CHECK(unlinkat(root, "d/l", 0) == 0);
			sketch_link(root, "d/l", "g");
			break;
		default:
			CHECK(unlinkat(root, "d/g", 0) == 0);
			CHECK(linkat(root, "d/f", root, "d/g", 0) == 0);
		}
		after = digest_of(root);
		if (digest_eq(&after, &before))
			test_fail(__FILE__, __LINE__, "a change of %s is not seen", names[i]);
		before = after;
	}
}

/* ---- copies ---- */

TEST(a_copy_has_everything_that_the_tree_has)
{
	const char *path;
	int root = test_dir(&path), copy = test_dir(&path);
	uint32_t seed = 7;
	autoerr struct err err = {0};
	autobuf struct buf mine = {0}, theirs = {0};
	struct tree_copy_options options = {0};

	sketch_needs_root();
	sketch_change(root, &seed, 600);
	CHECK_OK(tree_copy(root, copy, &options, &err), &err);
	sketch_text(root, SKETCH_NO_ROOT, &mine);
	sketch_text(copy, SKETCH_NO_ROOT, &theirs);
	CHECK(mine.len > 1000);
	CHECK_STR(buf_text(&theirs), buf_text(&mine));
}

TEST(a_copy_keeps_holes)
{
	const char *path;
	int root = test_dir(&path), copy = test_dir(&path);
	autoerr struct err err = {0};
	struct tree_copy_options options = {0};
	struct stat st;

	sketch_file(root, "f", "start");
	autoclose int fd = openat(root, "f", O_RDWR | O_CLOEXEC);
	CHECK(pwrite(fd, "end", 3, 8 << 20) == 3);
	CHECK(ftruncate(fd, 16 << 20) == 0);
	CHECK_OK(tree_copy(root, copy, &options, &err), &err);
	CHECK(fstatat(copy, "f", &st, 0) == 0);
	CHECK_INT(st.st_size, 16 << 20);
	CHECK(st.st_blocks * 512 < 1 << 20);
	autobuf struct buf mine = {0}, theirs = {0};
	sketch_text(root, SKETCH_NO_ROOT, &mine);
	sketch_text(copy, SKETCH_NO_ROOT, &theirs);
	CHECK_STR(buf_text(&theirs), buf_text(&mine));
}

TEST(a_copy_merges_directories_and_replaces_links_without_following_them)
{
	const char *path;
	int root = test_dir(&path), copy = test_dir(&path);
	autoerr struct err err = {0};
	struct tree_copy_options options = {.numeric_owner = true, .uid = 11, .gid = 22};
	struct stat st;

	sketch_needs_root();
	sketch_dir(root, "d", 0700);
	sketch_file(root, "d/f", "new");
	sketch_dir(root, "e", 0750);
	sketch_file(root, "e/f", "new");
	sketch_dir(copy, "d", 0755);
	sketch_file(copy, "d/old", "old");
	sketch_dir(copy, "outside", 0755);
	sketch_file(copy, "outside/f", "kept");
	sketch_link(copy, "d/f", "../outside/f");
	sketch_link(copy, "e", "outside");
	sketch_time(copy, "d", 1000000000);
	CHECK_OK(tree_copy(root, copy, &options, &err), &err);
	CHECK(sketch_has(copy, "d/old"));
	CHECK(fstatat(copy, "d", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0755);
	CHECK_INT(st.st_uid, 0);
	CHECK_INT(st.st_mtim.tv_sec, 1);
	CHECK(fstatat(copy, "e", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode));
	CHECK_INT(st.st_mode & 07777, 0750);
	CHECK_INT(st.st_gid, 22);
	CHECK(fstatat(copy, "outside/f", &st, 0) == 0);
	CHECK_INT(st.st_size, 4);
	CHECK(fstatat(copy, "d/f", &st, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK_INT(st.st_uid, 11);
	options = (struct tree_copy_options){.merge_attributes = true};
	CHECK_OK(tree_copy(root, copy, &options, &err), &err);
	CHECK(fstatat(copy, "d", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0700);
}

TEST(a_copy_into_the_tree_itself_ends)
{
	const char *path;
	int root = test_dir(&path);
	autoerr struct err err = {0};
	struct tree_copy_options options = {0};

	sketch_dir(root, "d", 0755);
	sketch_file(root, "d/f", "f");
	sketch_dir(root, "e", 0755);
	sketch_dir(root, "e/copy", 0755);
	autoclose int copy = sketch_open_dir(root, "e/copy");
	CHECK_OK(tree_copy(root, copy, &options, &err), &err);
	CHECK(sketch_has(copy, "d/f") && sketch_has(copy, "e") && !sketch_has(copy, "e/copy"));
}

/* ---- stacks ---- */

struct stack {
	int fds[3]; /* the topmost first */
	struct lower lower;
};

static struct stack stack_make(void)
{
	const char *path;
	struct stack stack = {.lower.n = 3};

	sketch_needs_root();
	for (size_t i = 0; i < ARRAY_LEN(stack.fds); i++)
		stack.fds[i] = test_dir(&path);
	int top = stack.fds[0], middle = stack.fds[1], bottom = stack.fds[2];
	sketch_dir(bottom, "d", 0755);
	sketch_file(bottom, "d/low", "");
	sketch_file(bottom, "d/gone", "");
	sketch_dir(bottom, "opaque", 0755);
	sketch_file(bottom, "opaque/hidden", "");
	sketch_dir(bottom, "replaced", 0755);
	sketch_file(bottom, "replaced/x", "");
	sketch_dir(middle, "d", 0755);
	sketch_file(middle, "d/low", "again");
	sketch_whiteout(middle, "d/gone");
	sketch_dir(middle, "opaque", 0755);
	sketch_xattr(middle, "opaque", "trusted.overlay.opaque", "y");
	sketch_file(middle, "opaque/seen", "");
	sketch_link(middle, "replaced", "d");
	sketch_dir(top, "d", 0755);
	sketch_file(top, "d/back", "");
	sketch_dir(top, "replaced", 0755);
	return stack;
}

TEST(a_stack_shows_what_overlayfs_would_show)
{
	static const struct {
		const char *path;
		int layer; /* -1: missing */
	} rows[] = {
		{"", 0},
		{"d", 0},
		{"d/low", 1},
		{"d/gone", -1},
		{"d/back", 0},
		{"opaque", 1},
		{"opaque/hidden", -1},
		{"opaque/seen", 1},
		{"replaced", 0},
		{"replaced/x", -1},
		{"replaced/low", -1},
		{"d/low/x", -1},
		{"none/of/this", -1},
	};
	struct stack stack = stack_make();
	struct lower lower = {stack.fds, ARRAY_LEN(stack.fds)};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoerr struct err err = {0};
		size_t layer = 99;
		struct stat st;
		int failed = lower_find(&lower, rows[i].path, &layer, &st, &err);
		int got = failed ? -1 : (int)layer;
		if (got != rows[i].layer || (failed && err.kind != ERR_MISSING))
			test_fail(__FILE__, __LINE__, "'%s' is in %d: %s", rows[i].path, got,
				  err_text(&err));
	}
}

TEST(a_stack_lists_merged_directories)
{
	static const char *const rows[][2] = {
		{"", "d opaque replaced"},
		{"d", "back low"},
		{"opaque", "seen"},
		{"replaced", ""},
	};
	struct stack stack = stack_make();
	struct lower lower = {stack.fds, ARRAY_LEN(stack.fds)};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoerr struct err err = {0};
		autostrlist struct strlist names = {0};
		CHECK_OK(lower_list(&lower, rows[i][0], &names, &err), &err);
		autofree char *text = strlist_join(&names, " ");
		CHECK_STR(text, rows[i][1]);
	}
}

TEST(a_stack_and_the_kernel_agree)
{
	const char *path;
	struct stack stack = stack_make();
	struct lower lower = {stack.fds, ARRAY_LEN(stack.fds)};
	static const char *const dirs[] = {".", "d", "opaque", "replaced"};
	int upper, root = sketch_overlay(test_dir(&path), stack.fds, ARRAY_LEN(stack.fds), &upper);

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		autoerr struct err err = {0};
		autostrlist struct strlist ours = {0}, theirs = {0};
		CHECK_OK(lower_list(&lower, i ? dirs[i] : "", &ours, &err), &err);
		CHECK_OK(dir_list(root, dirs[i], &theirs, &err), &err);
		autofree char *our_text = strlist_join(&ours, " "),
			      *their_text = strlist_join(&theirs, " ");
		CHECK_STR(our_text, their_text);
	}
	close(root);
	close(upper);
}
