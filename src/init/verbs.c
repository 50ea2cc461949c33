/* verbs.c - finding a verb, and what its call has to say.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "init/control_private.h"
#include "init/pattern.h"

#include "base/banned.h"

const struct verb *verb_get(size_t i)
{
	static const struct verb *const tables[] = {verbs_of_state, verbs_of_change, verbs_of_setup,
						    verbs_of_watch};
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct verb *it = tables[t]; it->name; it++)
			if (i-- == 0)
				return it;
	return NULL;
}

const struct verb *verb_find(const char *name)
{
	const struct verb *verb;
	for (size_t i = 0; name && (verb = verb_get(i)); i++)
		if (str_is_nocase(str_of(name), verb->name))
			return verb;
	return NULL;
}

enum answer call_refuse(struct call *call, enum request_fault fault, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(call->reason, sizeof(call->reason), fmt, args);
	va_end(args);
	call->fault = fault;
	return ANSWER_ERROR;
}

const char *call_text(struct call *call, const char *property)
{
	return json_text(json_member(call->properties, property));
}

bool call_flag(struct call *call, const char *property)
{
	return json_is_true(json_member(call->properties, property));
}

struct service *call_service(struct call *call)
{
	const char *name = call_text(call, "name");
	struct service *service = name ? supervisor_find(call->supervisor, name) : NULL;
	if (!service)
		call_refuse(call, REQUEST_MESSAGE, "program %s not found", name ? name : "''");
	return service;
}

/* ---- match: simple, glob, regex ---- */

struct match {
	enum { MATCH_GLOB, MATCH_REGEX } how;
	char text[512]; /* lower case */
	struct pattern pattern;
};

static void to_lower(const char *text, char *out, size_t size)
{
	size_t i = 0;
	for (; text[i] && i + 1 < size; i++)
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	out[i] = '\0';
}

static int compile_regex(struct call *call, const char *text, struct match *match)
{
	const char *problem = pattern_compile(text, &match->pattern);
	if (problem)
		call_refuse(call, REQUEST_MESSAGE, "not a regular expression: '%s': %s", text,
			    problem);
	return problem ? -1 : 0;
}

static bool is_match(const struct match *match, const char *name)
{
	char lower[512];
	to_lower(name, lower, sizeof(lower));
	return match->how == MATCH_REGEX ? pattern_matches(&match->pattern, lower)
					 : str_glob(match->text, lower);
}

static size_t mark_matching(struct call *call, const char *name, const char *how)
{
	struct match match = {.how = MATCH_GLOB};
	size_t n = 0;
	if (strlen(name) >= sizeof(match.text)) {
		call_refuse(call, REQUEST_MESSAGE, "no name is that long");
		return 0;
	}
	to_lower(name, match.text, sizeof(match.text));
	if (text_eq(how, "regex")) {
		match.how = MATCH_REGEX;
		if (compile_regex(call, name, &match))
			return 0;
	} else if (how && !text_eq(how, "glob")) {
		call_refuse(call, REQUEST_MESSAGE, "unknown match method %s", how);
		return 0;
	}
	for (struct service *it = call->supervisor->services; it; it = it->next) {
		if (!is_match(&match, it->spec->name))
			continue;
		call_mark(call, it);
		n++;
	}
	if (!n)
		call_refuse(call, REQUEST_MESSAGE, "program %s not found", name);
	return n;
}

size_t call_match(struct call *call)
{
	const char *name = call_text(call, "name"), *how = call_text(call, "match");
	if (json_member(call->properties, "name") && (!name || text_eq(how, "simple"))) {
		struct service *service = call_service(call);
		if (service)
			call_mark(call, service);
		return service ? 1 : 0;
	}
	if (name)
		return mark_matching(call, name, how);
	size_t n = 0;
	for (struct service *it = call->supervisor->services; it; it = it->next, n++)
		call_mark(call, it);
	return n;
}
