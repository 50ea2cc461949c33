/* test_apply.c - layers unpacked: hostile ones stay inside, whiteouts mean what they say.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/attributes.h"
#include "layer/test_sketch.h"
#include "layer/tree.h"
#include "testing/test.h"

#include "base/banned.h"

/* ---- archives written as lines: "TYPE PATH ARGUMENT" ----
 *   d PATH MODE   f PATH TEXT   l PATH TARGET   h PATH TARGET   p PATH   c PATH MAJOR:MINOR
 * "@" stands for a path outside of the root. */

static void script_line(struct tar_writer *tar, struct str line, const char *outside)
{
	static const char letters[] = {
		[ENTRY_FILE] = 'f',     [ENTRY_DIRECTORY] = 'd', [ENTRY_SYMLINK] = 'l',
		[ENTRY_HARDLINK] = 'h', [ENTRY_CHAR] = 'c',      [ENTRY_BLOCK] = 'b',
		[ENTRY_FIFO] = 'p'};
	autoerr struct err err = {0};
	autofree char *type = str_dup(str_cut(&line, ' ')), *path = str_dup(str_cut(&line, ' '));
	autofree char *argument = line.ptr ? str_dup(line) : xstrdup("");
	autofree char *target =
		argument[0] == '@' ? xasprintf("%s%s", outside, argument + 1) : xstrdup(argument);
	const char *at = memchr(letters, type[0], sizeof(letters));
	CHECK(at);
	struct entry entry = {
		.type = (enum entry_type)(at - letters),
		.path = path,
		.mode = 0644,
		.uid = geteuid(), /* most of this also goes without being root */
		.gid = getegid(),
		.mtime_ns = 1500000000 * INT64_C(1000000000),
	};
	unsigned mode = 0755;

	if (entry.type == ENTRY_DIRECTORY)
		CHECK(sscanf(argument, "%o", &mode) <= 1 && (entry.mode = mode));
	if (entry.type == ENTRY_FILE)
		entry.size = strlen(argument);
	if (entry.type == ENTRY_SYMLINK || entry.type == ENTRY_HARDLINK)
		entry.target = target;
	if (entry.type == ENTRY_CHAR)
		CHECK(sscanf(argument, "%u:%u", &entry.major, &entry.minor) == 2);
	CHECK_OK(tar_writer_entry(tar, &entry, &err), &err);
	if (entry.size)
		CHECK_OK(tar_writer_write(tar, argument, entry.size, &err), &err);
}

static void script_tar(const char *script, const char *outside, struct buf *ret_tar)
{
	autoerr struct err err = {0};
	autowriter struct writer *out = writer_to_buf(ret_tar);
	cleanup(tar_writer_freep) struct tar_writer *tar = tar_writer_new(out);

	for (struct str rest = str_of(script); rest.ptr;)
		script_line(tar, str_cut(&rest, '\n'), outside);
	CHECK_OK(tar_writer_finish(tar, &err), &err);
}

static int apply(const struct buf *tar, int root, const struct apply_options *options,
		 struct err *err)
{
	struct apply_result result;
	autoreader struct reader *reader = reader_of_bytes(buf_str(tar));

	return layer_apply(reader, root, options, &result, err);
}

static int scratch_dir(void)
{
	const char *path;
	int fd = test_dir(&path);

	CHECK(fchmod(fd, 0755) == 0);
	return fd;
}

/* ---- what must stay inside ---- */

