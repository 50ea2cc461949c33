/* test_auth_edit.c - one user changed in texts of many shapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/auth_edit_private.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/auth_file.h"
#include "base/io.h"
#include "testing/test.h"

#include "base/banned.h"

#define OLD "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC"
#define NEW "$2b$10$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jD"

struct shape {
	const char *name, *before, *account;
	bool removes;
	const char *after, *fault; /* one of them */
};

static const struct shape shapes[] = {
	{"added behind the last",
	 "users:\n  \"a\":\n    password: \"" OLD "\"\n\n# rules\nacl: []\n", "b", false,
	 "users:\n  \"a\":\n    password: \"" OLD "\"\n  \"b\":\n    password: \"" NEW
	 "\"\n\n# rules\nacl: []\n",
	 NULL},
	{"comments keep their users",
	 "users: # all\n  # first\n  a: {password: " OLD
	 "} # boss\n  # second\n  c:\n    password: '" OLD "' # old\n  # nobody more\nacl: []\n",
	 "b", false,
	 "users: # all\n  # first\n  a: {password: " OLD
	 "} # boss\n  # second\n  c:\n    password: '" OLD "' # old\n  \"b\":\n    password: \"" NEW
	 "\"\n  # nobody more\nacl: []\n",
	 NULL},
	{"a plain password is replaced in its place",
	 "users:\n  a:\n    labels: {x: [y]}\n    password: " OLD " # mine\n  b: {password: " OLD
	 "}\n",
	 "a", false,
	 "users:\n  a:\n    labels: {x: [y]}\n    password: \"" NEW
	 "\" # mine\n  b: {password: " OLD "}\n",
	 NULL},
	{"a single-quoted one", "users: {a: {password: '" OLD "'}}\n", "a", false,
	 "users: {a: {password: \"" NEW "\"}}\n", NULL},
	{"a double-quoted one in JSON", "{\"users\":{\"a\":{\"password\":\"" OLD "\"}},\"acl\":[]}",
	 "a", false, "{\"users\":{\"a\":{\"password\":\"" NEW "\"}},\"acl\":[]}", NULL},
	{"no users yet", "server:\n  addr: x", "a", false,
	 "server:\n  addr: x\nusers:\n  \"a\":\n    password: \"" NEW "\"\n", NULL},
	{"an empty file", "", "a", false, "users:\n  \"a\":\n    password: \"" NEW "\"\n", NULL},
	{"a comment alone", "# mine\n", "a", false,
	 "# mine\nusers:\n  \"a\":\n    password: \"" NEW "\"\n", NULL},
	{"users of nothing", "users:\nacl: []\n", "a", false,
	 "users:\n  \"a\":\n    password: \"" NEW "\"\nacl: []\n", NULL},
	{"users of nothing at the end", "acl: []\nusers:", "a", false,
	 "acl: []\nusers:\n  \"a\":\n    password: \"" NEW "\"\n", NULL},
	{"users of nothing with a comment", "users: # none\nacl: []\n", "a", false,
	 "users: # none\n  \"a\":\n    password: \"" NEW "\"\nacl: []\n", NULL},
	{"users of null", "users: ~\nacl: []\n", "a", false,
	 "users:\n  \"a\":\n    password: \"" NEW "\"\nacl: []\n", NULL},
	{"empty braces", "users: {}\nacl: []\n", "a", false,
	 "users:\n  \"a\":\n    password: \"" NEW "\"\nacl: []\n", NULL},
	{"empty braces with a comment", "users: { }  # none\nacl: []\n", "a", false,
	 "users: # none\n  \"a\":\n    password: \"" NEW "\"\nacl: []\n", NULL},
	{"empty braces at the end", "users: {}", "a", false,
	 "users:\n  \"a\":\n    password: \"" NEW "\"\n", NULL},
	{"a quoted key", "\"users\": {}\n", "a", false,
	 "\"users\":\n  \"a\":\n    password: \"" NEW "\"\n", NULL},
	{"deeper indents", "users:\n    a:\n        password: " OLD "\n", "b", false,
	 "users:\n    a:\n        password: " OLD "\n    \"b\":\n      password: \"" NEW "\"\n",
	 NULL},
	{"an indented file", "  users:\n    a: {password: " OLD "}\n  acl: []\n", "b", false,
	 "  users:\n    a: {password: " OLD "}\n    \"b\":\n      password: \"" NEW
	 "\"\n  acl: []\n",
	 NULL},
	{"a user of nothing", "users:\n  a:\n  b: {password: " OLD "}\n", "a", false,
	 "users:\n  a:\n    password: \"" NEW "\"\n  b: {password: " OLD "}\n", NULL},
	{"a user of empty braces", "users:\n  a: {}\n", "a", false,
	 "users:\n  a: {password: \"" NEW "\"}\n", NULL},
	{"a user with labels only", "users:\n  a:\n    labels: {x: [y]}\n", "a", false,
	 "users:\n  a:\n    password: \"" NEW "\"\n    labels: {x: [y]}\n", NULL},
	{"a user with labels in braces", "users: {a: {labels: {x: [y]}}}\n", "a", false,
	 "users: {a: {password: \"" NEW "\", labels: {x: [y]}}}\n", NULL},
	{"odd names are quoted", "users: {}\n", "a \"b\" #c\\", false,
	 "users:\n  \"a \\\"b\\\" #c\\\\\":\n    password: \"" NEW "\"\n", NULL},
	{"names that look like numbers", "users:\n  012: {password: " OLD "}\n", "012", false,
	 "users:\n  012: {password: \"" NEW "\"}\n", NULL},
	{"umlauts before the place",
	 "users: {\"\xc3\xa4\": {password: " OLD "}, b: {password: " OLD "}}\n", "b", false,
	 "users: {\"\xc3\xa4\": {password: " OLD "}, b: {password: \"" NEW "\"}}\n", NULL},
	{"lines of another system", "users:\r\n  a: {password: " OLD "}\r\nacl: []\r\n", "a", false,
	 "users:\r\n  a: {password: \"" NEW "\"}\r\nacl: []\r\n", NULL},

	{"removed with its lines",
	 "users:\n  # one\n  a:\n    password: " OLD
	 "\n    # deep\n    labels: {x: [y]}\n  # two\n  b: "
	 "{password: " OLD "}\n",
	 "a", true, "users:\n  # one\n  # two\n  b: {password: " OLD "}\n", NULL},
	{"the last one removed",
	 "users:\n  a: {password: " OLD "}\n  b: {password: " OLD "}\nacl: []\n", "b", true,
	 "users:\n  a: {password: " OLD "}\nacl: []\n", NULL},
	{"the only one removed", "users: # all\n  # one\n  a: {password: " OLD "}\nacl: []\n", "a",
	 true, "users: {} # all\n  # one\nacl: []\n", NULL},
	{"nobody to remove", "users: {}\n", "a", true, "users: {}\n", NULL},
	{"anonymous removed", "users:\n  \"\": {}\n  a: {password: " OLD "}\n", "", true,
	 "users:\n  a: {password: " OLD "}\n", NULL},

	{"users in braces", "users: {a: {password: " OLD "}}\n", "b", false, NULL,
	 "auth.yml:1:1: the users are written in braces: edit the file by hand"},
	{"a file in braces", "{\"acl\":[]}", "b", false, NULL, "written in braces"},
	{"removed from braces", "users: {a: {password: " OLD "}}\n", "a", true, NULL,
	 "written in braces"},
	{"another user's alias", "users:\n  a: &x {password: " OLD "}\n  b: *x\n", "b", false, NULL,
	 "by hand"},
	{"another user's anchor", "users:\n  a: &x {password: " OLD "}\n  b: *x\n", "a", false,
	 NULL, "by hand"},
	{"a merged password", "x: &x {password: " OLD "}\nusers:\n  a: {<<: *x}\n", "a", false,
	 NULL, "by hand"},
	{"a password on lines", "users:\n  a:\n    password: >\n      " OLD "\n", "a", false, NULL,
	 "not written on one line"},
	{"a document that ended", "acl: []\n...\n", "a", false, NULL, "by hand"},
	{"users of another kind", "users: []\n", "a", false, NULL, "users must be a map"},
	{"a file of another kind", "[]\n", "a", false, NULL, "must be a map"},
	{"no YAML", "users: {\n", "a", false, NULL, "auth.yml:"},
	{"a name that nobody can send", "users: {}\n", "a:b", false, NULL, "no client can send"},
	{"a password for anonymous", "users: {}\n", "", false, NULL, "anonymous"},
};

