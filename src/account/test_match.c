/* test_match.c - which rights a rule gives to whom, strict and as the original.
 * SPDX-License-Identifier: Apache-2.0
 * Source: the behaviour of docker_auth's running code. */
#include <arpa/inet.h>

#include "account/accounts.h"
#include "base/clock.h"
#include "doc/json.h"
#include "testing/test.h"

#include "base/banned.h"

#define HASH               "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC"
#define USER(name, labels) "\"" name "\":{\"password\":\"" HASH "\",\"labels\":" labels "}"
static const char users_json[] = "{" USER("alice", "{\"team\":[\"red\",\"blue\"],\"tier\":[\"one\",\"two\"]}") "," USER(
	"star",
	"{\"team\":[\"*\"],\"regex\":[\"/.*/\"],\"dot\":[\"a.b\"]}") "," USER("empty",
									      "{\"team\":[]}") "," USER("bob",
													"{}") "}";

static struct accounts *accounts_of(const char *acl, bool compat)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct accounts *accounts = NULL;
	struct node *users, *rules;

	CHECK_OK(json_parse(&arena, "auth.yml", str_of(users_json), &users, &err), &err);
	CHECK_OK(json_parse(&arena, "auth.yml", str_of(acl), &rules, &err), &err);
	struct accounts_options options = {.users = users, .acl = rules, .compat = compat};
	CHECK_OK(accounts_new(&options, &accounts, &err), &err);
	return accounts;
}

struct matching {
	const char *match; /* of one rule with all rights */
	const char *account, *type, *name, *service, *ip;
	bool strict, compat;
};

