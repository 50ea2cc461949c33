/* test_keys.c - lines of keys, the managed block, and the files around it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/key_line.h"
#include "base/limits.h"
#include "runner/limits.h"
#include "testing/test.h"

#include "base/banned.h"

#define BLOB_A "AAAAC3NzaC1lZDI1NTE5AAAAIJaIlls8HzuNPexlMn25KwJ5QhvWyHUTp43kILiQRMx0"
#define BLOB_B "AAAAC3NzaC1lZDI1NTE5AAAAIONb5S8t1hA2CZUug/zMY75LES2fMMC6nNL9ZlvU+L6H"
#define BLOB_C "AAAAC3NzaC1lZDI1NTE5AAAAIK6IJ59Zy8z+Cn8HO1CZ/Qz2yNIK0r27POQp/OSSLT3g"
#define KEY_A  "ssh-ed25519 " BLOB_A " a@test"
#define KEY_B  "ssh-ed25519 " BLOB_B " b@test"
#define KEY_C  "ssh-ed25519 " BLOB_C " c@test"
#define ECDSA                                                                                      \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOAeG2Ar08xg+JTymKIQT8N610szSsbzk1Qw" \
	"nhYRV2GSUXVJB1j5flI5dZBNOLEDgx5yDUFzoon301TGF14Bils="

TEST(good_lines_are_cut_in_their_parts)
{
	static const struct {
		const char *line, *options, *type, *comment;
	} good[] = {
		{KEY_A, "", "ssh-ed25519", "a@test"},
		{" \t" KEY_A " \r", "", "ssh-ed25519", "a@test"},
		{"ssh-ed25519\t" BLOB_A, "", "ssh-ed25519", ""},
		{"ssh-ed25519 " BLOB_A "  two words ", "", "ssh-ed25519", "two words"},
		{"restrict " KEY_B, "restrict", "ssh-ed25519", "b@test"},
		{"command=\"echo \\\"a b\\\"\",no-pty " KEY_B,
		 "command=\"echo \\\"a b\\\"\",no-pty", "ssh-ed25519", "b@test"},
		{"from=\"10.0.0.0/8 # x\" " KEY_C, "from=\"10.0.0.0/8 # x\"", "ssh-ed25519",
		 "c@test"},
		{"ecdsa-sha2-nistp256 " ECDSA, "", "ecdsa-sha2-nistp256", ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct key_line key;
		const char *why = "";
		CHECK_INT(key_line_parse(str_of(good[i].line), &key, &why), KEY_LINE_KEY);
		CHECK(str_is(key.options, good[i].options));
		CHECK(str_is(key.type, good[i].type));
		CHECK(str_is(key.comment, good[i].comment));
	}
}

/* A key of `n` parts behind its type. */
static char *made_key(const char *type, const char *inner, size_t n)
{
	autobuf struct buf bytes = {0}, line = {0};
	buf_append(&bytes, (char[]){0, 0, 0, (char)strlen(inner)}, 4);
	buf_puts(&bytes, inner);
	for (size_t i = 0; i < n; i++)
		buf_append(&bytes, "\0\0\0\3abc", 7);
	buf_printf(&line, "%s ", type);
	base64_encode(&line, bytes.ptr, bytes.len);
	return buf_steal(&line);
}

TEST(every_type_has_its_number_of_parts)
{
	static const struct {
		const char *type;
		size_t n;
	} types[] = {{"ssh-ed25519", 1},
		     {"ssh-rsa", 2},
		     {"ecdsa-sha2-nistp384", 2},
		     {"ecdsa-sha2-nistp521", 2},
		     {"sk-ssh-ed25519@openssh.com", 2},
		     {"sk-ecdsa-sha2-nistp256@openssh.com", 3}};
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		for (size_t n = 0; n < 5; n++) {
			autofree char *line = made_key(types[i].type, types[i].type, n);
			struct key_line key;
			const char *why;
			CHECK_INT(key_line_parse(str_of(line), &key, &why),
				  n == types[i].n ? KEY_LINE_KEY : KEY_LINE_BAD);
		}
	autofree char *certificate =
		made_key("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com", 9);
	struct key_line key;
	const char *why;
	CHECK_INT(key_line_parse(str_of(certificate), &key, &why), KEY_LINE_KEY);
}