static const struct {
	const char *name, *script;
	enum err_kind kind; /* ERR_NONE: it is unpacked, inside */
} hostile[] = {
	{"a name that goes up", "f ../outside/x 1", ERR_CORRUPT},
	{"a name that goes up in its middle", "d a\nf a/../../outside/x 1", ERR_CORRUPT},
	{"a name that is only up", "d ..", ERR_CORRUPT},
	{"an absolute name", "f /outside/secret 1", ERR_NONE},
	{"a file through a link that goes up", "l a ../outside\nf a/secret 1", ERR_NONE},
	{"a file through an absolute link", "l a @\nf a/secret 1", ERR_NONE},
	{"a directory through a link that goes up", "l a ../outside\nd a/new", ERR_NONE},
	{"a directory over a link", "l a @\nd a 0777", ERR_NONE},
	{"a directory replaced by a link, then written below",
	 "d a\nf a/x 1\nl a ../outside\nf a/secret 2", ERR_NONE},
	{"a deep directory replaced by a link, then written below",
	 "d a\nd a/b\nf a/b/x 1\nl a/b ../../outside\nf a/b/secret 2", ERR_NONE},
	{"a parent replaced by a link while we stand below it",
	 "d a\nd a/b\nf a/b/x 1\nl a ../outside\nf a/b/secret 2\nf a/secret 2", ERR_NONE},
	{"a chain of links", "l a b\nl b c/../../..\nd c\nf a/outside/secret 1", ERR_NONE},
	{"a loop of links", "l a b\nl b a\nf a/x 1", ERR_CORRUPT},
	{"a link to itself", "l a a\nf a/x 1", ERR_CORRUPT},
	{"a link that grows", "l a a/a/a/a/a/a/a/a\nf a/x 1", ERR_CORRUPT},
	{"a link that hangs", "l a ../nowhere/at/all\nf a/x 1", ERR_NONE},
	{"a file over a link", "l a @/secret\nf a 2", ERR_NONE},
	{"a file over a pipe", "p a\nf a 2", ERR_NONE},
	{"a device over a link", "l a @/secret\nc a 1:3", ERR_NONE},
	{"a link over a link", "l a @\nl a ../outside\nf a/secret 2", ERR_NONE},
	{"a hard link that goes up", "h x ../outside/secret", ERR_CORRUPT},
	{"a hard link to an absolute name", "h x @/secret", ERR_CORRUPT},
	{"a hard link through a link", "l a @\nh x a/secret", ERR_CORRUPT},
	{"a hard link through a link that goes up", "l a ../outside\nh x a/secret", ERR_CORRUPT},
	{"a hard link to a link, then written", "l a @/secret\nh b a\nf b 2", ERR_NONE},
	{"a hard link to a directory", "d a\nh x a", ERR_CORRUPT},
	{"a hard link to nothing", "h x nothing", ERR_CORRUPT},
	{"a hard link to the root", "h x .", ERR_CORRUPT},
	{"a hard link to itself", "f x 1\nh x x", ERR_NONE},
	{"a hard link in place of the directory that holds its target", "d a\nf a/f 1\nh a a/f",
	 ERR_CORRUPT},
	{"a whiteout through a link that goes up", "l a ../outside\nf a/.wh.secret", ERR_NONE},
	{"a whiteout through an absolute link", "l a @\nf a/.wh.secret", ERR_NONE},
	{"an opaque mark through an absolute link", "l a @\nf a/.wh..wh..opq", ERR_NONE},
	{"an opaque mark through a link that goes up", "l a ..\nf a/.wh..wh..opq", ERR_NONE},
	{"a whiteout of nothing", "f .wh.", ERR_CORRUPT},
	{"a whiteout of the directory itself", "d a\nf a/.wh..", ERR_CORRUPT},
	{"a whiteout of the directory above", "d a\nf a/.wh...", ERR_CORRUPT},
	{"an unknown mark", "f .wh..wh.x", ERR_CORRUPT},
	{"an unknown mark of AUFS", "f .wh..wh.plnk", ERR_CORRUPT},
	{"a file below a whiteout", "f .wh.a/b 1", ERR_CORRUPT},
	{"a file below a whiteout, deeper", "f d/.wh.a/b/c 1", ERR_CORRUPT},
	{"a whiteout that is a directory", "d .wh.a", ERR_CORRUPT},
	{"a whiteout that is a link", "l .wh.a @", ERR_CORRUPT},
	{"a device that is a whiteout", "c a 0:0", ERR_CORRUPT},
	{"a root that is a file", "f . 1", ERR_CORRUPT},
	{"a root that is a link", "l ./ @", ERR_CORRUPT},
	{"a root that is a device", "c . 1:3", ERR_CORRUPT},
	{"a file as a directory", "f a 1\nf a/b 1", ERR_CORRUPT},
	{"a device as a directory", "c a 1:3\nf a/b 1", ERR_CORRUPT},
	{"a directory over a file over a directory", "d a\nf a/x 1\nf a 1\nd a\nf a/y 1", ERR_NONE},
	{"through a lower layer's link that goes up", "f low/secret 1", ERR_NONE},
	{"through a lower layer's absolute link", "f low-abs/secret 1", ERR_NONE},
	{"a hard link to a file through a lower layer's link", "h x low/secret", ERR_CORRUPT},
	{"a hard link to a lower layer's link, then written", "h x low-file\nf x 1", ERR_NONE},
	{"a file through a lower layer's device", "f low-device/x 1", ERR_CORRUPT},
	{"a whiteout through a lower layer's link", "f low-abs/.wh.secret", ERR_NONE},
};

