/* test_copy.c - COPY and ADD of local files: where they go, whose they are, what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "build/test_fixture.h"
#include "layer/acl.h"
#include "layer/tar.h"
#include "testing/test.h"

TEST(a_file_becomes_its_target_or_goes_inside)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "a", "A");
	bench_write(&bench, "b", "B");
	bench_make(&bench, "FROM scratch\n"
			   "COPY a /x\n"
			   "COPY a dir/\n"
			   "COPY a b several\n"
			   "COPY b dir\n"
			   "WORKDIR /srv/www\n"
			   "COPY a .\n"
			   "COPY b ./renamed\n"
			   "COPY [\"a\", \"with space/\"]\n"
			   "COPY a ../up\n");
	CHECK_TEXT(&bench, "/x", "A");
	CHECK_TEXT(&bench, "/dir/a", "A");
	CHECK_TEXT(&bench, "/dir/b", "B");
	CHECK_TEXT(&bench, "/several/a", "A");
	CHECK_TEXT(&bench, "/several/b", "B");
	CHECK_TEXT(&bench, "/srv/www/a", "A");
	CHECK_TEXT(&bench, "/srv/www/renamed", "B");
	CHECK_TEXT(&bench, "/srv/www/with space/a", "A");
	CHECK_TEXT(&bench, "/srv/up", "A");
	CHECK_LOOK(&bench, "/several", "drwxr-xr-x 0:0");
	CHECK_LOOK(&bench, "/srv", "drwxr-xr-x 0:0");
}

TEST(a_directory_gives_what_it_holds)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "src/one", "1");
	bench_write(&bench, "src/sub/two", "2");
	CHECK(fchmodat(bench.context_fd, "src/sub", 0700, 0) == 0);
	CHECK(fchownat(bench.context_fd, "src/sub/two", 5, 6, 0) == 0);
	CHECK(symlinkat("one", bench.context_fd, "src/link") == 0);
	bench_make(&bench, "FROM scratch\nCOPY src /dst\nCOPY src/sub /dst/sub2/\nCOPY . /all\n");
	CHECK_TEXT(&bench, "/dst/one", "1");
	CHECK_TEXT(&bench, "/dst/sub/two", "2");
	CHECK_TEXT(&bench, "/dst/sub2/two", "2");
	CHECK_TEXT(&bench, "/all/src/sub/two", "2");
	CHECK_LOOK(&bench, "/dst", "drwxr-xr-x 0:0");
	CHECK_LOOK(&bench, "/dst/sub", "drwx------ 0:0");
	CHECK_LOOK(&bench, "/dst/sub2", "drwxr-xr-x 0:0");
	CHECK_LOOK(&bench, "/dst/sub/two", "-rw-r--r-- 0:0");
	CHECK_LOOK(&bench, "/dst/link", "l → one");
}

TEST(directories_merge_and_files_replace)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "first/sub/kept", "kept");
	bench_write(&bench, "first/sub/file", "old");
	bench_write(&bench, "second/sub/file", "new");
	CHECK(fchmodat(bench.context_fd, "second", 0700, 0) == 0);
	CHECK(fchmodat(bench.context_fd, "second/sub", 0711, 0) == 0);
	bench_make(&bench,
		   "FROM scratch\nCOPY first /d\nCOPY second /d\nCOPY first second /both/\n");
	CHECK_TEXT(&bench, "/d/sub/kept", "kept");
	CHECK_TEXT(&bench, "/d/sub/file", "new");
	CHECK_LOOK(&bench, "/d", "drwxr-xr-x 0:0");
	CHECK_LOOK(&bench, "/d/sub", "drwx--x--x 0:0");
	CHECK_TEXT(&bench, "/both/sub/kept", "kept");
	CHECK_TEXT(&bench, "/both/sub/file", "new");
}

TEST(links_lead_nowhere_outside)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "etc/passwd", "the context's");
	bench_write(&bench, "real/file", "real");
	CHECK(symlinkat("/etc/passwd", bench.context_fd, "absolute") == 0);
	CHECK(symlinkat("../../../etc/passwd", bench.context_fd, "climbing") == 0);
	CHECK(symlinkat("real", bench.context_fd, "to-directory") == 0);
	bench_make(&bench, "FROM scratch\n"
			   "COPY absolute /a\n"
			   "COPY climbing /b\n"
			   "COPY ../../etc/passwd /c\n"
			   "COPY /etc/passwd /d\n"
			   "COPY to-directory /e\n"
			   "COPY to-directory/file /f\n");
	CHECK_TEXT(&bench, "/a", "the context's");
	CHECK_TEXT(&bench, "/b", "the context's");
	CHECK_TEXT(&bench, "/c", "the context's");
	CHECK_TEXT(&bench, "/d", "the context's");
	CHECK_TEXT(&bench, "/e/file", "real");
	CHECK_TEXT(&bench, "/f", "real");
}

TEST(the_target_may_be_behind_links_of_the_image)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "root/usr/lib/old", "old");
	bench_write(&bench, "a", "A");
	CHECK(symlinkat("usr/lib", bench.context_fd, "root/lib") == 0);
	CHECK(symlinkat("/usr/new", bench.context_fd, "root/new") == 0);
	CHECK(symlinkat("loop", bench.context_fd, "root/loop") == 0);
	bench_make(&bench,
		   "FROM scratch\nCOPY root /\nCOPY a /lib/a\nCOPY a /new/a\nCOPY a /lib\n");
	CHECK_TEXT(&bench, "/usr/lib/a", "A");
	CHECK_TEXT(&bench, "/usr/lib/old", "old");
	CHECK_TEXT(&bench, "/usr/new/a", "A");
	CHECK_LOOK(&bench, "/lib", "l → usr/lib");
	bench_refuse(&bench, "FROM scratch\nCOPY root /\nCOPY a /loop/x\n",
		     "Dockerfile:3:1: '/loop/x': too many symbolic links on the way");
	bench_refuse(&bench,
		     "FROM scratch\nCOPY root /\nCOPY root/usr/lib /\nCOPY root/usr /lib/old\n",
		     "Dockerfile:4:1: '/usr/lib/old' is not a directory, so no directory can be "
		     "copied onto it");
}

TEST(what_would_replace_a_directory_is_refused)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "a/name/file", "1");
	bench_write(&bench, "b/name", "2");
	bench_write(&bench, "name", "3");
	CHECK(symlinkat("elsewhere", bench.context_fd, "name-link") == 0);
	bench_refuse(&bench, "FROM scratch\nCOPY a /d\nCOPY b /d\n",
		     "Dockerfile:3:1: '/d/name' is a directory, so no file can be copied onto it");
	bench_refuse(&bench, "FROM scratch\nCOPY a /d\nCOPY name /d/\n",
		     "Dockerfile:3:1: '/d/name' is a directory, so no file can be copied onto it");
	bench_refuse(&bench, "FROM scratch\nCOPY b /d\nCOPY a /d\n",
		     "Dockerfile:3:1: '/d/name' is not a directory, so no directory can be copied "
		     "onto it");
	bench_refuse(&bench, "FROM scratch\nCOPY a b /d/\n",
		     "Dockerfile:2:1: '/d/name' is a directory in one source and not in another");
	bench_refuse(&bench, "FROM scratch\nCOPY name /f\nCOPY name b /f\n",
		     "Dockerfile:3:1: '/f' is a file, not a directory");
	bench_refuse(&bench, "FROM scratch\nCOPY name /f\nCOPY name /f/\n",
		     "Dockerfile:3:1: '/f' is a file, not a directory");
	bench_refuse(&bench, "FROM scratch\nCOPY name /f\nCOPY name /f/g\n",
		     "Dockerfile:3:1: '/f/g': '/f' is not a directory");
	bench_refuse(&bench, "FROM scratch\nCOPY name /f\nWORKDIR /f\n",
		     "Dockerfile:3:1: '/f' is not a directory");
}

TEST(wildcards_stand_for_what_is_there)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "a.c", "a");
	bench_write(&bench, "b.c", "b");
	bench_write(&bench, "x/d.c", "d");
	bench_write(&bench, "y/e.c", "e");
	bench_write(&bench, "[odd]", "odd");
	bench_make(&bench, "FROM scratch\n"
			   "COPY *.c /one/\n"
			   "COPY ?/*.c /two/\n"
			   "COPY [a-a].* /three\n"
			   "COPY [[]odd] /four\n"
			   "COPY *.none /five/\n"
			   "COPY [[]* /six\n");
	CHECK_TEXT(&bench, "/one/a.c", "a");
	CHECK_TEXT(&bench, "/one/b.c", "b");
	CHECK_LOOK(&bench, "/one/d.c", "");
	CHECK_TEXT(&bench, "/two/d.c", "d");
	CHECK_TEXT(&bench, "/two/e.c", "e");
	CHECK_TEXT(&bench, "/three", "a");
	CHECK_LOOK(&bench, "/five", "");
	CHECK_TEXT(&bench, "/six", "odd");
	bench_refuse(&bench, "FROM scratch\nCOPY none /\n",
		     "Dockerfile:2:1: 'none' is not in the build context");
	bench_refuse(&bench, "FROM scratch\nCOPY a[ /\n",
		     "Dockerfile:2:1: the pattern 'a[' has a [ or \\ without its end");
}

TEST(owners_and_modes_are_given)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "passwd", "web:x:33:34::/:/bin/sh\n");
	bench_write(&bench, "group", "www:x:35:\n");
	bench_write(&bench, "d/sub/f", "f");
	CHECK(symlinkat("f", bench.context_fd, "d/sub/l") == 0);
	bench_make(&bench, "FROM scratch\n"
			   "ARG who=web\n"
			   "COPY passwd group /etc/\n"
			   "COPY --chown=1:2 d /numbers\n"
			   "COPY --chown=7 d /number\n"
			   "COPY --chown=$who d /name\n"
			   "COPY --chown=web:www --chmod=4750 d /both\n"
			   "COPY --chown=:www d/sub/f /new/parents/f\n");
	CHECK_LOOK(&bench, "/numbers", "drwxr-xr-x 1:2");
	CHECK_LOOK(&bench, "/numbers/sub/f", "-rw-r--r-- 1:2");
	CHECK_LOOK(&bench, "/number/sub", "drwxr-xr-x 7:7");
	CHECK_LOOK(&bench, "/name/sub/f", "-rw-r--r-- 33:34");
	CHECK_LOOK(&bench, "/both", "drwxr-xr-x 33:35");
	CHECK_LOOK(&bench, "/both/sub", "drwsr-x--- 33:35");
	CHECK_LOOK(&bench, "/both/sub/f", "-rwsr-x--- 33:35");
	CHECK_LOOK(&bench, "/both/sub/l", "l → f");
	CHECK_LOOK(&bench, "/new/parents", "drwxr-xr-x 0:35");
	bench_refuse(&bench, "FROM scratch\nCOPY --chown=nobody d /d\n",
		     "Dockerfile:2:1: --chown=nobody: no user 'nobody' in the image's /etc/passwd");
	bench_refuse(&bench, "FROM scratch\nCOPY --chmod=u+x d /d\n",
		     "Dockerfile:2:1: --chmod=u+x: not an octal mode up to 7777");
	bench_refuse(&bench, "FROM scratch\nCOPY --chmod=10000 d /d\n",
		     "Dockerfile:2:1: --chmod=10000: not an octal mode up to 7777");
}

TEST(ignored_files_are_not_there)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, ".dockerignore", "secret\nlogs\n!logs/deep/keep\n*/*.tmp\n");
	bench_write(&bench, "secret", "s");
	bench_write(&bench, "open", "o");
	bench_write(&bench, "logs/gone", "g");
	bench_write(&bench, "logs/deep/keep", "k");
	bench_write(&bench, "logs/deep/gone", "g");
	bench_write(&bench, "dir/x.tmp", "t");
	bench_write(&bench, "dir/x.c", "c");
	bench_make(&bench, "FROM scratch\nCOPY . /\nCOPY * /all/\n");
	CHECK_TEXT(&bench, "/open", "o");
	CHECK_LOOK(&bench, "/secret", "");
	CHECK_LOOK(&bench, "/all/secret", "");
	CHECK_LOOK(&bench, "/logs/gone", "");
	CHECK_LOOK(&bench, "/logs/deep/gone", "");
	CHECK_TEXT(&bench, "/logs/deep/keep", "k");
	CHECK_LOOK(&bench, "/logs/deep", "drwxr-xr-x 0:0");
	CHECK_LOOK(&bench, "/dir/x.tmp", "");
	CHECK_TEXT(&bench, "/dir/x.c", "c");
	bench_refuse(
		&bench, "FROM scratch\nCOPY secret /\n",
		"Dockerfile:2:1: 'secret' is not in the build context: .dockerignore excludes it");
	CHECK(file_write_at(bench.context_fd, "../Dockerfile.dockerignore", "open\n", 5, 0644,
			    FILE_NO_SYNC, &(struct err){0}) == 0);
	bench_make(&bench, "FROM scratch\nCOPY . /\n");
	CHECK_LOOK(&bench, "/open", "");
	CHECK_TEXT(&bench, "/secret", "s");
}