TEST(bad_lines_say_why)
{
	autofree char *other = made_key("ssh-rsa", "ssh-dss", 2);
	autofree char *old = made_key("ssh-dss", "ssh-dss", 4);
	autofree char *much = xasprintf("ssh-ed25519 %s %0*d", BLOB_A, (int)LIMIT_KEY_LINE, 0);
	const struct {
		const char *line, *why;
	} bad[] = {
		{"hello", "no type of key that is known"},
		{"ssh-ed25519", "the key is not base64"},
		{"ssh-ed25519 AAAA", "the key is cut short"},
		{"ssh-ed25519 ///\\", "the key is not base64"},
		{"ssh-rsa " BLOB_A, "the key is of another type than it says"},
		{"command=\"x " KEY_A, "a quote is not closed"},
		{"restrict", "no type of key that is known"},
		{"a b " KEY_A, "no type of key that is known"},
		{"ssh-ed25519 " BLOB_A " a\001b", "the line holds control bytes"},
		{"-----BEGIN OPENSSH PRIVATE KEY-----", "no type of key that is known"},
		{other, "the key is of another type than it says"},
		{old, "no type of key that is known"},
		{much, "the line is too long"},
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct key_line key;
		const char *why = "";
		CHECK_INT(key_line_parse(str_of(bad[i].line), &key, &why), KEY_LINE_BAD);
		CHECK_STR(why, bad[i].why);
	}
	struct key_line key;
	const char *why;
	CHECK_INT(key_line_parse(STR("  # " KEY_A), &key, &why), KEY_LINE_EMPTY);
	CHECK_INT(key_line_parse(STR(" \r"), &key, &why), KEY_LINE_EMPTY);
}

/* ---- the block ---- */

#define BEGIN "# BEGIN keys of the volume (hull-init: changes are lost at the next start)\n"
#define END   "# END keys of the volume\n"

struct merge_case {
	const char *name, *old, *found[4], *text, *report;
};
static const struct merge_case merges[] = {
	{"the first", "", {KEY_A}, BEGIN KEY_A "\n" END, "new: f:1: ssh-ed25519 a@test\n"},
	{"the same again",
	 BEGIN KEY_A "\n" END,
	 {KEY_A},
	 BEGIN KEY_A "\n" END,
	 "no change: f:1: ssh-ed25519 a@test\n"},
	{"behind others, whose last line has no end",
	 KEY_C,
	 {KEY_A},
	 KEY_C "\n" BEGIN KEY_A "\n" END,
	 "new: f:1: ssh-ed25519 a@test\n"},
	{"other options replace",
	 BEGIN KEY_A "\n" END KEY_C "\n",
	 {"restrict " KEY_A},
	 BEGIN "restrict " KEY_A "\n" END KEY_C "\n",
	 "replace: f:1: ssh-ed25519 a@test\n"},
	{"revoked",
	 "# mine\n" BEGIN KEY_A "\n" KEY_B "\n" END KEY_C "\n",
	 {KEY_B},
	 "# mine\n" BEGIN KEY_B "\n" END KEY_C "\n",
	 "no change: f:1: ssh-ed25519 b@test\nremoved: ssh-ed25519 a@test\n"},
	{"all revoked",
	 BEGIN KEY_A "\n" END KEY_C "\n",
	 {0},
	 KEY_C "\n",
	 "removed: ssh-ed25519 a@test\n"},
	{"there already outside",
	 KEY_A " laptop\n",
	 {KEY_A, KEY_B},
	 KEY_A " laptop\n" BEGIN KEY_B "\n" END,
	 "no change: f:1: ssh-ed25519 a@test\nnew: f:2: ssh-ed25519 b@test\n"},
	{"twice: the later counts",
	 "",
	 {KEY_A, KEY_B, "no-pty " KEY_A},
	 BEGIN "no-pty " KEY_A "\n" KEY_B "\n" END,
	 "new: f:3: ssh-ed25519 a@test\nnew: f:2: ssh-ed25519 b@test\n"},
	{"a beginning without its end takes nothing along",
	 BEGIN KEY_C "\n",
	 {KEY_A},
	 KEY_C "\n" BEGIN KEY_A "\n" END,
	 "new: f:1: ssh-ed25519 a@test\n"},
	{"an end without its beginning", END KEY_C "\n", {0}, KEY_C "\n", ""},
};

