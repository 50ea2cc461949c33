/* test_json.c - JSON text: what is read, what is refused and how, what is written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/json.h"

#include <fcntl.h>

#include "base/io.h"
#include "base/strlist.h"
#include "doc/limits.h"
#include "testing/test.h"

static void read_file(const char *name, struct buf *text)
{
	autoerr struct err err = {0};
	autofree char *path = path_join("testdata", name);

	CHECK_OK(file_read_at(AT_FDCWD, path, LIMIT_DOC_BYTES, text, &err), &err);
}

/* good-x.json is written as good-x.json.out says; bad-x.json is refused as bad-x.json.err says. */
static void check_file(const char *name)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	autobuf struct buf expected = {0};
	autobuf struct buf got = {0};
	bool is_good = text_starts(name, "good-");
	autofree char *answer = xasprintf("%s.%s", name, is_good ? "out" : "err");
	struct node *root = NULL;

	read_file(name, &text);
	read_file(answer, &expected);
	if (json_parse(&arena, name, buf_str(&text), &root, &err))
		buf_puts(&got, err_text(&err));
	else
		json_write(&got, root, JSON_INDENT);
	buf_putc(&got, '\n');
	CHECK_STR(buf_text(&got), buf_text(&expected));
	CHECK(is_good == !err_is_set(&err));
}

TEST(files_are_read_or_refused_as_their_names_say)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};
	size_t n_checked = 0;

	CHECK_OK(dir_list(AT_FDCWD, "testdata", &names, &err), &err);
	for (size_t i = 0; i < names.n; i++) {
		if (!text_ends(names.items[i], ".json"))
			continue;
		check_file(names.items[i]);
		n_checked++;
	}
	CHECK(n_checked >= 20);
}

static const char *refusal(struct arena *arena, struct str text)
{
	autoerr struct err err = {0};
	struct node *root = NULL;

	CHECK(json_parse(arena, "t", text, &root, &err) == -1);
	CHECK(!root);
	return arena_strdup(arena, err_text(&err));
}

TEST(texts_that_no_file_should_hold_are_refused)
{
	static const struct {
		const char *name;
		struct str text;
		const char *message;
	} cases[] = {
		{"nothing", {"", 0}, "t:1:1: the text ends where a value should be"},
		{"spaces alone", {" \n ", 3}, "t:2:2: the text ends where a value should be"},
		{"byte order mark",
		 {"\xef\xbb\xbf{}", 5},
		 "t:1:1: the text starts with a byte order mark"},
		{"not UTF-8", {"[\"\xff\"]", 5}, "t:1:2: the string is not valid UTF-8"},
		{"NUL in a string",
		 {"\"a\0b\"", 5},
		 "t:1:3: found '\\x00' where the rest of a string should be"},
		{"backslash at the end",
		 {"\"a\\", 3},
		 "t:1:4: the text ends where an escaped character should be"},
	};
	autoarena struct arena arena = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(refusal(&arena, cases[i].text), cases[i].message);
}

static void nest(struct buf *text, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		buf_putc(text, '[');
	for (size_t i = 0; i < depth; i++)
		buf_putc(text, ']');
}

TEST(depth_is_bounded)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf fits = {0};
	autobuf struct buf deeper = {0};
	struct node *root = NULL;

	nest(&fits, LIMIT_DOC_DEPTH);
	nest(&deeper, LIMIT_DOC_DEPTH + 1);
	CHECK_OK(json_parse(&arena, "t", buf_str(&fits), &root, &err), &err);
	CHECK(json_parse(&arena, "t", buf_str(&deeper), &root, &err) == -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_STR(err_text(&err), "t:1:65: nested deeper than 64");
}

TEST(size_is_bounded)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autofree char *text = xcalloc(1, LIMIT_DOC_BYTES + 1);
	struct node *root = NULL;

	memset(text, ' ', LIMIT_DOC_BYTES + 1);
	CHECK(json_parse(&arena, "t", (struct str){text, LIMIT_DOC_BYTES + 1}, &root, &err) == -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}

TEST(the_number_of_values_is_bounded)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	size_t len = 2 * (size_t)LIMIT_DOC_NODES + 3;
	autofree char *text = xcalloc(1, len);
	struct node *root = NULL;

	for (size_t i = 0; i < len; i++)
		text[i] = i % 2 ? '1' : ',';
	text[0] = '[';
	text[len - 1] = ']';
	CHECK(json_parse(&arena, "t", (struct str){text, len}, &root, &err) == -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}

TEST(many_keys_are_still_checked_for_duplicates)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};

	buf_puts(&text, "{\"k0\":0");
	for (int i = 1; i < 100; i++)
		buf_printf(&text, ",\"k%d\":%d", i, i);
	buf_puts(&text, ",\n\"k50\":1}");
	CHECK_STR(refusal(&arena, buf_str(&text)), "t:2:1: the key 'k50' is there twice");
}

TEST(every_node_knows_its_place)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;

	CHECK_OK(json_parse(&arena, "place.json", STR("{\n  \"a\": [1,\n\t22]\n}"), &root, &err),
		 &err);
	const struct node *list = node_get(root, "a");
	CHECK_INT(list->key_pos.line, 2);
	CHECK_INT(list->key_pos.column, 3);
	CHECK_INT(list->pos.column, 8);
	CHECK_INT(list->children.last->pos.line, 3);
	CHECK_INT(list->children.last->pos.column, 2);
	CHECK_STR(list->pos.file, "place.json");
}

TEST(bytes_that_are_not_utf8_are_written_as_replacement)
{
	autobuf struct buf buf = {0};

	json_write_text(&buf, STR("a\xff\xc3z\xe2\x82\xac"));
	CHECK_STR(buf_text(&buf), "\"a\xef\xbf\xbd\xef\xbf\xbdz\xe2\x82\xac\"");
}

TEST(compact_style_has_no_spaces)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	struct node *root = NULL;

	CHECK_OK(json_parse(&arena, "t", STR(" { \"a\" : [ 1 , null ] , \"b\" : { } } "), &root,
			    &err),
		 &err);
	json_write(&buf, root, JSON_COMPACT);
	CHECK_STR(buf_text(&buf), "{\"a\":[1,null],\"b\":{}}");
}

TEST(the_largest_unsigned_number_survives)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	struct node *root = NULL;

	CHECK_OK(json_parse(&arena, "t", STR("[18446744073709551615]"), &root, &err), &err);
	json_write(&buf, root, JSON_COMPACT);
	CHECK_STR(buf_text(&buf), "[18446744073709551615]");
}
