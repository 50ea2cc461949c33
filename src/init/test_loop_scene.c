/* test_loop_scene.c - a loop for tests that wait for something: it ends by events_stop or too late.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/test_loop_scene.h"

#include "base/clock.h"
#include "testing/test.h"

#define TOO_LATE (20 * NS_PER_SEC)

static void nothing(void *arg, const struct signalfd_siginfo *info)
{
	(void)arg;
	(void)info;
}

static void too_late(struct timer *timer)
{
	struct loop_scene *scene = container_of(timer, struct loop_scene, late);
	events_stop(scene->events, -1);
}

void loop_scene_open(struct loop_scene *scene)
{
	*scene = (struct loop_scene){.late = {.fire = too_late}};
	CHECK_INT(events_open(&scene->events, &(struct events_hooks){.signal = nothing}), 0);
}

void loop_scene_close(struct loop_scene *scene)
{
	if (scene->events)
		timer_cancel(scene->events, &scene->late);
	events_close(scene->events);
	scene->events = NULL;
}

void loop_scene_run(struct loop_scene *scene)
{
	timer_after(scene->events, &scene->late, TOO_LATE);
	CHECK_INT(events_run(scene->events), 0);
	timer_cancel(scene->events, &scene->late);
}

int loopback_socket(int type, uint16_t *ret_port)
{
	struct address address;
	socklen_t size = sizeof(address);
	CHECK(address_of_number("127.0.0.1", 0, &address));
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	CHECK_INT(bind(fd, &address.any, address_size(&address)), 0);
	if (type == SOCK_STREAM)
		CHECK_INT(listen(fd, 16), 0);
	CHECK_INT(getsockname(fd, &address.any, &size), 0);
	*ret_port = ntohs(address.in.sin_port);
	return fd;
}