TEST(the_block_follows_the_volume)
{
	for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
		const struct merge_case *c = &merges[i];
		static const char *const places[] = {"f:1", "f:2", "f:3", "f:4"};
		struct found_key found[4];
		size_t n = 0;
		for (; n < 4 && c->found[n]; n++)
			found[n] = (struct found_key){places[n], c->found[n]};
		autobuf struct buf text = {0}, report = {0};
		keys_merge(str_of(c->old), found, n, &text, &report);
		if (!text_eq(buf_text(&text), c->text) || !text_eq(buf_text(&report), c->report))
			test_fail(__FILE__, __LINE__, "%s: %s / %s", c->name, buf_text(&text),
				  buf_text(&report));
	}
}

/* ---- the files ---- */

static void put(int root, const char *name, const char *text)
{
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(root, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

static int make_root(void)
{
	int root = test_dir(NULL);
	autoerr struct err err = {0};
	static const char *const dirs[] = {"etc", "root", "v/ssh", "v/ms_ssh", "v/data"};
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		CHECK_OK(dir_make_all(root, dirs[i], 0755, &err), &err);
	autofree char *passwd =
		xasprintf("root:x:%u:%u:root:/root:/bin/sh\n", geteuid(), getegid());
	put(root, "etc/passwd", passwd);
	return root;
}

static int import(int root, struct buf *report, struct err *err)
{
	static const char *dirs[] = {"/v/ssh", "v/ms_ssh", "/nowhere", NULL};
	struct keys_spec spec = {.user = "root", .dirs = {dirs, 3}};
	buf_truncate(report, 0);
	return keys_import(root, &spec, report, err);
}

static unsigned mode_of(int root, const char *name)
{
	struct stat st;
	CHECK(!fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW));
	CHECK_INT(st.st_uid, geteuid());
	return st.st_mode & 07777;
}

#define FILE_OF_ROOT "root/.ssh/authorized_keys"

static bool file_has(int root, const char *text)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};
	CHECK_OK(file_read_at(root, FILE_OF_ROOT, 0, &buf, &err), &err);
	return strstr(buf_text(&buf), text) != NULL;
}

TEST(keys_of_all_directories_are_imported)
{
	int root = make_root();
	autobuf struct buf report = {0};
	autoerr struct err err = {0};
	put(root, "v/ssh/one.pub", "# mine\n\n" KEY_A "\nrubbish\nno-pty " KEY_B "\n");
	put(root, "v/ssh/notes.txt", KEY_C "\n");
	put(root, "v/ms_ssh/two.pub", "ecdsa-sha2-nistp256 " ECDSA);
	CHECK_OK(import(root, &report, &err), &err);
	CHECK_STR(buf_text(&report), "fail: /v/ssh/one.pub:4: no type of key that is known\n"
				     "new: /v/ssh/one.pub:3: ssh-ed25519 a@test\n"
				     "new: /v/ssh/one.pub:5: ssh-ed25519 b@test\n"
				     "new: v/ms_ssh/two.pub:1: ecdsa-sha2-nistp256\n");
	CHECK(file_has(root, "no-pty " KEY_B "\n"));
	CHECK(!file_has(root, BLOB_C));
	CHECK_INT(mode_of(root, "root/.ssh"), 0700);
	CHECK_INT(mode_of(root, FILE_OF_ROOT), 0600);
	CHECK(!unlinkat(root, "v/ssh/one.pub", 0));
	CHECK_OK(import(root, &report, &err), &err);
	CHECK(strstr(buf_text(&report), "removed: ssh-ed25519 a@test\n"));
	CHECK(!file_has(root, BLOB_A));
	CHECK(file_has(root, ECDSA));
}

TEST(modes_are_set_right_and_a_file_that_fits_stays)
{
	int root = make_root();
	autobuf struct buf report = {0};
	autoerr struct err err = {0};
	struct stat before, after;
	put(root, "v/ssh/one.pub", KEY_A "\n");
	CHECK_OK(import(root, &report, &err), &err);
	CHECK(!fstatat(root, FILE_OF_ROOT, &before, 0));
	CHECK_OK(import(root, &report, &err), &err);
	CHECK(!fstatat(root, FILE_OF_ROOT, &after, 0));
	CHECK_INT(before.st_ino, after.st_ino);
	CHECK(!fchmodat(root, FILE_OF_ROOT, 0666, 0) && !fchmodat(root, "root/.ssh", 0777, 0));
	CHECK_OK(import(root, &report, &err), &err);
	CHECK_INT(mode_of(root, "root/.ssh"), 0700);
	CHECK_INT(mode_of(root, FILE_OF_ROOT), 0600);
}

