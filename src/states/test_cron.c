/* test_cron.c - cron.* in a scratch root.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "states/test_system.h"

#include "base/banned.h"

#define SPOOL  "var/spool/cron/crontabs/root"
#define MARKER "# Lines below here are managed by Salt, do not edit\n"

TEST(cron_present_adds_updates_and_leaves_alone)
{
	autotrial t;
	trial_begin(&t);
	const struct state_def *present = trial_state("cron.present");

	trial_run(&t, present, "/bin/job",
		  "{minute: 5, hour: '*/2', identifier: JOB, comment: why}");
	CHECK_STR(trial_said(&t),
		  "True|Cron /bin/job added to root's crontab|{'root': '/bin/job'}");
	CHECK_STR(trial_read(&t, SPOOL),
		  MARKER "# why SALT_CRON_IDENTIFIER:JOB\n5 */2 * * * /bin/job\n");
	CHECK_INT(trial_mode(&t, SPOOL), 0600);
	trial_again(&t, present, "/bin/job",
		    "{minute: 5, hour: '*/2', identifier: JOB, comment: why}");
	trial_run(&t, present, "/bin/job --more", "{minute: 6, identifier: JOB}");
	CHECK_STR(trial_said(&t), "True|Cron /bin/job --more updated|{'root': '/bin/job --more'}");
	CHECK_STR(trial_read(&t, SPOOL),
		  MARKER "# why SALT_CRON_IDENTIFIER:JOB\n6 * * * * /bin/job --more\n");
	t.is_test = true;
	trial_run(&t, present, "/bin/job --more", "{minute: 7, identifier: JOB}");
	CHECK_STR(trial_said(&t), "None|Cron /bin/job --more is set to be updated|");
	t.is_test = false;
	trial_run(&t, trial_state("cron.absent"), "any", "{identifier: JOB}");
	CHECK_STR(trial_said(&t), "True|Cron any removed from root's crontab|{'root': 'any'}");
	CHECK_STR(trial_read(&t, SPOOL), MARKER);
	trial_again(&t, trial_state("cron.absent"), "any", "{identifier: JOB}");
}

TEST(cron_keeps_the_lines_of_people_and_finds_jobs_without_an_identifier)
{
	autoerr struct err err = {0};
	autotrial t;
	trial_begin(&t);

	CHECK_OK(dir_make_all(t.rootfd, "var/spool/cron/crontabs", 0755, &err), &err);
	trial_write(&t, SPOOL, "MAILTO=me\n1 2 3 4 5 theirs\n" MARKER "0 1 * * * old job\n", 0600);
	trial_run(&t, trial_state("cron.present"), "old job", "{minute: 0, hour: 2}");
	CHECK_STR(trial_read(&t, SPOOL), "MAILTO=me\n1 2 3 4 5 theirs\n" MARKER
					 "# SALT_CRON_IDENTIFIER:old job\n0 2 * * * old job\n");
	trial_run(&t, trial_state("cron.present"), "daily", "{special: '@daily', commented: true}");
	trial_run(&t, trial_state("cron.env_present"), "PATH", "{value: /bin}");
	CHECK_STR(trial_said(&t), "True|Cron env PATH added to root's crontab|{'root': 'PATH'}");
	CHECK_STR(trial_read(&t, SPOOL),
		  "MAILTO=me\n1 2 3 4 5 theirs\n" MARKER
		  "PATH=/bin\n# SALT_CRON_IDENTIFIER:old job\n0 2 * * * old job\n"
		  "# SALT_CRON_IDENTIFIER:daily\n#DISABLED#@daily daily\n");
	trial_again(&t, trial_state("cron.present"), "daily",
		    "{special: '@daily', commented: true}");
	trial_again(&t, trial_state("cron.env_present"), "PATH", "{value: /bin}");
	trial_run(&t, trial_state("cron.env_absent"), "PATH", "");
	CHECK(!strstr(trial_read(&t, SPOOL), "PATH="));
}

