/* accounts.c - users and rules from a configuration, and what the rules say to a question.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/accounts.h"

#include <stdatomic.h>

#include "account/guard.h"
#include "account/limits.h"
#include "account/rule_private.h"
#include "base/encode.h"
#include "base/map.h"
#include "base/vec.h"

#include "base/banned.h"

static const char *const user_keys[] = {"password", "labels", NULL};

struct user {
	const char *name;
	const char *hash; /* "": any password */
	struct labels labels;
};
struct accounts {
	atomic_uint n_refs;
	struct arena arena;
	bool compat;
	struct map by_name;
	struct user *users; /* in the order of the file */
	size_t n_users;
	struct {
		struct rule *items;
		size_t n, cap;
	} rules;
};

static void accounts_free(struct accounts *accounts)
{
	vec_foreach(rule, &accounts->rules)
		rule_done(rule);
	vec_done(&accounts->rules);
	map_done(&accounts->by_name);
	arena_done(&accounts->arena);
	free(accounts);
}

struct accounts *accounts_ref(struct accounts *accounts)
{
	atomic_fetch_add_explicit(&accounts->n_refs, 1, memory_order_relaxed);
	return accounts;
}

void accounts_unref(struct accounts *accounts)
{
	if (accounts && atomic_fetch_sub_explicit(&accounts->n_refs, 1, memory_order_acq_rel) == 1)
		accounts_free(accounts);
}

/* ---- users ---- */

static int label_read(const struct accounts_reader *reader, const struct node *node,
		      struct label *label, struct err *err)
{
	if (node->kind != NODE_LIST && !(node->kind == NODE_NULL && reader->compat))
		return err_at(err, node->pos, "the label '%s' must be a list of strings, not %s",
			      node->key.ptr, node_kind_name(node->kind));
	label->name = arena_str(reader->arena, node->key);
	if (node->kind == NODE_NULL)
		return 0;
	if (node->children.n > LIMIT_LABEL_VALUES)
		return err_at(err, node->pos, "the label '%s' has over %u values", node->key.ptr,
			      LIMIT_LABEL_VALUES);
	label->values = arena_alloc(reader->arena, (node->children.n + 1) * sizeof(struct str));
	node_foreach(value, node)
		if (reader_text(reader, value, "the value of a label", &label->values[label->n++],
				err))
			return -1;
	return 0;
}

static int labels_read(const struct accounts_reader *reader, const struct node *map,
		       struct labels *labels, struct err *err)
{
	if (!map || (map->kind == NODE_NULL && reader->compat))
		return 0;
	if (map->kind != NODE_MAP)
		return err_at(err, map->pos, "labels must be a map of lists, not %s",
			      node_kind_name(map->kind));
	if (map->children.n > LIMIT_LABELS)
		return err_at(err, map->pos, "more than %u labels of one user", LIMIT_LABELS);
	labels->items = arena_alloc(reader->arena, (map->children.n + 1) * sizeof(struct label));
	node_foreach(child, map)
		if (label_read(reader, child, &labels->items[labels->n++], err))
			return -1;
	return 0;
}

static int without_password(const struct accounts_reader *reader, const struct node *node,
			    struct user *user, struct err *err)
{
	user->hash = "";
	if (!*user->name)
		return 0;
	if (!reader->compat)
		return err_at(err, node->pos, "the user '%s' has no password, so that any would do",
			      user->name);
	reader_warn(reader, node->pos, "the user '%s' has no password: any will do", user->name);
	return 0;
}

static int password_read(const struct accounts_reader *reader, const struct node *node,
			 struct user *user, struct err *err)
{
	struct str hash;

	if (!*user->name && !reader->compat)
		return err_at(err, node->pos, "anonymous (\"\") has no password to ask for");
	if (reader_text(reader, node, "password", &hash, err))
		return -1;
	user->hash = hash.ptr;
	if (password_hash_is_valid(hash.ptr))
		return 0;
	if (!reader->compat) /* without showing it: it may be the password itself */
		return err_at(err, node->pos,
			      "the password of '%s' is no bcrypt hash ($2a$, $2b$ or $2y$)",
			      user->name);
	reader_warn(reader, node->pos, "the password of '%s' is no bcrypt hash and never matches",
		    user->name);
	user->hash = "*";
	return 0;
}

const char *account_name_fault(struct str name)
{
	if (name.len > LIMIT_ACCOUNT_BYTES)
		return "is too long";
	if (!text_is_utf8(name))
		return "is not UTF-8";
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] == ':' || (unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f)
			return "has a colon or a control byte, which no client can send";
	return NULL;
}

static int user_read(const struct accounts_reader *reader, const struct node *node,
		     struct user *user, struct err *err)
{
	if (node->kind != NODE_MAP)
		return err_at(err, node->pos, "the user '%s' must be a map, not %s", node->key.ptr,
			      node_kind_name(node->kind));

	const struct node *password = node_get(node, "password");
	const struct node *labels = node_get(node, "labels");
	node_foreach(child, node) {
		if (child == password || child == labels)
			continue;
		if (reader_unknown_key(reader, child, user_keys, "a user", err))
			return -1;
	}
	if (labels_read(reader, labels, &user->labels, err))
		return -1;
	if (!password || (password->kind == NODE_NULL && reader->compat))
		return without_password(reader, node, user, err);
	return password_read(reader, password, user, err);
}

