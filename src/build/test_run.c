/* test_run.c - RUN in real containers, and ADD of real archives.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "base/proc.h"
#include "build/test_fixture.h"
#include "testing/test.h"

/* Ends the test when nothing can run containers here. */
static void bench_open_with_busybox(struct bench *bench)
{
	autofree char *path = NULL;
	autoerr struct err err = {0};

	bench_open(bench);
	if (proc_find("runc", &path, &err) && proc_find("crun", &path, &(struct err){0}))
		test_skip("needs runc or crun");
	bench_make_busybox(bench);
}

TEST(commands_change_the_image)
{
	autobench struct bench bench;
	cleanup(image_config_done) struct image_config config = {0};
	bench_open_with_busybox(&bench);
	bench_make(&bench, "FROM busybox\n"
			   "ARG arg=a\n"
			   "ENV env=e\n"
			   "WORKDIR /job\n"
			   "RUN echo \"$arg $env $(pwd) $(id -u) $HOME\" > out; rm /bin/wc\n"
			   "RUN [\"/bin/sh\", \"-c\", \"echo exec $0\", \"form\"]\n"
			   "USER web:www\n"
			   "RUN id -u; id -g; touch /tmp/x 2> /dev/null || echo denied\n"
			   "SHELL [\"/bin/sh\", \"-xc\"]\n"
			   "RUN true\n");
	CHECK_TEXT(&bench, "/job/out", "a e /job 0 /root\n");
	CHECK_LOOK(&bench, "/bin/wc", "");
	CHECK_LOOK(&bench, "/bin/sh", "l → /bin/busybox");
	CHECK_LOOK(&bench, "/dev", "");
	CHECK_STR(buf_text(&bench.log), "exec form\n33\n35\ndenied\n+ true\n");
	bench_config(&bench, &config);
	const struct history_entry *history = &config.history[config.n_history - 6];
	CHECK_STR(
		history[0].created_by,
		"RUN |1 arg=a /bin/sh -c echo \"$arg $env $(pwd) $(id -u) $HOME\" > out; rm /bin/wc");
	CHECK(!history[0].empty_layer);
	CHECK_STR(history[1].created_by, "RUN |1 arg=a /bin/sh -c echo exec $0 form");
	CHECK(history[1].empty_layer);
	CHECK_STR(history[5].created_by, "RUN |1 arg=a /bin/sh -xc true");
}

TEST(heredocs_are_scripts)
{
	autobench struct bench bench;
	bench_open_with_busybox(&bench);
	bench_make(&bench, "FROM busybox\n"
			   "RUN <<EOF\n"
			   "x=1\n"
			   "echo \"$x\" > /one\n"
			   "EOF\n"
			   "RUN <<-EOF cat > /two\n"
			   "\ttabs $((1 + 1))\n"
			   "\tEOF\n"
			   "RUN <<'script'\n"
			   "#!/bin/cat\n"
			   "me\n"
			   "script\n"
			   "RUN cat <<a - 3<<b > /three\n"
			   "A\n"
			   "a\n"
			   "B\n"
			   "b\n");
	CHECK_TEXT(&bench, "/one", "1\n");
	CHECK_TEXT(&bench, "/two", "tabs 2\n");
	CHECK_TEXT(&bench, "/three", "A\n");
	CHECK_STR(buf_text(&bench.log), "#!/bin/cat\nme\n");
}

TEST(a_failing_command_is_told_with_its_place_and_status)
{
	autobench struct bench bench;
	struct container_list list = {0};
	autoerr struct err err = {0};
	bench_open_with_busybox(&bench);
	bench_refuse(&bench, "FROM busybox\nRUN true\n\nRUN echo out; \\\n  exit 3\n",
		     "Dockerfile:4:1: '/bin/sh -c echo out;   exit 3' ended with status 3");
	CHECK_STR(buf_text(&bench.log), "out\n");
	bench_refuse(&bench, "FROM busybox\nUSER nobody\nRUN true\n",
		     "Dockerfile:3:1: no user 'nobody' in the image's /etc/passwd");
	CHECK_OK(container_list(&bench.engine, &list, &err), &err);
	CHECK_INT(list.n, 0);
	container_list_done(&list);
}

TEST(a_command_is_not_run_twice)
{
	autobench struct bench bench;
	static const char text[] =
		"FROM busybox\nARG a\nRUN cat /proc/sys/kernel/random/uuid > /id\n"
		"RUN true\n";
	bench_open_with_busybox(&bench);
	bench_make(&bench, text);
	autofree char *first = bench_text(&bench, "/id");
	CHECK_INT(bench.result.n_cached, 0);
	bench_make(&bench, text);
	CHECK(bench.result.cached);
	CHECK_TEXT(&bench, "/id", first);
	strlist_add(&bench.options.build_args, "HTTP_PROXY=http://x");
	bench_make(&bench, text);
	CHECK(bench.result.cached);
	strlist_add(&bench.options.build_args, "a=1");
	bench_make(&bench, text);
	CHECK(!bench.result.cached);
	autofree char *second = bench_text(&bench, "/id");
	CHECK(strcmp(first, second) != 0);
}