/* A rule's match, a request (NULLs: "alice", "repository", "a/b", "srv", 10.1.2.3), the answers. */
static const struct matching matching[] = {
	{"{}", NULL, NULL, NULL, NULL, NULL, true, true},
	{"{}", "", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":\"alice\"}", "alice", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":\"alice\"}", "Alice", NULL, NULL, NULL, NULL, false, false},
	{"{\"account\":\"alice\"}", "alice2", NULL, NULL, NULL, NULL, false, false},
	{"{\"account\":\"\"}", "", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":\"\"}", "alice", NULL, NULL, NULL, NULL, false, false},
	{"{\"account\":\"/.+/\"}", "alice", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":\"/.+/\"}", "", NULL, NULL, NULL, NULL, false, false},
	{"{\"account\":\"?*\"}", "", NULL, NULL, NULL, NULL, false, false},
	{"{\"account\":\"a*\"}", "alice", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":\"/lic/\"}", "alice", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":\"/^lic$/\"}", "alice", NULL, NULL, NULL, NULL, false, false},
	{"{\"account\":\"/(?i)^ALICE$/\"}", "alice", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":123}", "123", NULL, NULL, NULL, NULL, true, true},
	{"{\"account\":true}", "true", NULL, NULL, NULL, NULL, true, true},
	{"{\"type\":\"repository\"}", NULL, NULL, NULL, NULL, NULL, true, true},
	{"{\"type\":\"registry\"}", NULL, NULL, NULL, NULL, NULL, false, false},
	{"{\"type\":\"registry\",\"name\":\"catalog\"}", NULL, "registry", "catalog", NULL, NULL,
	 true, true},
	{"{\"service\":\"srv\"}", NULL, NULL, NULL, "srv", NULL, true, true},
	{"{\"service\":\"srv\"}", NULL, NULL, NULL, "other", NULL, false, false},
	{"{\"name\":\"a/*\"}", NULL, NULL, "a/b", NULL, NULL, true, true},
	{"{\"name\":\"a/*\"}", NULL, NULL, "a/b/c", NULL, NULL, false, false},
	{"{\"name\":\"a/**\"}", NULL, NULL, "a/b/c", NULL, NULL, false, false},
	{"{\"name\":\"a/*/*\"}", NULL, NULL, "a/b/c", NULL, NULL, true, true},
	{"{\"name\":\"*\"}", NULL, NULL, "a/b", NULL, NULL, false, false},
	{"{\"name\":\"//\"}", NULL, NULL, "x", NULL, NULL, false, false},
	{"{\"name\":\"//\"}", NULL, NULL, "//", NULL, NULL, true, true},
	{"{\"name\":\"/^a\\\\/.*$/\"}", NULL, NULL, "a/b/c", NULL, NULL, true, true},
	{"{\"name\":\"a[^x]b\"}", NULL, NULL, "a/b", NULL, NULL, false, true},
	{"{\"account\":\"alice\",\"name\":\"a/*\"}", "alice", NULL, "b/c", NULL, NULL, false,
	 false},
	{"{\"account\":\"bob\",\"name\":\"a/*\"}", "alice", NULL, "a/b", NULL, NULL, false, false},

	/* addresses */
	{"{\"ip\":\"10.0.0.0/8\"}", NULL, NULL, NULL, NULL, "10.1.2.3", true, true},
	{"{\"ip\":\"10.0.0.0/8\"}", NULL, NULL, NULL, NULL, "::ffff:10.1.2.3", true, true},
	{"{\"ip\":\"10.0.0.0/8\"}", NULL, NULL, NULL, NULL, "11.1.2.3", false, false},
	{"{\"ip\":\"10.0.0.0/8\"}", NULL, NULL, NULL, NULL, "none", false, false},
	{"{\"ip\":\"2001:db8::/32\"}", NULL, NULL, NULL, NULL, "2001:db8::5", true, true},

	/* variables */
	{"{\"name\":\"${account}/*\"}", "alice", NULL, "alice/x", NULL, NULL, true, true},
	{"{\"name\":\"${account}/*\"}", "bob", NULL, "alice/x", NULL, NULL, false, false},
	{"{\"name\":\"${account}/*\"}", "*", NULL, "alice/x", NULL, NULL, false, false},
	{"{\"name\":\"${account}/*\"}", "a.b", NULL, "a.b/x", NULL, NULL, true, true},
	{"{\"name\":\"${account}/*\"}", "[a-z]", NULL, "b/x", NULL, NULL, false, false},
	{"{\"name\":\"${account}/*\"}", "[a-z]", NULL, "[a-z]/x", NULL, NULL, true, true},
	{"{\"name\":\"${account}\"}", "/b/", NULL, "abc", NULL, NULL, false, true}, /* 10, 1 */
	{"{\"name\":\"${account}\"}", "/b/", NULL, "/b/", NULL, NULL, true, true},
	{"{\"name\":\"/^${account}\\\\/.+$/\"}", "alice", NULL, "alice/x/y", NULL, NULL, true,
	 true},
	{"{\"name\":\"/^${account}\\\\/.+$/\"}", ".*", NULL, "alice/x", NULL, NULL, false, false},
	{"{\"name\":\"/^${account}\\\\/.+$/\"}", "a|b", NULL, "b/x", NULL, NULL, false, false},
	{"{\"name\":\"/^${account}\\\\/.+$/\"}", "\\", NULL, "\\/x", NULL, NULL, true, true},
	{"{\"name\":\"/^${account}\\\\/.+$/\"}", "\\E", NULL, "\\E/x", NULL, NULL, true, true},
	{"{\"name\":\"/^[${account}]$/\"}", "a-z", NULL, "q", NULL, NULL, false, true}, /* 10, 1 */
	{"{\"name\":\"/^[${account}]$/\"}", "a-z", NULL, "-", NULL, NULL, true, false},
	{"{\"name\":\"/^[${account}]$/\"}", "^a", NULL, "b", NULL, NULL, false, false},
	{"{\"name\":\"/^[x${account}]$/\"}", "", NULL, "x", NULL, NULL, false, true},
	{"{\"name\":\"[${account}]\"}", "a-z", NULL, "q", NULL, NULL, false, true},
	{"{\"name\":\"${type}-${service}\"}", NULL, NULL, "repository-srv", NULL, NULL, true, true},
	{"{\"account\":\"${name}\"}", "a/b", NULL, "a/b", NULL, NULL, true, true},
	{"{\"service\":\"${service}\"}", NULL, NULL, NULL, "x*y", NULL, true, true},

	/* groups */
	{"{\"account\":\"/^(.+)@test\\\\.com$/\",\"name\":\"${account:1}/*\"}", "al@test.com", NULL,
	 "al/x", NULL, NULL, true, true},
	{"{\"account\":\"/^(.+)@test\\\\.com$/\",\"name\":\"${account:1}/*\"}", "al@test.com", NULL,
	 "bo/x", NULL, NULL, false, false},
	{"{\"account\":\"/^(.+)@test\\\\.com$/\",\"name\":\"${account:1}/*\"}", "*@test.com", NULL,
	 "bo/x", NULL, NULL, false, true}, /* the wildcard injection of 2.5 */
	{"{\"account\":\"/^(.+)@test\\\\.com$/\",\"name\":\"/^${account:1}\\\\/x$/\"}",
	 ".*@test.com", NULL, "bo/x", NULL, NULL, false, true},
	{"{\"account\":\"/^(a)(b)?$/\",\"name\":\"${account:1}-${account:2}\"}", "ab", NULL, "a-b",
	 NULL, NULL, true, true},
	{"{\"account\":\"/^(a)(b)?$/\",\"name\":\"${account:1}-${account:2}\"}", "a", NULL, "a-",
	 NULL, NULL, false, true}, /* a group that took no part */
	{"{\"account\":\"/^(a)$/\",\"name\":\"${account:0}\"}", "a", NULL, "a", NULL, NULL, true,
	 true},
	{"{\"account\":\"/^(.+)@x$/\",\"name\":\"${type}-${account:1}\"}", "al@x", NULL,
	 "repository-al", NULL, NULL, true, false}, /* 10, 2: a variable hides the group */
	{"{\"account\":\"/^(.+)@x$/\",\"name\":\"${account:1}-${type}\"}", "al@x", NULL,
	 "al-repository", NULL, NULL, true, true},
	{"{\"account\":\"/^(r.+)@x$/\",\"labels\":{\"team\":\"${account:1}\"}}", "red@x", NULL,
	 NULL, NULL, NULL, false, false}, /* no such user, no label */
	{"{\"name\":\"/^(red)/\",\"labels\":{\"team\":\"${name:1}\"}}", "alice", NULL, "red/x",
	 NULL, NULL, true, false}, /* 10, 2: literal when only labels use it */
	{"{\"name\":\"/^(red)/\",\"type\":\"/${name:1}|repository/\",\"labels\":{\"team\":\"${name:1}\"}}",
	 "alice", NULL, "red/x", NULL, NULL, true, true},

	/* labels */
	{"{\"labels\":{\"team\":\"red\"}}", "alice", NULL, NULL, NULL, NULL, true, true},
	{"{\"labels\":{\"team\":\"b*\"}}", "alice", NULL, NULL, NULL, NULL, true, true},
	{"{\"labels\":{\"team\":\"/^gre+n$/\"}}", "alice", NULL, NULL, NULL, NULL, false, false},
	{"{\"labels\":{\"team\":\"red\",\"tier\":\"two\"}}", "alice", NULL, NULL, NULL, NULL, true,
	 true},
	{"{\"labels\":{\"team\":\"red\",\"tier\":\"three\"}}", "alice", NULL, NULL, NULL, NULL,
	 false, false},
	{"{\"labels\":{\"team\":\"*\"}}", "bob", NULL, NULL, NULL, NULL, false, false},
	{"{\"labels\":{\"team\":\"*\"}}", "", NULL, NULL, NULL, NULL, false, false},
	{"{\"labels\":{}}", "bob", NULL, NULL, NULL, NULL, true, true},
	{"{\"labels\":{\"team\":\"${type}\"}}", "alice", "red", NULL, NULL, NULL, true, true},
	{"{\"name\":\"${labels:team}/*\"}", "alice", NULL, "blue/x", NULL, NULL, true, true},
	{"{\"name\":\"${labels:team}/*\"}", "alice", NULL, "green/x", NULL, NULL, false, false},
	{"{\"name\":\"${labels:team}/${labels:tier}/x\"}", "alice", NULL, "blue/one/x", NULL, NULL,
	 true, true},
	{"{\"name\":\"${labels:team}/${labels:tier}/x\"}", "alice", NULL, "blue/three/x", NULL,
	 NULL, false, false},
	{"{\"name\":\"${labels:team}-${labels:team}\"}", "alice", NULL, "red-blue", NULL, NULL,
	 false, false},
	{"{\"name\":\"${labels:team}-${labels:team}\"}", "alice", NULL, "blue-blue", NULL, NULL,
	 true, true},
	{"{\"name\":\"${labels:team}/*\"}", "bob", NULL, "red/x", NULL, NULL, false, false},
	{"{\"name\":\"${labels:team}/*\"}", "empty", NULL, "red/x", NULL, NULL, false, false},
	{"{\"name\":\"${labels:team}/*\"}", "star", NULL, "red/x", NULL, NULL, false, true},
	{"{\"name\":\"${labels:regex}\"}", "star", NULL, "red/x", NULL, NULL, false, true},
	{"{\"name\":\"/^${labels:dot}$/\"}", "star", NULL, "axb", NULL, NULL, false, true},
	{"{\"name\":\"/^${labels:dot}$/\"}", "star", NULL, "a.b", NULL, NULL, true, true},
	{"{\"name\":\"/^${labels:team}$/\"}", "star", NULL, "*", NULL, NULL, true, false},
};

