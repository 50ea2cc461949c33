/* test_scope.c - scopes as clients send them, challenges, the access claim.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/scope.h"

#include "account/limits.h"
#include "doc/json.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(scopes_are_read_as_their_grammar_says)
{
	static const struct {
		const char *text, *again, *fault; /* fault: a part of the message */
	} cases[] = {
		{"repository:a/b:pull", "repository:a/b:pull", NULL},
		{"repository:a/b:push,pull", "repository:a/b:pull,push", NULL},
		{"repository:a/b:pull,pull,,push", "repository:a/b:pull,push", NULL},
		{"repository:a/b:*", "repository:a/b:*", NULL},
		{"repository:a/b:", "repository:a/b:", NULL},
		{"repository:host:5000/a:pull", "repository:host:5000/a:pull", NULL},
		{"repository(plugin):a:pull", "repository(plugin):a:pull", NULL},
		{"registry:catalog:*", "registry:catalog:*", NULL},
		{"a:b:c d:e:f", "a:b:c d:e:f", NULL},
		{"", "", NULL},
		{"repository:a", NULL, "three parts"},
		{"repository", NULL, "three parts"},
		{"a:b:c:d:e", NULL, "three parts"},
		{"a:b:c ", NULL, "three parts"},
		{" a:b:c", NULL, "three parts"},
		{"a:b:c  d:e:f", NULL, "three parts"},
		{":a:pull", NULL, "type"},
		{"Repository:a:pull", NULL, "type"},
		{"repository():a:pull", NULL, "type"},
		{"repository(plugin:a:pull", NULL, "type"},
		{"repository(plugin)x:a:pull", NULL, "type"},
		{"repository::pull", NULL, "name is empty"},
		{"repository:a\"b:pull", NULL, "no name has"},
		{"repository:a\nb:pull", NULL, "no name has"},
		{"repository:a\\b:pull", NULL, "no name has"},
		{"repository:\xc3\xa9:pull", NULL, "no name has"},
		{"repository:a:pu\"ll", NULL, "no action has"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoaccess struct access_vec accesses = {0};
		autobuf struct buf again = {0};
		autoerr struct err err = {0};
		if (cases[i].fault) {
			CHECK(scope_parse_all(str_of(cases[i].text), &accesses, &err) < 0);
			CHECK_INT(err.kind, ERR_INPUT);
			if (!strstr(err_text(&err), cases[i].fault))
				CHECK_STR(err_text(&err), cases[i].fault);
			CHECK_INT(accesses.n, 0);
			continue;
		}
		CHECK_OK(scope_parse_all(str_of(cases[i].text), &accesses, &err), &err);
		access_vec_text(&accesses, &again);
		CHECK_STR(buf_text(&again), cases[i].again);
	}
}

TEST(too_much_is_a_limit)
{
	autoaccess struct access_vec accesses = {0};
	autoerr struct err err = {0};
	autobuf struct buf text = {0};

	buf_puts(&text, "repository:");
	for (unsigned i = 0; i < LIMIT_SCOPE_BYTES; i++)
		buf_putc(&text, 'a');
	buf_puts(&text, ":pull");
	CHECK(scope_parse(buf_str(&text), &accesses, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);

	buf_truncate(&text, 0);
	for (unsigned i = 0; i <= LIMIT_SCOPES; i++)
		buf_printf(&text, "%sa:b:c", i ? " " : "");
	CHECK(scope_parse_all(buf_str(&text), &accesses, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_INT(accesses.n, 0);
	err_clear(&err);

	buf_truncate(&text, 0);
	buf_puts(&text, "a:b:x");
	for (unsigned i = 0; i <= LIMIT_SCOPE_ACTIONS; i++)
		buf_printf(&text, ",a%u", i);
	CHECK(scope_parse(buf_str(&text), &accesses, &err) < 0);
}

TEST(adding_joins_and_asking_knows_the_star)
{
	autoaccess struct access_vec accesses = {0};
	autobuf struct buf text = {0};

	access_vec_add(&accesses, "repository", "a", "push");
	access_vec_add(&accesses, "repository", "b", "*");
	access_vec_add(&accesses, "repository", "a", "pull");
	access_vec_add(&accesses, "repository", "a", "pull");
	access_vec_text(&accesses, &text);
	CHECK_STR(buf_text(&text), "repository:a:pull,push repository:b:*");
	CHECK(access_vec_has(&accesses, "repository", "a", "pull"));
	CHECK(!access_vec_has(&accesses, "repository", "a", "delete"));
	CHECK(access_vec_has(&accesses, "repository", "b", "delete"));
	CHECK(!access_vec_has(&accesses, "registry", "b", "delete"));
	CHECK(!access_vec_has(&accesses, "repository", "c", "pull"));
}

TEST(the_claim_reads_again_as_it_was_written)
{
	autoarena struct arena arena = {0};
	autoaccess struct access_vec accesses = {0}, again = {0};
	autobuf struct buf json = {0}, text = {0};
	autoerr struct err err = {0};

	CHECK_OK(scope_parse_all(STR("repository(plugin):h:5/a:push,pull registry:catalog:*"),
				 &accesses, &err),
		 &err);
	struct node *list = access_vec_encode(&arena, &accesses);
	json_write(&json, list, JSON_COMPACT);
	CHECK_STR(buf_text(&json),
		  "[{\"type\":\"repository\",\"class\":\"plugin\",\"name\":\"h:5/a\",\"actions\":"
		  "[\"pull\",\"push\"]},{\"type\":\"registry\",\"name\":\"catalog\",\"actions\":"
		  "[\"*\"]}]");
	CHECK_OK(access_vec_decode(list, &again, &err), &err);
	access_vec_text(&again, &text);
	CHECK_STR(buf_text(&text), "repository(plugin):h:5/a:pull,push registry:catalog:*");
}

TEST(a_claim_of_another_shape_is_refused)
{
	static const struct {
		const char *json;
		bool is_good;
	} cases[] = {
		{"null", true},
		{"[]", true},
		{"[{\"type\":\"a\",\"name\":\"b\"}]", true},
		{"[{\"type\":\"a\",\"name\":\"b\",\"actions\":null,\"more\":1}]", true},
		{"{}", false},
		{"[1]", false},
		{"[{\"type\":\"a\"}]", false},
		{"[{\"type\":1,\"name\":\"b\"}]", false},
		{"[{\"type\":\"a\",\"name\":\"b\",\"actions\":\"pull\"}]", false},
		{"[{\"type\":\"a\",\"name\":\"b\",\"actions\":[1]}]", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autoaccess struct access_vec accesses = {0};
		autoerr struct err err = {0};
		struct node *list;
		CHECK_OK(json_parse(&arena, "t", str_of(cases[i].json), &list, &err), &err);
		int result = access_vec_decode(list, &accesses, &err);
		CHECK_INT(result, cases[i].is_good ? 0 : -1);
		if (!cases[i].is_good)
			CHECK_INT(accesses.n, 0);
	}
}
