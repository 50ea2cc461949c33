/* test_graph.c - what an edge answers, for each thing that may stand at its other end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/graph.h"

#include "testing/test.h"

#define UP(s)                                                                 \
	{                                                                     \
		.exists = true, .state = (s), .wanted = true, .healthy = true \
	}

static const struct {
	const char *name;
	enum edge_when when;
	struct edge_target target;
	enum edge_answer needed, ordered;
} cases[] = {
	{"gone", EDGE_READY, {.exists = false}, EDGE_BROKEN, EDGE_MET},
	{"stopped by an operator",
	 EDGE_READY,
	 {.exists = true, .state = SERVICE_STOPPED},
	 EDGE_BROKEN,
	 EDGE_MET},
	{"about to be asked", EDGE_READY, UP(SERVICE_STOPPED), EDGE_WAITS, EDGE_WAITS},
	{"waiting itself", EDGE_STARTED, UP(SERVICE_WAITING), EDGE_WAITS, EDGE_WAITS},
	{"starting, no process", EDGE_STARTED, UP(SERVICE_STARTING), EDGE_WAITS, EDGE_WAITS},
	{"starting, with a process",
	 EDGE_STARTED,
	 {.exists = true, .state = SERVICE_STARTING, .wanted = true, .has_process = true},
	 EDGE_MET,
	 EDGE_MET},
	{"starting, not ready",
	 EDGE_READY,
	 {.exists = true, .state = SERVICE_STARTING, .wanted = true, .has_process = true},
	 EDGE_WAITS,
	 EDGE_WAITS},
	{"running", EDGE_READY, UP(SERVICE_RUNNING), EDGE_MET, EDGE_MET},
	{"reloading", EDGE_READY, UP(SERVICE_RELOADING), EDGE_MET, EDGE_MET},
	{"running and healthy", EDGE_HEALTHY, UP(SERVICE_RUNNING), EDGE_MET, EDGE_MET},
	{"running, not healthy",
	 EDGE_HEALTHY,
	 {.exists = true, .state = SERVICE_RUNNING, .wanted = true},
	 EDGE_WAITS,
	 EDGE_WAITS},
	{"in back-off", EDGE_READY, UP(SERVICE_BACKOFF), EDGE_WAITS, EDGE_WAITS},
	{"failed", EDGE_READY, UP(SERVICE_FAILED), EDGE_BROKEN, EDGE_MET},
	{"a job that is done", EDGE_DONE, UP(SERVICE_DONE), EDGE_MET, EDGE_MET},
	{"a job that is done, asked for ready", EDGE_READY, UP(SERVICE_DONE), EDGE_MET, EDGE_MET},
	{"a job that runs", EDGE_DONE, UP(SERVICE_RUNNING), EDGE_WAITS, EDGE_WAITS},
	{"a job that failed", EDGE_DONE, UP(SERVICE_FAILED), EDGE_BROKEN, EDGE_MET},
	{"on demand, listening",
	 EDGE_READY,
	 {.exists = true, .state = SERVICE_WAITING, .wanted = true, .listens = true},
	 EDGE_MET,
	 EDGE_MET},
	{"stopping", EDGE_READY, UP(SERVICE_STOPPING), EDGE_WAITS, EDGE_WAITS},
};

TEST(edge_answers_for_every_kind_of_target)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct edge_spec edge = {.name = "x", .when = cases[i].when, .needed = true};
		if (edge_ask(&edge, &cases[i].target) != cases[i].needed)
			test_fail(__FILE__, __LINE__, "needs: %s", cases[i].name);
		edge.needed = false;
		if (edge_ask(&edge, &cases[i].target) != cases[i].ordered)
			test_fail(__FILE__, __LINE__, "after: %s", cases[i].name);
	}
}

TEST(edge_conditions_have_names)
{
	CHECK_STR(edge_when_name(EDGE_STARTED), "started");
	CHECK_STR(edge_when_name(EDGE_DONE), "done");
}
