/* args.h - words out of one text: MS_DOCKER_ARGS and MS_COMMAND as a shell would split them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/strlist.h"

/* Blanks separate; quotes and backslashes as sh(1) takes them; nothing is expanded. `ret_words` is
 * appended to, untouched on failure. `what` names the text in errors. ERR_INPUT: a quote is not
 * closed. */
int args_split(const char *text, const char *what, struct strlist *ret_words,
	       struct err *err) must_check;
/* A CMD: a JSON list of texts, as a Dockerfile has it, or words. ERR_INPUT when it is empty. */
int args_of_command(const char *text, const char *what, struct strlist *ret_words,
		    struct err *err) must_check;
