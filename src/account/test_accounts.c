/* test_accounts.c - which users and rules stop the start, and with what words.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/accounts.h"

#include "doc/json.h"
#include "testing/test.h"

#include "base/banned.h"

#define HASH "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC"

static int make(const char *json, bool compat, struct strlist *warnings,
		struct accounts **ret_accounts, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *root;

	CHECK_OK(json_parse(&arena, "auth.yml", str_of(json), &root, err), err);
	struct accounts_options options = {.users = node_get(root, "users"),
					   .acl = node_get(root, "acl"),
					   .compat = compat,
					   .warnings = warnings};
	return accounts_new(&options, ret_accounts, err);
}

struct validation {
	const char *json;
	const char *strict;  /* NULL: fine; a part of the message */
	const char *compat;  /* NULL: fine */
	const char *warning; /* of compat; NULL: not looked at */
};

#define RULE(match) "{\"acl\":[{\"match\":" match ",\"actions\":[\"pull\"]}]}"
static const struct validation rules[] = {
	{RULE("{}"), NULL, NULL, NULL},
	{RULE("{\"account\":\"alice\"}"), NULL, NULL, NULL},
	{RULE("{\"account\":\"\"}"), NULL, NULL, NULL},
	{RULE("{\"account\":\"/^a+$/\"}"), NULL, NULL, NULL},
	{RULE("{\"account\":\"/a/\"}"), NULL, NULL, "matches anywhere"},
	{RULE("{\"account\":\"/^a|b$/\"}"), NULL, NULL, "matches anywhere"},
	{RULE("{\"account\":\"/(a/\"}"), "1:29: the pattern '/(a/' is wrong", "is wrong", NULL},
	{RULE("{\"account\":\"/a(?=b)/\"}"), "look-around", "look-around", NULL},
	{RULE("{\"type\":\"/[/\"}"), "class has no end", "class has no end", NULL},
	{RULE("{\"name\":\"/*a/\"}"), "nothing to repeat", "nothing to repeat", NULL},
	{RULE("{\"service\":\"/a\\\\/\"}"), "backslash", "backslash", NULL},
	{RULE("{\"name\":\"//\"}"), NULL, NULL, NULL}, /* a glob */
	{RULE("{\"name\":\"foo[\"}"), "class has no end", NULL, NULL},
	{RULE("{\"name\":\"foo\\\\\"}"), "ends with a backslash", NULL, NULL},
	{RULE("{\"name\":\"${account}/*\"}"), NULL, NULL, NULL},
	{RULE("{\"name\":\"${acount}/*\"}"), "did you mean '${account}'?", NULL, NULL},
	{RULE("{\"name\":\"${nothing:1}\"}"), "unknown variable '${nothing:1}'", NULL, NULL},
	{RULE("{\"name\":\"[${account}-z]\"}"), "in a range", NULL, NULL},
	{RULE("{\"name\":\"\\\\${account}\"}"), "backslash", NULL, NULL},
	{RULE("{\"name\":\"/^[a-${account}]$/\"}"), "stands where it would change", "out of order",
	 NULL},
	{RULE("{\"name\":\"/^\\\\${account}$/\"}"), "stands where it would change", NULL, NULL},
	{RULE("{\"account\":\"/^(a)$/\",\"name\":\"${account:1}\"}"), NULL, NULL, NULL},
	{RULE("{\"account\":\"/^(a)$/\",\"name\":\"${account:2}\"}"), "has 1 groups", NULL, NULL},
	{RULE("{\"account\":\"a\",\"name\":\"${account:1}\"}"), "needs a /regex/", NULL, NULL},
	{RULE("{\"name\":\"${account:1}\"}"), "needs a /regex/", NULL, NULL},
	{RULE("{\"account\":\"/(${account:1})/\"}"), "groups or labels itself", NULL, NULL},
	{RULE("{\"account\":\"/^(${name:1})$/\",\"name\":\"/^(${account:1})$/\"}"),
	 "groups or labels itself", NULL, NULL},
	{RULE("{\"name\":\"${labels:team}/*\"}"), NULL, NULL, NULL},
	{RULE("{\"labels\":{\"team\":\"${labels:a}\"}}"), "no meaning", NULL, NULL},
	{RULE("{\"labels\":{\"team\":\"${account}\"}}"), NULL, NULL, NULL},
	{RULE("{\"labels\":{\"team\":\"/(/\"}}"), "is wrong", "is wrong", NULL},
	{RULE("{\"labels\":[\"a\"]}"), "must be a map", "must be a map", NULL},
	{RULE("{\"ip\":\"127.0.0.1\"}"), NULL, NULL, NULL},
	{RULE("{\"ip\":\"127.0.0.0/8\"}"), NULL, NULL, NULL},
	{RULE("{\"ip\":\"2001:db8::/32\"}"), NULL, NULL, NULL},
	{RULE("{\"ip\":\"127.0.0.1/33\"}"), "no address", "no address", NULL},
	{RULE("{\"ip\":\"localhost\"}"), "no address", "no address", NULL},
	{RULE("{\"ip\":\"\"}"), "no address", "no address", NULL},
	{RULE("{\"team\":\"a\"}"), "auth.yml:1:19: unknown key 'team' of a match", NULL,
	 "unknown key 'team' of a match, ignoring"},
	{RULE("{\"Account\":\"a\"}"), "did you mean 'account'?", NULL, "ignoring"},
	{RULE("{\"account\":null}"), "would match everything", NULL, "matches everything"},
	{RULE("{\"labels\":null}"), "would match everything", NULL, "matches everything"},
	{RULE("{\"ip\":null}"), "would match everything", NULL, "matches everything"},
	{RULE("{\"account\":[\"a\"]}"), "must be a string, not a list", "must be a string", NULL},
	{RULE("{\"account\":12}"), NULL, NULL, NULL},
	{RULE("null"), "without match", "without match", NULL},
	{RULE("[]"), "match must be a map", "match must be a map", NULL},
	{"{\"acl\":[{\"actions\":[]}]}", "auth.yml:1:9: a rule without match", "without match",
	 NULL},
	{"{\"acl\":[{\"match\":{}}]}", "a rule without actions", "without actions", NULL},
	{"{\"acl\":[{\"match\":{},\"actions\":null}]}", "without actions", "without actions", NULL},
	{"{\"acl\":[{\"match\":{},\"actions\":\"pull\"}]}", "must be a list", "must be a list",
	 NULL},
	{"{\"acl\":[{\"match\":{},\"actions\":[[]]}]}", "must be a string", "must be a string",
	 NULL},
	{"{\"acl\":[{\"match\":{},\"actions\":[\"pul\"]}]}", NULL, NULL, "did you mean 'pull'?"},
	{"{\"acl\":[{\"match\":{},\"actions\":[],\"coment\":\"a\"}]}",
	 "unknown key 'coment' of a rule, did you mean 'comment'?", NULL, "ignoring"},
	{"{\"acl\":[{\"match\":{},\"actions\":[\"*\"],\"comment\":\"a\"}]}", NULL, NULL,
	 "list of all repositories"},
	{"{\"acl\":[1]}", "must be a map", "must be a map", NULL},
	{"{\"acl\":{}}", "acl must be a list", "acl must be a list", NULL},
	{"{\"acl\":null}", "acl must be a list", NULL, NULL},
	{"{}", NULL, NULL, NULL},
};

