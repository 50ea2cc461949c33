/* test_resolve.c - names looked up at a server of our own, one that answers as it is told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "init/dns.h"
#include "init/test_loop_scene.h"
#include "testing/test.h"

struct world {
	struct loop_scene scene;
	struct watch server;
	uint16_t port;
	struct resolve resolve;
	char config[256], hosts[256];
	int n_questions, n_silent; /* so many are not answered */
	const char *zone[4];       /* names that exist */
	uint8_t code_a, code_aaaa; /* of the answer, when the name exists */
	bool wrong_id;             /* a false answer in front of each true one */
	char asked[512];
};

/* The name of a question as text. */
static void name_of(const uint8_t *packet, char *out, size_t size)
{
	size_t len = 0, at = 12;
	while (packet[at] && len + packet[at] + 2 < size) {
		if (len)
			out[len++] = '.';
		memcpy(out + len, packet + at + 1, packet[at]);
		len += packet[at];
		at += packet[at] + 1U;
	}
	out[len] = '\0';
}

static bool exists(const struct world *world, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(world->zone); i++) {
		if (text_eq(world->zone[i], name))
			return true;
	}
	return false;
}

static size_t make_answer(struct world *world, uint8_t *packet, size_t len)
{
	char name[256];
	bool is_a = packet[len - 3] == DNS_A;
	name_of(packet, name, sizeof(name));
	if (is_a) {
		size_t used = strlen(world->asked);
		snprintf(world->asked + used, sizeof(world->asked) - used, "%s ", name);
	}
	uint8_t code = is_a ? world->code_a : world->code_aaaa;
	packet[2] = 0x81;
	packet[3] = exists(world, name) ? code : 3;
	if (!exists(world, name) || code || !is_a)
		return len;
	static const uint8_t record[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 1, 2, 3};
	packet[7] = 1;
	memcpy(packet + len, record, sizeof(record));
	return len + sizeof(record);
}

static void question_ready(struct watch *watch, uint32_t events)
{
	struct world *world = container_of(watch, struct world, server);
	uint8_t packet[DNS_ANSWER_MAX];
	struct address from;
	socklen_t size = sizeof(from);
	ssize_t n = recvfrom(watch->fd, packet, sizeof(packet) - 16, 0, &from.any, &size);
	CHECK(n > 12);
	if (++world->n_questions <= world->n_silent)
		return;
	size_t len = make_answer(world, packet, (size_t)n);
	if (world->wrong_id) {
		packet[0] ^= 0x80;
		packet[len - 1] ^= 1;
		sendto(watch->fd, packet, len, 0, &from.any, size);
		packet[0] ^= 0x80;
		packet[len - 1] ^= 1;
	}
	CHECK_INT(sendto(watch->fd, packet, len, 0, &from.any, size), len);
}

static void resolved(struct resolve *resolve)
{
	struct world *world = container_of(resolve, struct world, resolve);
	events_stop(world->scene.events, 0);
}

