/* test_users.c - user.* and group.* in a scratch root.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "states/test_system.h"

#include "base/banned.h"

static void begin(struct trial *t)
{
	autoerr struct err err = {0};

	if (geteuid() != 0)
		test_skip("needs root: owners are changed");
	trial_begin(t);
	setenv("SOURCE_DATE_EPOCH", "1728000000", 1); /* day 20000 */
	trial_write(t, "etc/shadow",
		    "root:*:19000:0:99999:7:::\nwww:!:19000::::::\napp:!:19000::::::\n", 0640);
	trial_write(t, "etc/gshadow", "root:*::\nwww:!::\napp:!::\n", 0640);
	trial_write(t, "etc/login.defs", "UID_MIN 1000\nUID_MAX 60000\nUSERGROUPS_ENAB yes\n",
		    0644);
	CHECK_OK(dir_make_all(t->rootfd, "etc/skel", 0755, &err), &err);
	trial_write(t, "etc/skel/.profile", "umask 027\n", 0644);
}

TEST(user_present_makes_a_user_its_group_its_shadow_and_its_home)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("user.present"), "deploy", "{shell: /bin/sh, fullname: De Ploy}");
	CHECK_STR(
		trial_said(&t),
		"True|New user deploy created|{'gid': 1001, 'groups': ['deploy'], 'home': "
		"'/home/deploy', 'name': 'deploy', 'passwd': 'x', 'shell': '/bin/sh', 'uid': 1001, "
		"'fullname': 'De Ploy', 'roomnumber': '', 'workphone': '', 'homephone': '', "
		"'other': ''}");
	CHECK(strstr(trial_read(&t, "etc/passwd"),
		     "deploy:x:1001:1001:De Ploy:/home/deploy:/bin/sh\n"));
	CHECK(strstr(trial_read(&t, "etc/group"), "deploy:x:1001:\n"));
	CHECK(strstr(trial_read(&t, "etc/gshadow"), "deploy:!::\n"));
	CHECK(strstr(trial_read(&t, "etc/shadow"), "deploy:!:20000:0:99999:7:::\n"));
	CHECK_INT(trial_mode(&t, "etc/shadow"), 0640);
	CHECK_STR(trial_read(&t, "home/deploy/.profile"), "umask 027\n");
	CHECK_STR(trial_owner(&t, "home/deploy/.profile"), "1001:1001");
	CHECK_INT(trial_mode(&t, "home/deploy"), 0755);
	trial_again(&t, trial_state("user.present"), "deploy",
		    "{shell: /bin/sh, fullname: De Ploy}");
	CHECK(faccessat(t.rootfd, "etc/passwd.lock", F_OK, 0) != 0);
}

TEST(user_present_says_in_test_mode_what_it_would_do)
{
	autotrial t;
	begin(&t);

	t.is_test = true;
	trial_run(&t, trial_state("user.present"), "deploy", "");
	CHECK_STR(trial_said(&t), "None|User deploy set to be added|");
	trial_run(&t, trial_state("user.present"), "app",
		  "{shell: /bin/bash, password: '$6$a$b', createhome: false}");
	CHECK_STR(trial_said(&t), "None|The following user attributes are set to be changed:\n"
				  "shell: /bin/bash\npasswd: XXX-REDACTED-XXX\n|");
	CHECK(!strstr(trial_read(&t, "etc/passwd"), "deploy"));
}

TEST(user_present_changes_what_differs_and_hides_the_password)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("user.present"), "app",
		  "{shell: /bin/bash, password: '$6$salt$hash', createhome: false}");
	CHECK_STR(trial_said(&t), "True|Updated user app|{'shell': '/bin/bash', 'passwd': "
				  "'XXX-REDACTED-XXX', 'lstchg': 20000}");
	CHECK(strstr(trial_read(&t, "etc/shadow"), "app:$6$salt$hash:20000::::::\n"));
	trial_again(&t, trial_state("user.present"), "app",
		    "{shell: /bin/bash, password: '$6$salt$hash', createhome: false}");
	trial_again(&t, trial_state("user.present"), "app",
		    "{password: other, enforce_password: false, createhome: false}");
}

TEST(user_present_hashes_a_password_once)
{
	static const char args[] = "{password: secret, hash_password: true, createhome: false}";
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("user.present"), "app", args);
	CHECK(strstr(trial_read(&t, "etc/shadow"), "app:$6$"));
	trial_again(&t, trial_state("user.present"), "app", args);
}