static const struct validation users[] = {
	{"{\"users\":{}}", NULL, NULL, NULL},
	{"{\"users\":null}", NULL, NULL, NULL},
	{"{\"users\":[]}", "users must be a map", "users must be a map", NULL},
	{"{\"users\":{\"a\":{\"password\":\"" HASH "\"}}}", NULL, NULL, NULL},
	{"{\"users\":{\"a\":{\"password\":\"" HASH "\",\"labels\":{\"t\":[\"x\",1]}}}}", NULL, NULL,
	 NULL},
	{"{\"users\":{\"a\":{}}}", "the user 'a' has no password", NULL, "any will do"},
	{"{\"users\":{\"\":{}}}", NULL, NULL, NULL},
	{"{\"users\":{\"\":{\"password\":\"" HASH "\"}}}", "anonymous", NULL, NULL},
	{"{\"users\":{\"a\":null}}", "must be a map, not null", NULL, "no value, ignoring"},
	{"{\"users\":{\"a\":{\"password\":null}}}", "must be a string", NULL, "any will do"},
	{"{\"users\":{\"a\":{\"password\":\"secret\"}}}", "is no bcrypt hash", NULL,
	 "never matches"},
	{"{\"users\":{\"a\":{\"password\":\"\"}}}", "is no bcrypt hash", NULL, "never matches"},
	{"{\"users\":{\"a\":{\"password\":123}}}", "is no bcrypt hash", NULL, "never matches"},
	{"{\"users\":{\"a\":{\"pasword\":\"" HASH "\"}}}",
	 "unknown key 'pasword' of a user, did you mean 'password'?", NULL, "ignoring"},
	{"{\"users\":{\"a\":{\"password\":\"" HASH "\",\"labels\":[\"x\"]}}}", "map of lists",
	 "map of lists", NULL},
	{"{\"users\":{\"a\":{\"password\":\"" HASH "\",\"labels\":{\"t\":\"x\"}}}}",
	 "must be a list of strings", "must be a list of strings", NULL},
	{"{\"users\":{\"a:b\":{\"password\":\"" HASH "\"}}}", "no client can send", NULL,
	 "no client can send"},
	{"{\"users\":{\"a\\nb\":{\"password\":\"" HASH "\"}}}", "no client can send", NULL,
	 "no client can send"},
	{"{\"users\":{\"a\":\"x\"}}", "must be a map", "must be a map", NULL},
};