TEST(commands_see_the_network_and_the_volumes_they_are_given)
{
	autobench struct bench bench;
	bench_open_with_busybox(&bench);
	bench_write(&bench, "volume/file", "from the host\n");
	strlist_addf(&bench.options.volumes, "%s/context/volume:/mnt/volume:ro", bench.dir);
	bench.options.network = "host";
	bench_make(&bench, "FROM busybox\n"
			   "RUN cat /mnt/volume/file\n"
			   "RUN --network=none ls /sys/class/net\n"
			   "RUN touch /mnt/volume/x 2> /dev/null || echo read only\n");
	CHECK_STR(buf_text(&bench.log), "from the host\nlo\nread only\n");
	CHECK_LOOK(&bench, "/mnt/volume", "");
	strlist_done(&bench.options.volumes);
}

TEST(proxies_are_seen_and_not_kept)
{
	autobench struct bench bench;
	cleanup(image_config_done) struct image_config config = {0};
	bench_open_with_busybox(&bench);
	strlist_add(&bench.options.build_args, "http_proxy=http://proxy");
	bench_make(&bench, "FROM busybox\nRUN echo $http_proxy\n");
	CHECK_STR(buf_text(&bench.log), "http://proxy\n");
	bench_config(&bench, &config);
	CHECK_STR(config.history[config.n_history - 1].created_by,
		  "RUN /bin/sh -c echo $http_proxy");
	CHECK(!strlist_env_get(&config.config.env, "http_proxy"));
}

TEST(commands_too_give_the_same_digest_in_another_store)
{
	struct digest ids[2];
	setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		autobench struct bench bench;
		bench_open_with_busybox(&bench);
		bench_make(&bench, "FROM busybox\n"
				   "RUN mkdir -p /a/b; for i in 1 2 3; do echo $i > /a/b/$i; done; "
				   "ln -s b /a/c; rm -r /bin/vi\n"
				   "COPY --from=busybox /bin/busybox /tool\n"
				   "CMD [\"/tool\"]\n");
		ids[i] = bench.result.image.manifest.digest;
	}
	unsetenv("SOURCE_DATE_EPOCH");
	CHECK_STR(ids[0].text, ids[1].text);
}

/* ---- archives ---- */

static void run_tar(struct bench *bench, const char *script)
{
	autofree char *context = path_join(bench->dir, "context");
	autostrlist struct strlist argv = {0};
	strlist_add(&argv, "sh");
	strlist_add(&argv, "-ec");
	strlist_add(&argv, script);
	struct proc_options options = {.argv = strlist_argv(&argv),
				       .cwd = context,
				       .fd_stdin = -1,
				       .fd_stdout = -1,
				       .fd_stderr = 2};
	autoerr struct err err = {0};
	int status = -1;

	CHECK_OK(proc_run(&options, (struct str){0}, NULL, NULL, -1, &status, &err), &err);
	if (status == 127)
		test_skip("needs tar, setfacl, setfattr, setcap, gzip, bzip2, xz and zstd");
	CHECK_INT(status, 0);
}

TEST(archives_are_unpacked_whatever_they_are_called)
{
	autobench struct bench bench;
	bench_open(&bench);
	run_tar(&bench,
		"mkdir -p t/sub; echo f > t/sub/f; chown 5:6 t/sub/f; chmod 700 t/sub\n"
		"ln t/sub/f t/sub/hard; ln -s sub t/link; mkfifo t/fifo\n"
		"tar -C t -cf plain . ; tar -C t -czf zipped .; tar -C t -cJf other.txt sub\n"
		"tar -C t -cjf bz sub; tar -C t --zstd -cf zst sub; rm -r t\n"
		"echo 'not a tar' | gzip > text.gz; echo x > not.tar\n");
	bench_make(&bench, "FROM scratch\n"
			   "ADD plain /\n"
			   "ADD zipped /deep/er\n"
			   "ADD other.txt /xz/\n"
			   "ADD bz /bz\n"
			   "ADD --chown=1:2 zst plain /link/given\n"
			   "ADD text.gz not.tar /files/\n"
			   "ADD --unpack=false plain /kept/\n"
			   "COPY plain /copied/\n");
	CHECK_TEXT(&bench, "/sub/f", "f\n");
	CHECK_LOOK(&bench, "/sub/f", "-rw-r--r-- 5:6");
	CHECK_LOOK(&bench, "/sub", "drwx------ 0:0");
	CHECK_LOOK(&bench, "/link", "l → sub");
	CHECK_LOOK(&bench, "/fifo", "?rw-r--r-- 0:0");
	CHECK_TEXT(&bench, "/deep/er/sub/hard", "f\n");
	CHECK_LOOK(&bench, "/deep", "drwxr-xr-x 0:0");
	CHECK_TEXT(&bench, "/xz/sub/f", "f\n");
	CHECK_TEXT(&bench, "/bz/sub/f", "f\n");
	CHECK_TEXT(&bench, "/sub/given/sub/f", "f\n");
	CHECK_LOOK(&bench, "/sub/given/sub/f", "-rw-r--r-- 1:2");
	CHECK_TEXT(&bench, "/files/not.tar", "x\n");
	CHECK_LOOK(&bench, "/files/text.gz", "-rw-r--r-- 0:0");
	CHECK_LOOK(&bench, "/kept/plain", "-rw-r--r-- 0:0");
	CHECK_LOOK(&bench, "/copied/plain", "-rw-r--r-- 0:0");
}

