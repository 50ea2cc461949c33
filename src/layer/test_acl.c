/* test_acl.c - ACLs from text to bytes and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "layer/acl.h"
#include "layer/limits.h"
#include "layer/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(texts_become_the_kernels_bytes)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{"", ""},
		{"# only a comment\n\n", ""},
		{"user::rwx,group::r-x,other::---", "02000000"
						    "01000700ffffffff"
						    "04000500ffffffff"
						    "20000000ffffffff"},
		{"u::7\ng::5\no::0\n", "02000000"
				       "01000700ffffffff"
				       "04000500ffffffff"
				       "20000000ffffffff"},
		{"other:r--,user::rw-,group::r--", "02000000"
						   "01000600ffffffff"
						   "04000400ffffffff"
						   "20000400ffffffff"},
		{"user::rw-\nuser:1000:r-x\t\t#effective:r--\ngroup::r--\ngroup:5:xw\nmask::r--\n"
		 "other::---\n",
		 "02000000"
		 "01000600ffffffff"
		 "02000500e8030000"
		 "04000400ffffffff"
		 "0800030005000000"
		 "10000400ffffffff"
		 "20000000ffffffff"},
		{"default:user::rwx,default:user:joe:rwx:503,default:group::---,default:mask::rwx,"
		 "d:o::---",
		 "02000000"
		 "01000700ffffffff"
		 "02000700f7010000"
		 "04000000ffffffff"
		 "10000700ffffffff"
		 "20000000ffffffff"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf bytes = {0};
		char hex[200];
		CHECK_OK(acl_from_text(str_of(cases[i].text), &bytes, &err), &err);
		hex_encode(bytes.ptr, bytes.len, hex);
		CHECK_STR(hex, cases[i].hex);
	}
}

TEST(malformed_texts_are_refused_by_entry)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"user", "ACL entry 'user' is malformed"},
		{"user::rwx,group::r-x", "an ACL lacks or repeats an entry"},
		{"u::7,u::7,g::7,o::7", "an ACL lacks or repeats an entry"},
		{"u::7,g::7,o::7,u:5:7", "an ACL lacks or repeats an entry"}, /* no mask */
		{"u::7,g::7,o::7,m::7,u:5:7,u:5:6", "an ACL lacks or repeats an entry"},
		{"u::7,g::7,o::8", "ACL entry 'o::8' is malformed"},
		{"u::7,g::7,o::rwxt", "ACL entry 'o::rwxt' is malformed"},
		{"u::7,g::7,o::", "ACL entry 'o::' is malformed"},
		{"user:joe:rwx", "ACL entry 'user:joe:rwx' has a name but no number"},
		{"user:joe:rwx:joe", "ACL entry 'user:joe:rwx:joe' has a name but no number"},
		{"user:4294967295:rwx", "ACL entry 'user:4294967295:rwx' has a name but no number"},
		{"user:-1:rwx", "ACL entry 'user:-1:rwx' has a name but no number"},
		{"mask:5:rwx", "ACL entry 'mask:5:rwx' is malformed"},
		{"\x01:::", "ACL entry '\\x01:::' is malformed"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf bytes = {0};
		buf_puts(&bytes, "kept");
		CHECK(acl_from_text(str_of(cases[i].text), &bytes, &err) < 0);
		CHECK_INT(err.kind, ERR_CORRUPT);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_STR(buf_text(&bytes), "kept");
	}
}