TEST(user_present_gives_and_takes_groups)
{
	autotrial t;
	begin(&t);
	const struct state_def *present = trial_state("user.present");

	trial_run(&t, present, "app", "{groups: [www], createhome: false}");
	CHECK_STR(trial_said(&t), "True|Updated user app|{'groups': ['app', 'www']}");
	CHECK(strstr(trial_read(&t, "etc/group"), "www:x:33:app\n"));
	CHECK(strstr(trial_read(&t, "etc/gshadow"), "www:!::app\n"));
	trial_again(&t, present, "app", "{createhome: false}");
	trial_run(&t, present, "app",
		  "{optional_groups: [root, none], remove_groups: false, "
		  "createhome: false}");
	CHECK_STR(trial_said(&t), "True|Updated user app|{'groups': ['app', 'root', 'www']}");
	trial_run(&t, present, "app", "{groups: [], createhome: false}");
	CHECK_STR(trial_said(&t), "True|Updated user app|{'groups': ['app']}");
	trial_run(&t, present, "app", "{groups: [www, nope, neither]}");
	CHECK_STR(trial_said(&t), "False|The following group(s) are not present: nope,neither|");
}

TEST(user_present_takes_the_group_of_its_name)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("group.present"), "deploy", "{gid: 2000}");
	trial_run(&t, trial_state("user.present"), "deploy",
		  "{gid_from_name: true, createhome: false}");
	CHECK(strstr(trial_read(&t, "etc/passwd"), "deploy:x:1001:2000:"));
	trial_run(&t, trial_state("user.present"), "other",
		  "{gid_from_name: true, uid: 1500, createhome: false}");
	CHECK(strstr(trial_read(&t, "etc/passwd"), "other:x:1500:1500:"));
	trial_again(&t, trial_state("user.present"), "other",
		    "{gid_from_name: true, uid: 1500, createhome: false}");
}

TEST(user_present_refuses_to_change_numbers_unless_told)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("user.present"), "app", "{uid: 1234, createhome: false}");
	CHECK_STR(
		trial_said(&t),
		"False|Encountered error checking for needed changes. Additional info follows:\n\n"
		"- Changing uid (1000 -> 1234) not permitted, set allow_uid_change to True to force "
		"this change. Note that this will not change file ownership.|");
	trial_run(&t, trial_state("user.present"), "app",
		  "{uid: 1234, allow_uid_change: true, createhome: false}");
	CHECK_STR(trial_said(&t), "True|Updated user app|{'uid': 1234}");
	trial_run(&t, trial_state("user.present"), "bad:name", "");
	CHECK_STR(trial_said(&t),
		  "False|Failed to create new user bad:name: invalid user name 'bad:name'|");
	trial_run(&t, trial_state("user.present"), "twin", "{uid: 33}");
	CHECK_STR(trial_said(&t), "False|Failed to create new user twin: UID 33 is not unique|");
}

TEST(user_absent_removes_it_everywhere)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("user.present"), "gone", "{groups: [www], uid: 54321}");
	trial_run(&t, trial_state("user.absent"), "gone", "{purge: true}");
	CHECK_STR(trial_said(&t),
		  "True|Removed user gone|{'gone group': 'removed', 'gone': 'removed'}");
	CHECK(!strstr(trial_read(&t, "etc/passwd"), "gone"));
	CHECK(!strstr(trial_read(&t, "etc/group"), "gone"));
	CHECK(!strstr(trial_read(&t, "etc/shadow"), "gone"));
	CHECK_INT(trial_mode(&t, "home/gone"), 0);
	trial_run(&t, trial_state("user.absent"), "gone", "");
	CHECK_STR(trial_said(&t), "True|User gone is not present|");
}

TEST(group_present_makes_and_fills_groups)
{
	autotrial t;
	begin(&t);
	const struct state_def *present = trial_state("group.present");

	trial_run(&t, present, "team", "{gid: 3000, addusers: [app]}");
	CHECK_STR(trial_said(&t), "True|New group team created|{'name': 'team', 'passwd': 'x', "
				  "'gid': 3000, 'members': ['app']}");
	trial_again(&t, present, "team", "{gid: 3000, addusers: [app]}");
	trial_run(&t, present, "team", "{members: [www]}");
	CHECK_STR(trial_said(&t),
		  "True|The following group attributes are set to be changed:\n"
		  "members: ['www']\n|{'Final': 'All changes applied successfully'}");
	CHECK(strstr(trial_read(&t, "etc/group"), "team:x:3000:www\n"));
	trial_run(&t, present, "team", "{addusers: [nobody-here]}");
	CHECK_STR(trial_said(&t), "False|The following group attributes are set to be changed:\n"
				  "addusers: ['nobody-here']\nSome changes could not be applied|"
				  "{'Failed': {'addusers': ['nobody-here']}}");
	trial_run(&t, present, "other", "{gid: 3000}");
	CHECK_STR(trial_said(&t),
		  "False|Group other is not present but gid 3000 is already taken by "
		  "group team|");
	trial_run(&t, present, "x", "{members: [app], addusers: [app]}");
	CHECK_INT(t.outcome.result, RESULT_NONE);
	trial_run(&t, trial_state("group.absent"), "app", "");
	CHECK_STR(trial_said(&t), "False|Failed to remove group app: it is the primary group of a "
				  "user|");
	trial_run(&t, trial_state("group.absent"), "team", "");
	CHECK_STR(trial_said(&t), "True|Removed group team|{'team': ''}");
	trial_again(&t, trial_state("group.absent"), "team", "");
}

