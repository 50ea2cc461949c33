/* test_secrets.c - what is taken for a secret, and that it is never shown.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/secrets.h"

#include "testing/test.h"
#include "value/yaml.h"

#include "base/banned.h"

TEST(keys_are_secret_by_their_words)
{
	static const struct {
		const char *key;
		bool is_secret;
	} cases[] = {
		{"password", true},
		{"db_password", true},
		{"DB_PASSWORD", true},
		{"dbPassword", true},
		{"db-passwd", true},
		{"password2", true},
		{"passphrase", true},
		{"secret", true},
		{"client_secret", true},
		{"secrets", true},
		{"SECRET_KEY_BASE", true},
		{"token", true},
		{"api-token", true},
		{"apikey", true},
		{"api_key", true},
		{"APIKey", true},
		{"apiKey", true},
		{"private_key", true},
		{"ssl_key", true},
		{"db_pass", true},
		{"pass", true},
		{"credentials", true},
		{"key", false},
		{"keyid", false},
		{"keyserver", false},
		{"ssl_cert", false},
		{"authorized_keys", false},
		{"public_key", false},
		{"primary_key", false},
		{"proxy_pass", false},
		{"fastcgi_pass", false},
		{"passive", false},
		{"compass", false},
		{"password_file", false},
		{"token_ttl", false},
		{"secret_name", false},
		{"secrets_pattern", false},
		{"tokenizer", false},
		{"monkey", false},
		{"pass_through", false},
		{"", false},
		{"___", false},
		{"p\xc3\xa4ssword", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct secrets secrets = {0};
		if (secrets_is_key(&secrets, str_of(cases[i].key)) != cases[i].is_secret)
			CHECK_STR(cases[i].key, "judged otherwise");
	}
}

TEST(a_pattern_replaces_the_rules_for_keys)
{
	struct secrets secrets = {.key_pattern = "pin| ssl_key |Code"};

	CHECK(secrets_is_key(&secrets, STR("pin")));
	CHECK(secrets_is_key(&secrets, STR("sim-pin")));
	CHECK(secrets_is_key(&secrets, STR("my_ssl_key_pem")));
	CHECK(secrets_is_key(&secrets, STR("zip_code")));
	CHECK(!secrets_is_key(&secrets, STR("pinned")));
	CHECK(!secrets_is_key(&secrets, STR("password")));
}

static void check_mask(struct secrets *secrets, const char *text, const char *wanted)
{
	autobuf struct buf buf = {0};

	secrets_mask(secrets, str_of(text), &buf);
	CHECK_STR(buf_text(&buf), wanted);
}

TEST(secrets_are_found_in_each_form)
{
	struct secrets secrets = {0};

	secrets_add(&secrets, STR("it's \"a\\b\" \xc3\xa9/\xf0\x9f\x94\x91&c"));
	check_mask(&secrets, "x it's \"a\\b\" \xc3\xa9/\xf0\x9f\x94\x91&c y", "x *** y");
	check_mask(&secrets, "{\"p\": \"it's \\\"a\\\\b\\\" \xc3\xa9/\xf0\x9f\x94\x91&c\"}",
		   "{\"p\": \"***\"}");
	check_mask(&secrets, "{\"p\": \"it's \\\"a\\\\b\\\" \\u00e9/\\ud83d\\udd11&c\"}",
		   "{\"p\": \"***\"}");
	check_mask(&secrets, "'it\\'s \"a\\\\b\" \xc3\xa9/\xf0\x9f\x94\x91&c'", "'***'");
	check_mask(&secrets, "'it''s \"a\\b\" \xc3\xa9/\xf0\x9f\x94\x91&c'", "'***'");
	check_mask(&secrets, "'it'\\''s \"a\\b\" \xc3\xa9/\xf0\x9f\x94\x91&c'", "'***'");
	check_mask(&secrets, "?p=it%27s%20%22a%5Cb%22%20%C3%A9%2F%F0%9F%94%91%26c&q=1",
		   "?p=***&q=1");
	check_mask(&secrets, "?p=it%27s+%22a%5Cb%22+%C3%A9%2F%F0%9F%94%91%26c", "?p=***");
	check_mask(&secrets, "aXQncyAiYVxiIiDDqS/wn5SRJmM=", "***=");
	secrets_done(&secrets);
}

TEST(each_line_is_a_secret_but_not_its_frame)
{
	struct secrets secrets = {0};

	secrets_add(&secrets, STR("-----BEGIN PRIVATE KEY-----\nabcdef\nghijkl\n"
				  "-----END PRIVATE KEY-----\n"));
	check_mask(&secrets, "+ghijkl\n-----END PRIVATE KEY-----\n-abcdef\\nghijkl",
		   "+***\n-----END PRIVATE KEY-----\n-***\\n***");
	secrets_done(&secrets);
}

TEST(the_longest_secret_wins_and_short_ones_are_not_looked_for)
{
	struct secrets secrets = {0};

	check_mask(&secrets, "abcd", "abcd");
	secrets_add(&secrets, STR("abcd"));
	secrets_add(&secrets, STR("abcd"));
	check_mask(&secrets, "abcd", "***");
	secrets_add(&secrets, STR("abcdefgh"));
	secrets_add(&secrets, STR("xyz"));
	secrets_add(&secrets, STR("  x \n"));
	check_mask(&secrets, "abcdefghi abcdef abc xyz abcdabcd", "***i ***ef abc xyz ******");
	check_mask(&secrets, "abc", "abc");
	check_mask(&secrets, "", "");
	secrets_done(&secrets);
}

static struct value read_yaml(struct heap *heap, const char *yaml)
{
	autoerr struct err err = {0};
	struct value v = value_none();

	CHECK_OK(value_from_yaml(heap, str_of(yaml), "t", &v, &err), &err);
	return v;
}

TEST(a_pillar_is_scanned_for_secrets)
{
	autoheap struct heap heap = {0};
	struct secrets secrets = {0};

	secrets_scan(&secrets,
		     read_yaml(&heap, "a:\n"
				      "  password: pw-one\n"
				      "  users: {x: {password: 12345}, y: {passwd: '{later}'}}\n"
				      "  secrets: {any: [thing, {else: below}]}\n"
				      "  auth: {token: {realm: realm-one}}\n"
				      "  tokens: [t-one, t-two]\n"
				      "  ssl_key: /etc/ssl/x.key\n"
				      "  api_key: k-one\n"
				      "  key: '-----BEGIN PRIVATE KEY-----\n\n    pem-line\n'\n"
				      "  url: mysql://me:url-pw@host/db\n"
				      "  is_secret: true\n"));
	check_mask(&secrets,
		   "pw-one 12345 {later} thing below realm-one t-one t-two /etc/ssl/x.key "
		   "k-one pem-line me:url-pw@host true",
		   "*** *** {later} *** *** realm-one *** *** /etc/ssl/x.key *** *** me:***@host "
		   "true");
	secrets_done(&secrets);
}

TEST(a_broken_pillar_is_scanned_by_lines)
{
	struct secrets secrets = {0};

	secrets_scan_text(&secrets, STR("a:\n  - password: \"pw one\"\n\tb: {db_pass: pw-two\n"
					"c_key: /a/b\nsecrets:\n  token: 'tk-one'\nx: plain\n"));
	check_mask(&secrets, "password: \"pw one\" tk-one /a/b plain",
		   "password: \"***\" *** /a/b plain");
	secrets_done(&secrets);
}

TEST(values_are_masked_by_text_and_by_key)
{
	autoheap struct heap heap = {0};
	struct secrets secrets = {0};
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	secrets_add(&secrets, STR("hidden"));
	secrets_add(&secrets, STR("4242"));
	struct value masked = secrets_mask_value(
		&secrets, &heap,
		read_yaml(&heap,
			  "{a: [not hidden, 1, 4242], hidden: x, password: other, token: null, "
			  "passwords: {u: 7, v: [w]}, ssl_key: /a}"));
	CHECK_OK(value_print_repr(&heap, masked, &buf, &err), &err);
	CHECK_STR(buf_text(&buf),
		  "{'a': ['not ***', 1, '***'], '***': 'x', 'password': '***', 'token': None, "
		  "'passwords': {'u': '***', 'v': ['***']}, 'ssl_key': '/a'}");
	secrets_done(&secrets);
}

TEST(values_that_hold_themselves_end)
{
	autoheap struct heap heap = {0};
	struct secrets secrets = {0};
	struct list *list = list_new(&heap, 1);

	list_push(&heap, list, value_of_list(list));
	secrets_scan(&secrets, value_of_list(list));
	secrets_add_value(&secrets, value_of_list(list));
	CHECK_INT(secrets_mask_value(&secrets, &heap, value_of_list(list)).kind, VALUE_LIST);
	secrets_done(&secrets);
}
