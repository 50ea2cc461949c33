/* scope.c - reading and writing scopes, and the access claim.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/scope.h"

#include "account/limits.h"
#include "base/encode.h"
#include "base/vec.h"

#include "base/banned.h"

static void access_done(struct access *access)
{
	free(access->type);
	free(access->class);
	free(access->name);
	strlist_done(&access->actions);
	*access = (struct access){0};
}

void access_vec_done(struct access_vec *accesses)
{
	vec_foreach(access, accesses)
		access_done(access);
	vec_done(accesses);
}

static void actions_add(struct strlist *actions, struct str action)
{
	for (size_t i = 0; i < actions->n; i++)
		if (str_is(action, actions->items[i]))
			return;
	strlist_add_str(actions, action);
	strlist_sort(actions);
}

/* ---- parsing ---- */

static bool is_word(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.ptr[i] >= 'a' && text.ptr[i] <= 'z') &&
		    !(text.ptr[i] >= '0' && text.ptr[i] <= '9'))
			return false;
	return text.len > 0;
}

/* Goes into a header's quoted string and into JSON: no blanks, quotes or control bytes. */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7f || text.ptr[i] == '"' ||
		    text.ptr[i] == '\\')
			return false;
	return true;
}

static int refuse(struct str text, const char *why, struct err *err)
{
	autobuf struct buf shown = {.max = (size_t)4 * LIMIT_SCOPE_BYTES};
	text_escape(&shown, text);
	return err_set(err, ERR_INPUT, "scope '%s': %s", buf_text(&shown), why);
}

/* "repository" or "repository(plugin)" */
static bool type_parse(struct str text, struct access *access)
{
	struct str class = text;
	struct str type = str_cut(&class, '(');

	if (class.ptr) {
		if (!str_ends(class, STR(")")))
			return false;
		class.len--;
		if (!is_word(class))
			return false;
		access->class = str_dup(class);
	}
	if (!is_word(type))
		return false;
	access->type = str_dup(type);
	return true;
}

static const char *access_parse(struct str text, struct access *access)
{
	struct str rest = text;
	struct str parts[4] = {0};
	size_t n = 0;

	while (rest.ptr && n < ARRAY_LEN(parts))
		parts[n++] = str_cut(&rest, ':');
	if (rest.ptr || n < 3)
		return "it needs three parts, TYPE:NAME:ACTIONS";
	if (!type_parse(parts[0], access))
		return "its type is not made of lower-case letters and digits";

	/* The name keeps the colon between host and port. */
	struct str name = {parts[1].ptr,
			   (size_t)(parts[n - 2].ptr - parts[1].ptr) + parts[n - 2].len};
	if (name.len == 0 || !is_plain(name))
		return "its name is empty or has a byte that no name has";
	access->name = str_dup(name);

	rest = parts[n - 1];
	if (!is_plain(rest))
		return "an action has a byte that no action has";
	for (size_t n_actions = 0; rest.ptr; n_actions++) {
		struct str action = str_cut(&rest, ',');
		if (n_actions == LIMIT_SCOPE_ACTIONS)
			return "it has too many actions";
		if (action.len)
			actions_add(&access->actions, action);
	}
	return NULL;
}

int scope_parse(struct str text, struct access_vec *ret_accesses, struct err *err)
{
	struct access access = {0};

	if (text.len > LIMIT_SCOPE_BYTES)
		return err_set(err, ERR_LIMIT, "a scope is longer than %u bytes",
			       LIMIT_SCOPE_BYTES);
	if (ret_accesses->n >= LIMIT_SCOPES)
		return err_set(err, ERR_LIMIT, "more than %u scopes at once", LIMIT_SCOPES);
	const char *fault = access_parse(text, &access);
	if (fault) {
		access_done(&access);
		return refuse(text, fault, err);
	}
	vec_push(ret_accesses, access);
	return 0;
}

static void move_all(struct access_vec *accesses, struct access_vec *from)
{
	vec_reserve(accesses, from->n);
	for (size_t i = 0; i < from->n; i++)
		accesses->items[accesses->n++] = from->items[i];
	vec_done(from);
}

int scope_parse_all(struct str text, struct access_vec *ret_accesses, struct err *err)
{
	struct access_vec found = {0};
	struct str rest = text;

	while (text.len && rest.ptr) {
		if (scope_parse(str_cut(&rest, ' '), &found, err)) {
			access_vec_done(&found);
			return -1;
		}
	}
	if (found.n + ret_accesses->n > LIMIT_SCOPES) {
		access_vec_done(&found);
		return err_set(err, ERR_LIMIT, "more than %u scopes at once", LIMIT_SCOPES);
	}
	move_all(ret_accesses, &found);
	return 0;
}

