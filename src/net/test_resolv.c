/* test_resolv.c - a container's resolv.conf made of the host's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/net_private.h"
#include "testing/test.h"

#define FALLBACK "nameserver 8.8.8.8\nnameserver 8.8.4.4\n"
#define STUB     "# stub\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch example.org\n"
#define REAL     "nameserver 192.0.2.53\nsearch example.org\n"

TEST(servers_that_a_container_cannot_reach_are_replaced)
{
	static const struct {
		const char *name, *host, *real, *dns;
		enum net_mode mode;
		const char *want;
	} cases[] = {
		{"plain", "nameserver 192.0.2.1\nsearch a b\n", NULL, NULL, NET_BRIDGE,
		 "nameserver 192.0.2.1\nsearch a b\n"},
		{"no newline at the end", "nameserver 192.0.2.1", NULL, NULL, NET_BRIDGE,
		 "nameserver 192.0.2.1\n"},
		{"loopback beside another", "nameserver 127.0.0.1\nnameserver 192.0.2.1\n", NULL,
		 NULL, NET_BRIDGE, "nameserver 192.0.2.1\n"},
		{"only loopback", "nameserver 127.0.0.1\nnameserver ::1\noptions ndots:2\n", NULL,
		 NULL, NET_BRIDGE, "options ndots:2\n" FALLBACK},
		{"the stub of systemd-resolved", STUB, REAL, NULL, NET_BRIDGE, REAL},
		{"the stub without its real file", STUB, NULL, NULL, NET_BRIDGE,
		 "# stub\noptions edns0 trust-ad\nsearch example.org\n" FALLBACK},
		{"the host's network keeps all", STUB, REAL, NULL, NET_HOST, STUB},
		{"given servers replace, options stay", STUB, REAL, "192.0.2.9", NET_BRIDGE,
		 "# stub\noptions edns0 trust-ad\nsearch example.org\nnameserver 192.0.2.9\n"},
		{"given servers on the host's network", "nameserver 192.0.2.1\n", NULL, "192.0.2.9",
		 NET_HOST, "nameserver 192.0.2.9\n"},
		{"nothing at all", "", NULL, NULL, NET_BRIDGE, FALLBACK},
		{"no network, no fallback", "", NULL, NULL, NET_NONE, ""},
		{"a word that begins alike", "nameservers 127.0.0.1\nnameserver\t192.0.2.1\n", NULL,
		 NULL, NET_BRIDGE, "nameservers 127.0.0.1\nnameserver\t192.0.2.1\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf out = {0};
		autostrlist struct strlist dns = {0};
		struct str real = str_of(cases[i].real);
		if (cases[i].dns)
			strlist_add(&dns, cases[i].dns);
		resolv_write(str_of(cases[i].host), cases[i].real ? &real : NULL, cases[i].mode,
			     &dns, &out);
		CHECK_STR(buf_text(&out), cases[i].want);
	}
}

TEST(this_hosts_file_is_understood)
{
	autobuf struct buf out = {0};
	autoerr struct err err = {0};
	CHECK_OK(net_resolv_text(NET_BRIDGE, NULL, &out, &err), &err);
	CHECK(strstr(buf_text(&out), "nameserver "));
	CHECK(!strstr(buf_text(&out), "nameserver 127."));
}
