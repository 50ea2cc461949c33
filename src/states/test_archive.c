/* test_archive.c - archives unpacked once, and never out of their directory.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "states/archive_extracted.h"
#include "states/archive_tar.h"
#include "states/test_world.h"

#include "base/banned.h"

static const struct state_def *const extracted = &state_archive_extracted;

/* One entry of a tar in v7's form, which is all of ustar that matters here. */
static void tar_add(struct buf *buf, char type, const char *path, const char *target,
		    const char *text)
{
	char header[512] = {0};
	unsigned sum = 0;
	size_t len = strlen(text);

	snprintf(header, 100, "%s", path);
	snprintf(header + 100, 8, "%07o", type == '5' ? 0755 : 0644);
	snprintf(header + 108, 8, "%07o", 0);
	snprintf(header + 116, 8, "%07o", 0);
	snprintf(header + 124, 12, "%011o", (unsigned)len);
	snprintf(header + 136, 12, "%011o", 1000);
	header[156] = type;
	snprintf(header + 157, 100, "%s", target);
	memcpy(header + 257,
	       "ustar\0"
	       "00",
	       8);
	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	buf_append(buf, header, sizeof(header));
	buf_puts(buf, text);
	while (buf->len % 512)
		buf_putc(buf, '\0');
}

static void tar_end(struct trial *trial, struct buf *buf, const char *file)
{
	autoerr struct err err = {0};
	static const char zeros[1024];

	buf_append(buf, zeros, sizeof(zeros));
	CHECK_OK(file_write_at(trial->rootfd, file, buf->ptr, buf->len, 0644, FILE_NO_SYNC, &err),
		 &err);
}

static const char *source_args(struct trial *trial, const char *file, const char *more)
{
	return heap_printf(&trial->heap, "{source: /%s%s}", file, more);
}

TEST(extracted_unpacks_once)
{
	autotrial t;
	autobuf struct buf tar = {0};
	trial_begin(&t);

	tar_add(&tar, '5', "top/", "", "");
	tar_add(&tar, '0', "top/a", "", "text\n");
	tar_add(&tar, '2', "top/l", "a", "");
	tar_add(&tar, '1', "top/h", "top/a", "");
	tar_end(&t, &tar, "x.tar");
	const char *args = source_args(&t, "x.tar", "");
	t.is_test = true;
	trial_run(&t, extracted, "/opt/x", args);
	CHECK_INT(t.outcome.result, RESULT_NONE);
	CHECK_INT(trial_mode(&t, "opt"), 0);
	t.is_test = false;
	trial_run(&t, extracted, "/opt/x", args);
	CHECK_STR(trial_said(&t),
		  "True|/x.tar extracted to /opt/x|{'directories_created': ['/opt/x'], "
		  "'extracted_files': ['top', 'top/a', 'top/l', 'top/h']}");
	CHECK_STR(trial_read(&t, "opt/x/top/h"), "text\n");
	trial_run(&t, extracted, "/opt/x", args);
	CHECK_STR(trial_said(&t), "True|All files in archive are already present|");
	CHECK(unlinkat(t.rootfd, "opt/x/top/a", 0) == 0);
	trial_run(&t, extracted, "/opt/x", args);
	CHECK_STR(trial_read(&t, "opt/x/top/a"), "text\n");
	trial_run(&t, extracted, "/opt/y", source_args(&t, "x.tar", ", if_missing: /etc"));
	CHECK_STR(trial_said(&t), "True|Path /etc exists|");
	trial_run(&t, extracted, "/opt/s",
		  source_args(&t, "x.tar", ", options: '--strip-components=1'"));
	CHECK_STR(trial_read(&t, "opt/s/a"), "text\n");
}

