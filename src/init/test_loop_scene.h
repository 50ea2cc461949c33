/* test_loop_scene.h - a loop for tests that wait for something: it ends by events_stop or too late.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/address.h"
#include "init/events.h"

struct loop_scene {
	struct events *events;
	struct timer late;
};
void loop_scene_open(struct loop_scene *scene);
void loop_scene_close(struct loop_scene *scene);
/* Until somebody calls events_stop; the test fails when nobody does for 20 seconds. */
void loop_scene_run(struct loop_scene *scene);
/* A socket on 127.0.0.1 with a port of the kernel's choice; listens when it is a stream. */
int loopback_socket(int type, uint16_t *ret_port);