TEST(an_acl_without_end_is_refused)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0}, bytes = {0};
	for (unsigned i = 0; i <= LIMIT_XATTR_BYTES / 8; i++)
		buf_printf(&text, "u:%u:7,", i);
	CHECK(acl_from_text(buf_str(&text), &bytes, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
}

TEST(bytes_become_text_and_text_the_same_bytes)
{
	static const char text[] = "user::rw-\nuser:0:---\nuser:4294967294:r-x\ngroup::r--\n"
				   "group:7:--x\nmask::rwx\nother::-w-\n";
	autoerr struct err err = {0};
	autobuf struct buf bytes = {0}, again = {0}, with_prefix = {0};
	CHECK_OK(acl_from_text(str_of(text), &bytes, &err), &err);
	CHECK_OK(acl_to_text(bytes.ptr, bytes.len, "", &again, &err), &err);
	CHECK_STR(buf_text(&again), text);
	CHECK_OK(acl_to_text(bytes.ptr, 20, "default:", &with_prefix, &err), &err);
	CHECK_STR(buf_text(&with_prefix), "default:user::rw-\ndefault:user:0:---\n");
}

TEST(malformed_bytes_are_refused)
{
	static const struct {
		const char *hex;
	} cases[] = {{""},
		     {"020000"},
		     {"01000000"},
		     {"0200000001"},
		     {"0200000003000700ffffffff"},
		     {"0200000001000800ffffffff"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf out = {0};
		uint8_t bytes[100];
		buf_puts(&out, "kept");
		CHECK(hex_decode(str_of(cases[i].hex), bytes));
		CHECK(acl_to_text(bytes, strlen(cases[i].hex) / 2, "", &out, &err) < 0);
		CHECK_INT(err.kind, ERR_CORRUPT);
		CHECK_STR(buf_text(&out), "kept");
	}
}

TEST(setfacl_and_we_make_the_same_bytes)
{
	static const char text[] = "u::rwx,g::r-x,o::---,u:1000:rw-,u:5:r--,g:33:r-x,m::rwx";
	const char *path;
	int dir = test_dir(&path);
	autoerr struct err err = {0};
	autobuf struct buf bytes = {0};
	fixture_run(
		path, "setfacl",
		"touch f; setfacl -m u::rwx,g::r-x,o::---,u:1000:rw-,u:5:r--,g:33:r-x,m::rwx f");
	cleanup(xattrs_done) struct xattrs set = {0};
	CHECK_OK(xattrs_read_at(dir, "f", &set, &err), &err);
	CHECK_OK(acl_from_text(str_of(text), &bytes, &err), &err);
	const struct xattr *acl = xattrs_get(&set, XATTR_ACL_ACCESS);
	CHECK(acl && acl->len == bytes.len && memcmp(acl->value, bytes.ptr, acl->len) == 0);
}

#define ACL_TREE                                                                                   \
	"mkdir -p t/d t/plain; touch t/f t/plain/f 't/back\\slash' 't/new\nline'; ln t/f t/hard\n" \
	"ln -s f t/link; setfacl -m u:5:r,g:7:rw t/f; chmod 6755 t/f\n"                            \
	"setfacl -m u:1:r 't/back\\slash' 't/new\nline'; chmod 1770 t/d\n"                         \
	"setfacl -d -m u:4294967294:rwx t/d\n"

/* getfacl's order is the directory's, ours is sorted: compared by paragraphs. It lists a hard link
 * by each of its names. */
TEST(a_tree_is_listed_as_getfacl_does)
{
	const char *path;
	int dir = test_dir(&path);
	autoerr struct err err = {0};
	static const struct {
		bool all;
		const char *options;
	} cases[] = {{true, ""}, {false, "-s"}};
	fixture_run(path, "getfacl", ACL_TREE);
	autoclose int root = openat(dir, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf ours = {0};
		CHECK_OK(acl_dump_tree(root, cases[i].all, &ours, &err), &err);
		CHECK_OK(file_write_at(dir, "ours", ours.ptr, ours.len, 0600, FILE_NO_SYNC, &err),
			 &err);
		autofree char *script = xasprintf(
			"(cd t; getfacl -R -n -E %s .) >theirs\n"
			"paragraphs() { tr '\\n' '\\001' <$1 | sed 's/\\x01\\x01/\\n/g' | grep -v "
			"'^# file: hard' | sort; }\n"
			"paragraphs ours >a; paragraphs theirs >b; test -s a; diff a b >&2",
			cases[i].options);
		fixture_run(path, "getfacl", script);
	}
}

TEST(a_listed_tree_is_restored_by_setfacl)
{
	const char *path;
	int dir = test_dir(&path);
	autoerr struct err err = {0};
	autobuf struct buf before = {0}, after = {0};
	fixture_run(path, "setfacl", ACL_TREE);
	autoclose int root = openat(dir, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(acl_dump_tree(root, false, &before, &err), &err);
	CHECK_OK(file_write_at(dir, "acls", before.ptr, before.len, 0600, FILE_NO_SYNC, &err),
		 &err);
	fixture_run(path, "setfacl", "cd t; setfacl -R -b .; setfacl --restore=../acls");
	CHECK_OK(acl_dump_tree(root, false, &after, &err), &err);
	CHECK(before.len > 100);
	CHECK_STR(buf_text(&after), buf_text(&before));
}
