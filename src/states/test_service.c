/* test_service.c - service.* with init scripts, and without anybody.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
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

TEST(a_service_is_known_by_its_process_when_it_says_how)
{
	autotrial t;
	autoerr struct err err = {0};
	begin(&t);
	const struct state_def *running = trial_state("service.running");

	CHECK_OK(dir_make_all(t.rootfd, "proc/4242", 0755, &err), &err);
	CHECK_OK(dir_make_all(t.rootfd, "proc/7", 0755, &err), &err);
	CHECK_OK(dir_make_all(t.rootfd, "proc/9999", 0755, &err), &err);
	trial_write(&t, "proc/7/comm", "kworker\n", 0644);
	trial_write(&t, "proc/7/cmdline", "", 0644);
	t.is_test = true;
	trial_run(&t, running, "web", "{sig: 'webd -d'}");
	CHECK_STR(trial_said(&t), "None|Service web is set to start|");
	/* Words that are no UTF-8 belong to nobody's service, and hide none. */
	trial_write(&t, "proc/7/cmdline", "\xff\xfe", 0644);
	trial_write(&t, "proc/9999/cmdline", "\xe9 wobd -d", 0644);
	trial_run(&t, running, "web", "{sig: 'webd -d'}");
	CHECK_STR(trial_said(&t), "None|Service web is set to start|");
	trial_run(&t, running, "web", "{sig: ' wobd -d$'}");
	CHECK_STR(trial_said(&t), "True|The service web is already running|");
	trial_write(&t, "proc/7/cmdline", "", 0644);
	trial_write(&t, "proc/4242/cmdline", "/usr/sbin/webd -d", 0644);
	trial_run(&t, running, "web", "{sig: 'sbin/web. -d$'}");
	CHECK_STR(trial_said(&t), "True|The service web is already running|");
	trial_run(&t, trial_state("service.dead"), "web", "{sig: '^.kworker.$'}");
	CHECK_STR(trial_said(&t), "None|Service web is set to be killed|");
	trial_run(&t, running, "web", "{sig: '('}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
}