struct war_ground { /* a root, what is beside it, and a lower layer full of traps */
	const char *path;
	char outside_path[256];
	int top, root, outside, lower;
};

static void war_make(struct war_ground *war)
{
	int traps;

	snprintf(war->outside_path, sizeof(war->outside_path), "%s/outside", war->path);
	sketch_dir(war->top, "outside", 0755);
	sketch_file(war->top, "outside/secret", "kept");
	sketch_dir(war->top, "root", 0755);
	sketch_dir(war->top, "lower", 0755);
	war->root = sketch_open_dir(war->top, "root");
	war->outside = sketch_open_dir(war->top, "outside");
	war->lower = traps = sketch_open_dir(war->top, "lower");
	char secret[300];
	snprintf(secret, sizeof(secret), "%s/secret", war->outside_path);
	sketch_link(traps, "low", "../outside");
	sketch_link(traps, "low-abs", war->outside_path);
	sketch_link(traps, "low-file", secret);
	CHECK(mknodat(traps, "low-device", S_IFCHR | 0600, 0x103) == 0);
	sketch_time(war->top, "outside/secret", 1000);
	sketch_time(war->top, "outside", 2000);
}

static void war_end(struct war_ground *war)
{
	autoerr struct err err = {0};

	close(war->root);
	close(war->outside);
	close(war->lower);
	CHECK_OK(tree_remove_at(war->top, "root", &err), &err);
	CHECK_OK(tree_remove_at(war->top, "outside", &err), &err);
	CHECK_OK(tree_remove_at(war->top, "lower", &err), &err);
}

static void hostile_run(struct war_ground *war, size_t i, enum apply_form form)
{
	autoerr struct err err = {0};
	autobuf struct buf tar = {0}, before = {0}, after = {0};
	autostrlist struct strlist beside = {0};
	struct apply_options options = {.form = form};
	struct tree_copy_options plainly = {0};
	struct stat st;

	war_make(war);
	if (form == APPLY_OVERLAY)
		options.lower = (struct lower){&war->lower, 1};
	else
		CHECK_OK(tree_copy(war->lower, war->root, &plainly, &err), &err);
	script_tar(hostile[i].script, war->outside_path, &tar);
	sketch_text(war->outside, SKETCH_ALL, &before);
	int failed = apply(&tar, war->root, &options, &err);
	const char *form_name = form == APPLY_OVERLAY ? "overlay" : "merged";
	if (failed ? err.kind != hostile[i].kind : hostile[i].kind != ERR_NONE)
		test_fail(__FILE__, __LINE__, "%s (%s): %s", hostile[i].name, form_name,
			  failed ? err_text(&err) : "was taken");
	sketch_text(war->outside, SKETCH_ALL, &after);
	if (strcmp(buf_text(&before), buf_text(&after)) != 0)
		test_fail(__FILE__, __LINE__, "%s (%s): changed %s", hostile[i].name, form_name,
			  buf_text(&after));
	CHECK(fstatat(war->outside, "secret", &st, 0) == 0);
	CHECK_INT(st.st_nlink, 1);
	err_clear(&err);
	CHECK_OK(dir_list(war->top, ".", &beside, &err), &err);
	autofree char *names = strlist_join(&beside, " ");
	if (!text_eq(names, "lower outside root"))
		test_fail(__FILE__, __LINE__, "%s (%s): made %s", hostile[i].name, form_name,
			  names);
	war_end(war);
}

