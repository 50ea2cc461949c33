/* template.h - {{NAME}} from the environment into a copy of a file.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   {{NAME}}               the value; unset is an error with file:line:column
 *   {{NAME:-text}}         the value, or text when unset or empty
 *   {{NAME-text}}          the value, or text when unset
 *   {{NAME:?message}}      the value, or the error `message` when unset or empty
 *   {{#if NAME}} … {{else}} … {{/if}}   set and not empty
 *   {{#each NAME ","}} … {{.}} … {{/each}}   parts of the value; none when it is empty
 *   {{{{  and  }}}}        the braces themselves
 *
 * A line that holds nothing but one #if, else, /if, #each or /each vanishes whole. Values and texts
 * are never read as templates again. NAME is a letter or _, then letters, digits, _; other text in
 * braces stays as it is. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct template_values {
	/* *ret_value NULL: unset; borrowed until the next call. */
	int (*get)(void *arg, struct str name, const char **ret_value, struct err *err);
	/* What may have been meant by a name that is not set; NULL: nobody knows. */
	const char *(*nearest)(void *arg, struct str name);
	void *arg;
};
/* Appends to out; what does not fit is ERR_LIMIT. */
int template_fill(const char *file, struct str text, const struct template_values *values,
		  struct buf *out, struct err *err) must_check;
