/* test_address.c - numbers, paths and the names of hosts(5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/address.h"

#include <errno.h>
#include <stdio.h>

#include "base/io.h"
#include "testing/test.h"

TEST(address_of_number_takes_both_families_and_nothing_else)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"127.0.0.1", "127.0.0.1:80"},
		{"::1", "[::1]:80"},
		{"[2001:db8::5]", "[2001:db8::5]:80"},
		{"::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80"},
		{"", NULL},
		{"1.2.3", NULL},
		{"1.2.3.4.5", NULL},
		{"01.2.3.4x", NULL},
		{"[::1", NULL},
		{"localhost", NULL},
		{"fe80::1%nosuchinterface", NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct address address;
		char shown[ADDRESS_TEXT];
		bool good = address_of_number(cases[i].text, 80, &address);
		CHECK_INT(good, cases[i].shown != NULL);
		if (!good)
			continue;
		address_format(&address, shown);
		CHECK_STR(shown, cases[i].shown);
	}
}

TEST(address_zone_is_a_number_or_an_interface)
{
	struct address address;
	CHECK(address_of_number("fe80::1%7", 80, &address));
	CHECK_INT(address.in6.sin6_scope_id, 7);
	CHECK(address_of_number("fe80::1%lo", 80, &address));
	CHECK(address.in6.sin6_scope_id > 0);
}

TEST(address_of_path_knows_the_abstract_name_space)
{
	struct sockaddr_un address;
	socklen_t size;
	CHECK_INT(address_of_path("/run/x", &address, &size), 0);
	CHECK_STR(address.sun_path, "/run/x");
	CHECK_INT(size, offsetof(struct sockaddr_un, sun_path) + 7);
	CHECK_INT(address_of_path("@ab", &address, &size), 0);
	CHECK(memcmp(address.sun_path, "\0ab", 3) == 0);
	CHECK_INT(size, offsetof(struct sockaddr_un, sun_path) + 3);
	char long_path[200];
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	CHECK_INT(address_of_path(long_path, &address, &size), -ENAMETOOLONG);
	CHECK_INT(address_of_path("", &address, &size), -EINVAL);
	CHECK_INT(address_of_path(NULL, &address, &size), -EINVAL);
}

static const char *write_file(const char *name, const char *text, size_t len)
{
	static char path[256];
	autoerr struct err err = {0};
	const char *dir;
	int fd = test_dir(&dir);
	CHECK_OK(file_write_at(fd, name, text, len, 0644, FILE_NO_SYNC, &err), &err);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

TEST(address_of_hosts_finds_names_and_aliases_in_order)
{
	static const char text[] = "# 9.9.9.9 db\n"
				   "127.0.0.1\tlocalhost\n"
				   "  10.0.0.1 web DB.example # db\n"
				   "10.0.0.2\tother db\r\n"
				   "broken db\n"
				   "\n"
				   "::5 db";
	const char *path = write_file("hosts", text, strlen(text));
	struct address found[ADDRESS_MAX];
	char shown[ADDRESS_TEXT];
	CHECK_INT(address_of_hosts(path, "db", 1, found, ADDRESS_MAX), 2);
	address_format(&found[0], shown);
	CHECK_STR(shown, "10.0.0.2:1");
	address_format(&found[1], shown);
	CHECK_STR(shown, "[::5]:1");
	CHECK_INT(address_of_hosts(path, "db.EXAMPLE", 1, found, ADDRESS_MAX), 1);
	CHECK_INT(address_of_hosts(path, "db", 1, found, 1), 1);
	CHECK_INT(address_of_hosts(path, "nosuch", 1, found, ADDRESS_MAX), 0);
	CHECK_INT(address_of_hosts("/nosuch/hosts", "db", 1, found, ADDRESS_MAX), 0);
}

TEST(address_of_hosts_passes_over_a_line_without_an_end)
{
	static char text[10000];
	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 14, "\n10.0.0.3 db\n\n", 14);
	const char *path = write_file("hosts", text, sizeof(text));
	struct address found;
	CHECK_INT(address_of_hosts(path, "db", 1, &found, 1), 1);
	/* nor is its end taken for a line of its own */
	memcpy(text + 5000, " 10.0.0.4 long", 14);
	path = write_file("hosts", text, sizeof(text));
	CHECK_INT(address_of_hosts(path, "long", 1, &found, 1), 0);
}

TEST(address_of_known_always_has_localhost)
{
	struct address found[ADDRESS_MAX];
	CHECK_INT(address_of_known("/nosuch/hosts", "LocalHost", 5, found, ADDRESS_MAX), 2);
	CHECK(address_is_loopback(&found[0]));
	CHECK(address_is_loopback(&found[1]));
	CHECK_INT(address_of_known("/nosuch/hosts", "db", 5, found, ADDRESS_MAX), 0);
}

TEST(address_of_listener_means_any_by_nothing)
{
	struct address address;
	char shown[ADDRESS_TEXT];
	CHECK_INT(address_of_listener(AF_INET, NULL, 5, &address), 0);
	address_format(&address, shown);
	CHECK_STR(shown, "0.0.0.0:5");
	CHECK_INT(address_of_listener(AF_INET6, "*", 5, &address), 0);
	address_format(&address, shown);
	CHECK_STR(shown, "[::]:5");
	CHECK_INT(address_of_listener(AF_INET, "::1", 5, &address), -EADDRNOTAVAIL);
	CHECK_INT(address_of_listener(AF_INET6, "localhost", 5, &address), 0);
}

TEST(address_is_loopback_by_its_number)
{
	static const struct {
		const char *text;
		bool loopback;
	} cases[] = {{"127.0.0.1", true},
		     {"127.9.9.9", true},
		     {"128.0.0.1", false},
		     {"0.0.0.0", false},
		     {"::1", true},
		     {"::", false},
		     {"::ffff:127.0.0.1", true},
		     {"::ffff:10.0.0.1", false}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct address address;
		CHECK(address_of_number(cases[i].text, 1, &address));
		CHECK_INT(address_is_loopback(&address), cases[i].loopback);
	}
}
