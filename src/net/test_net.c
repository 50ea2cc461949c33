/* test_net.c - real namespaces, the real default bridge and real connections, on a host of their
 * own. SPDX-License-Identifier: Apache-2.0
 *
 * Each test runs in a child that has network and mount namespaces of its own: bridges, rules of
 * iptables and mounts end with it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "doc/json.h"
#include "net/net_private.h"
#include "testing/test.h"

struct host { /* where the test keeps its things */
	int dirfd;
	const char *dir;
	char *state_dir, *config_dir;
};

static struct net_options options_of(const struct host *host, const char *id, const char *netns)
{
	return (struct net_options){.mode = NET_BRIDGE,
				    .id = id,
				    .netns = netns,
				    .config_dir = host->config_dir,
				    .state_dir = host->state_dir};
}

static void loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
}

static void on_own_host(void (*run)(const struct host *host))
{
	struct host host = {0};
	int status = 0;
	if (geteuid() != 0)
		test_skip("needs root");
	host.dirfd = test_dir(&host.dir);
	host.state_dir = path_join(host.dir, "state");
	host.config_dir = path_join(host.dir, "net.d");
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
			_exit(77);
		/* /sys shows the network namespace that it was mounted from. */
		if (mount("sysfs", "/sys", "sysfs", 0, NULL))
			_exit(77);
		loopback_up();
		run(&host);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	free(host.state_dir);
	free(host.config_dir);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("needs the right to make namespaces");
	CHECK_INT(status, 0);
}

static void on_own_host_with_plugins(void (*run)(const struct host *host))
{
	static const char *const plugins[] = {"bridge", "host-local", "portmap"};
	autoerr struct err err = {0};
	autofree char *program = NULL;
	for (size_t i = 0; i < ARRAY_LEN(plugins); i++) {
		autofree char *path = path_join("/usr/lib/cni", plugins[i]);
		if (access(path, X_OK))
			test_skip("needs CNI plugins (package containernetworking-plugins)");
	}
	if (program_find("iptables", &program, &err))
		test_skip("needs iptables (package iptables)");
	on_own_host(run);
}

/* In a child that has entered the namespace; returns its exit status. */
static int inside(const char *netns, int (*run)(void))
{
	int status = 0;
	pid_t pid = fork();
	if (!pid) {
		int fd = open(netns, O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 || setns(fd, CLONE_NEWNET) ? 99 : run());
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int loopback_is_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return !ioctl(fd, SIOCGIFFLAGS, &request) && (request.ifr_flags & IFF_UP) ? 0 : 1;
}

static void run_none(const struct host *host)
{
	autoerr struct err err = {0};
	autonet struct net_result result = {0};
	autofree char *netns = path_join(host->dir, "a/netns");
	struct net_options options = options_of(host, "none", netns);
	options.mode = NET_NONE;
	CHECK_OK(net_setup(&options, &result, &err), &err);
	CHECK_STR(result.network, "none");
	CHECK(netns_exists(netns));
	CHECK_INT(inside(netns, loopback_is_up), 0);
	autonet struct net_result again = {0};
	CHECK_INT(net_setup(&options, &again, &err), -1);
	CHECK_INT(err.kind, ERR_EXISTS);
	err_clear(&err);
	CHECK_OK(net_teardown(&options, &err), &err);
	CHECK(access(netns, F_OK) && errno == ENOENT);
	CHECK_OK(net_teardown(&options, &err), &err); /* fine when gone */
}

TEST(no_network_is_a_namespace_with_loopback)
{
	on_own_host(run_none);
}

static pid_t listener_start(const char *netns, int type, uint16_t port)
{
	int ready[2];
	char byte = 0;
	CHECK(!pipe2(ready, O_CLOEXEC));
	pid_t pid = fork();
	if (!pid) {
		struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)}, peer;
		socklen_t len = sizeof(peer);
		int fd = open(netns, O_RDONLY | O_CLOEXEC);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			_exit(1);
		int server = socket(AF_INET, type, 0);
		if (bind(server, (struct sockaddr *)&address, sizeof(address)) ||
		    (type == SOCK_STREAM && listen(server, 8)) || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;) {
			int client = type == SOCK_STREAM ? accept(server, NULL, NULL) : server;
			if (type == SOCK_DGRAM &&
			    recvfrom(server, &byte, 1, 0, (struct sockaddr *)&peer, &len) < 0)
				_exit(1);
			if (sendto(client, "hello", 5, 0,
				   type == SOCK_DGRAM ? (struct sockaddr *)&peer : NULL,
				   type == SOCK_DGRAM ? len : 0) != 5)
				_exit(1);
			if (type == SOCK_STREAM)
				close(client);
		}
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* What a client of the host hears there; "" when it cannot connect. */
static const char *heard(const char *ip, uint16_t port, int type, char text[8])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	const struct timeval patience = {.tv_sec = 2};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	memset(text, 0, 8);
	CHECK(fd >= 0 && inet_pton(AF_INET, ip, &address.sin_addr) == 1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    (type == SOCK_STREAM || send(fd, "?", 1, 0) == 1) && recv(fd, text, 7, MSG_WAITALL) < 0)
		text[0] = '\0';
	close(fd);
	return text;
}

