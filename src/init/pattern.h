/* pattern.h - regular expressions of names, without memory and in time that their length bounds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Literals, ., [a-z] and [^a-z], \d \w \s \D \W \S and escaped signs, (a|b), *, + and ?, ^ and $.
 * Letters are compared without their case: names come in small letters.
 * No counts, no back-references. As re.match of Python it starts at the first byte of the name and
 * may end before its last. The states of all alternatives go forward together (Thompson), so that
 * no expression takes longer than its length times the name's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/limits.h"

struct pattern_state {
	uint8_t kind; /* enum in pattern.c */
	uint8_t byte; /* or the number of a set */
	int16_t next, other;
};
struct pattern {
	struct pattern_state states[2 * LIMIT_CONTROL_PATTERN + 2];
	int n;
	int first;
	uint8_t sets[LIMIT_CONTROL_PATTERN / 2][32]; /* a bit per byte */
	int n_sets;
};
/* NULL, or static text that says what is wrong. */
const char *pattern_compile(const char *text, struct pattern *ret_pattern);
bool pattern_matches(const struct pattern *pattern, const char *name);
