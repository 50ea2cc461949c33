/* test_service.c - service.* with init scripts, and without anybody.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "states/test_system.h"

#include "base/banned.h"

static void begin(struct trial *t)
{
	trial_begin(t);
	trial_programs(t);
	trial_script(
		t, "etc/init.d/web",
		"#!/bin/sh\necho $1 >> /log\ncase $1 in\nstart) touch /up;;\nstop) rm -f /up;;\n"
		"restart) touch /up;;\nstatus) cat /up;;\nesac\n");
	trial_script(t, "usr/sbin/update-rc.d",
		     "#!/bin/sh\nmkdir -p /etc/rc2.d\n[ $2 = enable ] && touch /etc/rc2.d/S01$1\n"
		     "[ $2 = disable ] && rm -f /etc/rc2.d/S01$1\nexit 0\n");
}

TEST(service_running_starts_and_enables)
{
	autotrial t;
	begin(&t);
	const struct state_def *running = trial_state("service.running");

	t.is_test = true;
	trial_run(&t, running, "web", "");
	CHECK_STR(trial_said(&t), "None|Service web is set to start|");
	t.is_test = false;
	trial_run(&t, running, "web", "{enable: true}");
	CHECK_STR(trial_said(&t),
		  "True|Service web has been enabled, and is running|{'web': True}");
	trial_run(&t, running, "web", "{enable: true}");
	CHECK_STR(trial_said(&t), "True|The service web is already running|");
	trial_run(&t, trial_state("service.disabled"), "web", "");
	CHECK_STR(trial_said(&t),
		  "True|Service web has been disabled, and is in the desired state|{'web': True}");
	trial_again(&t, trial_state("service.disabled"), "web", "");
	trial_run(&t, trial_state("service.dead"), "web", "");
	CHECK_STR(trial_said(&t), "True|Service web was killed|{'web': False}");
	trial_run(&t, trial_state("service.dead"), "web", "");
	CHECK_STR(trial_said(&t), "True|The service web is already dead|");
	trial_run(&t, running, "web", "");
	CHECK_STR(trial_said(&t), "True|Started service web|{'web': True}");
}

TEST(service_that_nobody_knows)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("service.running"), "none", "");
	CHECK_STR(trial_said(&t), "False|The named service none is not available|");
	trial_run(&t, trial_state("service.dead"), "none", "");
	CHECK_STR(trial_said(&t), "True|The named service none is not available|");
	trial_run(&t, trial_state("service.masked"), "web", "");
	CHECK_STR(trial_said(&t), "False|Service masking not available on this minion|");
	t.is_test = true;
	trial_run(&t, trial_state("service.running"), "none", "");
	CHECK_STR(trial_said(&t), "None|Service none not present; if created in this state run, it "
				  "would have been started|");
}

TEST(services_without_a_manager_are_an_error)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, trial_state("service.running"), "web", "");
	CHECK_STR(trial_said(&t),
		  "False|The named service web is not available: no service manager "
		  "in this container|");
}

TEST(services_of_an_image_that_is_built_are_only_enabled)
{
	autotrial t;
	begin(&t);

	t.world.is_build = true;
	trial_run(&t, trial_state("service.running"), "web", "{enable: true}");
	CHECK_STR(trial_said(&t),
		  "True|Service web has been enabled, and is in the desired state|{'web': True}");
	trial_run(&t, trial_state("service.running"), "web", "");
	CHECK_STR(trial_said(&t), "True|Running in OFFLINE mode. Nothing to do|");
	CHECK_STR(trial_read(&t, "log"), "(none)");
}