TEST(hostile_layers_stay_inside_their_root)
{
	struct war_ground war;

	war.top = test_dir(&war.path);
	sketch_needs_root();
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		hostile_run(&war, i, APPLY_MERGED);
		hostile_run(&war, i, APPLY_OVERLAY);
	}
}

TEST(an_archive_cannot_set_what_overlayfs_reads)
{
	static const char *const names[] = {"trusted.overlay.opaque", "trusted.overlay.redirect",
					    "trusted.overlay.metacopy", "user.overlay.opaque",
					    "security.selinux"};
	autoerr struct err err = {0};
	autobuf struct buf tar = {0};
	int root = scratch_dir();
	autowriter struct writer *out = writer_to_buf(&tar);
	cleanup(tar_writer_freep) struct tar_writer *writer = tar_writer_new(out);
	struct entry entry = {.type = ENTRY_DIRECTORY, .path = xstrdup("d"), .mode = 0755};
	char list[256];

	sketch_needs_root();
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		xattrs_set(&entry.xattrs, names[i], "y", 1);
	CHECK_OK(tar_writer_entry(writer, &entry, &err), &err);
	CHECK_OK(tar_writer_finish(writer, &err), &err);
	entry_clear(&entry);
	sketch_apply(&tar, root, APPLY_OVERLAY, (struct lower){0});
	autoclose int fd = sketch_open_dir(root, "d");
	CHECK_INT(flistxattr(fd, list, sizeof(list)), 0);
}

TEST(a_plain_archive_may_hold_no_whiteouts)
{
	autoerr struct err err = {0};
	autobuf struct buf tar = {0};
	struct apply_options options = {.form = APPLY_MERGED, .no_whiteouts = true};

	script_tar("f a 1\nf .wh.b", "", &tar);
	CHECK(apply(&tar, scratch_dir(), &options, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), "'.wh.b': whiteouts have no place in this archive");
}

TEST(names_of_an_archive_reach_no_terminal_as_they_are)
{
	autoerr struct err err = {0};
	autobuf struct buf tar = {0};
	struct apply_options options = {.form = APPLY_MERGED};

	script_tar("h \x1b[31m nothing", "", &tar);
	CHECK(apply(&tar, scratch_dir(), &options, &err) < 0);
	CHECK_STR(err_text(&err), "'\\x1b[31m': a hard link to 'nothing', which does not exist");
}

TEST(bombs_meet_their_limits)
{
	static const struct {
		uint64_t max_bytes, max_entries;
		const char *text;
	} rows[] = {
		{.max_bytes = 5, .text = "'b': the layer unpacks to more than 5 bytes"},
		{.max_entries = 1, .text = "'b': the layer has more than 1 entries"},
		{.max_bytes = 6, .max_entries = 2, .text = ""},
	};
	autobuf struct buf tar = {0};

	script_tar("f a 123\nf b 456", "", &tar);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoerr struct err err = {0};
		struct apply_options options = {.form = APPLY_MERGED,
						.max_bytes = rows[i].max_bytes,
						.max_entries = rows[i].max_entries};
		int failed = apply(&tar, scratch_dir(), &options, &err);
		CHECK_STR(err_text(&err), rows[i].text);
		CHECK_INT(err.kind, failed ? ERR_LIMIT : ERR_NONE);
	}
}

/* ---- whiteouts ---- */

