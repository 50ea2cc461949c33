/* test_transition.c - every cell of the two tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/transition.h"

#include "testing/test.h"

TEST(transition_service_cells_lead_to_states_that_exist)
{
	for (int state = 0; state < SERVICE_STATE_COUNT; state++) {
		for (int event = 0; event < SERVICE_EVENT_COUNT; event++) {
			struct service_step step =
				service_step((enum service_state)state, (enum service_event)event);
			CHECK(step.next < SERVICE_STATE_COUNT);
			CHECK(step.action < SERVICE_ACTION_COUNT);
			if (step.action == SERVICE_CANNOT)
				CHECK_INT(step.next, state);
		}
	}
}

TEST(transition_slot_cells_lead_to_states_that_exist)
{
	for (int state = 0; state < SLOT_STATE_COUNT; state++) {
		for (int event = 0; event < SLOT_EVENT_COUNT; event++) {
			struct slot_step step =
				slot_step((enum slot_state)state, (enum slot_event)event);
			CHECK(step.next < SLOT_STATE_COUNT);
			CHECK(step.action < SLOT_ACTION_COUNT);
			if (step.action == SLOT_CANNOT)
				CHECK_INT(step.next, state);
		}
	}
}

TEST(transition_operators_are_always_heard)
{
	for (int state = 0; state < SERVICE_STATE_COUNT; state++) {
		enum service_state at = (enum service_state)state;
		CHECK(service_step(at, SERVICE_ASKED_UP).action != SERVICE_CANNOT);
		CHECK(service_step(at, SERVICE_ASKED_DOWN).action != SERVICE_CANNOT);
		CHECK(service_step(at, SERVICE_ASKED_RELOAD).action != SERVICE_CANNOT);
	}
	for (int state = 0; state < SLOT_STATE_COUNT; state++)
		CHECK(slot_step((enum slot_state)state, SLOT_ASKED_DOWN).action != SLOT_CANNOT);
}

TEST(transition_an_end_is_heard_wherever_there_is_a_process)
{
	static const enum slot_state with_process[] = {SLOT_STARTING, SLOT_RUNNING, SLOT_STOPPING,
						       SLOT_KILLED};

	for (size_t i = 0; i < ARRAY_LEN(with_process); i++) {
		struct slot_step step = slot_step(with_process[i], SLOT_ENDED);
		CHECK_INT(step.next, SLOT_DRAINING);
		CHECK_INT(step.action, SLOT_CLEAR);
	}
}

TEST(transition_asked_down_leads_to_rest_from_every_state)
{
	/* Down, then what the copies of a stopping service report. */
	for (int state = 0; state < SERVICE_STATE_COUNT; state++) {
		enum service_state at =
			service_step((enum service_state)state, SERVICE_ASKED_DOWN).next;
		if (at == SERVICE_STOPPING)
			at = service_step(at, SERVICE_ENDED).next;
		CHECK_INT(at, SERVICE_STOPPED);
	}
}

TEST(transition_late_copy_is_killed_and_killed_again)
{
	CHECK_INT(slot_step(SLOT_STOPPING, SLOT_LATE).next, SLOT_KILLED);
	CHECK_INT(slot_step(SLOT_KILLED, SLOT_LATE).action, SLOT_KILL);
	CHECK_INT(slot_step(SLOT_RUNNING, SLOT_LATE).action, SLOT_CANNOT);
}

static const struct {
	enum service_state state;
	enum service_event event;
	enum service_state next;
	enum service_action action;
} service_cases[] = {
	{SERVICE_STOPPED, SERVICE_ASKED_UP, SERVICE_WAITING, SERVICE_ENQUEUE},
	{SERVICE_STOPPED, SERVICE_CAME_UP, SERVICE_STOPPED, SERVICE_CANNOT},
	{SERVICE_WAITING, SERVICE_NEEDS_MET, SERVICE_STARTING, SERVICE_BEGIN},
	{SERVICE_WAITING, SERVICE_NEEDS_FAILED, SERVICE_FAILED, SERVICE_LEAVE},
	{SERVICE_STARTING, SERVICE_CAME_UP, SERVICE_RUNNING, SERVICE_SAY_UP},
	{SERVICE_STARTING, SERVICE_REFUSED, SERVICE_STOPPING, SERVICE_END_FAILED},
	{SERVICE_RUNNING, SERVICE_PAUSED, SERVICE_BACKOFF, SERVICE_NOTHING},
	{SERVICE_RUNNING, SERVICE_ENDED, SERVICE_DONE, SERVICE_REST},
	{SERVICE_RUNNING, SERVICE_ASKED_RELOAD, SERVICE_RELOADING, SERVICE_ROLL},
	{SERVICE_RELOADING, SERVICE_RELOADED, SERVICE_RUNNING, SERVICE_NOTHING},
	{SERVICE_BACKOFF, SERVICE_ASKED_UP, SERVICE_STARTING, SERVICE_TRY_NOW},
	{SERVICE_BACKOFF, SERVICE_GAVE_UP, SERVICE_FAILED, SERVICE_REST},
	{SERVICE_STOPPING, SERVICE_ASKED_UP, SERVICE_STOPPING, SERVICE_START_BEHIND},
	{SERVICE_STOPPING, SERVICE_GAVE_UP, SERVICE_FAILED, SERVICE_REST},
	{SERVICE_FAILED, SERVICE_ASKED_UP, SERVICE_WAITING, SERVICE_ENQUEUE},
	{SERVICE_DONE, SERVICE_ASKED_UP, SERVICE_WAITING, SERVICE_ENQUEUE},
};

TEST(transition_service_steps_are_the_ones_meant)
{
	for (size_t i = 0; i < ARRAY_LEN(service_cases); i++) {
		struct service_step step =
			service_step(service_cases[i].state, service_cases[i].event);
		CHECK_INT(step.next, service_cases[i].next);
		CHECK_INT(step.action, service_cases[i].action);
	}
}

TEST(transition_every_state_and_event_has_a_name)
{
	for (int i = 0; i < SERVICE_STATE_COUNT; i++)
		CHECK(service_state_name((enum service_state)i));
	for (int i = 0; i < SERVICE_EVENT_COUNT; i++)
		CHECK(service_event_name((enum service_event)i));
	for (int i = 0; i < SLOT_STATE_COUNT; i++)
		CHECK(slot_state_name((enum slot_state)i));
	for (int i = 0; i < SLOT_EVENT_COUNT; i++)
		CHECK(slot_event_name((enum slot_event)i));
	CHECK_STR(service_state_name(SERVICE_BACKOFF), "backoff");
	CHECK(service_state_is_active(SERVICE_BACKOFF));
	CHECK(!service_state_is_active(SERVICE_WAITING));
}
