/* test_webutil.c - password files of web servers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/test_world.h"
#include "states/webutil.h"

#include "base/banned.h"

static const struct state_def *const exists = &state_webutil_user_exists;

TEST(apr1_is_apaches)
{
	/* openssl passwd -apr1 -salt SALT PASSWORD */
	static const struct {
		const char *password, *salt, *hash;
	} cases[] = {
		{"secret", "abcdefgh", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"},
		{"", "xx", "$apr1$xx$aGHxR9NsG1buO7l/rFJjm1"},
		{"a longer password of forty-one characters", "./Zz0189",
		 "$apr1$./Zz0189$SmyCSOw1jNhlNrupUWpt7/"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf hash = {0};
		apr1_hash(cases[i].password, str_of(cases[i].salt), &hash);
		CHECK_STR(buf_text(&hash), cases[i].hash);
		CHECK(htpasswd_matches(cases[i].password, buf_str(&hash)));
		CHECK(!htpasswd_matches("another", buf_str(&hash)));
	}
	CHECK(htpasswd_matches("secret", STR("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=")));
}

TEST(user_exists_by_every_method_and_only_once)
{
	static const struct {
		const char *option, *prefix;
	} cases[] = {{"", "u:$apr1$"},
		     {", options: m", "u:$apr1$"},
		     {", options: s", "u:{SHA}"},
		     {", options: p", "u:pass word\n"},
		     {", options: B", "u:$2y$05$"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autotrial t;
		trial_begin(&t);
		const char *args = heap_printf(
			&t.heap, "{password: pass word, htpasswd_file: /f%s}", cases[i].option);
		t.is_test = true;
		trial_run(&t, exists, "u", args);
		CHECK_STR(trial_said(&t), "None|User 'u' is set to be added to htpasswd file|"
					  "{'u': True}");
		CHECK_STR(trial_read(&t, "f"), "(none)");
		t.is_test = false;
		trial_run(&t, exists, "u", args);
		CHECK_STR(trial_said(&t), "True|Adding password for user u|{'u': True}");
		CHECK(text_starts(trial_read(&t, "f"), cases[i].prefix));
		trial_run(&t, exists, "u", args);
		CHECK_STR(trial_said(&t), "True|User already known|");
	}
}

TEST(user_exists_changes_only_its_own_line)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "a:{SHA}x\nu:old\nz:{SHA}y", 0640);
	trial_run(&t, exists, "u", "{password: new, htpasswd_file: /f, options: p}");
	CHECK_STR(trial_said(&t), "True|Updating password for user u|{'u': True}");
	CHECK_STR(trial_read(&t, "f"), "a:{SHA}x\nu:new\nz:{SHA}y\n");
	CHECK_INT(trial_mode(&t, "f"), 0640);
	trial_run(&t, exists, "a:b", "{password: new, htpasswd_file: /f}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	trial_run(&t, &state_webutil_user_absent, "u", "{htpasswd_file: /f}");
	CHECK_STR(trial_read(&t, "f"), "a:{SHA}x\nz:{SHA}y\n");
	trial_again(&t, &state_webutil_user_absent, "u", "{htpasswd_file: /f}");
}