TEST(heredocs_are_files)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "a", "A");
	bench_make(&bench, "FROM scratch\n"
			   "ENV who=me\n"
			   "COPY <<EOF /hello\n"
			   "it's \"$who\" \\$who\n"
			   "EOF\n"
			   "COPY --chown=3:4 --chmod=600 <<one <<'two' a /dir/\n"
			   "1 $who\n"
			   "one\n"
			   "2 $who\n"
			   "two\n"
			   "COPY <<-/etc/name /\n"
			   "\ttabs\n"
			   "\t/etc/name\n");
	CHECK_TEXT(&bench, "/hello", "it's \"me\" $who\n");
	CHECK_LOOK(&bench, "/hello", "-rw-r--r-- 0:0");
	CHECK_TEXT(&bench, "/dir/one", "1 me\n");
	CHECK_TEXT(&bench, "/dir/two", "2 $who\n");
	CHECK_TEXT(&bench, "/dir/a", "A");
	CHECK_LOOK(&bench, "/dir/one", "-rw------- 3:4");
	CHECK_TEXT(&bench, "/name", "tabs\n");
}

TEST(files_come_from_stages_and_images)
{
	autobench struct bench bench;
	autoref struct reference name = {0};
	autoerr struct err err = {0};
	bench_open(&bench);
	bench_write(&bench, "d/f", "from the context");
	CHECK_OK(reference_parse("tools:1", &name, &err), &err);
	bench.options.tag = &name;
	bench_make(&bench, "FROM scratch\nCOPY --chown=8:9 d /tools\n");
	bench.options.tag = NULL;
	bench_make(&bench, "FROM scratch AS first\n"
			   "COPY --chown=5:6 d /d/sub\n"
			   "FROM scratch\n"
			   "COPY --chown=7:7 d /d\n"
			   "FROM scratch\n"
			   "COPY --from=first /d /a\n"
			   "COPY --from=1 d/f /b\n"
			   "COPY --from=tools:1 /tools /c\n"
			   "COPY --from=first --chown=1 /d/sub/f /d\n"
			   "COPY --from=first /d/*b/f /e/\n");
	CHECK_LOOK(&bench, "/a", "drwxr-xr-x 0:0");
	CHECK_LOOK(&bench, "/a/sub", "drwxr-xr-x 5:6");
	CHECK_TEXT(&bench, "/a/sub/f", "from the context");
	CHECK_LOOK(&bench, "/b", "-rw-r--r-- 7:7");
	CHECK_LOOK(&bench, "/c/f", "-rw-r--r-- 8:9");
	CHECK_LOOK(&bench, "/d", "-rw-r--r-- 1:1");
	CHECK_LOOK(&bench, "/e/f", "-rw-r--r-- 5:6");
	bench_refuse(&bench, "FROM scratch AS a\nFROM scratch\nCOPY --from=a none /\n",
		     "Dockerfile:3:1: 'none' is not in stage 'a'");
	bench_refuse(&bench, "FROM scratch\nCOPY --from=0 x /\n",
		     "Dockerfile:2:1: --from=0: there are 0 stages before this one");
	bench_refuse(&bench, "FROM scratch\nCOPY --from=nowhere x /\n",
		     "Dockerfile:2:1: no such image 'nowhere'");
}