TEST(extracted_never_leaves_its_directory)
{
	static const struct {
		char type;
		const char *path, *target;
	} cases[] = {{'0', "top/../../out", ""},
		     {'2', "top/l", "/etc"},
		     {'2', "top/l", "../../etc"},
		     {'1', "top/l", "../../etc/passwd"},
		     {'3', "top/dev", ""}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autotrial t;
		autobuf struct buf tar = {0};
		trial_begin(&t);
		tar_add(&tar, cases[i].type, cases[i].path, cases[i].target, "");
		tar_add(&tar, '0', "top/l/passwd", "", "bad");
		tar_end(&t, &tar, "x.tar");
		trial_run(&t, extracted, "/opt",
			  source_args(&t, "x.tar", ", enforce_toplevel: false"));
		CHECK_INT(t.outcome.result, RESULT_FALSE);
		CHECK_STR(trial_read(&t, "out"), "(none)");
		CHECK(strstr(trial_read(&t, "etc/passwd"), "bad") == NULL);
	}
}

TEST(extracted_writes_through_no_link_that_was_there)
{
	autotrial t;
	autobuf struct buf tar = {0};
	trial_begin(&t);

	CHECK(mkdirat(t.rootfd, "opt", 0755) == 0 && symlinkat("/etc", t.rootfd, "opt/top") == 0);
	tar_add(&tar, '0', "top/passwd", "", "bad");
	tar_end(&t, &tar, "x.tar");
	trial_run(&t, extracted, "/opt", source_args(&t, "x.tar", ""));
	CHECK(strstr(trial_read(&t, "etc/passwd"), "bad") == NULL);
}

TEST(extracted_wants_one_directory_and_the_right_digest)
{
	autotrial t;
	autobuf struct buf tar = {0};
	trial_begin(&t);

	tar_add(&tar, '0', "a", "", "x");
	tar_add(&tar, '0', "b", "", "y");
	tar_end(&t, &tar, "x.tar");
	trial_run(&t, extracted, "/opt", source_args(&t, "x.tar", ""));
	CHECK(strstr(trial_said(&t), "Archive does not have a single top-level directory.") !=
	      NULL);
	CHECK_INT(trial_mode(&t, "opt"), 0);
	trial_run(&t, extracted, "/opt",
		  source_args(&t, "x.tar", ", source_hash: d41d8cd98f00b204e9800998ecf8427e"));
	CHECK(strstr(trial_said(&t), "Specified md5 checksum for ") != NULL);
	trial_run(&t, extracted, "/opt", "{source: /nowhere.tar}");
	CHECK_STR(trial_said(&t), "False|Source file '/nowhere.tar' does not exist|");
	trial_run(&t, extracted, "/opt", source_args(&t, "x.tar", ", archive_format: rar"));
	CHECK_INT(t.outcome.result, RESULT_FALSE);
}

TEST(extracted_undoes_gzip)
{
	autotrial t;
	autobuf struct buf tar = {0}, packed = {0};
	autoerr struct err err = {0};
	autofree char *gzip = NULL;
	const char *const argv[] = {"gzip", "-c", NULL};
	struct proc_options options = {
		.argv = (char *const *)argv, .fd_stdin = -1, .fd_stdout = -1, .fd_stderr = -1};
	int status;
	trial_begin(&t);

	if (proc_find("gzip", &gzip, &err)) {
		err_clear(&err);
		test_skip("there is no gzip");
	}
	tar_add(&tar, '0', "top/a", "", "text\n");
	tar_end(&t, &tar, "x.tar");
	CHECK_OK(proc_run(&options, buf_str(&tar), &packed, NULL, -1, &status, &err), &err);
	CHECK_OK(file_write_at(t.rootfd, "x.tgz", packed.ptr, packed.len, 0644, FILE_NO_SYNC, &err),
		 &err);
	trial_run(&t, extracted, "/opt", source_args(&t, "x.tgz", ", archive_format: tar"));
	CHECK_STR(trial_read(&t, "opt/top/a"), "text\n");
	trial_again(&t, extracted, "/opt", source_args(&t, "x.tgz", ""));
}
