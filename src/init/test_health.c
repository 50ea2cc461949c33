/* test_health.c - the server of health, readiness and metrics, asked as clients do.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "init/limits.h"
#include "init/test_loop_scene.h"
#include "testing/test.h"

struct client {
	struct world *world;
	struct watch watch;
	size_t n;
	char answer[16 << 10];
	bool ended;
};

struct world {
	struct loop_scene scene;
	struct model model;
	struct supervisor supervisor;
	struct service_spec spec;
	struct service service;
	struct health *health;
	char path[200], place[220];
	struct client clients[LIMIT_HEALTH_PEERS + 4];
	int n_waiting; /* answers until the loop ends */
};

static void open_world(struct world *world)
{
	const char *dir;
	memset(world, 0, sizeof(*world));
	loop_scene_open(&world->scene);
	test_dir(&dir);
	snprintf(world->path, sizeof(world->path), "%s/health.sock", dir);
	snprintf(world->place, sizeof(world->place), "unix:%s", world->path);
	world->model.init.health = world->place;
	world->spec = (struct service_spec){.name = "web"};
	world->service = (struct service){.supervisor = &world->supervisor,
					  .spec = &world->spec,
					  .state = SERVICE_RUNNING,
					  .wanted = true,
					  .healthy = true};
	world->supervisor = (struct supervisor){.events = world->scene.events,
						.model = &world->model,
						.phase = PHASE_UP,
						.services = &world->service,
						.n_services = 1};
	int failed = health_open(&world->supervisor, &world->health);
	if (failed)
		test_fail(__FILE__, __LINE__, "health_open: %s", strerror(-failed));
}

static void close_world(struct world *world)
{
	struct stat found;
	health_close(world->health);
	CHECK_INT(lstat(world->path, &found), -1);
	loop_scene_close(&world->scene);
}

static void answer_ready(struct watch *watch, uint32_t events)
{
	struct client *client = container_of(watch, struct client, watch);
	ssize_t n =
		read(watch->fd, client->answer + client->n, sizeof(client->answer) - client->n - 1);
	if (n > 0) {
		client->n += (size_t)n;
		return;
	}
	client->answer[client->n] = '\0';
	watch_stop(client->world->scene.events, watch);
	close(watch->fd);
	client->ended = true;
	if (--client->world->n_waiting == 0)
		events_stop(client->world->scene.events, 0);
}

static struct client *send_to(struct world *world, size_t number, const char *request)
{
	struct client *client = &world->clients[number];
	struct sockaddr_un address;
	socklen_t size;
	*client = (struct client){.world = world, .watch = {.ready = answer_ready}};
	CHECK_INT(address_of_path(world->path, &address, &size), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, size), 0);
	CHECK_INT(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	CHECK_INT(watch_start(world->scene.events, &client->watch, fd, EPOLLIN), 0);
	return client;
}

static const char *ask(struct world *world, const char *request)
{
	world->n_waiting = 1;
	struct client *client = send_to(world, 0, request);
	loop_scene_run(&world->scene);
	return client->answer;
}

static const char *body_of(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	return end ? end + 4 : "";
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

TEST(health_answers_ok_when_all_is_well)
{
	static struct world world;
	open_world(&world);
	CHECK_STR(ask(&world, GET("/healthz")),
		  "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
		  "Content-Length: 3\r\nCache-Control: no-store\r\n"
		  "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nok\n");
	CHECK_STR(body_of(ask(&world, GET("/readyz"))), "ok\n");
	close_world(&world);
}

TEST(health_tells_what_is_in_the_way)
{
	static struct world world;
	open_world(&world);
	world.service.state = SERVICE_FAILED;
	snprintf(world.service.reason, sizeof(world.service.reason), "5 failures within 60s");
	const char *answer = ask(&world, GET("/healthz"));
	CHECK(text_starts(answer, "HTTP/1.1 503 Service Unavailable\r\n"));
	CHECK_STR(body_of(answer), "web: failed: 5 failures within 60s\n");
	world.service.state = SERVICE_STARTING;
	world.service.reason[0] = '\0';
	answer = ask(&world, GET("/readyz"));
	CHECK(text_starts(answer, "HTTP/1.1 503 "));
	CHECK_STR(body_of(answer), "web: starting\n");
	CHECK(text_starts(ask(&world, GET("/healthz")), "HTTP/1.1 200 "));
	world.service.wanted = false; /* stopped by its operator: in nobody's way */
	world.service.state = SERVICE_STOPPED;
	CHECK(text_starts(ask(&world, GET("/readyz")), "HTTP/1.1 200 "));
	world.supervisor.phase = PHASE_DOWN;
	CHECK_STR(body_of(ask(&world, GET("/readyz"))), "everything is being stopped\n");
	close_world(&world);
}

TEST(health_metrics_end_with_eof_and_have_their_length)
{
	static struct world world;
	char length[64];
	open_world(&world);
	const char *answer = ask(&world, GET("/metrics")), *body = body_of(answer);
	CHECK(strstr(answer, "\r\nContent-Type: application/openmetrics-text; version=1.0.0; "));
	snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body));
	CHECK(strstr(answer, length));
	CHECK(text_ends(body, "\n# EOF\n"));
	close_world(&world);
}

