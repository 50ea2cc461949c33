/* test_hosts.c - a container's /etc/hosts, by network and --add-host.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/net.h"
#include "testing/test.h"

#define STANDARD                                                                                   \
	"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n" \
	"ff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"

static const struct net_result bridge = {.network = (char *)"hull",
					 .ip_address = (char *)"10.89.0.7",
					 .gateway = (char *)"10.89.0.1"};
static const struct net_result none = {.network = (char *)"none"};
static const struct net_result host = {.network = (char *)"host"};

TEST(hosts_name_the_container_and_what_is_added)
{
	static const struct {
		const struct net_result *result;
		const char *hostname, *add, *want;
	} cases[] = {
		{&bridge, "web", NULL, STANDARD "10.89.0.7\tweb\n"},
		{&bridge, "web.example.org", NULL, STANDARD "10.89.0.7\tweb.example.org web\n"},
		{&bridge, "web", "db:192.0.2.1", STANDARD "192.0.2.1\tdb\n10.89.0.7\tweb\n"},
		{&bridge, "web", "db=192.0.2.1", STANDARD "192.0.2.1\tdb\n10.89.0.7\tweb\n"},
		{&bridge, "web", "six:2001:db8::1", STANDARD "2001:db8::1\tsix\n10.89.0.7\tweb\n"},
		{&bridge, "web", "six:[2001:db8::1]",
		 STANDARD "2001:db8::1\tsix\n10.89.0.7\tweb\n"},
		{&bridge, "web", "up:host-gateway", STANDARD "10.89.0.1\tup\n10.89.0.7\tweb\n"},
		{&none, "web", NULL, STANDARD},
		{NULL, "web", "db:192.0.2.1", STANDARD "192.0.2.1\tdb\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf out = {0};
		autoerr struct err err = {0};
		autostrlist struct strlist added = {0};
		if (cases[i].add)
			strlist_add(&added, cases[i].add);
		CHECK_OK(net_hosts_text(cases[i].hostname, cases[i].result, &added, &out, &err),
			 &err);
		CHECK_STR(buf_text(&out), cases[i].want);
	}
}

TEST(with_the_hosts_network_its_names_are_kept)
{
	autobuf struct buf out = {0};
	autoerr struct err err = {0};
	autostrlist struct strlist added = {0};
	strlist_add(&added, "up:host-gateway");
	CHECK_OK(net_hosts_text("web", &host, &added, &out, &err), &err);
	CHECK(text_ends(buf_text(&out), "\n127.0.0.1\tup\n"));
}

TEST(wrong_added_hosts_are_refused)
{
	static const struct {
		const struct net_result *result;
		const char *add, *want;
	} cases[] = {
		{&bridge, "db", "cannot add host 'db': it is not NAME:ADDRESS"},
		{&bridge, "db:", "cannot add host 'db:': it is not NAME:ADDRESS"},
		{&bridge, ":1.2.3.4", "cannot add host ':1.2.3.4': it is not NAME:ADDRESS"},
		{&bridge, "db:1.2.3", "cannot add host 'db:1.2.3': it is not NAME:ADDRESS"},
		{&bridge, "a\nb:1.2.3.4", "cannot add host 'a\nb:1.2.3.4': it is not NAME:ADDRESS"},
		{&none, "up:host-gateway",
		 "cannot add host 'up:host-gateway': this network has no gateway"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf out = {0};
		autoerr struct err err = {0};
		autostrlist struct strlist added = {0};
		strlist_add(&added, cases[i].add);
		CHECK_INT(net_hosts_text("web", cases[i].result, &added, &out, &err), -1);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_STR(err_text(&err), cases[i].want);
	}
}