static void set_acl(int fd, const char *path, const char *text)
{
	autobuf struct buf bytes = {0};
	autoerr struct err err = {0};
	autoclose int file = openat(fd, path, O_RDONLY | O_CLOEXEC);

	CHECK_OK(acl_from_text(str_of(text), &bytes, &err), &err);
	if (fsetxattr(file, XATTR_ACL_ACCESS, bytes.ptr, bytes.len, 0))
		test_skip("needs a file system with ACLs");
}

static char *blob_acl(struct bench *bench, const char *path)
{
	struct store *store = bench->engine.store;
	cleanup(manifest_done) struct manifest manifest = {0};
	struct reader *tar = NULL;
	struct entry entry = {0};
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	enum compression found;
	int fd = -1;

	CHECK_OK(store_read_manifest(store, &bench->result.image.manifest.digest, &manifest, &err),
		 &err);
	CHECK_OK(store_open_blob(store, &manifest.layers[manifest.n_layers - 1].digest, &fd, NULL,
				 &err),
		 &err);
	CHECK_OK(reader_decompress(reader_of_fd(fd), &found, &tar, &err), &err);
	cleanup(tar_reader_freep) struct tar_reader *entries = tar_reader_new(tar);
	while (tar_reader_next(entries, &entry, &err) == 1) {
		const struct xattr *acl = xattrs_get(&entry.xattrs, XATTR_ACL_ACCESS);
		if (text_eq(entry.path, path) && acl)
			CHECK_OK(acl_to_text(acl->value, acl->len, "", &text, &err), &err);
	}
	entry_clear(&entry);
	return buf_steal(&text);
}

