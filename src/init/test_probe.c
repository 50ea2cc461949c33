/* test_probe.c - each kind of probe, good and bad, and what it says why.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "init/test_loop_scene.h"
#include "testing/test.h"

struct world {
	struct loop_scene scene;
	struct probe probe;
	struct entry entry;
	struct watch server, peer; /* an HTTP server that gives one answer */
	const char *answer;
	char request[1024];
	int n_done;
	bool good;
};

static void probe_done(struct probe *probe, bool good)
{
	struct world *world = container_of(probe, struct world, probe);
	world->n_done++;
	world->good = good;
	events_stop(world->scene.events, 0);
}

static void open_world(struct world *world)
{
	*world = (struct world){0};
	loop_scene_open(&world->scene);
	world->probe.done = probe_done;
}

static void close_world(struct world *world)
{
	probe_cancel(&world->probe);
	if (world->peer.active) {
		watch_stop(world->scene.events, &world->peer);
		close(world->peer.fd);
	}
	if (world->server.active) {
		watch_stop(world->scene.events, &world->server);
		close(world->server.fd);
	}
	loop_scene_close(&world->scene);
}

/* "" when it was good, else why not. */
static const char *ask(struct world *world, const struct probe_spec *spec, int64_t timeout_ns)
{
	static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
	int before = world->n_done;
	probe_start(world->scene.events, &world->probe, spec, timeout_ns, env, &world->entry);
	CHECK_INT(world->n_done, before); /* never from inside */
	loop_scene_run(&world->scene);
	CHECK_INT(world->n_done, before + 1);
	CHECK(world->good || *world->probe.reason);
	return world->good ? "" : world->probe.reason;
}

static struct probe_spec tcp_spec(const char *host, uint16_t port)
{
	return (struct probe_spec){.kind = PROBE_TCP, .host = host, .port = port};
}

TEST(probe_tcp_is_good_when_somebody_listens)
{
	struct world world;
	uint16_t port;
	char want[100];
	open_world(&world);
	int fd = loopback_socket(SOCK_STREAM, &port);
	struct probe_spec spec = tcp_spec("127.0.0.1", port);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC), "");
	spec.host = "localhost";
	CHECK_STR(ask(&world, &spec, NS_PER_SEC), "");
	close(fd);
	spec.host = "127.0.0.1";
	snprintf(want, sizeof(want), "connection refused by 127.0.0.1:%d", port);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC), want);
	close_world(&world);
}

/* A full backlog answers no SYN: the nearest that loopback has to a host that swallows packets. */
TEST(probe_tcp_gives_up_in_time)
{
	struct world world;
	uint16_t port;
	char want[100];
	int fillers[8];
	open_world(&world);
	int fd = loopback_socket(SOCK_STREAM, &port);
	CHECK_INT(listen(fd, 0), 0);
	struct address address;
	CHECK(address_of_number("127.0.0.1", port, &address));
	for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(fillers[i], &address.any, address_size(&address));
	}
	struct probe_spec spec = tcp_spec("127.0.0.1", port);
	int64_t begin = clock_monotonic_ns();
	snprintf(want, sizeof(want), "127.0.0.1:%d accepted no connection within 0.2s", port);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC / 5), want);
	CHECK(clock_monotonic_ns() - begin >= NS_PER_SEC / 5);
	for (size_t i = 0; i < ARRAY_LEN(fillers); i++)
		close(fillers[i]);
	close(fd);
	close_world(&world);
}

TEST(probe_unix_takes_any_kind_of_socket)
{
	static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	struct world world;
	char path[200], want[250];
	const char *dir;
	test_dir(&dir);
	open_world(&world);
	snprintf(path, sizeof(path), "%s/probe.sock", dir);
	struct probe_spec spec = {.kind = PROBE_UNIX, .path = path};
	snprintf(want, sizeof(want), "no socket %.60s", path);
	CHECK(text_starts(ask(&world, &spec, NS_PER_SEC), want));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct sockaddr_un address;
		socklen_t size;
		CHECK_INT(address_of_path(path, &address, &size), 0);
		int fd = socket(AF_UNIX, kinds[i] | SOCK_CLOEXEC, 0);
		CHECK_INT(bind(fd, (struct sockaddr *)&address, size), 0);
		if (kinds[i] != SOCK_DGRAM)
			CHECK_INT(listen(fd, 4), 0);
		CHECK_STR(ask(&world, &spec, NS_PER_SEC), "");
		close(fd);
		CHECK(text_starts(ask(&world, &spec, NS_PER_SEC), "connection refused by /"));
		CHECK_INT(unlink(path), 0);
	}
	close_world(&world);
}

