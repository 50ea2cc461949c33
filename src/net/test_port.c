/* test_port.c - docker's --publish: what each text means, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/net_private.h"
#include "testing/test.h"

static char *list_text(const struct port_list *ports)
{
	struct buf out = {0};
	for (size_t i = 0; i < ports->n; i++) {
		const struct port_mapping *mapping = &ports->items[i];
		buf_printf(&out, "%s%s:%u", i ? " " : "", mapping->host_ip ? mapping->host_ip : "*",
			   mapping->host_port);
		if (mapping->host_port_end)
			buf_printf(&out, "-%u", mapping->host_port_end);
		buf_printf(&out, ">%u/%s", mapping->container_port, mapping->protocol);
	}
	return buf_steal(&out);
}

TEST(ports_are_read_as_docker_reads_them)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"80", "*:0>80/tcp"},
		{"8080:80", "*:8080>80/tcp"},
		{"8080:80/udp", "*:8080>80/udp"},
		{"8080:80/UDP", "*:8080>80/udp"},
		{"53/sctp", "*:0>53/sctp"},
		{"127.0.0.1:8080:80", "127.0.0.1:8080>80/tcp"},
		{"127.0.0.1::80", "127.0.0.1:0>80/tcp"},
		{"0.0.0.0:8080:80", "*:8080>80/tcp"},
		{"[::1]:8080:80", "::1:8080>80/tcp"},
		{"::1:8080:80", "::1:8080>80/tcp"},
		{"[::1]::80/udp", "::1:0>80/udp"},
		{":80", "*:0>80/tcp"},
		{"0:80", "*:0>80/tcp"},
		{"80-82", "*:0>80/tcp *:0>81/tcp *:0>82/tcp"},
		{"9000-9002:80-82", "*:9000>80/tcp *:9001>81/tcp *:9002>82/tcp"},
		{"9000-9002:80", "*:9000-9002>80/tcp"},
		{"127.0.0.1:9000-9001:80-81/udp", "127.0.0.1:9000>80/udp 127.0.0.1:9001>81/udp"},
		{"65535:65535", "*:65535>65535/tcp"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoports struct port_list ports = {0};
		autoerr struct err err = {0};
		CHECK_OK(port_parse(cases[i].text, &ports, &err), &err);
		autofree char *got = list_text(&ports);
		CHECK_STR(got, cases[i].want);
	}
}

TEST(wrong_ports_are_refused_by_name)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "'' is no container port"},
		{"0", "'0' is no container port"},
		{"http", "'http' is no container port"},
		{"80/tls", "the protocol is tcp, udp or sctp, not 'tls'"},
		{"80/", "the protocol is tcp, udp or sctp, not ''"},
		{"65536:80", "'65536' is no host port"},
		{"80:65536", "'65536' is no container port"},
		{"8080:", "'' is no container port"},
		{"-1:80", "'-1' is no host port"},
		{"localhost:8080:80", "'localhost' is no IP address"},
		{"256.0.0.1:8080:80", "'256.0.0.1' is no IP address"},
		{"[::1:8080:80", "']:' is missing"},
		{"90-80:1-2", "'90-80' is no host port"},
		{"80-90:80-85", "the ranges differ in size"},
		{"0-3:80-83", "a range cannot begin with 0"},
		{"1:2:3:80", "'1:2' is no IP address"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoports struct port_list ports = {0};
		autoerr struct err err = {0};
		CHECK_INT(port_parse(cases[i].text, &ports, &err), -1);
		CHECK_INT(err.kind, ERR_INPUT);
		autofree char *want =
			xasprintf("cannot publish '%s': %s", cases[i].text, cases[i].want);
		CHECK_STR(err_text(&err), want);
		CHECK_INT(ports.n, 0);
	}
}

TEST(ports_survive_a_record)
{
	autoarena struct arena arena = {0};
	autoports struct port_list ports = {0}, again = {0};
	autoerr struct err err = {0};
	CHECK_OK(port_parse("127.0.0.1:9000-9002:80", &ports, &err), &err);
	CHECK_OK(port_parse("53:53/udp", &ports, &err), &err);
	CHECK_OK(ports_decode(ports_encode(&arena, &ports), &again, &err), &err);
	autofree char *got = list_text(&again);
	CHECK_STR(got, "127.0.0.1:9000-9002>80/tcp *:53>53/udp");
}
