/* file_template.h - contents of files that are templates.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

struct template_request {
	struct str engine; /* "jinja"; "", "None", "False": none */
	struct value context, defaults;
	const char *name;   /* the file that is made */
	const char *source; /* NULL: contents */
	const char *file;   /* for messages */
	struct str user, group, mode;
};

/* Whether the arguments can be used at all: told when not. */
bool file_template_check(const struct template_request *request, struct outcome *outcome);
bool template_wanted(const struct template_request *request);
/* ret_text in the heap. false: told, with the lines around. */
bool template_render(struct state_call *call, const struct template_request *request,
		     struct str text, struct str *ret_text, struct outcome *outcome);
