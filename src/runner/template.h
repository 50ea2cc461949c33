/* template.h - {{NAME}} from the environment into a copy of a file.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   {{NAME}}               the value; unset is an error with file:line:column
 *   {{NAME:-text}}         the value, or text when unset or empty
 *   {{NAME-text}}          the value, or text when unset
 *   {{NAME:?message}}      the value, or the error `message`
 *   {{#if NAME}} … {{else}} … {{/if}}   set and not empty
 *   {{#each NAME ","}} … {{.}} … {{/each}}   parts of the value
 *   {{{{  and  }}}}        the braces themselves
 *
 * Values are never read as templates again. NAME is a letter or _, then letters, digits, _; other
 * text in braces stays as it is. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct template_values {
	/* NULL: unset. */
	const char *(*get)(void *arg, struct str name);
	void *arg;
};
int template_fill(const char *file, struct str text, const struct template_values *values,
		  struct buf *out, struct err *err) must_check;