TEST(probe_file_is_there_or_not)
{
	struct world world;
	open_world(&world);
	struct probe_spec spec = {.kind = PROBE_FILE, .path = "/"};
	CHECK_STR(ask(&world, &spec, 0), "");
	spec.path = "/nosuch/file";
	CHECK_STR(ask(&world, &spec, 0), "/nosuch/file: No such file or directory");
	close_world(&world);
}

/* ---- http ---- */

static void peer_ready(struct watch *watch, uint32_t events)
{
	struct world *world = container_of(watch, struct world, peer);
	size_t used = strlen(world->request);
	ssize_t n = read(watch->fd, world->request + used, sizeof(world->request) - used - 1);
	if (n > 0) {
		world->request[used + (size_t)n] = '\0';
		if (world->answer && !strstr(world->request, "\r\n\r\n"))
			return;
		if (!world->answer || *world->answer) {
			const char *answer = world->answer ? world->answer : "";
			CHECK(write(watch->fd, answer, strlen(answer)) >= 0);
		}
		if (world->answer && *world->answer)
			return;
	}
	if (n > 0 && !world->answer)
		return; /* keeps silent */
	watch_stop(world->scene.events, watch);
	close(watch->fd);
}

static void client_ready(struct watch *watch, uint32_t events)
{
	struct world *world = container_of(watch, struct world, server);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC);
	CHECK(fd >= 0);
	world->peer.ready = peer_ready;
	CHECK_INT(watch_start(world->scene.events, &world->peer, fd, EPOLLIN), 0);
}

/* Forgets the connection before. */
static void next_answer(struct world *world, const char *answer)
{
	if (world->peer.active) {
		watch_stop(world->scene.events, &world->peer);
		close(world->peer.fd);
	}
	world->request[0] = '\0';
	world->answer = answer;
}

TEST(probe_http_asks_and_takes_2xx_and_3xx)
{
	static const struct {
		const char *answer, *why; /* behind the address */
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ""},
		{"HTTP/1.0 204 None\r\n\r\n", ""},
		{"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", ""},
		{"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", ""},
		{"HTTP/1.1 400 Bad\r\n\r\n", " answered with status 400"},
		{"HTTP/1.1 503 No\r\n\r\n", " answered with status 503"},
		{"SSH-2.0-OpenSSH\r\n", " does not speak HTTP/1"},
		{"", " closed the connection without an answer"},
		{NULL, " did not answer within 0.2s"},
	};
	struct world world;
	uint16_t port;
	char want[200];
	open_world(&world);
	int fd = loopback_socket(SOCK_STREAM, &port);
	world.server.ready = client_ready;
	CHECK_INT(watch_start(world.scene.events, &world.server, fd, EPOLLIN), 0);
	struct probe_spec spec = {
		.kind = PROBE_HTTP, .host = "localhost", .port = port, .path = "/health?x=1"};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		next_answer(&world, cases[i].answer);
		spec.host = "127.0.0.1";
		const char *why =
			ask(&world, &spec, cases[i].answer ? 10 * NS_PER_SEC : NS_PER_SEC / 5);
		snprintf(want, sizeof(want), "127.0.0.1:%d%s", port, cases[i].why);
		CHECK_STR(why, *cases[i].why ? want : "");
	}
	next_answer(&world, cases[0].answer);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC * 10), "");
	snprintf(want, sizeof(want),
		 "GET /health?x=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: hull-init\r\n"
		 "Accept: */*\r\nConnection: close\r\n\r\n",
		 port);
	CHECK_STR(world.request, want);
	close_world(&world);
}

TEST(probe_http_over_a_unix_socket)
{
	struct world world;
	char path[200];
	const char *dir;
	struct sockaddr_un address;
	socklen_t size;
	test_dir(&dir);
	snprintf(path, sizeof(path), "%s/http.sock", dir);
	open_world(&world);
	CHECK_INT(address_of_path(path, &address, &size), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, size), 0);
	CHECK_INT(listen(fd, 4), 0);
	world.server.ready = client_ready;
	CHECK_INT(watch_start(world.scene.events, &world.server, fd, EPOLLIN), 0);
	next_answer(&world, "HTTP/1.1 200 OK\r\n\r\n");
	struct probe_spec spec = {.kind = PROBE_HTTP, .socket = path, .path = NULL};
	CHECK_STR(ask(&world, &spec, 10 * NS_PER_SEC), "");
	CHECK(text_starts(world.request, "GET / HTTP/1.1\r\nHost: localhost\r\n"));
	close_world(&world);
}

