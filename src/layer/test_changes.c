/* test_changes.c - what counts as a change, one row a rule, from an upper directory and from a
 * copy. SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/test_sketch.h"
#include "layer/tree.h"
#include "testing/test.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

static void base_make(int root)
{
	sketch_dir(root, "d", 0755);
	sketch_file(root, "d/a", "a");
	sketch_file(root, "d/b", "b");
	sketch_file(root, "d/h1", "h");
	CHECK(linkat(root, "d/h1", root, "d/h2", 0) == 0);
	sketch_dir(root, "d/s", 0755);
	sketch_file(root, "d/s/t", "t");
	sketch_dir(root, "e", 0755);
	sketch_file(root, "e/x", "x");
	sketch_time(root, "e/x", 5 * SECOND); /* as tools that store whole seconds leave it */
	sketch_time(root, "d/a", 5 * SECOND + 7);
	sketch_time(root, "d/b", 5 * SECOND + 7);
	sketch_link(root, "l", "d");
}

static void remove_tree(int root, const char *path)
{
	autoerr struct err err = {0};

	CHECK_OK(tree_remove_at(root, path, &err), &err);
}

/* ---- changes ---- */

static void nothing(int root)
{
	CHECK(sketch_has(root, "d/a"));
}

static void acl_of_directory(int root)
{
	sketch_acl(root, "d/s", false);
	CHECK(fchmodat(root, "d/s", 0755, 0) == 0); /* only the named user stays */
}

static void default_acl_of_directory(int root)
{
	sketch_acl(root, "d/s", true);
}

static void xattr_of_directory(int root)
{
	sketch_xattr(root, "d", "user.x", "y");
}

static void mode_there_and_back(int root)
{
	CHECK(fchmodat(root, "d/a", 0600, 0) == 0);
	CHECK(fchmodat(root, "d/a", 0644, 0) == 0);
	CHECK(fchmodat(root, "d/s", 0700, 0) == 0);
	CHECK(fchmodat(root, "d/s", 0755, 0) == 0);
}

static void content_with_its_time_set_back(int root)
{
	sketch_file(root, "d/a", "A");
	sketch_time(root, "d/a", 5 * SECOND + 7);
}

static void mode(int root)
{
	CHECK(fchmodat(root, "d/s/t", 0600, 0) == 0);
}

static void fraction_of_a_second_that_was_not_stored(int root)
{
	sketch_time(root, "e/x", 5 * SECOND + 3);
}

static void fraction_of_a_second(int root)
{
	sketch_time(root, "d/a", 5 * SECOND + 8);
}

static void time_of_directory(int root)
{
	sketch_time(root, "d/s", 3 * SECOND);
}

static void removed_file(int root)
{
	remove_tree(root, "d/a");
}

static void removed_directory(int root)
{
	remove_tree(root, "d");
}

static void remade_directory(int root)
{
	remove_tree(root, "d");
	sketch_dir(root, "d", 0755);
	sketch_file(root, "d/a", "other");
	sketch_dir(root, "d/s", 0755);
}

static void link_to_old_file(int root)
{
	CHECK(linkat(root, "d/a", root, "n", 0) == 0);
}

static void link_in_place_of_old_file(int root)
{
	remove_tree(root, "d/b");
	CHECK(linkat(root, "d/a", root, "d/b", 0) == 0);
}

static void equal_files_become_one(int root)
{
	remove_tree(root, "d/b");
	sketch_file(root, "d/b", "a");
	sketch_time(root, "d/b", 5 * SECOND + 7);
	remove_tree(root, "d/a");
	CHECK(linkat(root, "d/b", root, "d/a", 0) == 0);
}

static void one_name_of_two(int root)
{
	sketch_file(root, "d/h1", "changed");
}

static void one_name_of_two_touched(int root)
{
	CHECK(fchmodat(root, "d/h1", 0600, 0) == 0);
	CHECK(fchmodat(root, "d/h1", 0644, 0) == 0);
}

static void new_links(int root)
{
	sketch_file(root, "n2", "n");
	CHECK(linkat(root, "n2", root, "n1", 0) == 0);
}

static void renamed_file(int root)
{
	CHECK(renameat(root, "d/a", root, "d/c") == 0);
}