static struct sockaddr_storage ip_of(const char *text)
{
	struct sockaddr_storage ip = {.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET};
	void *bytes = ip.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&ip)->sin_addr
					      : (void *)&((struct sockaddr_in6 *)&ip)->sin6_addr;
	CHECK_INT(inet_pton(ip.ss_family, text, bytes), 1);
	return ip;
}

static const char *either(const char *text, const char *fallback)
{
	return text ? text : fallback;
}

static void check_matching(const struct matching *row, bool compat)
{
	autofree char *acl = xasprintf("[{\"match\":%s,\"actions\":[\"*\"]}]", row->match);
	autoaccounts struct accounts *accounts = accounts_of(acl, compat);
	const char *ip_text = either(row->ip, "10.1.2.3");
	struct sockaddr_storage ip = {0};
	bool has_ip = strcmp(ip_text, "none") != 0;

	if (has_ip)
		ip = ip_of(ip_text);
	struct acl_question question = {
		.account = either(row->account, "alice"),
		.type = either(row->type, "repository"),
		.name = either(row->name, "a/b"),
		.service = either(row->service, "srv"),
		.ip = has_ip ? &ip : NULL,
	};
	if (acl_allows(accounts, &question, "pull") != (compat ? row->compat : row->strict))
		test_fail(__FILE__, __LINE__, "%s %s for '%s' on '%s'",
			  compat ? "compat" : "strict", row->match, question.account,
			  question.name);
}