TEST(health_head_has_no_body)
{
	static struct world world;
	open_world(&world);
	const char *answer = ask(&world, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(text_starts(answer, "HTTP/1.1 200 OK\r\n"));
	CHECK_STR(body_of(answer), "");
	CHECK(!strstr(answer, "Content-Length: 0"));
	close_world(&world);
}

TEST(health_refuses_the_rest)
{
	static const struct {
		const char *request, *status, *field;
	} cases[] = {
		{GET("/"), "404 Not Found", ""},
		{GET("/metricsx"), "404 Not Found", ""},
		{"POST /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed",
		 "\r\nAllow: GET, HEAD\r\n"},
		{"GET /healthz HTTP/1.1\r\n\r\n", "400 Bad Request", ""},
		{"hello\r\n\r\n", "400 Bad Request", ""},
		{"GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n", "505 HTTP Version Not Supported", ""},
	};
	static struct world world;
	char want[100];
	open_world(&world);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *answer = ask(&world, cases[i].request);
		snprintf(want, sizeof(want), "HTTP/1.1 %s\r\n", cases[i].status);
		if (!text_starts(answer, want))
			test_fail(__FILE__, __LINE__, "'%s': '%s'", cases[i].request, answer);
		CHECK(strstr(answer, cases[i].field));
	}
	static char large[LIMIT_HEALTH_HEAD + 1];
	memset(large, 'x', LIMIT_HEALTH_HEAD);
	CHECK(text_starts(ask(&world, large), "HTTP/1.1 431 "));
	close_world(&world);
}

static struct client *late_client;

/* More clients than there is room for, the first ones silent: those behind wait for them to leave.
 */
TEST(health_makes_those_wait_for_whom_there_is_no_room)
{
	static struct world world;
	open_world(&world);
	world.n_waiting = LIMIT_HEALTH_PEERS + 4;
	int64_t begin = clock_monotonic_ns();
	for (size_t i = 0; i < LIMIT_HEALTH_PEERS; i++)
		send_to(&world, i, "GET /healthz HTTP/1.1\r\n");
	for (size_t i = 0; i < 4; i++)
		late_client = send_to(&world, LIMIT_HEALTH_PEERS + i, GET("/healthz"));
	loop_scene_run(&world.scene);
	CHECK(clock_monotonic_ns() - begin >= LIMIT_HEALTH_NS);
	CHECK_STR(world.clients[0].answer, "");
	CHECK_STR(body_of(late_client->answer), "ok\n");
	close_world(&world);
}

TEST(health_serves_many_at_once_and_leaves_nothing_behind)
{
	static struct world world;
	open_world(&world);
	for (int round = 0; round < 20; round++) {
		world.n_waiting = LIMIT_HEALTH_PEERS + 4;
		for (size_t i = 0; i < LIMIT_HEALTH_PEERS + 4; i++)
			send_to(&world, i, i % 2 ? GET("/metrics") : GET("/readyz"));
		loop_scene_run(&world.scene);
		for (size_t i = 0; i < LIMIT_HEALTH_PEERS + 4; i++)
			CHECK(text_starts(world.clients[i].answer, "HTTP/1.1 200 OK\r\n"));
	}
	close_world(&world);
}

TEST(health_place_must_be_loopback_unless_said)
{
	static const struct {
		const char *place;
		bool is_public;
		int result;
	} cases[] = {
		{"0.0.0.0:0", false, -EACCES},
		{"[::]:0", false, -EACCES},
		{":0", false, -EACCES},
		{"192.0.2.1:0", false, -EACCES},
		{"0.0.0.0:0", true, 0},
		{"127.0.0.1:0", false, 0},
		{"localhost:0", false, 0},
		{"127.0.0.1", false, -EINVAL},
		{"127.0.0.1:70000", false, -EINVAL},
		{"unix:", false, -EINVAL},
		{"nosuch.example:80", true, -EADDRNOTAVAIL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct loop_scene scene;
		struct model model = {
			.init = {.health = cases[i].place, .health_public = cases[i].is_public}};
		struct health *health;
		loop_scene_open(&scene);
		struct supervisor supervisor = {.events = scene.events, .model = &model};
		int result = health_open(&supervisor, &health);
		if (result != cases[i].result)
			test_fail(__FILE__, __LINE__, "'%s': %d", cases[i].place, result);
		health_close(health);
		loop_scene_close(&scene);
	}
}

TEST(health_is_off_when_nobody_asked)
{
	struct model model = {0};
	struct supervisor supervisor = {.model = &model};
	struct health *health;
	CHECK_INT(health_open(&supervisor, &health), 0);
	CHECK(!health);
	health_close(health);
}
