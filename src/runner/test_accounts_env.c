/* test_accounts_env.c - the matrix of USER_NAME, USER_UID, USER_ID, USER_GID, GROUP_ID, GROUP_NAME.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/accounts.h"
#include "testing/test.h"

#include "base/banned.h"

static const struct {
	const char *env[7];
	bool has_default; /* dev, 1000 */
	const char *want; /* "name uid gid group", "-", or the error */
} cases[] = {
	{{NULL}, false, "-"},
	{{"USER_NAME="}, false, "-"},
	{{"USER_UID=5"}, false, "-"},
	{{NULL}, true, "dev 1000 -1 (none)"},
	{{"USER_NAME="}, true, "dev 1000 -1 (none)"},
	{{"USER_UID=5"}, true, "dev 5 -1 (none)"},
	{{"USER_UID="}, true, "dev 1000 -1 (none)"},
	{{"GROUP_ID=7", "GROUP_NAME=g"}, true, "dev 1000 7 g"},
	{{"USER_NAME=a"}, false, "Environment variable USER_UID is not set"},
	{{"USER_NAME=a"}, true, "Environment variable USER_UID is not set"},
	{{"USER_NAME=a", "USER_UID="}, false, "Environment variable USER_UID is not set"},
	{{"USER_NAME=a", "USER_GID=5"}, false, "Environment variable USER_UID is not set"},
	{{"USER_NAME=a", "USER_UID=5"}, false, "a 5 -1 (none)"},
	{{"USER_NAME=a", "USER_ID=5"}, false, "a 5 -1 (none)"},
	{{"USER_NAME=a", "USER_ID=5", "USER_UID=5"}, false, "a 5 -1 (none)"},
	{{"USER_NAME=a", "USER_ID=5", "USER_UID="}, false, "a 5 -1 (none)"},
	{{"USER_NAME=a", "USER_ID=0005", "USER_UID=5"}, false, "a 5 -1 (none)"},
	{{"USER_NAME=a", "USER_ID=5", "USER_UID=6"},
	 false,
	 "environment variables USER_UID and USER_ID differ: 6 and 5"},
	{{"USER_NAME=a", "USER_ID=5", "USER_GID=7"}, false, "a 5 7 (none)"},
	{{"USER_NAME=a", "USER_ID=5", "GROUP_ID=7"}, false, "a 5 7 (none)"},
	{{"USER_NAME=a", "USER_ID=5", "GROUP_ID=7", "USER_GID=7"}, false, "a 5 7 (none)"},
	{{"USER_NAME=a", "USER_ID=5", "GROUP_ID=7", "USER_GID=8"},
	 false,
	 "environment variables USER_GID and GROUP_ID differ: 8 and 7"},
	{{"USER_NAME=a", "USER_ID=5", "USER_GID="}, false, "a 5 -1 (none)"},
	{{"USER_NAME=a", "USER_ID=5", "GROUP_NAME=g"}, false, "a 5 -1 g"},
	{{"USER_NAME=a", "USER_ID=5", "GROUP_NAME="}, false, "a 5 -1 (none)"},
	{{"USER_NAME=a", "USER_UID=x"},
	 false,
	 "environment variable USER_UID: 'x' is no number from 0 to 4294967294"},
	{{"USER_NAME=a", "USER_ID=1x"},
	 false,
	 "environment variable USER_ID: '1x' is no number from 0 to 4294967294"},
	{{"USER_NAME=a", "USER_UID=-1"},
	 false,
	 "environment variable USER_UID: '-1' is no number from 0 to 4294967294"},
	{{"USER_NAME=a", "USER_UID=+1"},
	 false,
	 "environment variable USER_UID: '+1' is no number from 0 to 4294967294"},
	{{"USER_NAME=a", "USER_UID= 1"},
	 false,
	 "environment variable USER_UID: ' 1' is no number from 0 to 4294967294"},
	{{"USER_NAME=a", "USER_UID=4294967294"}, false, "a 4294967294 -1 (none)"},
	{{"USER_NAME=a", "USER_UID=4294967295"},
	 false,
	 "environment variable USER_UID: '4294967295' is no number from 0 to 4294967294"},
	{{"USER_NAME=a", "USER_UID=1", "GROUP_ID=99999999999999999999"},
	 false,
	 "environment variable GROUP_ID: '99999999999999999999' is no number from 0 to 4294967294"},
	{{"USER_NAME=a", "USER_UID=1", "USER_GID=1.5"},
	 false,
	 "environment variable USER_GID: '1.5' is no number from 0 to 4294967294"},
	{{"USER_NAMES=b", "USER_NAME=a", "USER_UIDS=7", "USER_UID=1"}, false, "a 1 -1 (none)"},
};

TEST(every_spelling_and_every_conflict)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct init_settings init = {.users_from_env = true,
					     .default_user = cases[i].has_default ? "dev" : NULL,
					     .default_uid = 1000};
		struct user_spec user = {0};
		autoerr struct err err = {0};
		bool found = false;
		autofree char *got = NULL;
		if (user_from_env(cases[i].env, &init, &user, &found, &err))
			got = xstrdup(err_text(&err));
		else if (!found)
			got = xstrdup("-");
		else
			got = xasprintf("%s %lld %lld %s", user.name, (long long)user.uid,
					(long long)user.gid, user.group ? user.group : "(none)");
		CHECK_STR(got, cases[i].want);
		CHECK(!user.name || (user.make_home && !user.unlock));
	}
}
