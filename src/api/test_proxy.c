/* test_proxy.c - addresses, networks, and whom a proxy speaks for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/proxy.h"

#include "testing/test.h"

static void rules_of(const char *nets, const char *header, int64_t pos, struct proxy_rules *rules)
{
	autostrlist struct strlist list = {0};
	autoerr struct err err = {0};

	strlist_split(&list, str_of(nets), ' ');
	CHECK_OK(proxy_rules_parse(&list, header, pos, rules, &err), &err);
}

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage address = {0};

	CHECK(address_parse(str_of(text), &address));
	return address;
}

TEST(networks_hold_their_addresses)
{
	static const struct {
		const char *nets, *address;
		bool held;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"10.0.0.0/8", "10.255.0.1", true},
		{"10.0.0.0/8", "11.0.0.1", false},
		{"10.0.0.0/9", "10.128.0.1", false},
		{"10.0.0.0/9", "10.127.255.255", true},
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"::/0", "192.0.2.1", true}, /* all there is */
		{"10.0.0.0/8 192.0.2.1", "::ffff:192.0.2.1", true},
		{"", "192.0.2.1", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct proxy_rules rules;
		struct sockaddr_storage address = address_of(cases[i].address);
		rules_of(cases[i].nets, NULL, 0, &rules);
		if (proxy_rules_list(&rules, &address) != cases[i].held)
			test_fail(__FILE__, __LINE__, "'%s' and '%s'", cases[i].nets,
				  cases[i].address);
		proxy_rules_done(&rules);
	}
}

TEST(a_wrong_network_is_named)
{
	static const char *const wrong[] = {"10.0.0.0/33", "example.org", "10.0.0/8",
					    "::/129",      "10.0.0.0/",   "10.0.0.0/x"};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		autostrlist struct strlist list = {0};
		autoerr struct err err = {0};
		struct proxy_rules rules;
		strlist_add(&list, "192.0.2.1");
		strlist_add(&list, wrong[i]);
		CHECK(proxy_rules_parse(&list, NULL, 0, &rules, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(strstr(err_text(&err), wrong[i]));
	}
}

TEST(addresses_come_with_ports_and_brackets)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{" 192.0.2.1:80 ", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]:80", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"unknown", NULL},
		{"", NULL},
		{"[2001:db8::1", NULL},
		{"192.0.2.256", NULL},
		{"_hidden", NULL},
		{"192.0.2.1 x", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sockaddr_storage address;
		char text[ADDRESS_TEXT_MAX];
		bool good = address_parse(str_of(cases[i].text), &address);
		if (good)
			address_text(&address, text);
		CHECK_STR(good ? text : NULL, cases[i].want);
	}
}

TEST(the_client_is_the_last_that_is_no_proxy)
{
	static const struct {
		const char *list, *want; /* NULL: 400 */
	} cases[] = {
		{"", "10.0.0.1"}, /* the proxy itself, asking for its own health */
		{"203.0.113.7", "203.0.113.7"},
		{"1.1.1.1, 203.0.113.7", "203.0.113.7"},
		{"1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"},
		{"10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"nonsense, 203.0.113.7", "203.0.113.7"},
		{"203.0.113.7, nonsense", NULL},
		{"203.0.113.7,", NULL},
	};
	struct proxy_rules rules;
	struct sockaddr_storage peer = address_of("10.0.0.1"), chosen;

	rules_of("10.0.0.0/8", NULL, 0, &rules);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[ADDRESS_TEXT_MAX];
		bool good = proxy_choose(&rules, &peer, str_of(cases[i].list), &chosen);
		if (good)
			address_text(&chosen, text);
		CHECK_STR(good ? text : NULL, cases[i].want);
	}
	proxy_rules_done(&rules);
}

TEST(a_position_counts_from_either_end)
{
	static const struct {
		int64_t pos;
		const char *list, *want;
	} cases[] = {
		{0, "1.1.1.1", "1.1.1.1"},
		{0, "1.1.1.1, 2.2.2.2", "1.1.1.1"},
		{1, "1.1.1.1, 2.2.2.2", "2.2.2.2"},
		{-1, "1.1.1.1, 2.2.2.2", "2.2.2.2"},
		{-2, "1.1.1.1, 2.2.2.2", "1.1.1.1"},
		{-9, "1.1.1.1, 2.2.2.2", "1.1.1.1"},
		{2, "1.1.1.1, 2.2.2.2", NULL},
		{0, "", NULL},
		{0, "x", NULL},
	};
	struct sockaddr_storage peer = address_of("10.0.0.1"), chosen;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct proxy_rules rules;
		char text[ADDRESS_TEXT_MAX];
		rules_of("10.0.0.0/8", "X-Real-IP", cases[i].pos, &rules);
		bool good = proxy_choose(&rules, &peer, str_of(cases[i].list), &chosen);
		if (good)
			address_text(&chosen, text);
		CHECK_STR(good ? text : NULL, cases[i].want);
		proxy_rules_done(&rules);
	}
}