/* The topmost layer as it is unpacked, by path. */
static void layer_path(struct bench *bench, int *ret_fd, char **ret_path)
{
	autoerr struct err err = {0};
	cleanup(image_config_done) struct image_config config = {0};

	bench_config(bench, &config);
	struct digest chain = image_config_chain_id(&config, config.n_diff_ids);
	CHECK_OK(store_open_layer(bench->engine.store, &chain, ret_fd, &err), &err);
	*ret_path = xasprintf("/proc/self/fd/%d", *ret_fd);
}

static ssize_t xattr_of(const char *layer, const char *name, const char *xattr, char *value,
			size_t len)
{
	autofree char *path = path_join(layer, name);
	return lgetxattr(path, xattr, value, len);
}

TEST(an_archive_keeps_everything_that_its_files_have)
{
	autobench struct bench bench;
	autoclose int fd = -1;
	autofree char *layer = NULL;
	struct stat st;
	char value[64];
	bench_open(&bench);
	bench_write(&bench, "base", "b");
	run_tar(&bench,
		"mkdir t; echo f > t/f; echo c > t/c; mknod t/null c 1 3; mkdir -m 1777 t/d\n"
		"setfattr -n user.note -v yes t/f; setfacl -m u:1000:rw t/f\n"
		"setfacl -d -m g:5:rx t/d; setcap cap_net_raw+ep t/c; touch -d @1.5 t/f\n"
		"tar --format=pax --xattrs --xattrs-include='*' -C t -cf all .\n");
	bench_make(&bench, "FROM scratch\nCOPY base /\nADD all /in/side\n");
	layer_path(&bench, &fd, &layer);
	CHECK(fstatat(fd, "in/side/null", &st, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	CHECK(fstatat(fd, "in/side/f", &st, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(st.st_mtim.tv_sec == 1 && st.st_mtim.tv_nsec == 500000000);
	CHECK(fstatat(fd, "in/side/d", &st, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK_INT(st.st_mode & 07777, 01777);
	CHECK_INT(xattr_of(layer, "in/side/f", "user.note", value, sizeof(value)), 3);
	CHECK(memcmp(value, "yes", 3) == 0);
	CHECK_INT(xattr_of(layer, "in/side/f", "system.posix_acl_access", value, sizeof(value)),
		  44);
	CHECK_INT(xattr_of(layer, "in/side/d", "system.posix_acl_default", value, sizeof(value)),
		  44);
	CHECK_INT(xattr_of(layer, "in/side/c", "security.capability", value, sizeof(value)), 20);
}

TEST(an_unchanged_archive_is_not_unpacked_again)
{
	autobench struct bench bench;
	bench_open(&bench);
	run_tar(&bench, "mkdir t; head -c 2000000 /dev/zero > t/f; tar -C t -cf a.tar f\n"
			"touch -d '2020-01-01' a.tar\n");
	bench_make(&bench, "FROM scratch\nADD a.tar /\n");
	CHECK(!bench.result.cached);
	bench_make(&bench, "FROM scratch\nADD a.tar /\n");
	CHECK(bench.result.cached);
	run_tar(&bench, "echo changed > t/f; tar -C t -cf a.tar f\n");
	bench_make(&bench, "FROM scratch\nADD a.tar /\n");
	CHECK(!bench.result.cached);
	CHECK_TEXT(&bench, "/f", "changed\n");
}

TEST(a_broken_archive_is_refused)
{
	autobench struct bench bench;
	bench_open(&bench);
	run_tar(&bench,
		"head -c 100000 /dev/urandom > f; tar -cf whole f; head -c 50000 whole > cut\n"
		"printf x > ../outside; tar -P -cf climbing ../outside 2>/dev/null\n");
	bench_refuse(&bench, "FROM scratch\nADD cut /\n",
		     "Dockerfile:2:1: unpacking 'cut': 'f': archive, entry 1: ends within a file");
	bench_refuse(&bench, "FROM scratch\nADD climbing /\n",
		     "Dockerfile:2:1: unpacking 'climbing': archive, entry 1: path '../outside' "
		     "contains '..'");
	bench_refuse(&bench, "FROM scratch\nCOPY f /f\nADD cut /f\n",
		     "Dockerfile:3:1: '/f' is a file: nothing can be unpacked there");
}
