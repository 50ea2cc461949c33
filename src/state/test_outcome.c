/* test_outcome.c - what a state says about itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/function.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(comments_are_lines_and_a_failure_stays)
{
	struct outcome outcome = {0};

	outcome_say(&outcome, "File %s updated", "/a");
	outcome_fail(&outcome, "Parent directory not present");
	CHECK_STR(buf_text(&outcome.comment), "File /a updated\nParent directory not present");
	CHECK_INT(outcome.result, RESULT_FALSE);
	outcome_done(&outcome);
}