static const struct {
	const char *name, *script;
	const char *seen; /* of the layer over a base of d/ d/a d/b d/s/ d/s/t e/ e/x lnk@ */
} whiteouts[] = {
	{"a file", "f d/.wh.a", "d d/b d/s d/s/t e e/x lnk"},
	{"a directory", "f .wh.d", "e e/x lnk"},
	{"a name that is not there", "f .wh.none\nf d/.wh.none", "d d/a d/b d/s d/s/t e e/x lnk"},
	{"a link", "f .wh.lnk", "d d/a d/b d/s d/s/t e e/x"},
	{"through a link", "f lnk/.wh.a", "d d/b d/s d/s/t e e/x lnk"},
	{"a file through a link", "f lnk/n 1", "d d/a d/b d/n d/s d/s/t e e/x lnk"},
	{"opaque first", "f d/.wh..wh..opq\nf d/n 1", "d d/n e e/x lnk"},
	{"opaque last", "f d/n 1\nf d/.wh..wh..opq", "d d/n e e/x lnk"},
	{"opaque last, deep", "d d/s\nf d/s/n 1\nf d/.wh..wh..opq", "d d/s d/s/n e e/x lnk"},
	{"opaque after whiteouts", "f d/.wh.a\nf d/.wh..wh..opq", "d e e/x lnk"},
	{"opaque through a link", "f lnk/.wh..wh..opq", "d e e/x lnk"},
	{"opaque root first", "f .wh..wh..opq\nf n 1\nf d/n 1", "d d/n n"},
	{"opaque root last", "f n 1\nd d\nf d/n 1\nf .wh..wh..opq", "d d/n n"},
	{"opaque and new", "f new/.wh..wh..opq\nf new/n 1",
	 "d d/a d/b d/s d/s/t e e/x lnk new new/n"},
	{"then its own", "f .wh.d\nd d\nf d/n 1", "d d/n e e/x lnk"},
	{"after its own", "d d\nf d/n 1\nf .wh.d", "d d/n e e/x lnk"},
	{"then its own, not listed", "f .wh.d\nf d/n 1", "d d/n e e/x lnk"},
	{"after its own file", "f d/a 1\nf d/.wh.a", "d d/a d/b d/s d/s/t e e/x lnk"},
	{"inside and around", "f d/.wh.a\nf .wh.d", "e e/x lnk"},
	{"around and inside", "f .wh.d\nf d/.wh.a", "d e e/x lnk"},
	{"a file for a directory", "f d 1", "d e e/x lnk"},
	{"a directory for a file", "d d/a\nf d/a/n 1", "d d/a d/a/n d/b d/s d/s/t e e/x lnk"},
	{"a directory for a link", "d lnk\nf lnk/n 1", "d d/a d/b d/s d/s/t e e/x lnk lnk/n"},
	{"a file, then a directory", "f d 1\nd d\nf d/n 1", "d d/n e e/x lnk"},
	{"a directory again", "d d\nd d\nf d/n 1\nd d", "d d/a d/b d/n d/s d/s/t e e/x lnk"},
	{"parents that are not listed", "f d/p/q/n 1",
	 "d d/a d/b d/p d/p/q d/p/q/n d/s d/s/t e e/x lnk"},
	{"a hard link to a lower file", "h n d/a", "d d/a d/b d/s d/s/t e e/x lnk n"},
	{"a hard link, then its target removed", "h n d/a\nf d/.wh.a",
	 "d d/b d/s d/s/t e e/x lnk n"},
	{"a hard link to a lower link", "h n lnk", "d d/a d/b d/s d/s/t e e/x lnk n"},
	{"a hard link through a lower link", "h n lnk/a", "d d/a d/b d/s d/s/t e e/x lnk n"},
};

static void base_make(int root)
{
	sketch_dir(root, "d", 0755);
	sketch_file(root, "d/a", "a");
	sketch_file(root, "d/b", "b");
	sketch_dir(root, "d/s", 0755);
	sketch_file(root, "d/s/t", "t");
	sketch_dir(root, "e", 0755);
	sketch_file(root, "e/x", "x");
	sketch_link(root, "lnk", "d");
}