static void publish(struct net_options *options, const char *text)
{
	autoerr struct err err = {0};
	CHECK_OK(port_parse(text, &options->ports, &err), &err);
}

static char *nat_rules(void)
{
	static const char *const argv[] = {"iptables", "-t", "nat", "-S", NULL};
	const struct proc_options options = {.argv = (char *const *)argv};
	autoerr struct err err = {0};
	struct buf out = {0};
	autobuf struct buf errors = {0};
	int status = 0;
	CHECK_OK(proc_run(&options, STR(""), &out, &errors, 10000, &status, &err), &err);
	return buf_steal(&out);
}

static void run_bridge(const struct host *host)
{
	autoerr struct err err = {0};
	autonet struct net_result result = {0};
	autofree char *netns = path_join(host->dir, "a/netns");
	char text[8];
	struct net_options options = options_of(host, "one", netns);
	publish(&options, "8080:80");
	publish(&options, "127.0.0.1::80");
	publish(&options, "5353:53/udp");
	CHECK_OK(net_setup(&options, &result, &err), &err);
	CHECK_STR(result.network, "hull");
	CHECK_STR(result.ip_address, "10.89.0.2");
	CHECK_INT(result.prefix_len, 16);
	CHECK_STR(result.gateway, "10.89.0.1");
	CHECK_INT(strlen(result.mac_address), 17);
	CHECK_INT(result.ports.n, 3);
	uint16_t chosen = result.ports.items[1].host_port;
	CHECK(chosen > 0 && chosen != 8080);

	pid_t tcp = listener_start(netns, SOCK_STREAM, 80),
	      udp = listener_start(netns, SOCK_DGRAM, 53);
	CHECK_STR(heard("10.89.0.2", 80, SOCK_STREAM, text), "hello");
	CHECK_STR(heard("127.0.0.1", 8080, SOCK_STREAM, text), "hello");
	CHECK_STR(heard("10.89.0.1", 8080, SOCK_STREAM, text), "hello");
	CHECK_STR(heard("127.0.0.1", chosen, SOCK_STREAM, text), "hello");
	CHECK_STR(heard("10.89.0.1", chosen, SOCK_STREAM, text), ""); /* on loopback alone */
	CHECK_STR(heard("127.0.0.1", 5353, SOCK_DGRAM, text), "hello");

	CHECK_OK(net_teardown(&options, &err), &err);
	CHECK_STR(heard("127.0.0.1", 8080, SOCK_STREAM, text), "");
	autofree char *rules = nat_rules(),
		      *address = path_join(host->state_dir, "addresses/hull/10.89.0.2");
	CHECK(!strstr(rules, "10.89.0.2"));
	CHECK(access(address, F_OK) && access(netns, F_OK));
	CHECK_OK(net_teardown(&options, &err), &err); /* fine when gone */
	kill(tcp, SIGKILL);
	kill(udp, SIGKILL);
	port_list_done(&options.ports);
}

