/* test_ssh.c - ssh_auth.* and ssh_known_hosts.* in a scratch root.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "states/test_system.h"

#include "base/banned.h"

#define KEY   "AAAAC3NzaC1lZDI1NTE5AAAAIJXJpHiABJWBNlKAFRFgoFG9xyE3m0G3bgVpcW9mVJYO"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEYS  "home/app/.ssh/authorized_keys"

static void begin(struct trial *t)
{
	autoerr struct err err = {0};

	if (geteuid() != 0)
		test_skip("needs root: owners are changed");
	trial_begin(t);
	CHECK_OK(dir_make_all(t->rootfd, "home/app", 0755, &err), &err);
}

TEST(ssh_auth_present_adds_updates_and_leaves_alone)
{
	static const char line[] = "ssh-ed25519 " KEY " me@here";
	autotrial t;
	begin(&t);
	const struct state_def *present = trial_state("ssh_auth.present");

	trial_run(&t, present, line, "{user: app}");
	CHECK_STR(trial_said(&t),
		  "True|The authorized host key " KEY " for user app was added|{'" KEY "': 'New'}");
	CHECK_STR(trial_read(&t, KEYS), "ssh-ed25519 " KEY " me@here\n");
	CHECK_INT(trial_mode(&t, KEYS), 0600);
	CHECK_INT(trial_mode(&t, "home/app/.ssh"), 0700);
	CHECK_STR(trial_owner(&t, KEYS), "1000:1000");
	CHECK_STR(trial_owner(&t, "home/app/.ssh"), "1000:1000");
	trial_again(&t, present, line, "{user: app}");
	trial_run(&t, present, KEY,
		  "{user: app, enc: ed25519, comment: me@here, options: "
		  "[no-pty, 'command=\"a b\"']}");
	CHECK_STR(trial_said(&t), "True|The authorized host key " KEY
				  " for user app was updated|{'" KEY "': 'Updated'}");
	CHECK_STR(trial_read(&t, KEYS), "no-pty,command=\"a b\" ssh-ed25519 " KEY " me@here\n");
	trial_again(&t, present, "no-pty,command=\"a b\" ssh-ed25519 " KEY " me@here",
		    "{user: app}");
	trial_run(&t, trial_state("ssh_auth.absent"), line, "{user: app}");
	CHECK_STR(trial_said(&t), "True|Key removed|{'" KEY "': 'Removed'}");
	trial_again(&t, trial_state("ssh_auth.absent"), line, "{user: app}");
}

TEST(ssh_auth_present_takes_no_text_that_is_no_key)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("ssh_auth.present"), "notakey", "{user: app}");
	CHECK_STR(trial_said(&t),
		  "False|Invalid public ssh key, most likely has spaces or invalid syntax|");
}

TEST(ssh_auth_in_test_mode_makes_nothing)
{
	autotrial t;
	begin(&t);

	t.is_test = true;
	trial_run(&t, trial_state("ssh_auth.present"), "ssh-ed25519 " KEY, "{user: app}");
	CHECK_STR(trial_said(&t), "None|Key " KEY " for user app is set to be added|");
	CHECK_INT(trial_mode(&t, "home/app/.ssh"), 0);
}

TEST(ssh_auth_refuses_bad_keys_and_missing_users)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("ssh_auth.present"), "ssh-rsa AA*A", "{user: app}");
	CHECK_STR(trial_said(&t), "False|Invalid public ssh key, most likely has spaces or invalid "
				  "syntax|");
	trial_run(&t, trial_state("ssh_auth.present"), "ssh-ed25519 " KEY, "{user: none}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
}

TEST(ssh_auth_follows_no_link_of_the_user)
{
	autotrial t;
	begin(&t);

	CHECK(symlinkat("../../etc", t.rootfd, "home/app/.ssh") == 0);
	trial_run(&t, trial_state("ssh_auth.present"), "ssh-ed25519 " KEY, "{user: app}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	CHECK_INT(trial_mode(&t, "etc/authorized_keys"), 0);
}

TEST(ssh_auth_manage_keeps_these_keys_alone)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("ssh_auth.present"), "ssh-ed25519 " KEY, "{user: app}");
	trial_run(&t, trial_state("ssh_auth.manage"), "mine",
		  "{user: app, ssh_keys: ['ssh-ed25519 " KEY_B " b']}");
	CHECK_STR(trial_read(&t, KEYS), "ssh-ed25519 " KEY_B " b\n");
	trial_again(&t, trial_state("ssh_auth.manage"), "mine",
		    "{user: app, ssh_keys: ['ssh-ed25519 " KEY_B " b']}");
}

TEST(ssh_auth_present_takes_a_file_of_keys)
{
	static const char args[] = "{user: app, source: /tmp/keys}";
	autotrial t;
	begin(&t);

	trial_write(&t, "tmp/keys", "# ours\nssh-ed25519 " KEY " a\nssh-ed25519 " KEY_B " b\n",
		    0644);
	trial_run(&t, trial_state("ssh_auth.present"), "team", args);
	CHECK_STR(trial_said(&t), "True|The authorized host key team for user app was "
				  "added|{'team': 'New'}");
	CHECK_STR(trial_read(&t, KEYS), "ssh-ed25519 " KEY " a\nssh-ed25519 " KEY_B " b\n");
	trial_again(&t, trial_state("ssh_auth.present"), "team", args);
}

TEST(known_hosts_are_hashed_found_again_and_removed)
{
	static const char args[] = "{user: app, enc: ssh-ed25519, key: " KEY "}";
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("ssh_known_hosts.present"), "example.org", args);
	CHECK_INT(t.outcome.result, RESULT_TRUE);
	CHECK_STR(buf_text(&t.outcome.comment),
		  "example.org's key saved to .ssh/known_hosts (key: " KEY ")");
	CHECK(!strncmp(trial_read(&t, "home/app/.ssh/known_hosts"), "|1|", 3));
	trial_again(&t, trial_state("ssh_known_hosts.present"), "example.org", args);
	trial_run(&t, trial_state("ssh_known_hosts.absent"), "example.org", "{user: app}");
	CHECK_STR(trial_read(&t, "home/app/.ssh/known_hosts"), "");
	trial_run(&t, trial_state("ssh_known_hosts.present"), "h",
		  "{hash_known_hosts: false, port: 2222, enc: e, key: " KEY "}");
	CHECK_STR(trial_read(&t, "etc/ssh/ssh_known_hosts"), "[h]:2222 e " KEY "\n");
}