/* ---- asking and writing ---- */

static bool is_same_thing(const struct access *access, const char *type, const char *name)
{
	return strcmp(access->name, name) == 0 && strcmp(access->type, type) == 0;
}

void access_vec_add(struct access_vec *accesses, const char *type, const char *name,
		    const char *action)
{
	vec_foreach(access, accesses) {
		if (!access->class && is_same_thing(access, type, name)) {
			actions_add(&access->actions, str_of(action));
			return;
		}
	}
	struct access *access = vec_add(accesses);
	access->type = xstrdup(type);
	access->name = xstrdup(name);
	strlist_add(&access->actions, action);
}

bool access_vec_has(const struct access_vec *accesses, const char *type, const char *name,
		    const char *action)
{
	vec_foreach(access, accesses)
		if (is_same_thing(access, type, name) &&
		    (strlist_has(&access->actions, action) || strlist_has(&access->actions, "*")))
			return true;
	return false;
}

void access_vec_text(const struct access_vec *accesses, struct buf *buf)
{
	vec_foreach(access, accesses) {
		if (access != accesses->items)
			buf_putc(buf, ' ');
		buf_puts(buf, access->type);
		if (access->class)
			buf_printf(buf, "(%s)", access->class);
		buf_printf(buf, ":%s:", access->name);
		for (size_t i = 0; i < access->actions.n; i++) {
			buf_puts(buf, i ? "," : "");
			buf_puts(buf, access->actions.items[i]);
		}
	}
}

struct node *access_vec_encode(struct arena *arena, const struct access_vec *accesses)
{
	struct node *list = node_new(arena, NODE_LIST);

	vec_foreach(access, accesses) {
		struct node *map = node_new(arena, NODE_MAP);
		node_set_text(arena, map, "type", access->type);
		if (access->class)
			node_set_text(arena, map, "class", access->class);
		node_set_text(arena, map, "name", access->name);
		node_set(arena, map, "actions", node_new_texts(arena, &access->actions));
		node_append(list, map);
	}
	return list;
}

/* ---- the claim ---- */

static int refuse_claim(const struct node *node, const char *why, struct err *err)
{
	return err_at(err, node->pos, "the access claim %s", why);
}

static int actions_decode(const struct node *list, struct strlist *actions, struct err *err)
{
	if (!list || list->kind == NODE_NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return refuse_claim(list, "has actions that are no list", err);
	if (list->children.n > LIMIT_SCOPE_ACTIONS)
		return err_set(err, ERR_LIMIT, "the access claim has too many actions");
	node_foreach(action, list) {
		if (action->kind != NODE_STRING)
			return refuse_claim(action, "has an action that is no string", err);
		actions_add(actions, action->text);
	}
	return 0;
}

static int access_decode(const struct node *map, struct access *access, struct err *err)
{
	const char *type = node_get_text(map, "type");
	const char *name = node_get_text(map, "name");

	if (map->kind != NODE_MAP)
		return refuse_claim(map, "has an entry that is no map", err);
	if (!type || !name)
		return refuse_claim(map, "has an entry without type or name", err);
	if (strlen(type) + strlen(name) > LIMIT_SCOPE_BYTES)
		return err_set(err, ERR_LIMIT, "the access claim has a name that is too long");
	access->type = xstrdup(type);
	access->name = xstrdup(name);
	access->class = xstrdup(node_get_text(map, "class"));
	return actions_decode(node_get(map, "actions"), &access->actions, err);
}

static struct access *access_add(struct access_vec *accesses)
{
	return vec_add(accesses);
}

int access_vec_decode(const struct node *list, struct access_vec *ret_accesses, struct err *err)
{
	struct access_vec found = {0};

	if (!list || list->kind == NODE_NULL) /* Go writes an empty list as null */
		return 0;
	if (list->kind != NODE_LIST)
		return refuse_claim(list, "is no list", err);
	if (list->children.n + ret_accesses->n > LIMIT_SCOPES)
		return err_set(err, ERR_LIMIT, "the access claim has more than %u entries",
			       LIMIT_SCOPES);
	node_foreach(map, list) {
		if (access_decode(map, access_add(&found), err)) {
			access_vec_done(&found);
			return -1;
		}
	}
	move_all(ret_accesses, &found);
	return 0;
}