TEST(a_bridge_gives_an_address_and_publishes_ports)
{
	on_own_host_with_plugins(run_bridge);
}

static void run_conflict(const struct host *host)
{
	static const struct {
		const char *first, *second;
		bool is_conflict;
	} cases[] = {
		{"7000:80", "7000:81", true},
		{"7001:80", "127.0.0.1:7001:80", true},
		{"127.0.0.1:7002:80", "7002:80", true},
		{"127.0.0.1:7003:80", "10.89.0.1:7003:80", false},
		{"7004:80/udp", "7004:80/tcp", false},
		{"7005-7006:80", "7005-7006:80", false}, /* the other one of the range */
	};
	autofree char *first = path_join(host->dir, "a/netns"),
		      *second = path_join(host->dir, "b/netns");
	autofree char *third = path_join(host->dir, "c/netns");
	autoerr struct err err = {0};
	autonet struct net_result third_result = {0};
	struct net_options other =
		options_of(host, "three", third); /* makes the bridge: 10.89.0.1 is ours */
	CHECK_OK(net_setup(&other, &third_result, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autonet struct net_result one = {0}, two = {0};
		struct net_options a = options_of(host, "one", first),
				   b = options_of(host, "two", second);
		publish(&a, cases[i].first);
		publish(&b, cases[i].second);
		CHECK_OK(net_setup(&a, &one, &err), &err);
		CHECK_INT(net_setup(&b, &two, &err), cases[i].is_conflict ? -1 : 0);
		CHECK_INT(err.kind, cases[i].is_conflict ? ERR_EXISTS : ERR_NONE);
		CHECK_INT(netns_exists(second), !cases[i].is_conflict);
		err_clear(&err);
		CHECK_OK(net_teardown(&b, &err), &err);
		CHECK_OK(net_teardown(&a, &err), &err);
		port_list_done(&a.ports);
		port_list_done(&b.ports);
	}
	CHECK_OK(net_teardown(&other, &err), &err);
}

TEST(a_host_port_belongs_to_one_container)
{
	on_own_host_with_plugins(run_conflict);
}

static void run_port_of_host(const struct host *host)
{
	autofree char *netns = path_join(host->dir, "a/netns");
	autoerr struct err err = {0};
	autonet struct net_result result = {0};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7100)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, 1));
	struct net_options options = options_of(host, "one", netns);
	publish(&options, "7100:80");
	CHECK_INT(net_setup(&options, &result, &err), -1);
	CHECK_INT(err.kind, ERR_EXISTS);
	CHECK_STR(err_text(&err), "cannot publish port 80/tcp on 0.0.0.0:7100: it is in use");
	err_clear(&err);
	port_list_done(&options.ports);
	publish(&options, "192.0.2.77:7101:80");
	CHECK_INT(net_setup(&options, &result, &err), -1);
	CHECK_STR(err_text(&err), "cannot publish on '192.0.2.77': it is no address of this host");
	port_list_done(&options.ports);
}

TEST(a_port_that_the_host_listens_on_is_refused)
{
	on_own_host_with_plugins(run_port_of_host);
}