TEST(users_change_and_nothing_else)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		const struct shape *shape = &shapes[i];
		struct auth_edit edit = {.account = shape->account,
					 .hash = shape->removes ? NULL : NEW};
		autobuf struct buf text = {0};
		autoerr struct err err = {0};
		int result = auth_text_edit("auth.yml", str_of(shape->before), &edit, &text, &err);
		if (shape->fault && result == 0)
			test_fail(__FILE__, __LINE__, "%s: %s", shape->name, buf_text(&text));
		if (shape->fault && !strstr(err_text(&err), shape->fault))
			test_fail(__FILE__, __LINE__, "%s: %s", shape->name, err_text(&err));
		if (shape->fault)
			CHECK_INT(err.kind, ERR_INPUT);
		if (!shape->fault && result)
			test_fail(__FILE__, __LINE__, "%s: %s", shape->name, err_text(&err));
		if (!shape->fault && !text_eq(buf_text(&text), shape->after))
			test_fail(__FILE__, __LINE__, "%s:\n%s", shape->name, buf_text(&text));
	}
}

TEST(who_must_be_new_or_there_is_checked)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct auth_edit edit = {.account = "a", .hash = NEW, .must_exist = true};

	CHECK(auth_text_edit("f", STR("users: {}\n"), &edit, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	edit = (struct auth_edit){.account = "a", .hash = NEW, .must_be_new = true};
	CHECK(auth_text_edit("f", STR("users: {a: {}}\n"), &edit, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	err_clear(&err);
	edit = (struct auth_edit){.account = "a", .must_exist = true};
	CHECK(auth_text_edit("f", STR("users: {}\n"), &edit, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	edit = (struct auth_edit){.account = "a", .hash = "secret"};
	CHECK(auth_text_edit("f", STR("users: {}\n"), &edit, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK(!strstr(err_text(&err), "secret"));
}

TEST(the_file_keeps_its_mode_and_is_replaced_whole)
{
	int dir = test_dir(NULL);
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct stat st, before;

	CHECK_OK(file_write_at(dir, "auth.yml", "users: {}\n", 10, 0640, FILE_NO_SYNC, &err), &err);
	CHECK(fstatat(dir, "auth.yml", &before, 0) == 0);
	CHECK_OK(auth_file_set_user(dir, "auth.yml", "a", NEW, false, true, &err), &err);
	CHECK(fstatat(dir, "auth.yml", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0640);
	CHECK(st.st_ino != before.st_ino);
	CHECK_OK(file_read_at(dir, "auth.yml", 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), "users:\n  \"a\":\n    password: \"" NEW "\"\n");
	CHECK(fstatat(dir, "auth.yml.new", &st, 0) < 0);

	CHECK(auth_file_set_user(dir, "auth.yml", "a", NEW, false, true, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	err_clear(&err);
	CHECK(symlinkat("auth.yml", dir, "link.yml") == 0);
	CHECK(auth_file_set_user(dir, "link.yml", "b", NEW, false, true, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	err_clear(&err);
	CHECK(auth_file_set_user(dir, "none.yml", "b", NEW, false, true, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_OK(auth_file_set_user(dir, "auth.yml", "a", NULL, true, false, &err), &err);
	CHECK_OK(file_read_at(dir, "auth.yml", 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), "users: {}\n");
}
