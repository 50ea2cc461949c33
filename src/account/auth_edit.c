/* auth_edit.c - changing the users of a YAML text without touching anything else in it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The places come from the parsed tree, the change is made in the text, and then the text is parsed
 * again: its tree must be the old one with just this user changed. So the search for places may be
 * simple: what it does not understand is refused, never spoilt. */
#include "account/auth_edit_private.h"

#include "account/guard.h"
#include "account/rule_private.h"
#include "doc/json.h"
#include "doc/yaml.h"

#include "base/banned.h"

#define BY_HAND "edit the file by hand"

struct editor {
	struct str text;
	const struct auth_edit *edit;
	const struct node *root, *users, *user; /* NULL: not there */
	/* The change: `removed` bytes at `at` give way to `added`. */
	size_t at, removed;
	struct buf added;
};

/* ---- places in the text ---- */

/* The offset of a place; text.len when it is beyond. */
static size_t offset_of(struct str text, struct src_pos pos)
{
	size_t i = 0;

	for (uint32_t line = 1; line < pos.line && i < text.len; line++) {
		const char *end = memchr(text.ptr + i, '\n', text.len - i);
		i = end ? (size_t)(end - text.ptr) + 1 : text.len;
	}
	i += pos.column ? pos.column - 1 : 0;
	return i < text.len ? i : text.len;
}

static size_t line_end(struct str text, size_t i) /* behind its newline */
{
	const char *end = i < text.len ? memchr(text.ptr + i, '\n', text.len - i) : NULL;
	return end ? (size_t)(end - text.ptr) + 1 : text.len;
}

static size_t line_start(struct str text, size_t i)
{
	while (i > 0 && text.ptr[i - 1] != '\n')
		i--;
	return i;
}

static char at(const struct editor *editor, size_t i)
{
	if (i >= editor->text.len)
		return 0;
	return editor->text.ptr[i];
}

static bool is_at(const struct editor *editor, size_t i, const char *word)
{
	struct str rest = {editor->text.ptr + i, editor->text.len - i};
	return str_starts(rest, str_of(word));
}

/* Behind the last line of a block entry: lines indented deeper than its key, as far as there is
 * something in them; comments and blanks behind them stay outside. */
static size_t entry_end(struct str text, size_t key, uint32_t column)
{
	size_t end = line_end(text, key);

	for (size_t i = end; i < text.len;) {
		size_t next = line_end(text, i), indent = 0;
		while (i + indent < next && text.ptr[i + indent] == ' ')
			indent++;
		struct str rest = str_trim((struct str){text.ptr + i + indent, next - i - indent});
		if (rest.len && rest.ptr[0] != '#') {
			if (indent + 1 <= column)
				break;
			end = next;
		}
		i = next;
	}
	return end;
}

/* The length of the scalar that is written there on one line; 0: not that simple. */
static size_t scalar_len(const struct editor *editor, size_t start, const struct node *node)
{
	char quote = at(editor, start);
	struct str source = node_source(node);

	if (quote != '"' && quote != '\'') {
		struct str rest = {editor->text.ptr + start, editor->text.len - start};
		return source.len && str_starts(rest, source) ? source.len : 0;
	}
	for (size_t i = start + 1; at(editor, i) && at(editor, i) != '\n'; i++) {
		bool is_doubled =
			quote == '\'' && at(editor, i) == quote && at(editor, i + 1) == quote;
		if (is_doubled || (quote == '"' && at(editor, i) == '\\'))
			i++;
		else if (at(editor, i) == quote)
			return i + 1 - start;
	}
	return 0;
}

/* ---- changes ---- */

static int by_hand(const struct node *node, const char *why, struct err *err)
{
	return err_at(err, node->key.ptr ? node->key_pos : node->pos, "%s: " BY_HAND, why);
}

static void put_quoted(struct editor *editor, const char *text)
{
	json_write_text(&editor->added, str_of(text)); /* YAML reads JSON's strings */
}

static void put_indent(struct editor *editor, size_t n)
{
	while (n--)
		buf_putc(&editor->added, ' ');
}

static void put_password(struct editor *editor)
{
	buf_puts(&editor->added, "password: ");
	put_quoted(editor, editor->edit->hash);
}

/* A whole entry in lines of its own. */
static void put_entry(struct editor *editor, size_t indent)
{
	put_indent(editor, indent);
	put_quoted(editor, editor->edit->account);
	buf_puts(&editor->added, ":\n");
	put_indent(editor, indent + 2);
	put_password(editor);
	buf_putc(&editor->added, '\n');
}

/* A newline first when the text before has none. */
static void start_line(struct editor *editor, size_t i)
{
	editor->at = i;
	if (i && editor->text.ptr[i - 1] != '\n')
		buf_putc(&editor->added, '\n');
}

/* Where the ":" behind a key is; 0: it is not written simply. */
static size_t colon_of(const struct editor *editor, const struct node *node)
{
	size_t i = offset_of(editor->text, node->key_pos);

	if (at(editor, i) == '"' || at(editor, i) == '\'') {
		size_t len = scalar_len(editor, i, node); /* a quoted one needs no source */
		i += len ? len : editor->text.len;
	} else {
		i += node->key.len;
	}
	while (at(editor, i) == ' ')
		i++;
	return at(editor, i) == ':' ? i : 0;
}