static void run_failure(const struct host *host)
{
	static const char conflist[] =
		"{\"cniVersion\":\"0.4.0\",\"name\":\"broken\",\"plugins\":[{\"type\":\"bridge\",\"bridge\":\"hullx\","
		"\"isGateway\":true,\"ipam\":{\"type\":\"host-local\",\"dataDir\":\"%s/addresses\","
		"\"ranges\":[[{\"subnet\":\"10.90.0.0/24\"}]]}},{\"type\":\"nosuchplugin\"}]}";
	autofree char *netns = path_join(host->dir, "a/netns"),
		      *text = xasprintf(conflist, host->state_dir);
	autofree char *address = path_join(host->state_dir, "addresses/broken/10.90.0.2");
	autoerr struct err err = {0};
	autonet struct net_result result = {0};
	CHECK_OK(dir_make_all(host->dirfd, "net.d", 0755, &err), &err);
	CHECK_OK(file_write_at(host->dirfd, "net.d/50-broken.conflist", text, strlen(text), 0644,
			       FILE_NO_SYNC, &err),
		 &err);
	struct net_options options = options_of(host, "one", netns);
	options.network = "broken";
	CHECK_INT(net_setup(&options, &result, &err), -1);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(strstr(err_text(&err), "no network plugin 'nosuchplugin'"));
	CHECK(strstr(err_text(&err), "(package containernetworking-plugins)"));
	CHECK(access(netns, F_OK) && access(address, F_OK)); /* undone whole */
	err_clear(&err);
	publish(&options, "80:80");
	CHECK_INT(net_setup(&options, &result, &err), -1);
	CHECK_STR(err_text(&err), "network 'broken' has no plugin that publishes ports");
	port_list_done(&options.ports);
	err_clear(&err);
	options.network = "other";
	CHECK_INT(net_setup(&options, &result, &err), -1);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(strstr(err_text(&err), "no network 'other' in '"));
	err_clear(&err);
	options.network = "../broken";
	CHECK_INT(net_setup(&options, &result, &err), -1);
	CHECK_INT(err.kind, ERR_INPUT);
}

TEST(a_network_that_fails_is_undone_whole)
{
	on_own_host_with_plugins(run_failure);
}

static void run_filtered(const struct host *host)
{
	static const char *const argv[] = {"iptables", "-P", "FORWARD", "DROP", NULL};
	const struct proc_options drop = {.argv = (char *const *)argv};
	autofree char *netns = path_join(host->dir, "a/netns"),
		      *record = path_join(host->dir, "a/netns.json");
	autobuf struct buf out = {0}, errors = {0}, text = {0};
	autoerr struct err err = {0};
	autonet struct net_result result = {0};
	int status = 0;
	CHECK_OK(proc_run(&drop, STR(""), &out, &errors, 10000, &status, &err), &err);
	CHECK_INT(status, 0);
	struct net_options options = options_of(host, "one", netns);
	CHECK_OK(net_setup(&options, &result, &err), &err);
	CHECK_OK(file_read_at(AT_FDCWD, record, 1 << 20, &text, &err), &err);
	CHECK(strstr(buf_text(&text), "\"firewall\""));
	CHECK_OK(net_teardown(&options, &err), &err);
}

TEST(where_forwarding_is_filtered_a_container_is_let_through)
{
	on_own_host_with_plugins(run_filtered);
}

TEST(a_result_survives_a_record)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	autonet struct net_result result = {0}, again = {0};
	struct node *root = NULL;
	static const char plugin[] =
		"{\"interfaces\":[{\"name\":\"hull0\",\"mac\":\"aa:aa:aa:aa:aa:aa\"},"
		"{\"name\":\"eth0\",\"mac\":\"02:42:00:00:00:01\",\"sandbox\":\"/n\"}],"
		"\"ips\":[{\"address\":\"fd00::2/64\"},{\"address\":\"10.89.0.9/16\",\"gateway\":\"10.89.0.1\"}],"
		"\"dns\":{\"nameservers\":[\"192.0.2.1\"]}}";
	CHECK_OK(json_parse(&arena, "t", str_of(plugin), &root, &err), &err);
	cni_result_read(root, &result);
	result.network = xstrdup("hull");
	CHECK_OK(port_parse("127.0.0.1:80:81", &result.ports, &err), &err);
	CHECK_OK(net_result_decode(net_result_encode(&arena, &result), &again, &err), &err);
	json_write(&text, net_result_encode(&arena, &again), JSON_COMPACT);
	CHECK_STR(
		buf_text(&text),
		"{\"network\":\"hull\",\"ipAddress\":\"10.89.0.9\",\"gateway\":\"10.89.0.1\","
		"\"macAddress\":\"02:42:00:00:00:01\",\"dns\":[\"192.0.2.1\"],\"prefixLen\":16,"
		"\"ports\":[{\"hostIP\":\"127.0.0.1\",\"hostPort\":80,\"containerPort\":81,\"protocol\":\"tcp\"}]}");
}