static int names_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct buf *names = arg;

	(void)err;
	if (names->len)
		buf_putc(names, ' ');
	buf_puts(names, visit->entry->path);
	return 0;
}

static void check_seen(int root, size_t i, const char *form)
{
	autoerr struct err err = {0};
	autobuf struct buf names = {0};
	struct tree_options options = {.no_xattrs = true};

	if (tree_walk(root, &options, names_visit, &names, &err) ||
	    strcmp(buf_text(&names), whiteouts[i].seen) != 0)
		test_fail(__FILE__, __LINE__, "%s (%s): %s%s", whiteouts[i].name, form,
			  buf_text(&names), err_text(&err));
}

TEST(whiteouts_remove_what_is_below_and_nothing_of_their_own_layer)
{
	autoerr struct err err = {0};
	int top = scratch_dir();

	sketch_needs_root(); /* parents of nothing are root's */
	for (size_t i = 0; i < ARRAY_LEN(whiteouts); i++) {
		autobuf struct buf tar = {0};
		sketch_dir(top, "root", 0755);
		autoclose int root = sketch_open_dir(top, "root");
		base_make(root);
		script_tar(whiteouts[i].script, "", &tar);
		sketch_apply(&tar, root, APPLY_MERGED, (struct lower){0});
		check_seen(root, i, "merged");
		CHECK_OK(tree_remove_at(top, "root", &err), &err);
	}
}

TEST(whiteouts_mean_the_same_to_overlayfs)
{
	autoerr struct err err = {0};
	int top = scratch_dir(), base = scratch_dir();

	sketch_needs_root();
	base_make(base);
	for (size_t i = 0; i < ARRAY_LEN(whiteouts); i++) {
		autobuf struct buf tar = {0};
		sketch_dir(top, "layer", 0755);
		sketch_dir(top, "scratch", 0755);
		autoclose int layer = sketch_open_dir(top, "layer"),
			      scratch = sketch_open_dir(top, "scratch");
		script_tar(whiteouts[i].script, "", &tar);
		sketch_apply(&tar, layer, APPLY_OVERLAY, (struct lower){&base, 1});
		int layers[] = {layer, base}, upper;
		int mount = sketch_overlay(scratch, layers, ARRAY_LEN(layers), &upper);
		check_seen(mount, i, "overlay");
		close(mount);
		close(upper);
		CHECK_OK(tree_remove_at(top, "layer", &err), &err);
		CHECK_OK(tree_remove_at(top, "scratch", &err), &err);
	}
}

/* ---- attributes ---- */