TEST(matches_are_what_the_rules_say)
{
	for (size_t i = 0; i < ARRAY_LEN(matching); i++)
		check_matching(&matching[i], false);
}

/* The patterns that strict refuses are in the table of test_accounts.c. */
TEST(matches_are_as_in_the_original_when_asked_to)
{
	for (size_t i = 0; i < ARRAY_LEN(matching); i++)
		check_matching(&matching[i], true);
}

TEST(compat_keeps_what_it_does_not_know_as_text)
{
	static const struct {
		const char *match, *account, *name;
		bool allows;
	} cases[] = {
		{"{\"name\":\"${nothing}\"}", "alice", "${nothing}", true},
		{"{\"name\":\"${account:1}\"}", "alice", "${account:1}", true},
		{"{\"account\":\"/^(a)/\",\"name\":\"${account:7}\"}", "alice", "${account:7}",
		 true},
		{"{\"account\":\"/^(A|a)lice$/\",\"name\":\"${Account:1}\"}", "alice", "a", true},
		{"{\"name\":\"${labels:none}\"}", "alice", "${labels:none}", true},
		{"{\"name\":\"foo[\"}", "alice", "foo[", false},
		{"{\"naem\":\"foo\"}", "alice", "bar", true}, /* the key is ignored: everybody */
		{"{\"name\":null}", "alice", "bar", true},
		{"{\"name\":\"/${account}/\"}", "(", "(", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *acl =
			xasprintf("[{\"match\":%s,\"actions\":[\"*\"]}]", cases[i].match);
		autoaccounts struct accounts *accounts = accounts_of(acl, true);
		struct acl_question question = {
			.account = cases[i].account, .type = "repository", .name = cases[i].name};
		if (acl_allows(accounts, &question, "pull") != cases[i].allows)
			CHECK_STR(cases[i].match, cases[i].allows ? "allowed" : "refused");
	}
}

TEST(actions_are_granted_as_the_rules_say)
{
	static const struct {
		const char *actions, *asked, *granted;
	} cases[] = {
		{"[\"*\"]", "push,pull", "pull,push"},
		{"[\"*\"]", "*", "*"},
		{"[\"*\"]", "pull,pull", "pull"},
		{"[\"*\"]", "", ""},
		{"[\"pull\"]", "push,pull", "pull"},
		{"[\"pull\"]", "push", ""},
		{"[\"pull\",\"push\",\"delete\"]", "*", ""},
		{"[\"*\",\"pull\"]", "push,pull", "pull"},
		{"[\"*\",\"pull\"]", "*", "*"},
		{"[]", "pull", ""},
		{"[\"push\",\"pull\"]", "pull,push,pull,delete", "pull,push"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *acl = xasprintf("[{\"match\":{},\"actions\":%s},{\"match\":{},"
					       "\"actions\":[\"*\"]}]",
					       cases[i].actions);
		autoaccounts struct accounts *accounts = accounts_of(acl, false);
		autostrlist struct strlist asked = {0};
		struct acl_verdict verdict;
		strlist_split(&asked, str_of(cases[i].asked), ',');
		struct acl_question question = {
			.account = "alice", .type = "repository", .name = "a", .actions = &asked};
		acl_decide(accounts, &question, &verdict);
		autofree char *granted = strlist_join(&verdict.actions, ",");
		acl_verdict_done(&verdict);
		CHECK_STR(granted, cases[i].granted);
	}
}

TEST(the_first_rule_that_matches_decides_and_is_named)
{
	autoaccounts struct accounts *accounts = accounts_of(
		"[{\"match\":{\"account\":\"bob\"},\"actions\":[\"*\"]},\n"
		" {\"match\":{\"account\":\"alice\",\"name\":\"x\"},\"actions\":[],\"comment\":\"no x\"},\n"
		" {\"match\":{\"account\":\"alice\"},\"actions\":[\"pull\"]}]",
		false);
	char pull[] = "pull", push[] = "push", *items[] = {pull, push, NULL};
	struct strlist asked = {.items = items, .n = 2};
	struct acl_question question = {
		.account = "alice", .type = "repository", .name = "x", .actions = &asked};
	struct acl_verdict verdict;

	acl_decide(accounts, &question, &verdict);
	CHECK_INT(verdict.actions.n, 0);
	CHECK_STR(verdict.rule_pos.file, "auth.yml");
	CHECK_INT(verdict.rule_pos.line, 2);
	CHECK_STR(verdict.comment, "no x");
	CHECK_STR(verdict.rule_text, "{\"account\":\"alice\",\"name\":\"x\"}");
	acl_verdict_done(&verdict);

	question.name = "y";
	acl_decide(accounts, &question, &verdict);
	CHECK_INT(verdict.actions.n, 1);
	CHECK_INT(verdict.rule_pos.line, 3);
	CHECK(verdict.comment == NULL);
	acl_verdict_done(&verdict);

	question.account = "carol";
	acl_decide(accounts, &question, &verdict);
	CHECK_INT(verdict.actions.n, 0);
	CHECK_INT(verdict.rule_pos.line, 0);
	CHECK(verdict.rule_text == NULL);
	acl_verdict_done(&verdict);
}

TEST(a_pattern_without_end_denies)
{
	autoaccounts struct accounts *accounts =
		accounts_of("[{\"match\":{\"name\":\"/^(a+)+$/\"},\"actions\":[]},"
			    "{\"match\":{},\"actions\":[\"*\"]}]",
			    false);
	char pull[] = "pull", *items[] = {pull, NULL};
	struct strlist asked = {.items = items, .n = 1};
	struct acl_question question = {.account = "alice",
					.type = "repository",
					.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
					.actions = &asked};
	struct acl_verdict verdict;
	int64_t start = clock_monotonic_ns();

	acl_decide(accounts, &question, &verdict);
	CHECK_INT(verdict.actions.n, 0);
	CHECK(verdict.hit_bound);
	CHECK_INT(verdict.rule_pos.line, 1);
	CHECK(clock_monotonic_ns() - start < NS_PER_SEC / 2);
	acl_verdict_done(&verdict);
	question.name = "b";
	CHECK(acl_allows(accounts, &question, "pull"));
	question.name = "\xff";
	CHECK(!acl_allows(accounts, &question, "pull"));
}

TEST(many_combinations_of_labels_are_bounded)
{
	autobuf struct buf users = {0}, pattern = {0};
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autoaccounts struct accounts *accounts = NULL;
	struct node *users_node, *acl_node;

	buf_puts(&users, "{"
			 "\"alice\":{\"password\":\"" HASH "\",\"labels\":{");
	buf_puts(&pattern, "[{\"match\":{\"name\":\"");
	for (int i = 0; i < 8; i++) {
		buf_printf(&users, "%s\"l%d\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]",
			   i ? "," : "", i);
		buf_printf(&pattern, "${labels:l%d}", i);
	}
	buf_puts(&users, "}}}");
	buf_puts(&pattern, "x\"},\"actions\":[]},{\"match\":{},\"actions\":[\"*\"]}]");
	CHECK_OK(json_parse(&arena, "u", buf_str(&users), &users_node, &err), &err);
	CHECK_OK(json_parse(&arena, "a", buf_str(&pattern), &acl_node, &err), &err);
	struct accounts_options options = {.users = users_node, .acl = acl_node};
	CHECK_OK(accounts_new(&options, &accounts, &err), &err);
	struct acl_question question = {.account = "alice", .type = "repository", .name = "none"};
	CHECK(!acl_allows(accounts, &question, "pull"));
	question.account = "bob";
	CHECK(acl_allows(accounts, &question, "pull"));
}