TEST(cron_random_times_are_drawn_once)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, trial_state("cron.present"), "x", "{minute: random, hour: random}");
	CHECK(!strstr(trial_read(&t, SPOOL), "random"));
	trial_again(&t, trial_state("cron.present"), "x", "{minute: random, hour: random}");
}

TEST(cron_refuses_what_is_no_line_and_who_is_no_user)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, trial_state("cron.present"), "a\nb", "");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	trial_run(&t, trial_state("cron.present"), "x", "{user: ../../etc/passwd}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	trial_run(&t, trial_state("cron.present"), "x", "{user: nobody}");
	CHECK_STR(trial_said(&t), "False|Cron x for user nobody failed to commit with error \n"
				  "crontab:  user `nobody' unknown|");
}

TEST(cron_takes_no_time_that_there_is_not)
{
	static const struct {
		const char *args, *fault;
	} cases[] = {
		{"{minute: 60}", "bad minute"},
		{"{minute: '5-1'}", "bad minute"},
		{"{minute: '*/0'}", "bad minute"},
		{"{minute: ','}", "bad minute"},
		{"{hour: noon}", "bad hour"},
		{"{daymonth: 0}", "bad day-of-month"},
		{"{month: foo}", "bad month"},
		{"{dayweek: 8}", "bad day-of-week"},
		{"{special: '@never'}", "bad time specifier"},
		{"{minute: '1,2-4,*/5', hour: '0-23/2', daymonth: 31, month: JAN-mar, dayweek: 7}",
		 NULL},
		{"{special: '@daily'}", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autotrial t;
		trial_begin(&t);
		trial_run(&t, trial_state("cron.present"), "x", cases[i].args);
		CHECK_INT(t.outcome.result, cases[i].fault ? RESULT_FALSE : RESULT_TRUE);
		if (cases[i].fault)
			CHECK(strstr(trial_said(&t), cases[i].fault));
	}
}

TEST(a_whole_crontab_is_put_in_place)
{
	autotrial t;
	trial_begin(&t);
	const struct state_def *file = trial_state("cron.file");

	trial_write(&t, "tab", "# jobs\n1 2 * * * /bin/x\n", 0644);
	t.is_test = true;
	trial_run(&t, file, "/tab", "");
	CHECK_INT(t.outcome.result, RESULT_NONE);
	CHECK_STR(trial_read(&t, SPOOL), "(none)");
	t.is_test = false;
	trial_run(&t, file, "/tab", "");
	CHECK(strstr(trial_said(&t), "True|Crontab for user root was updated|{'diff': ") != NULL);
	CHECK_STR(trial_read(&t, SPOOL), "# jobs\n1 2 * * * /bin/x\n");
	CHECK_INT(trial_mode(&t, SPOOL), 0600);
	trial_again(&t, file, "/tab", "");
	CHECK_STR(trial_said(&t), "True|Crontab for user root is in the correct state|");
	trial_write(&t, "tab", "{{ 1 + 1 }} 2 * * * /bin/{{ who }}\n", 0644);
	trial_run(&t, file, "/tab", "{replace: false, template: jinja}");
	CHECK_STR(trial_said(&t), "True|User root already has a crontab. No changes made|");
	trial_run(&t, file, "/tab", "{template: jinja, context: {who: me}}");
	CHECK_STR(trial_read(&t, SPOOL), "2 2 * * * /bin/me\n");
	trial_write(&t, "tab", "not a job\n", 0644);
	trial_run(&t, file, "/tab", "");
	CHECK_STR(trial_said(&t), "False|Unable to update user root crontab /tab. Error: line 1: "
				  "bad minute|");
	trial_write(&t, "tab", "1 2 * * * x", 0644);
	trial_run(&t, file, "/tab", "");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	trial_run(&t, file, "/tab", "{user: nobody}");
	CHECK_STR(trial_said(&t), "False|Could not identify group for user nobody|");
}
