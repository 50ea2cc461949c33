/* rule_private.h - one entry of the access control list.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "account/accounts.h"
#include "account/pattern_private.h"

struct rule_label {
	struct str name;
	struct pattern *pattern;
};
struct rule {
	struct src_pos pos;
	struct pattern *patterns[N_PATTERN_FIELDS]; /* NULL: anything */
	bool has_ip;
	struct address_range ip;
	struct rule_label *labels;
	size_t n_labels;
	struct group_refs refs;
	struct strlist actions;
	char *comment, *text;
};

/* Reads users and rules: where it is, what it says on the way. */
struct accounts_reader {
	struct arena *arena; /* of the accounts */
	bool compat;
	struct strlist *warnings; /* NULL: nobody asks */
};
void reader_warn(const struct accounts_reader *reader, struct src_pos pos, const char *fmt, ...)
	printf_like(3, 4);
/* Strict: an error with the nearest of `names`; compat: a warning. */
int reader_unknown_key(const struct accounts_reader *reader, const struct node *node,
		       const char *const *names, const char *of, struct err *err) must_check;
/* Numbers and booleans as they are written; copied into the arena. */
int reader_text(const struct accounts_reader *reader, const struct node *node, const char *what,
		struct str *ret_text, struct err *err) must_check;
/* Why no client could send this name, or NULL. */
const char *account_name_fault(struct str name);
struct src_pos reader_pos(const struct accounts_reader *reader, struct src_pos pos);

/* `rule` is filled as far as it went; rule_done frees it in either case. */
int rule_read(const struct accounts_reader *reader, const struct node *node, struct rule *rule,
	      struct err *err) must_check;
void rule_done(struct rule *rule);
enum match rule_matches(const struct rule *rule, bool compat, const struct sockaddr_storage *ip,
			struct pattern_values *values);
