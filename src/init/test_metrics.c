/* test_metrics.c - text that a scraper reads, name for name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/metrics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "init/test_loop_scene.h"
#include "testing/test.h"

struct world {
	struct loop_scene scene;
	struct supervisor supervisor;
	struct service_spec specs[2];
	struct service services[2];
	struct slot slot;
	char page[64 << 10];
	struct text text;
};

static void open_world(struct world *world)
{
	memset(world, 0, sizeof(*world));
	loop_scene_open(&world->scene);
	world->supervisor.events = world->scene.events;
	world->supervisor.began_ns = events_now(world->scene.events) - 90 * NS_PER_SEC;
	world->supervisor.services = &world->services[0];
	world->supervisor.n_services = 2;
	world->specs[0] = (struct service_spec){.name = "web", .health = {.kind = PROBE_TCP}};
	world->specs[1] = (struct service_spec){.name = "a\"b\\c\nd\x01\xff"};
	for (size_t i = 0; i < 2; i++) {
		world->services[i].supervisor = &world->supervisor;
		world->services[i].spec = &world->specs[i];
	}
	world->services[0].next = &world->services[1];
	world->services[0].state = SERVICE_RUNNING;
	world->services[0].copies = 2;
	world->services[0].n_running = 1;
	world->services[0].restarts = 7;
	world->services[0].slots = &world->slot;
	world->slot.service = &world->services[0];
	world->slot.child.pid = getpid();
	world->slot.started_ns = events_now(world->scene.events) - 1500 * NS_PER_SEC / 1000;
	world->slot.out.dropped = 2;
	world->slot.errors.dropped = 3;
	world->text = (struct text){.at = world->page, .size = sizeof(world->page)};
}

static bool has_line(const struct world *world, const char *line)
{
	char whole[300];
	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return strstr(world->page, whole) != NULL;
}

TEST(metrics_have_a_line_for_each_thing)
{
	static const char *const lines[] = {
		"hull_init_build_info{version=\"" HULL_VERSION "\"} 1",
		"hull_init_uptime_seconds 90.000",
		"# UNIT hull_init_uptime_seconds seconds",
		"# TYPE hull_init_service_state stateset",
		"hull_init_service_state{service=\"web\",hull_init_service_state=\"running\"} 1",
		"hull_init_service_state{service=\"web\",hull_init_service_state=\"failed\"} 0",
		"# TYPE hull_init_service_restarts counter",
		"hull_init_service_restarts_total{service=\"web\"} 7",
		"hull_init_service_copies{service=\"web\"} 2",
		"hull_init_service_copies_running{service=\"web\"} 1",
		"hull_init_service_healthy{service=\"web\"} 0",
		"hull_init_service_uptime_seconds{service=\"web\"} 1.500",
		"hull_init_service_processes{service=\"web\"} 1",
		"hull_init_service_log_lines_dropped_total{service=\"web\"} 5",
		"hull_init_service_copies{service=\"a\\\"b\\\\c\\nd??\"} 0",
	};
	static struct world world;
	struct metrics_usage usages[2];
	open_world(&world);
	metrics_write(&world.supervisor, usages, 2, &world.text);
	CHECK(!world.text.is_cut);
	CHECK_INT(world.text.len, strlen(world.page));
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (!has_line(&world, lines[i]))
			test_fail(__FILE__, __LINE__, "no line '%s'", lines[i]);
	}
	CHECK_STR(world.page + world.text.len - 7, "\n# EOF\n");
	/* one without processes has no age, one without a probe no health */
	CHECK(!strstr(world.page, "service_uptime_seconds{service=\"a"));
	CHECK(!strstr(world.page, "service_healthy{service=\"a"));
	CHECK(usages[0].rss > 100000);
	loop_scene_close(&world.scene);
}

TEST(metrics_of_long_names_fit_what_was_reckoned)
{
	static struct world world;
	char name[400];
	struct metrics_usage usages[2];
	open_world(&world);
	memset(name, '"', sizeof(name) - 1); /* the worst: each is escaped */
	name[sizeof(name) - 1] = '\0';
	world.specs[0].name = world.specs[1].name = name;
	world.text.size = metrics_size(2);
	CHECK(world.text.size <= sizeof(world.page));
	world.slot.child.pid = getpid();
	metrics_write(&world.supervisor, usages, 2, &world.text);
	CHECK(!world.text.is_cut);
	loop_scene_close(&world.scene);
}

TEST(metrics_that_do_not_fit_are_cut_and_say_so)
{
	static struct world world;
	struct metrics_usage usages[2];
	open_world(&world);
	world.text.size = 1000;
	world.page[1000] = 'x';
	metrics_write(&world.supervisor, usages, 2, &world.text);
	CHECK(world.text.is_cut);
	CHECK(world.text.len < 1000);
	CHECK_INT(world.page[1000], 'x');
	loop_scene_close(&world.scene);
}
