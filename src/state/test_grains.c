/* test_grains.c - what the system is, out of files below a root.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/utsname.h>

#include "base/io.h"
#include "state/world.h"
#include "testing/test.h"

#include "base/banned.h"

static void put(int root, const char *name, const char *text)
{
	autoerr struct err err = {0};

	CHECK_OK(file_write_at(root, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

static void print_grain(struct heap *heap, const struct dict *grains, const char *name,
			struct buf *buf)
{
	autoerr struct err err = {0};
	const struct value *v = dict_get(grains, name);

	CHECK(v != NULL);
	buf_truncate(buf, 0);
	CHECK_OK(value_print(heap, *v, buf, &err), &err);
}

static void check_grains(struct heap *heap, const struct dict *grains, const char *const (*want)[2],
			 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autobuf struct buf text = {0};

		print_grain(heap, grains, want[i][0], &text);
		CHECK_STR(buf_text(&text), want[i][1]);
	}
}

TEST(systems_have_the_names_that_salt_gives_them)
{
	static const struct {
		const char *release, *want[8][2];
	} cases[] = {
		{"NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\n"
		 "VERSION_CODENAME=bookworm\nID=debian\n",
		 {{"os", "Debian"},
		  {"os_family", "Debian"},
		  {"osfullname", "Debian GNU/Linux"},
		  {"osrelease", "12"},
		  {"osmajorrelease", "12"},
		  {"oscodename", "bookworm"},
		  {"osfinger", "Debian-12"},
		  {"osrelease_info", "(12,)"}}},
		{"NAME=\"Ubuntu\"\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\nID=ubuntu\n"
		 "ID_LIKE=debian\n",
		 {{"os", "Ubuntu"},
		  {"os_family", "Debian"},
		  {"osrelease", "22.04"},
		  {"osmajorrelease", "22"},
		  {"osfinger", "Ubuntu-22.04"},
		  {"osrelease_info", "(22, 4)"},
		  {"oscodename", "jammy"},
		  {"osfullname", "Ubuntu"}}},
		{"NAME='Rocky Linux'\nVERSION='9.3 (Blue Onyx)'\nVERSION_ID='9.3'\nID='rocky'\n",
		 {{"os", "Rocky"},
		  {"os_family", "RedHat"},
		  {"oscodename", "Blue Onyx"},
		  {"osfinger", "Rocky Linux-9"},
		  {"osmajorrelease", "9"},
		  {"osrelease", "9.3"},
		  {"osfullname", "Rocky Linux"},
		  {"osrelease_info", "(9, 3)"}}},
		{"NAME=Grml\nID=grml\nID_LIKE=\"foo debian\"\n",
		 {{"os", "Grml"},
		  {"os_family", "Debian"},
		  {"osrelease", ""},
		  {"oscodename", ""},
		  {"osfullname", "Grml"},
		  {"osmajorrelease", ""},
		  {"osfinger", "Grml-"},
		  {"osrelease_info", "('',)"}}},
	};
	autoerr struct err err = {0};
	int root = test_dir(NULL);

	CHECK_OK(dir_make_all(root, "etc", 0755, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoheap struct heap heap = {0};

		put(root, "etc/os-release", cases[i].release);
		check_grains(&heap, grains_collect(&heap, root), cases[i].want,
			     ARRAY_LEN(cases[i].want));
	}
}

TEST(an_empty_root_still_has_every_grain)
{
	static const char *const names[] = {"id",
					    "host",
					    "fqdn",
					    "domain",
					    "localhost",
					    "os",
					    "os_family",
					    "osrelease",
					    "osmajorrelease",
					    "oscodename",
					    "osfullname",
					    "kernel",
					    "cpuarch",
					    "num_cpus",
					    "mem_total",
					    "virtual",
					    "init",
					    "shell",
					    "path",
					    "ip4_interfaces",
					    "ipv4",
					    "ipv6",
					    "ip6_interfaces",
					    "username",
					    "uid",
					    "gid",
					    "cwd",
					    "saltversion",
					    "dns",
					    "pid"};
	autoheap struct heap heap = {0};
	const struct dict *grains = grains_collect(&heap, test_dir(NULL));

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!dict_get(grains, names[i]))
			test_fail(__FILE__, __LINE__, "no grain '%s'", names[i]);
	CHECK_STR(heap_strdup(&heap, value_bytes(*dict_get(grains, "kernel"))), "Linux");
	CHECK(dict_get(grains, "num_cpus")->integer >= 1);
	CHECK(dict_get(grains, "mem_total")->integer >= 1);
}

TEST(names_come_from_the_roots_files)
{
	static const char *const want[][2] = {
		{"fqdn", "box.example.org"}, {"domain", "example.org"}, {"host", "box"},
		{"id", "the-minion"},        {"roles", "['db']"},       {"os", "Own"}};
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct utsname name = {0};
	autobuf struct buf hosts = {0};
	int root = test_dir(NULL);

	uname(&name);
	if (strchr(name.nodename, '.'))
		test_skip("the host's own name has dots");
	buf_printf(&hosts, "127.0.0.1 localhost\n10.1.2.3\tbox.example.org alias %s # us\n",
		   name.nodename);
	CHECK_OK(dir_make_all(root, "etc/salt", 0755, &err), &err);
	put(root, "etc/hosts", buf_text(&hosts));
	put(root, "etc/salt/minion_id", "the-minion\n");
	put(root, "etc/salt/grains", "roles: [db]\nos: Own\n");
	put(root, "etc/resolv.conf", "# a\nnameserver 1.2.3.4\nsearch a.b  c.d\nnameserver ::1\n");
	const struct dict *grains = grains_collect(&heap, root);
	check_grains(&heap, grains, want, ARRAY_LEN(want));
	autobuf struct buf dns = {0};
	print_grain(&heap, grains, "dns", &dns);
	CHECK_STR(buf_text(&dns),
		  "{'nameservers': ['1.2.3.4', '::1'], 'ip4_nameservers': ['1.2.3.4'], "
		  "'ip6_nameservers': ['::1'], 'search': ['a.b', 'c.d'], 'sortlist': [], "
		  "'options': [], 'domain': ''}");
}