static void directory_for_file(int root)
{
	remove_tree(root, "d/a");
	sketch_dir(root, "d/a", 0755);
	sketch_file(root, "d/a/n", "n");
}

static void file_for_directory(int root)
{
	remove_tree(root, "d/s");
	sketch_file(root, "d/s", "n");
}

static void socket_for_file(int root)
{
	remove_tree(root, "d/s/t");
	CHECK(mknodat(root, "d/s/t", S_IFSOCK | 0600, 0) == 0);
}

static void new_socket(int root)
{
	CHECK(mknodat(root, "socket", S_IFSOCK | 0600, 0) == 0);
}

static void made_and_removed(int root)
{
	sketch_file(root, "n", "n");
	remove_tree(root, "n");
}

static void owner_of_link(int root)
{
	CHECK(fchownat(root, "l", 5, 6, AT_SYMLINK_NOFOLLOW) == 0);
}

static void target_of_link(int root)
{
	remove_tree(root, "l");
	sketch_link(root, "l", "e");
}

static void excluded_paths(int root)
{
	sketch_dir(root, "excluded", 0755);
	sketch_file(root, "excluded/f", "f");
	CHECK(linkat(root, "excluded/f", root, "n", 0) == 0);
	sketch_file(root, "n2", "n2");
}

static void root_mode(int root)
{
	CHECK(fchmodat(root, ".", 0711, 0) == 0);
}

static const struct {
	const char *name;
	void (*change)(int root);
	const char *layer; /* names in the tar */
} rows[] = {
	{"nothing", nothing, ""},
	{"an ACL of a directory", acl_of_directory, "d/ d/s/ "},
	{"a default ACL of a directory", default_acl_of_directory, "d/ d/s/ "},
	{"an xattr of a directory", xattr_of_directory, "d/ "},
	{"modes there and back", mode_there_and_back, ""},
	{"content whose time was set back", content_with_its_time_set_back, "d/ d/a "},
	{"a mode", mode, "d/ d/s/ d/s/t "},
	{"a fraction of a second that was not stored", fraction_of_a_second_that_was_not_stored,
	 ""},
	{"a fraction of a second", fraction_of_a_second, "d/ d/a "},
	{"the time of a directory", time_of_directory, "d/ d/s/ "},
	{"a removed file", removed_file, "d/ d/.wh.a "},
	{"a removed directory", removed_directory, ".wh.d "},
	{"a directory made again", remade_directory,
	 "d/ d/.wh.b d/.wh.h1 d/.wh.h2 d/a d/s/ d/s/.wh.t "},
	{"a link to an old file", link_to_old_file, "d/ d/a n=d/a "},
	{"a link in place of an old file", link_in_place_of_old_file, "d/ d/a d/b=d/a "},
	{"equal files that become one", equal_files_become_one, "d/ d/a d/b=d/a "},
	{"one of two linked names", one_name_of_two, "d/ d/h1 "},
	{"one of two linked names, touched", one_name_of_two_touched, ""},
	{"new links", new_links, "n1 n2=n1 "},
	{"a renamed file", renamed_file, "d/ d/.wh.a d/c "},
	{"a directory for a file", directory_for_file, "d/ d/a/ d/a/n "},
	{"a file for a directory", file_for_directory, "d/ d/s "},
	{"a socket for a file", socket_for_file, "d/ d/s/ d/s/.wh.t "},
	{"a new socket", new_socket, ""},
	{"a file made and removed", made_and_removed, ""},
	{"the owner of a link", owner_of_link, "l "},
	{"the target of a link", target_of_link, "l "},
	{"excluded paths", excluded_paths, "n n2 "},
	{"the mode of the root", root_mode, "/ "},
};

/* ---- the run ---- */

static bool is_excluded(const char *path, void *arg)
{
	(void)arg;
	return text_eq(path, "excluded") || text_starts(path, "excluded/");
}