TEST(parents_that_are_not_listed_are_like_those_below)
{
	autobuf struct buf tar = {0};
	int base = scratch_dir(), layer = scratch_dir();
	struct stat st;

	sketch_needs_root();
	sketch_dir(base, "tmp", 01777);
	CHECK(fchownat(base, "tmp", 12, 34, 0) == 0);
	sketch_acl(base, "tmp", true);
	sketch_xattr(base, "tmp", "user.x", "y");
	sketch_time(base, "tmp", 1234567890123456789);
	sketch_time(base, ".", 77);
	script_tar("f tmp/f text\nf none/f text", "", &tar);
	sketch_apply(&tar, layer, APPLY_OVERLAY, (struct lower){&base, 1});
	CHECK(unlinkat(layer, "tmp/f", 0) == 0);
	sketch_time(layer, "tmp", 1234567890123456789);
	CHECK(fstatat(layer, "none", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0755);
	CHECK_INT(st.st_mtim.tv_sec, 1500000000);
	CHECK(unlinkat(layer, "none/f", 0) == 0 && unlinkat(layer, "none", AT_REMOVEDIR) == 0);
	sketch_time(layer, ".", 77);
	autobuf struct buf mine = {0}, theirs = {0};
	sketch_text(layer, SKETCH_ALL, &mine);
	sketch_text(base, SKETCH_ALL, &theirs);
	CHECK_STR(buf_text(&mine), buf_text(&theirs));
}

TEST(directories_that_are_only_written_into_keep_their_time)
{
	autobuf struct buf tar = {0};
	int root = scratch_dir();
	struct stat st;

	sketch_dir(root, "d", 0700);
	sketch_time(root, "d", 1234567890123456789);
	sketch_time(root, ".", 1000000007);
	script_tar("f d/f text\nf g text", "", &tar);
	sketch_apply(&tar, root, APPLY_MERGED, (struct lower){0});
	CHECK(fstatat(root, "d", &st, 0) == 0);
	CHECK_INT(st.st_mtim.tv_sec, 1234567890);
	CHECK_INT(st.st_mtim.tv_nsec, 123456789);
	CHECK(fstatat(root, ".", &st, 0) == 0);
	CHECK_INT(stat_mtime_ns(&st), 1000000007);
}

TEST(a_directory_that_is_there_loses_what_its_entry_does_not_list)
{
	autobuf struct buf tar = {0};
	int root = scratch_dir();
	struct stat st;
	char list[256];

	sketch_needs_root();
	sketch_dir(root, "d", 0700);
	sketch_xattr(root, "d", "user.x", "y");
	sketch_acl(root, "d", false);
	sketch_acl(root, "d", true);
	sketch_file(root, "d/f", "kept");
	script_tar("d d 0751", "", &tar);
	sketch_apply(&tar, root, APPLY_MERGED, (struct lower){0});
	autoclose int fd = sketch_open_dir(root, "d");
	CHECK_INT(flistxattr(fd, list, sizeof(list)), 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode & 07777, 0751);
	CHECK(sketch_has(root, "d/f"));
}

TEST(long_runs_of_zeros_become_holes)
{
	autoerr struct err err = {0};
	autobuf struct buf tar = {0}, before = {0}, after = {0};
	int from = scratch_dir(), root = scratch_dir();
	struct stat st;
	autoclose int fd = openat(from, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && ftruncate(fd, (4 << 20) + 123) == 0);
	CHECK(pwrite(fd, "middle", 6, (1 << 20) + 4095) == 6);
	CHECK_OK(io_write_all(fd, "start", 5, &err), &err);
	sketch_pack_tree(from, &tar);
	sketch_apply(&tar, root, APPLY_MERGED, (struct lower){0});
	sketch_text(from, SKETCH_ALL, &before);
	sketch_text(root, SKETCH_ALL, &after);
	CHECK_STR(buf_text(&after), buf_text(&before));
	CHECK(fstatat(root, "f", &st, 0) == 0);
	CHECK(st.st_blocks * 512 <= 64 << 10);
}

TEST(an_archive_cut_short_is_corrupt_wherever_it_is_cut)
{
	autobuf struct buf tar = {0};
	int root = scratch_dir();
	const size_t whole = (size_t)4 * 512; /* the headers, and the data of one block */

	script_tar("d d 0700\nf d/a some text\nl l d", "", &tar);
	CHECK_INT(tar.len, whole + (size_t)2 * 512);
	for (size_t len = 1; len < whole; len += 7) {
		autoerr struct err err = {0};
		struct apply_options options = {.form = APPLY_MERGED};
		struct apply_result result = {.n_entries = 77};
		autoreader struct reader *reader = reader_of_bytes((struct str){tar.ptr, len});
		int failed = layer_apply(reader, root, &options, &result, &err);
		if (len % 512 == 0)
			continue; /* between entries: some writers leave the end mark out */
		if (!failed || err.kind != ERR_CORRUPT)
			test_fail(__FILE__, __LINE__, "%zu bytes: %s", len, err_text(&err));
		CHECK_INT(result.n_entries, 77);
	}
}

TEST(the_digest_is_of_every_byte_also_behind_the_end_mark)
{
	autobuf struct buf tar = {0};

	script_tar("f a 1", "", &tar);
	buf_puts(&tar, "bytes behind the end");
	sketch_apply(&tar, scratch_dir(), APPLY_MERGED,
		     (struct lower){0}); /* checks digest and length */
}
