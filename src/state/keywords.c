/* keywords.c - the names among a state's arguments that are the engine's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/compile_private.h"

#include "base/banned.h"

const char *const requisite_names[N_REQ_KINDS] = {
	[REQ_REQUIRE] = "require",
	[REQ_REQUIRE_ANY] = "require_any",
	[REQ_WATCH] = "watch",
	[REQ_WATCH_ANY] = "watch_any",
	[REQ_ONCHANGES] = "onchanges",
	[REQ_ONCHANGES_ANY] = "onchanges_any",
	[REQ_ONFAIL] = "onfail",
	[REQ_ONFAIL_ANY] = "onfail_any",
	[REQ_ONFAIL_ALL] = "onfail_all",
	[REQ_PREREQ] = "prereq",
	[REQ_LISTEN] = "listen",
	[REQ_LISTEN_IN] = "listen_in",
	[REQ_USE] = "use",
};

/* Sorted. Salt's documentation, "Requisites and other global state arguments". */
static const struct engine_keyword keywords[] = {
	{"aggregate", KEY_IGNORED, 0},
	{"check_cmd", KEY_CONDITION, 0},
	{"cmd_opts_exclude", KEY_CONDITION, 0},
	{"creates", KEY_CONDITION, 0},
	{"failhard", KEY_CONDITION, 0},
	{"fire_event", KEY_IGNORED, 0},
	{"fun", KEY_IGNORED, 0},
	{"listen", KEY_REQUISITE, REQ_LISTEN},
	{"listen_in", KEY_REQUISITE_IN, REQ_LISTEN_IN},
	{"name", KEY_CONDITION, 0},
	{"names", KEY_CONDITION, 0},
	{"onchanges", KEY_REQUISITE, REQ_ONCHANGES},
	{"onchanges_any", KEY_REQUISITE, REQ_ONCHANGES_ANY},
	{"onchanges_in", KEY_REQUISITE_IN, REQ_ONCHANGES},
	{"onfail", KEY_REQUISITE, REQ_ONFAIL},
	{"onfail_all", KEY_REQUISITE, REQ_ONFAIL_ALL},
	{"onfail_any", KEY_REQUISITE, REQ_ONFAIL_ANY},
	{"onfail_in", KEY_REQUISITE_IN, REQ_ONFAIL},
	{"onfail_stop", KEY_CONDITION, 0},
	{"onlyif", KEY_CONDITION, 0},
	{"order", KEY_CONDITION, 0},
	{"parallel", KEY_IGNORED, 0},
	{"prereq", KEY_REQUISITE, REQ_PREREQ},
	{"prereq_in", KEY_REQUISITE_IN, REQ_PREREQ},
	{"provider", KEY_REFUSED, 0},
	{"reload_grains", KEY_IGNORED, 0},
	{"reload_modules", KEY_IGNORED, 0},
	{"reload_pillar", KEY_CONDITION, 0},
	{"require", KEY_REQUISITE, REQ_REQUIRE},
	{"require_any", KEY_REQUISITE, REQ_REQUIRE_ANY},
	{"require_in", KEY_REQUISITE_IN, REQ_REQUIRE},
	{"retry", KEY_CONDITION, 0},
	{"runas", KEY_SHARED, 0},
	{"runas_password", KEY_IGNORED, 0},
	{"saltenv", KEY_IGNORED, 0},
	{"state", KEY_IGNORED, 0},
	{"umask", KEY_SHARED, 0},
	{"unless", KEY_CONDITION, 0},
	{"use", KEY_REQUISITE, REQ_USE},
	{"use_in", KEY_REQUISITE_IN, REQ_USE},
	{"watch", KEY_REQUISITE, REQ_WATCH},
	{"watch_any", KEY_REQUISITE, REQ_WATCH_ANY},
	{"watch_in", KEY_REQUISITE_IN, REQ_WATCH},
};

const struct engine_keyword *engine_keyword_find(const char *name)
{
	size_t low = 0, high = ARRAY_LEN(keywords);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(keywords[middle].name, name);
		if (order == 0)
			return &keywords[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