static int users_read(const struct accounts_reader *reader, const struct node *map,
		      struct accounts *accounts, struct err *err)
{
	if (!map || map->kind == NODE_NULL)
		return 0;
	if (map->kind != NODE_MAP)
		return err_at(err, map->pos, "users must be a map, not %s",
			      node_kind_name(map->kind));
	if (map->children.n > LIMIT_USERS)
		return err_at(err, map->pos, "more than %u users", LIMIT_USERS);
	accounts->users =
		arena_alloc(&accounts->arena, (map->children.n + 1) * sizeof(struct user));
	node_foreach(child, map) {
		struct user *user = &accounts->users[accounts->n_users];
		const char *fault = account_name_fault(child->key);
		if (fault && !reader->compat)
			return err_at(err, child->key_pos, "the name of a user %s", fault);
		if (fault)
			reader_warn(reader, child->key_pos, "the name of a user %s", fault);
		if (child->kind == NODE_NULL && reader->compat) {
			reader_warn(reader, child->pos, "the user '%s' has no value, ignoring",
				    child->key.ptr);
			continue;
		}
		user->name = arena_str(&accounts->arena, child->key);
		if (user_read(reader, child, user, err))
			return -1;
		map_set(&accounts->by_name, user->name, user);
		accounts->n_users++;
	}
	return 0;
}

/* ---- rules ---- */

static int rules_read(const struct accounts_reader *reader, const struct node *list,
		      struct accounts *accounts, struct err *err)
{
	if (!list || (list->kind == NODE_NULL && reader->compat))
		return 0;
	if (list->kind != NODE_LIST)
		return err_at(err, list->pos, "acl must be a list, not %s",
			      node_kind_name(list->kind));
	if (list->children.n > LIMIT_RULES)
		return err_at(err, list->pos, "more than %u rules", LIMIT_RULES);
	node_foreach(child, list)
		if (rule_read(reader, child, vec_add(&accounts->rules), err))
			return -1;
	return 0;
}

int accounts_new(const struct accounts_options *options, struct accounts **ret_accounts,
		 struct err *err)
{
	struct accounts *accounts = xcalloc(1, sizeof(*accounts));
	struct accounts_reader reader = {&accounts->arena, options->compat, options->warnings};

	atomic_init(&accounts->n_refs, 1);
	accounts->compat = options->compat;
	if (users_read(&reader, options->users, accounts, err) ||
	    rules_read(&reader, options->acl, accounts, err)) {
		accounts_free(accounts);
		return -1;
	}
	*ret_accounts = accounts;
	return 0;
}

/* ---- asking ---- */

bool accounts_has_anonymous(const struct accounts *accounts)
{
	return text_eq(accounts_hash(accounts, ""), "");
}

size_t accounts_count(const struct accounts *accounts)
{
	return accounts->n_users;
}

const char *accounts_hash(const struct accounts *accounts, const char *account)
{
	const struct user *user = map_get(&accounts->by_name, account);
	return user ? user->hash : NULL;
}

const char *accounts_hash_at(const struct accounts *accounts, size_t i)
{
	return accounts->users[i].hash;
}

void accounts_names(const struct accounts *accounts, struct strlist *ret_names)
{
	for (size_t i = 0; i < accounts->n_users; i++)
		strlist_add(ret_names, accounts->users[i].name);
}

void acl_verdict_done(struct acl_verdict *verdict)
{
	strlist_done(&verdict->actions);
	*verdict = (struct acl_verdict){0};
}

static void grant(const struct rule *rule, const struct strlist *asked, struct strlist *granted)
{
	bool is_all = rule->actions.n == 1 && text_eq(rule->actions.items[0], "*");

	for (size_t i = 0; asked && i < asked->n; i++) {
		const char *action = asked->items[i];
		if ((is_all || strlist_has(&rule->actions, action)) &&
		    !strlist_has(granted, action))
			strlist_add(granted, action);
	}
	strlist_sort(granted);
}

static struct str text_or_none(const char *text)
{
	return str_of(text ? text : "");
}

static bool are_utf8(const struct pattern_values *values)
{
	bool are = true;
	for (int i = 0; i < N_PATTERN_FIELDS; i++)
		are = are && text_is_utf8(values->fields[i]);
	return are;
}

void acl_decide(const struct accounts *accounts, const struct acl_question *question,
		struct acl_verdict *ret_verdict)
{
	struct acl_verdict verdict = {0};
	const struct user *user = map_get(&accounts->by_name, text_or_none(question->account).ptr);
	struct pattern_values values = {
		.fields = {[FIELD_ACCOUNT] = text_or_none(question->account),
			   [FIELD_TYPE] = text_or_none(question->type),
			   [FIELD_NAME] = text_or_none(question->name),
			   [FIELD_SERVICE] = text_or_none(question->service)},
		.labels = user ? &user->labels : NULL,
	};

	*ret_verdict = verdict;
	if (!are_utf8(&values)) /* patterns are: none of them could deny it */
		return;
	vec_foreach(rule, &accounts->rules) {
		enum match match = rule_matches(rule, accounts->compat, question->ip, &values);
		if (match == MATCH_NO)
			continue;
		verdict.rule_pos = rule->pos;
		verdict.rule_text = rule->text;
		verdict.comment = rule->comment;
		verdict.hit_bound = match == MATCH_BOUND;
		if (match == MATCH_YES)
			grant(rule, question->actions, &verdict.actions);
		break;
	}
	*ret_verdict = verdict;
}

bool acl_allows(const struct accounts *accounts, const struct acl_question *question,
		const char *action)
{
	char *items[] = {(char *)action, NULL};
	struct strlist asked = {.items = items, .n = 1, .cap = 2};
	struct acl_question one = *question;
	struct acl_verdict verdict;

	one.actions = &asked;
	acl_decide(accounts, &one, &verdict);
	bool is_allowed = strlist_has(&verdict.actions, action);
	acl_verdict_done(&verdict);
	return is_allowed;
}