TEST(without_keys_and_block_nothing_is_touched)
{
	int root = make_root();
	autobuf struct buf report = {0};
	autoerr struct err err = {0};
	struct stat st;
	CHECK_OK(import(root, &report, &err), &err);
	CHECK(fstatat(root, "root/.ssh", &st, 0) != 0);
	CHECK(!mkdirat(root, "root/.ssh", 0755));
	put(root, FILE_OF_ROOT, KEY_C);
	CHECK_OK(import(root, &report, &err), &err);
	CHECK_INT(mode_of(root, FILE_OF_ROOT), 0644);
	CHECK_INT(report.len, 0);
}

TEST(links_stay_in_their_directory)
{
	int root = make_root();
	autobuf struct buf report = {0};
	autoerr struct err err = {0};
	put(root, "v/data/secret", KEY_C "\n");
	CHECK(!symlinkat("/v/data/secret", root, "v/ssh/absolute.pub"));
	CHECK(!symlinkat("../data/secret", root, "v/ssh/relative.pub"));
	CHECK(!mkdirat(root, "v/ssh/..x", 0755)); /* as a mounted secret has it */
	put(root, "v/ssh/..x/real", KEY_A "\n");
	CHECK(!symlinkat("..x/real", root, "v/ssh/inside.pub"));
	CHECK(!mkfifoat(root, "v/ssh/fifo.pub", 0644));
	CHECK(!mkdirat(root, "v/ssh/dir.pub", 0755));
	CHECK_OK(import(root, &report, &err), &err);
	CHECK(file_has(root, BLOB_A));
	CHECK(!file_has(root, BLOB_C));
	CHECK(strstr(buf_text(&report), "fail: /v/ssh/absolute.pub: "));
	CHECK(strstr(buf_text(&report), "fail: /v/ssh/relative.pub: "));
	CHECK(strstr(buf_text(&report), "fail: /v/ssh/fifo.pub: not a regular file\n"));
	CHECK(strstr(buf_text(&report), "fail: /v/ssh/dir.pub: not a regular file\n"));
}

TEST(a_link_in_the_place_of_the_file_is_not_followed)
{
	int root = make_root();
	autobuf struct buf report = {0};
	autoerr struct err err = {0};
	put(root, "v/ssh/one.pub", KEY_A "\n");
	put(root, "victim", "precious");
	CHECK(!mkdirat(root, "root/.ssh", 0700));
	CHECK(!symlinkat("/victim", root, FILE_OF_ROOT));
	CHECK_INT(import(root, &report, &err), -1);
	err_clear(&err);
	CHECK(!unlinkat(root, FILE_OF_ROOT, 0));
	CHECK(!linkat(root, "victim", root, FILE_OF_ROOT, 0)); /* another name is taken apart */
	CHECK_OK(import(root, &report, &err), &err);
	autobuf struct buf victim = {0};
	CHECK_OK(file_read_at(root, "victim", 0, &victim, &err), &err);
	CHECK_STR(buf_text(&victim), "precious");
}

TEST(floods_are_bounded)
{
	int root = make_root();
	autobuf struct buf report = {0}, lines = {0};
	autoerr struct err err = {0};
	for (int i = 0; i < 1000; i++)
		buf_printf(&lines, "rubbish %d\n", i);
	put(root, "v/ssh/one.pub", buf_text(&lines));
	CHECK_OK(import(root, &report, &err), &err);
	size_t n = 0;
	for (const char *at = buf_text(&report); *at; at++)
		n += *at == '\n';
	CHECK_INT(n, LIMIT_KEYS_FAULTS + 1);
	buf_truncate(&lines, 0);
	buf_reserve(&lines, LIMIT_KEYS_FILE + 2);
	while (lines.len <= LIMIT_KEYS_FILE)
		buf_putc(&lines, '#');
	put(root, "v/ssh/one.pub", buf_text(&lines));
	CHECK_OK(import(root, &report, &err), &err);
	CHECK(text_starts(buf_text(&report), "fail: /v/ssh/one.pub: "));
}

TEST(a_user_that_is_not_there_is_told)
{
	int root = make_root();
	autobuf struct buf report = {0};
	autoerr struct err err = {0};
	static const char *dirs[] = {"/v/ssh", NULL};
	struct keys_spec spec = {.user = "nobody-here", .dirs = {dirs, 1}};
	put(root, "v/ssh/one.pub", KEY_A "\n");
	CHECK_INT(keys_import(root, &spec, &report, &err), -1);
	CHECK(strstr(err_text(&err), "nobody-here"));
}
