/* filter.h - docker's --filter KEY=VALUE: several values of one key are alternatives, keys add up.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/strlist.h"

struct filters {
	struct strlist keys, values; /* pairs */
};
/* `known` ends with NULL; another key is ERR_INPUT with the nearest one. */
int filters_parse(const struct strlist *texts, const char *const *known,
		  struct filters *ret_filters, struct err *err) must_check;
void filters_done(struct filters *filters);
bool filters_has(const struct filters *filters, const char *key);
/* True when the key was not asked for, or `matches` holds for one of its values. */
bool filters_pass(const struct filters *filters, const char *key,
		  bool (*matches)(const char *value, void *arg), void *arg);
/* label=KEY or label=KEY=VALUE against "key=value" texts; all given labels must be there. */
bool filters_pass_labels(const struct filters *filters, const struct strlist *labels);