TEST(users_can_be_made_where_there_is_no_shadow)
{
	autotrial t;
	begin(&t);

	CHECK(unlinkat(t.rootfd, "etc/shadow", 0) == 0 &&
	      unlinkat(t.rootfd, "etc/gshadow", 0) == 0);
	trial_run(&t, trial_state("user.present"), "deploy",
		  "{password: '$6$a$b', createhome: false}");
	CHECK(strstr(trial_read(&t, "etc/passwd"), "deploy:$6$a$b:1001:1001::"));
	CHECK_STR(trial_read(&t, "etc/shadow"), "(none)");
	trial_again(&t, trial_state("user.present"), "deploy",
		    "{password: '$6$a$b', createhome: false}");
}

TEST(a_user_takes_no_number_of_another_and_no_days_that_are_none)
{
	autotrial t;
	trial_begin(&t);
	const struct state_def *present = trial_state("user.present");

	trial_write(&t, "etc/shadow", "root:*:1:0:9:7:::\napp:*:1:0:9:7:::\n", 0600);
	trial_run(&t, present, "app",
		  "{uid: 33, allow_uid_change: true, shell: /bin/x, "
		  "createhome: false}");
	CHECK_STR(trial_said(&t), "False|These values could not be changed: {'uid': 33}|{'shell': "
				  "'/bin/x'}");
	trial_run(&t, present, "app", "{mindays: soon, createhome: false}");
	CHECK_STR(trial_said(&t), "False|These values could not be changed: {'mindays': 'soon'}|");
	trial_run(&t, present, "new", "{createhome: false, warndays: 7, maxdays: never}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	CHECK(strstr(trial_said(&t), "User new created but failed to set maximum days to never|"));
	CHECK(strstr(trial_said(&t), "'maxdays': 'never', 'warndays': 7"));
	trial_run(&t, present, "far", "{home: here}");
	CHECK_STR(trial_said(&t), "False|Failed to create new user far: invalid home directory "
				  "'here'|");
}

TEST(users_of_the_system_fill_gaps_from_above)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "etc/passwd",
		    "root:x:0:0::/:/bin/sh\nlow:x:100:100::/:/bin/sh\n"
		    "top:x:999:999::/:/bin/sh\n",
		    0644);
	trial_run(&t, trial_state("user.present"), "sys", "{system: true, createhome: false}");
	CHECK(strstr(trial_read(&t, "etc/passwd"), "\nsys:!:998:"));
}

TEST(a_home_goes_with_the_numbers_of_its_user)
{
	autotrial t;
	autoerr struct err err = {0};
	trial_begin(&t);
	if (geteuid() != 0)
		test_skip("needs root");

	trial_write(&t, "etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/srv/app:/bin/sh\n",
		    0644);
	CHECK_OK(dir_make_all(t.rootfd, "srv/app/d", 0755, &err), &err);
	trial_write(&t, "srv/app/d/own", "", 0644);
	trial_write(&t, "srv/app/d/other", "", 0644);
	CHECK(!fchownat(t.rootfd, "srv/app", 1000, 1000, 0) &&
	      !fchownat(t.rootfd, "srv/app/d/own", 1000, 33, 0) &&
	      !symlinkat("/etc/passwd", t.rootfd, "srv/app/link") &&
	      !fchownat(t.rootfd, "srv/app/link", 1000, 1000, AT_SYMLINK_NOFOLLOW));
	trial_run(&t, trial_state("user.present"), "app", "{uid: 1500, allow_uid_change: true}");
	CHECK_INT(t.outcome.result, RESULT_TRUE);
	CHECK_STR(trial_owner(&t, "srv/app"), "1500:1000");
	CHECK_STR(trial_owner(&t, "srv/app/d/own"), "1500:33");
	CHECK_STR(trial_owner(&t, "srv/app/d/other"), "0:0");
	CHECK_STR(trial_owner(&t, "etc/passwd"), "0:0");
	trial_run(&t, trial_state("group.present"), "root", "{members: [app, nosuchuser]}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	CHECK(!strstr(trial_read(&t, "etc/group"), "root:x:0:app"));
}