static int replace_password(struct editor *editor, const struct node *password, struct err *err)
{
	size_t start = offset_of(editor->text, password->pos);
	size_t len = password->kind == NODE_NULL ? 0 : scalar_len(editor, start, password);

	if (len == 0)
		return by_hand(password, "the password is not written on one line", err);
	editor->at = start;
	editor->removed = len;
	put_quoted(editor, editor->edit->hash);
	return 0;
}

/* A user without a password gets one as its first key. */
static int insert_password(struct editor *editor, struct err *err)
{
	const struct node *user = editor->user;
	size_t start = offset_of(editor->text, user->pos);

	if (user->kind == NODE_MAP && at(editor, start) == '{') {
		editor->at = start + 1;
		put_password(editor);
		buf_puts(&editor->added, user->children.n ? ", " : "");
		return 0;
	}
	if (user->kind == NODE_MAP && user->children.n) {
		const struct node *first = user->children.first;
		editor->at = offset_of(editor->text, first->key_pos);
		put_password(editor);
		buf_putc(&editor->added, '\n');
		put_indent(editor, first->key_pos.column - 1);
		return 0;
	}
	if (user->kind != NODE_NULL || node_source(user).len)
		return by_hand(user, "the user is written in an unusual way", err);
	start_line(editor, line_end(editor->text, offset_of(editor->text, user->key_pos)));
	put_indent(editor, user->key_pos.column + 1);
	put_password(editor);
	buf_putc(&editor->added, '\n');
	return 0;
}

static int user_update(struct editor *editor, struct err *err)
{
	const struct node *password = node_get(editor->user, "password");

	if (password)
		return replace_password(editor, password, err);
	return insert_password(editor, err);
}

/* "users:" with nothing, null or {} becomes a block. */
static int users_begin(struct editor *editor, struct err *err)
{
	const struct node *users = editor->users;
	size_t colon = colon_of(editor, users), i = colon + 1;

	while (at(editor, i) == ' ')
		i++;
	size_t start = i;
	if (users->kind == NODE_NULL && node_source(users).len &&
	    is_at(editor, i, node_source(users).ptr))
		i += node_source(users).len;
	if (users->kind == NODE_MAP && at(editor, i) == '{') {
		for (i++; at(editor, i) == ' ';)
			i++;
		if (at(editor, i++) != '}')
			return by_hand(users, "the users are written in an unusual way", err);
	}
	if (!colon)
		return by_hand(users, "the users are written in an unusual way", err);
	/* What stands behind on the line (a comment) stays there. */
	size_t end = line_end(editor->text, i);
	editor->at = i > start ? colon + 1 : end;
	editor->removed = end - editor->at;
	struct str rest = {editor->text.ptr + i, end - i};
	if (editor->removed && str_trim(rest).len)
		buf_putc(&editor->added, ' ');
	if (editor->removed)
		buf_append_str(&editor->added, str_trim(rest));
	if (editor->removed || (end && editor->text.ptr[end - 1] != '\n'))
		buf_putc(&editor->added, '\n');
	put_entry(editor, users->key_pos.column + 1);
	return 0;
}

static int user_add(struct editor *editor, struct err *err)
{
	const struct node *root = editor->root, *users = editor->users;

	if (root->kind == NODE_MAP && root->children.n &&
	    at(editor, offset_of(editor->text, root->pos)) == '{')
		return by_hand(root, "the file is written in braces", err);
	if (!users) {
		size_t indent = root->kind == NODE_MAP && root->children.n
					? root->children.first->key_pos.column - 1
					: 0;
		start_line(editor, editor->text.len);
		put_indent(editor, indent);
		buf_puts(&editor->added, "users:\n");
		put_entry(editor, indent + 2);
		return 0;
	}
	if (users->kind == NODE_NULL || users->children.n == 0)
		return users_begin(editor, err);
	if (at(editor, offset_of(editor->text, users->pos)) == '{')
		return by_hand(users, "the users are written in braces", err);
	const struct node *last = users->children.last;
	start_line(editor, entry_end(editor->text, offset_of(editor->text, last->key_pos),
				     last->key_pos.column));
	put_entry(editor, last->key_pos.column - 1);
	return 0;
}

static int user_remove(struct editor *editor, struct err *err)
{
	const struct node *users = editor->users, *user = editor->user;
	size_t key = offset_of(editor->text, user->key_pos);

	if (at(editor, offset_of(editor->text, users->pos)) == '{')
		return by_hand(users, "the users are written in braces", err);
	editor->at = line_start(editor->text, key);
	size_t end = entry_end(editor->text, key, user->key_pos.column);
	editor->removed = end - editor->at;
	if (users->children.n > 1)
		return 0;
	/* The last one: without {} the users would be null. */
	size_t colon = colon_of(editor, users);
	if (!colon || colon >= editor->at)
		return by_hand(users, "the users are written in an unusual way", err);
	buf_puts(&editor->added, " {}");
	buf_append(&editor->added, editor->text.ptr + colon + 1, editor->at - colon - 1);
	editor->at = colon + 1;
	editor->removed = end - editor->at;
	return 0;
}