static void write_text(const char *name, const char *text, char path[256])
{
	autoerr struct err err = {0};
	const char *dir;
	int fd = test_dir(&dir);
	CHECK_OK(file_write_at(fd, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
	snprintf(path, 256, "%s/%s", dir, name);
}

static void open_world(struct world *world, const char *config)
{
	*world = (struct world){0};
	loop_scene_open(&world->scene);
	int fd = loopback_socket(SOCK_DGRAM, &world->port);
	world->server.ready = question_ready;
	CHECK_INT(watch_start(world->scene.events, &world->server, fd, EPOLLIN), 0);
	write_text("resolv.conf", config, world->config);
	write_text("hosts", "10.9.9.9 known\n", world->hosts);
	world->resolve = (struct resolve){.config = world->config,
					  .hosts = world->hosts,
					  .server_port = world->port,
					  .done = resolved};
}

static void close_world(struct world *world)
{
	resolve_cancel(&world->resolve);
	watch_stop(world->scene.events, &world->server);
	close(world->server.fd);
	loop_scene_close(&world->scene);
}

/* The first address as text, or why there is none. */
static const char *look_up(struct world *world, const char *name)
{
	static char shown[ADDRESS_TEXT];
	world->asked[0] = '\0';
	if (!resolve_start(world->scene.events, &world->resolve, name, 80))
		loop_scene_run(&world->scene);
	if (!world->resolve.n_found)
		return world->resolve.reason;
	address_format(&world->resolve.found[0], shown);
	return shown;
}

TEST(resolve_knows_numbers_and_hosts_without_asking)
{
	struct world world;
	open_world(&world, "nameserver 127.0.0.1\n");
	CHECK(resolve_start(world.scene.events, &world.resolve, "192.0.2.1", 80));
	CHECK(resolve_start(world.scene.events, &world.resolve, "known", 80));
	CHECK(resolve_start(world.scene.events, &world.resolve, "localhost", 80));
	CHECK_INT(world.n_questions, 0);
	close_world(&world);
}

TEST(resolve_asks_the_server)
{
	struct world world;
	open_world(&world, "# ours\nnameserver 127.0.0.1\n");
	world.zone[0] = "db.example";
	CHECK_STR(look_up(&world, "db.example"), "10.1.2.3:80");
	CHECK_INT(world.resolve.n_found, 1);
	CHECK_STR(look_up(&world, "db.example."), "10.1.2.3:80");
	CHECK_STR(look_up(&world, "dc.example"), "no address known of 'dc.example'");
	close_world(&world);
}

TEST(resolve_goes_through_the_search_list_as_resolv_conf_says)
{
	struct world world;
	open_world(&world, "search ns.svc  svc.local\nnameserver 127.0.0.1\noptions ndots:2 x\n");
	world.zone[0] = "db.svc.local";
	world.zone[1] = "a.b.c";
	CHECK_STR(look_up(&world, "db"), "10.1.2.3:80");
	CHECK_STR(world.asked, "db.ns.svc db.svc.local ");
	CHECK_STR(look_up(&world, "a.b.c"), "10.1.2.3:80");
	CHECK_STR(world.asked, "a.b.c ");
	CHECK_STR(look_up(&world, "x.y"), "no address known of 'x.y'");
	CHECK_STR(world.asked, "x.y.ns.svc x.y.svc.local x.y ");
	CHECK_STR(look_up(&world, "db."), "no address known of 'db.'");
	CHECK_STR(world.asked, "db ");
	close_world(&world);
}

TEST(resolve_asks_again_when_nobody_answers)
{
	struct world world;
	open_world(&world, "nameserver 127.0.0.1\n");
	world.zone[0] = "db.example";
	world.n_silent = 2; /* both of the first try */
	CHECK_STR(look_up(&world, "db.example"), "10.1.2.3:80");
	CHECK_INT(world.n_questions, 4);
	close_world(&world);
}

TEST(resolve_says_whom_it_asked_in_vain)
{
	struct world world;
	char want[RESOLVE_REASON];
	open_world(&world, "nameserver 127.0.0.1\n");
	world.n_silent = 1000;
	snprintf(want, sizeof(want), "no answer from name server 127.0.0.1:%d", world.port);
	CHECK_STR(look_up(&world, "db.example"), want);
	CHECK_INT(world.n_questions, 4);
	close_world(&world);
}

TEST(resolve_goes_on_at_once_when_a_server_is_not_there)
{
	struct world world;
	open_world(&world, "nameserver 127.0.0.2\nnameserver 127.0.0.1\n");
	world.zone[0] = "db.example";
	CHECK_STR(look_up(&world, "db.example"), "10.1.2.3:80");
	CHECK_INT(world.n_questions, 2);
	close_world(&world);
}

TEST(resolve_takes_what_it_has_when_the_other_kind_fails)
{
	struct world world;
	open_world(&world, "nameserver 127.0.0.1\n");
	world.zone[0] = "db.example";
	world.code_aaaa = 2;
	CHECK_STR(look_up(&world, "db.example"), "10.1.2.3:80");
	world.code_a = 2;
	const char *why = look_up(&world, "db.example");
	CHECK(text_starts(why, "no answer from name server"));
	close_world(&world);
}

TEST(resolve_does_not_believe_answers_with_another_id)
{
	struct world world;
	open_world(&world, "nameserver 127.0.0.1\n");
	world.zone[0] = "db.example";
	world.wrong_id = true;
	CHECK_STR(look_up(&world, "db.example"), "10.1.2.3:80");
	CHECK_INT(world.resolve.n_found, 1);
	close_world(&world);
}

TEST(resolve_refuses_names_that_cannot_be)
{
	struct world world;
	open_world(&world, "nameserver 127.0.0.1\n");
	CHECK_STR(look_up(&world, "a..b"), "no address known of 'a..b'");
	CHECK_INT(world.n_questions, 0);
	close_world(&world);
}

TEST(resolve_cancelled_tells_nothing)
{
	struct world world;
	open_world(&world, "nameserver 127.0.0.1\n");
	CHECK(!resolve_start(world.scene.events, &world.resolve, "db.example", 80));
	resolve_cancel(&world.resolve);
	CHECK(!world.resolve.watch.active && !world.resolve.timer.active);
	close_world(&world);
}