TEST(probe_goes_on_to_the_next_address)
{
	struct world world;
	uint16_t port;
	const char *dir;
	char hosts[256];
	open_world(&world);
	int fd = loopback_socket(SOCK_STREAM, &port);
	int dir_fd = test_dir(&dir);
	snprintf(hosts, sizeof(hosts), "%s/hosts", dir);
	int file = openat(dir_fd, "hosts", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(write(file, "127.0.0.7 two\n127.0.0.1 two\n", 28) == 28);
	close(file);
	world.probe.resolve.hosts = hosts;
	struct probe_spec spec = tcp_spec("two", port);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC), "");
	CHECK_INT(world.probe.at, 1);
	close(fd);
	close_world(&world);
}

TEST(probe_of_an_unknown_name_says_so)
{
	struct world world;
	open_world(&world);
	world.probe.resolve.config = "/nosuch/resolv.conf"; /* then 127.0.0.1 is asked */
	world.probe.resolve.server_port = 1;
	struct probe_spec spec = tcp_spec("db.example", 1);
	/* the second datagram may hear what became of the first */
	const char *why = ask(&world, &spec, NS_PER_SEC * 10);
	CHECK(text_eq(why, "no answer from name server 127.0.0.1:1") ||
	      text_eq(why, "name server 127.0.0.1:1: Connection refused"));
	spec.host = "a..b";
	CHECK_STR(ask(&world, &spec, NS_PER_SEC), "no address known of 'a..b'");
	close_world(&world);
}

/* ---- commands ---- */

static struct probe_spec command_spec(const char **words, size_t n)
{
	return (struct probe_spec){.kind = PROBE_COMMAND, .words = {words, n}};
}

TEST(probe_command_is_good_when_it_ends_with_zero)
{
	static const struct {
		const char *script, *why;
	} cases[] = {
		{"exit 0", ""},
		{"exit 3", "the command's exit status is 3"},
		{"kill -9 $$", "the command was killed by signal 9"},
	};
	struct world world;
	open_world(&world);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *words[] = {"/bin/sh", "-c", cases[i].script, NULL};
		struct probe_spec spec = command_spec(words, 3);
		CHECK_STR(ask(&world, &spec, 10 * NS_PER_SEC), cases[i].why);
	}
	const char *words[] = {"/nosuch/program", NULL};
	struct probe_spec spec = command_spec(words, 1);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC),
		  "/nosuch/program: exec: No such file or directory");
	close_world(&world);
}

TEST(probe_command_that_hangs_is_killed_with_its_group)
{
	struct world world;
	int ends[2];
	char script[100];
	open_world(&world);
	CHECK_INT(pipe(ends), 0); /* inherited: the grandchild holds it as long as it lives */
	snprintf(script, sizeof(script), "sleep 1000 & wait");
	const char *words[] = {"/bin/sh", "-c", script, NULL};
	struct probe_spec spec = command_spec(words, 3);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC / 5), "the command took more than 0.2s");
	CHECK_INT(world.probe.child.pid, 0);
	close(ends[0]);
	close(ends[1]);
	/* both are gone: as our orphans they would not be waited for by anybody else */
	int64_t until = clock_monotonic_ns() + 10 * NS_PER_SEC;
	while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_monotonic_ns() < until)
		usleep(1000);
	CHECK_INT(errno, ECHILD);
	close_world(&world);
}

TEST(probe_cancelled_tells_nothing_and_can_start_again)
{
	struct world world;
	uint16_t port;
	open_world(&world);
	int fd = loopback_socket(SOCK_STREAM, &port);
	struct probe_spec spec = tcp_spec("127.0.0.1", port);
	probe_start(world.scene.events, &world.probe, &spec, NS_PER_SEC, NULL, NULL);
	probe_cancel(&world.probe);
	CHECK(!world.probe.watch.active && !world.probe.timer.active);
	struct probe zeroed = {0};
	probe_cancel(&zeroed);
	CHECK_STR(ask(&world, &spec, NS_PER_SEC), "");
	CHECK_INT(world.n_done, 1);
	close(fd);
	close_world(&world);
}