TEST(lists_of_rights_are_kept_and_follow_the_mode)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "d/f", "f");
	set_acl(bench.context_fd, "d/f", "user::rw-,user:1000:rwx,group::r--,mask::rwx,other::---");
	bench_make(&bench, "FROM scratch\nCOPY d /\n");
	autofree char *kept = blob_acl(&bench, "f");
	CHECK_STR(kept, "user::rw-\nuser:1000:rwx\ngroup::r--\nmask::rwx\nother::---\n");
	bench_make(&bench, "FROM scratch\nCOPY --chmod=0745 d /\n");
	autofree char *changed = blob_acl(&bench, "f");
	CHECK_STR(changed, "user::rwx\nuser:1000:rwx\ngroup::r--\nmask::r--\nother::r-x\n");
}

static void layer_look(struct bench *bench, const char *path, struct stat *ret_st)
{
	struct store *store = bench->engine.store;
	autoerr struct err err = {0};
	cleanup(image_config_done) struct image_config config = {0};
	autoclose int fd = -1;

	bench_config(bench, &config);
	struct digest chain = image_config_chain_id(&config, config.n_diff_ids);
	CHECK_OK(store_open_layer(store, &chain, &fd, &err), &err);
	CHECK(fstatat(fd, path, ret_st, AT_SYMLINK_NOFOLLOW) == 0);
}