static void tar_names(const struct buf *tar, struct buf *names)
{
	autoerr struct err err = {0};
	struct entry entry = {0};
	cleanup(tar_reader_freep) struct tar_reader *reader =
		tar_reader_new(reader_of_bytes(buf_str(tar)));
	int more;

	while ((more = tar_reader_next(reader, &entry, &err)) > 0) {
		buf_printf(names, "%s%s", entry.path, entry.type == ENTRY_DIRECTORY ? "/" : "");
		if (entry.type == ENTRY_HARDLINK)
			buf_printf(names, "=%s", entry.target);
		buf_putc(names, ' ');
	}
	entry_clear(&entry);
	CHECK_OK(more, &err);
}

struct bench_tree { /* a base, an overlay above it, a place for copies; made anew for each row */
	int top, base, scratch, copy, upper, mount;
	struct diff_options options;
};

static void bench_tree_make(struct bench_tree *tree)
{
	sketch_dir(tree->top, "base", 0755);
	sketch_dir(tree->top, "scratch", 0755);
	sketch_dir(tree->top, "copy", 0755);
	tree->base = sketch_open_dir(tree->top, "base");
	tree->scratch = sketch_open_dir(tree->top, "scratch");
	tree->copy = sketch_open_dir(tree->top, "copy");
	base_make(tree->base);
	tree->mount = sketch_overlay(tree->scratch, &tree->base, 1, &tree->upper);
	tree->options = (struct diff_options){
		.source = DIFF_UPPER,
		.lower = {&tree->base, 1},
		.exclude = is_excluded,
	};
}

static void bench_tree_end(struct bench_tree *tree)
{
	static const char *const names[] = {"base", "scratch", "copy"};

	close(tree->mount);
	close(tree->upper);
	close(tree->base);
	close(tree->scratch);
	close(tree->copy);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		remove_tree(tree->top, names[i]);
}

static void check_row(struct bench_tree *tree, size_t i, int root, const char *source,
		      struct buf *tar)
{
	autobuf struct buf names = {0};

	sketch_pack_diff(root, &tree->options, tar);
	tar_names(tar, &names);
	if (strcmp(buf_text(&names), rows[i].layer) != 0)
		test_fail(__FILE__, __LINE__, "%s, from %s: %s", rows[i].name, source,
			  buf_text(&names));
}

static void row_run(struct bench_tree *tree, size_t i)
{
	autoerr struct err err = {0};
	autobuf struct buf from_upper = {0}, from_copy = {0}, from_normalised = {0};
	struct tree_copy_options plainly = {0};
	struct stat st;

	bench_tree_make(tree);
	rows[i].change(tree->mount);
	CHECK_OK(tree_copy(tree->mount, tree->copy, &plainly, &err), &err);
	CHECK(fstat(tree->upper, &st) == 0 && fchmod(tree->copy, st.st_mode & 07777) == 0);
	check_row(tree, i, tree->upper, "the upper directory", &from_upper);
	tree->options.source = DIFF_MERGED;
	check_row(tree, i, tree->copy, "a copy", &from_copy);
	CHECK(from_upper.len == from_copy.len);
	CHECK(memcmp(from_upper.ptr, from_copy.ptr, from_copy.len) == 0);
	tree->options.source = DIFF_UPPER;
	CHECK_OK(diff_normalise_upper(tree->upper, &tree->options, -1, &err), &err);
	tree->options.exclude = NULL;
	check_row(tree, i, tree->upper, "the normalised upper directory", &from_normalised);
	CHECK(from_upper.len == from_normalised.len);
	CHECK(memcmp(from_upper.ptr, from_normalised.ptr, from_normalised.len) == 0);
	bench_tree_end(tree);
}

TEST(a_change_is_what_a_layer_can_carry_and_nothing_else)
{
	const char *path;
	struct bench_tree tree = {.top = test_dir(&path)};

	sketch_needs_root();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		row_run(&tree, i);
}

/* ---- lists ---- */

static int change_text(const struct change *change, void *arg, struct err *err)
{
	static const char letters[] = {
		[CHANGE_MODIFIED] = 'C', [CHANGE_ADDED] = 'A', [CHANGE_DELETED] = 'D'};

	(void)err;
	CHECK(!change->entry == (change->kind == CHANGE_DELETED));
	buf_printf(arg, "%c %s\n", letters[change->kind], change->path);
	return 0;
}