static void validate(const struct validation *row, bool compat)
{
	autoaccounts struct accounts *accounts = NULL;
	autostrlist struct strlist warnings = {0};
	autoerr struct err err = {0};
	const char *want = compat ? row->compat : row->strict;
	int result = make(row->json, compat, &warnings, &accounts, &err);

	if (want && result == 0)
		test_fail(__FILE__, __LINE__, "%s: taken, not '%s'", row->json, want);
	if (want && !strstr(err_text(&err), want))
		test_fail(__FILE__, __LINE__, "%s: '%s', not '%s'", row->json, err_text(&err),
			  want);
	if (want)
		CHECK(strncmp(err_text(&err), "auth.yml:1:", 11) == 0);
	if (!want)
		CHECK_OK(result, &err);
	if (strstr(row->json, "secret"))
		CHECK(!strstr(err_text(&err), "secret"));
	if (!compat || !row->warning || want)
		return;
	autofree char *all = strlist_join(&warnings, "\n");
	if (!strstr(all, row->warning))
		CHECK_STR(all, row->warning);
	CHECK(strncmp(all, "auth.yml:1:", 11) == 0);
}

TEST(rules_are_checked_at_the_start)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		validate(&rules[i], false);
}

TEST(rules_are_checked_as_the_original_does_when_asked_to)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		validate(&rules[i], true);
}

TEST(users_are_checked_at_the_start)
{
	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		validate(&users[i], false);
}

TEST(users_are_checked_as_the_original_does_when_asked_to)
{
	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		validate(&users[i], true);
}

TEST(users_are_found_by_their_name)
{
	autoaccounts struct accounts *accounts = NULL;
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};

	CHECK_OK(make("{\"users\":{\"b\":{\"password\":\"" HASH
		      "\"},\"\":{},\"a\":{\"password\":\"" HASH "\"}}}",
		      false, NULL, &accounts, &err),
		 &err);
	CHECK_INT(accounts_count(accounts), 3);
	CHECK_STR(accounts_hash(accounts, "b"), HASH);
	CHECK_STR(accounts_hash(accounts, ""), "");
	CHECK(accounts_hash(accounts, "B") == NULL);
	CHECK(accounts_has_anonymous(accounts));
	accounts_names(accounts, &names);
	autofree char *all = strlist_join(&names, ",");
	CHECK_STR(all, "b,,a");

	struct accounts *again = accounts_ref(accounts);
	accounts_unref(steal(&accounts));
	CHECK_INT(accounts_count(again), 3);
	accounts_unref(again);
}

TEST(a_hash_that_never_matches_is_not_any_password)
{
	autoaccounts struct accounts *accounts = NULL;
	autoerr struct err err = {0};

	CHECK_OK(make("{\"users\":{\"a\":{\"password\":\"\"},\"b\":null,\"c\":{}}}", true, NULL,
		      &accounts, &err),
		 &err);
	CHECK_STR(accounts_hash(accounts, "a"), "*");
	CHECK(accounts_hash(accounts, "b") == NULL);
	CHECK_STR(accounts_hash(accounts, "c"), "");
	CHECK(!accounts_has_anonymous(accounts));
}