TEST(hard_links_hold_also_when_their_first_name_is_replaced)
{
	autobench struct bench bench;
	struct stat first, second;
	bench_open(&bench);
	bench_write(&bench, "a/x", "old");
	CHECK(linkat(bench.context_fd, "a/x", bench.context_fd, "a/y", 0) == 0);
	CHECK(linkat(bench.context_fd, "a/x", bench.context_fd, "a/z", 0) == 0);
	bench_write(&bench, "b/x", "new");
	bench_make(&bench, "FROM scratch\nCOPY a /\n");
	layer_look(&bench, "x", &first);
	CHECK_INT(first.st_nlink, 3);
	bench_make(&bench, "FROM scratch\nCOPY a b /\n");
	CHECK_TEXT(&bench, "/x", "new");
	CHECK_TEXT(&bench, "/y", "old");
	layer_look(&bench, "y", &first);
	layer_look(&bench, "z", &second);
	CHECK(first.st_ino == second.st_ino && first.st_nlink == 2);
}

TEST(names_that_no_layer_can_hold_are_refused)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "d/.wh.x", "x");
	bench_refuse(&bench, "FROM scratch\nCOPY d /\n",
		     "Dockerfile:2:1: '.wh.x': a layer cannot hold names that begin with '.wh.'");
}

TEST(an_odd_way_to_the_root_is_the_root)
{
	autobench struct bench bench;
	bench_open(&bench);
	bench_write(&bench, "a", "A");
	bench_make(&bench, "FROM scratch\nCOPY a /..\nCOPY a /x/../y/./z/..//\nCOPY . /w/.\n");
	CHECK_TEXT(&bench, "/a", "A");
	CHECK_TEXT(&bench, "/y/a", "A");
	CHECK_TEXT(&bench, "/w/a", "A");
}