TEST(a_list_names_changes_as_docker_does)
{
	const char *path;
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	struct bench_tree tree = {.top = test_dir(&path)};

	sketch_needs_root();
	bench_tree_make(&tree);
	tree.options.exclude = NULL;
	remade_directory(tree.mount);
	sketch_file(tree.mount, "e/new", "");
	sketch_dir(tree.mount, "new", 0755);
	sketch_link(tree.mount, "new/l", "x");
	CHECK_OK(diff_list(tree.upper, &tree.options, change_text, &text, &err), &err);
	CHECK_STR(
		buf_text(&text),
		"C d\nD d/b\nD d/h1\nD d/h2\nC d/a\nC d/s\nD d/s/t\nC e\nA e/new\nA new\nA new/l\n");
	bench_tree_end(&tree);
}

/* ---- upper directories that become layers ---- */

TEST(a_normalised_upper_directory_holds_nothing_but_its_layer)
{
	const char *path;
	autoerr struct err err = {0};
	struct bench_tree tree = {.top = test_dir(&path)};
	static const char *const kept[] = {"d", "d/a", "d/s", "d/s/t", "n"};
	static const char *const gone[] = {"excluded", "socket", "e", "d/s/u", "d/h1"};
	struct stat st;

	sketch_needs_root();
	bench_tree_make(&tree);
	sketch_file(tree.mount, "d/a", "changed");
	socket_for_file(tree.mount);
	one_name_of_two_touched(tree.mount);
	new_socket(tree.mount);
	excluded_paths(tree.mount);
	CHECK(fchmodat(tree.mount, "e/x", 0600, 0) == 0 &&
	      fchmodat(tree.mount, "e/x", 0644, 0) == 0);
	sketch_whiteout(tree.upper, "d/s/u");
	sketch_time(tree.mount, "d", 9 * SECOND);
	CHECK_OK(diff_normalise_upper(tree.upper, &tree.options, 8 * SECOND, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		char real[64], list[256];
		snprintf(real, sizeof(real), "/proc/self/fd/%d/%s", tree.upper, kept[i]);
		if (lstat(real, &st) || llistxattr(real, list, sizeof(list)) != 0)
			test_fail(__FILE__, __LINE__, "'%s' is gone or has xattrs", kept[i]);
		if (!stat_is_whiteout(&st))
			CHECK_INT(st.st_mtim.tv_sec, 8);
	}
	CHECK(fstatat(tree.upper, "d/s/t", &st, 0) == 0 && stat_is_whiteout(&st));
	for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
		if (sketch_has(tree.upper, gone[i]))
			test_fail(__FILE__, __LINE__, "'%s' is still there", gone[i]);
	}
	bench_tree_end(&tree);
}

TEST(a_prepared_upper_directory_is_no_change)
{
	const char *path;
	autoerr struct err err = {0};
	autobuf struct buf tar = {0}, names = {0};
	int base = test_dir(&path), upper = test_dir(&path);
	struct diff_options options = {.source = DIFF_UPPER, .lower = {&base, 1}};

	sketch_needs_root();
	CHECK(fchmod(base, 01733) == 0 && fchown(base, 5, 6) == 0);
	sketch_acl(base, ".", true);
	sketch_xattr(base, ".", "user.x", "y");
	sketch_xattr(upper, ".", "user.other", "z");
	CHECK_OK(diff_prepare_upper(upper, &options.lower, &err), &err);
	sketch_pack_diff(upper, &options, &tar);
	tar_names(&tar, &names);
	CHECK_STR(buf_text(&names), "");
}

TEST(an_upper_directory_with_redirects_is_refused)
{
	const char *path;
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	int upper = test_dir(&path);
	struct diff_options options = {.source = DIFF_UPPER};

	sketch_needs_root();
	sketch_dir(upper, "d", 0755);
	sketch_xattr(upper, "d", "trusted.overlay.redirect", "elsewhere");
	CHECK(diff_list(upper, &options, change_text, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), "'d' was renamed by an overlay with redirect_dir");
}

TEST(only_an_upper_directory_is_normalised)
{
	const char *path;
	autoerr struct err err = {0};
	struct diff_options options = {.source = DIFF_MERGED};

	CHECK(diff_normalise_upper(test_dir(&path), &options, -1, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
}
