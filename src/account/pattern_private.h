/* pattern_private.h - what a rule's match holds: globs, regular expressions, variables, addresses.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker_auth, docs and examples/reference.yml; Go, path.Match; RE2's syntax.
 *
 *   pattern   "/" regex "/" | glob            longer than two bytes for the first
 *   variable  "${account}" "${type}" "${name}" "${service}"
 *             "${account:1}" …                a group of that field's own regex, in this rule
 *             "${labels:team}"                each value of the account's label in turn
 *
 * Strict: the kind of a pattern is what is written, and values are quoted wherever they land.
 * Compat: values are put into the text, then the kind is looked at, as the original does. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum pattern_field { FIELD_ACCOUNT, FIELD_TYPE, FIELD_NAME, FIELD_SERVICE, N_PATTERN_FIELDS };
extern const char *const pattern_field_names[N_PATTERN_FIELDS + 1]; /* NULL at the end */

/* A broken or endless pattern must not decide by not matching: the asker denies then. */
enum match { MATCH_NO, MATCH_YES, MATCH_BOUND };

/* ---- glob.c: Go's path.Match ---- */
/* `class_crosses`: a class matches "/" too, as the original's. A broken glob matches nothing. */
bool path_glob_matches(struct str pattern, struct str text, bool class_crosses);
/* What is wrong with it, or NULL. MARK and a byte stand for a variable. */
const char *path_glob_fault(struct str pattern);

/* ---- regex.c: RE2's syntax, run by PCRE2 within bounds ---- */
#define MARK          '\xff' /* before the number of a variable; UTF-8 has neither */
#define MARK_IN_CLASS '\xfe'
struct regex;
/* RE2's syntax as PCRE2's. What RE2 does not have is refused: *ret_fault says what. */
bool regex_translate(struct str text, struct buf *out, const char **ret_fault);
/* `translated`: by regex_translate, its marks replaced. NULL: `fault` says why. */
struct regex *regex_new(struct str translated, char fault[256]);
void regex_free(struct regex *regex);
size_t regex_n_groups(const struct regex *regex);
/* ret_groups: NULL, or n_groups + 1 views into text ({NULL, 0}: took no part). */
enum match regex_matches(const struct regex *regex, struct str text, struct str *ret_groups);
void regex_quote(struct buf *out, struct str text);       /* nothing in it means anything */
void regex_quote_as_go(struct buf *out, struct str text); /* regexp.QuoteMeta */

/* ---- pattern.c ---- */
struct group_ref { /* "${account:1}" */
	struct str text;
	enum pattern_field field;
	unsigned index;
};
struct group_refs {
	struct group_ref *items;
	size_t n, cap;
};
struct pattern;
/* Compat: those of a field's text that the original finds (a variable before one hides it). */
void group_refs_collect(struct str text, struct group_refs *refs);
/*   refs      compat: what counts as a group's variable; strict: appended to, what was found
 *   allow_labels  false in the patterns of labels
 * Texts point into `text`, which must live as long. */
struct pattern_options {
	bool compat;
	bool allow_labels;
	struct group_refs *refs;
};
int pattern_new(struct str text, struct src_pos pos, const struct pattern_options *options,
		struct pattern **ret_pattern, struct err *err) must_check;
void pattern_free(struct pattern *pattern);
bool pattern_is_regex(const struct pattern *pattern); /* by its own text */
bool pattern_is_anchored(const struct pattern *pattern);
bool pattern_uses_groups(const struct pattern *pattern); /* or labels */
size_t pattern_n_groups(const struct pattern *pattern);  /* of its regex; 0: it is none */

struct label { /* of an account: a name and its values */
	const char *name;
	struct str *values;
	size_t n;
};
struct labels {
	struct label *items;
	size_t n;
};
const struct label *labels_find(const struct labels *labels, struct str name);
struct pattern_values {
	struct str fields[N_PATTERN_FIELDS];
	const struct group_refs *refs; /* what `groups` are the values of */
	struct str *groups;            /* {NULL, 0}: none */
	const struct labels *labels;   /* NULL: none */
	unsigned n_tries;              /* of label values so far in this decision */
};
enum match pattern_matches(const struct pattern *pattern, struct str text,
			   struct pattern_values *values);
/* Matches a regex for its groups' sake: `groups` has pattern_n_groups + 1 places. */
enum match pattern_capture(const struct pattern *pattern, struct str text,
			   struct pattern_values *values, struct str *groups);

/* ---- address.c ---- */
struct address_range {
	bool is_v6;
	uint8_t bytes[16];
	unsigned prefix;
};
bool address_range_parse(struct str text, struct address_range *ret_range);
/* v4-mapped addresses are v4. */
bool address_range_has(const struct address_range *range, const struct sockaddr_storage *ip);
