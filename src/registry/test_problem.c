/* test_problem.c - what clients are told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/problem.h"

#include <errno.h>

#include "testing/test.h"

TEST(every_code_has_a_name)
{
	for (int code = 0; code < N_PROBLEM_CODES; code++)
		CHECK(problem_name(code) && problem_name(code)[0]);
}

TEST(problems_become_the_error_body)
{
	autoproblems struct problems problems = {0};
	autobuf struct buf json = {0};

	CHECK_INT(problem_add(&problems, PROBLEM_MANIFEST_BLOB_UNKNOWN, "{\"digest\":\"x\"}", NULL),
		  -1);
	problem_add(&problems, PROBLEM_TAG_INVALID, NULL, "tag '%s' is \"bad\"", "a b");
	problems_write(&problems, &json);
	CHECK_STR(
		buf_text(&json),
		"{\"errors\":[{\"code\":\"MANIFEST_BLOB_UNKNOWN\",\"message\":\"manifest references a "
		"blob unknown to registry\",\"detail\":{\"digest\":\"x\"}},{\"code\":\"TAG_INVALID\","
		"\"message\":\"tag 'a b' is \\\"bad\\\"\",\"detail\":null}]}\n");
	CHECK_INT(problems_status(&problems), 400);
}

TEST(a_full_disk_is_507_and_other_faults_tell_nothing)
{
	autoproblems struct problems full = {0}, other = {0}, missing = {0};
	autobuf struct buf json = {0};
	autoerr struct err err = {0};

	errno = ENOSPC;
	CHECK(err_sys(&err, "writing") < 0);
	problem_of_err(&full, &err, PROBLEM_BLOB_UNKNOWN);
	CHECK_INT(problems_status(&full), 507);
	err_clear(&err);

	errno = EIO;
	CHECK(err_sys(&err, "reading '/secret/path'") < 0);
	problem_of_err(&other, &err, PROBLEM_BLOB_UNKNOWN);
	problems_write(&other, &json);
	CHECK_INT(problems_status(&other), 500);
	CHECK(!strstr(buf_text(&json), "secret"));
	err_clear(&err);

	CHECK(err_set(&err, ERR_MISSING, "no blob") < 0);
	problem_of_err(&missing, &err, PROBLEM_BLOB_UNKNOWN);
	CHECK_INT(problems_status(&missing), 404);
}