/* ---- the proof ---- */

static void sort_all(struct node *node)
{
	if (node->kind != NODE_MAP && node->kind != NODE_LIST)
		return;
	if (node->kind == NODE_MAP)
		node_sort(node);
	node_foreach(child, node)
		sort_all(child);
}

static void remove_child(struct node *map, const char *key)
{
	struct node *old = map->children.first;

	map->children.first = map->children.last = NULL;
	map->children.n = 0;
	while (old) {
		struct node *next = old->next;
		if (!str_is(old->key, key))
			node_append(map, old);
		old = next;
	}
}

/* The tree as it must become. Aliased nodes are shared no more: yaml.h expands them. */
static struct node *expected(struct arena *arena, struct node *root, const struct auth_edit *edit)
{
	if (root->kind != NODE_MAP)
		root = node_new(arena, NODE_MAP);
	struct node *users = node_get(root, "users");
	if (!users || users->kind != NODE_MAP) {
		users = node_new(arena, NODE_MAP);
		node_set(arena, root, "users", users);
	}
	if (!edit->hash) {
		remove_child(users, edit->account);
		return root;
	}
	struct node *user = node_get(users, edit->account);
	if (!user || user->kind != NODE_MAP) {
		user = node_new(arena, NODE_MAP);
		node_set(arena, users, edit->account, user);
	}
	node_set_text(arena, user, "password", edit->hash);
	return root;
}

static bool is_as_expected(struct arena *arena, struct editor *editor, struct node *root,
			   const struct buf *text)
{
	autobuf struct buf want = {0}, have = {0};
	autoerr struct err err = {0};
	struct node *again;

	if (yaml_parse(arena, "edited", buf_str(text), &again, &err))
		return false;
	root = expected(arena, root, editor->edit);
	sort_all(root);
	sort_all(again);
	json_write(&want, root, JSON_COMPACT);
	json_write(&have, again, JSON_COMPACT);
	return !want.overflowed && !have.overflowed && str_eq(buf_str(&want), buf_str(&have));
}

/* ---- all together ---- */

static int find(struct editor *editor, struct err *err)
{
	const struct auth_edit *edit = editor->edit;

	if (editor->root->kind != NODE_MAP && editor->root->kind != NODE_NULL)
		return err_at(err, editor->root->pos, "the file must be a map, not %s",
			      node_kind_name(editor->root->kind));
	editor->users = node_get(editor->root, "users");
	if (editor->users && editor->users->kind != NODE_MAP && editor->users->kind != NODE_NULL)
		return err_at(err, editor->users->pos, "users must be a map, not %s",
			      node_kind_name(editor->users->kind));
	editor->user = node_get(editor->users, edit->account);
	if (edit->must_be_new && editor->user)
		return err_set(err, ERR_EXISTS, "the user '%s' is there already", edit->account);
	if (edit->must_exist && !editor->user)
		return err_set(err, ERR_MISSING, "there is no user '%s'", edit->account);
	return 0;
}

static int check(const struct auth_edit *edit, struct err *err)
{
	const char *fault = account_name_fault(str_of(edit->account));

	if (fault)
		return err_set(err, ERR_INPUT, "the name of the user %s", fault);
	if (edit->hash && !*edit->account)
		return err_set(err, ERR_INPUT, "anonymous (\"\") has no password");
	if (edit->hash && !password_hash_is_valid(edit->hash))
		return err_set(err, ERR_INPUT, "the new password is no bcrypt hash");
	return 0;
}

static int change(struct editor *editor, struct arena *arena, struct node *root, struct buf *out,
		  struct err *err)
{
	int result = editor->edit->hash ? (editor->user ? user_update : user_add)(editor, err)
					: user_remove(editor, err);
	if (result)
		return -1;
	buf_append(out, editor->text.ptr, editor->at);
	buf_append_str(out, buf_str(&editor->added));
	size_t behind = editor->at + editor->removed;
	buf_append(out, editor->text.ptr + behind, editor->text.len - behind);
	if (buf_check(out, "the file", err))
		return -1;
	if (!is_as_expected(arena, editor, root, out))
		return by_hand(editor->users ? editor->users : editor->root,
			       "the users are written in an unusual way", err);
	return 0;
}

int auth_text_edit(const char *file, struct str text, const struct auth_edit *edit,
		   struct buf *ret_text, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf out = {0};
	struct node *root;

	if (check(edit, err) || yaml_parse(&arena, file, text, &root, err))
		return -1;
	struct editor editor = {.text = text.ptr ? text : STR(""), .edit = edit, .root = root};
	if (find(&editor, err))
		return -1;
	if (!edit->hash && !editor.user)
		buf_append_str(&out, text);
	int result = !edit->hash && !editor.user ? 0 : change(&editor, &arena, root, &out, err);
	buf_done(&editor.added);
	if (result)
		return -1;
	buf_done(ret_text);
	*ret_text = steal(&out);
	return 0;
}
