/* fuzz_auth_file_edit.c - a user is changed in any text: the others stay, or it is refused.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first line is the account, empty: the last user is removed. */
#include <assert.h>

#include "account/auth_edit_private.h"
#include "doc/json.h"
#include "doc/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define HASH "$2b$10$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jD"

/* All of a file but one user, as one text. */
static void rest_write(const struct node *root, const char *account, struct buf *out)
{
	node_foreach(section, root) {
		bool is_users = str_is(section->key, "users");
		if (!is_users) {
			json_write_text(out, section->key);
			json_write(out, section, JSON_COMPACT);
		}
		for (struct node *user =
			     is_users && section->kind == NODE_MAP ? section->children.first : NULL;
		     user; user = user->next) {
			if (str_is(user->key, account))
				continue;
			json_write_text(out, user->key);
			json_write(out, user, JSON_COMPACT);
		}
	}
}

static struct auth_edit edit_of(const struct node *root, const char *account)
{
	const struct node *users = node_get(root, "users");

	if (!*account && users && users->kind == NODE_MAP && users->children.n)
		return (struct auth_edit){.account = users->children.last->key.ptr};
	return (struct auth_edit){.account = account, .hash = HASH};
}

static void compare(const struct node *root, const struct node *again, const struct auth_edit *edit)
{
	autobuf struct buf before = {0}, after = {0};
	const struct node *user = node_get(node_get(again, "users"), edit->account);

	rest_write(root, edit->account, &before);
	rest_write(again, edit->account, &after);
	assert(str_eq(buf_str(&before), buf_str(&after)));
	assert(edit->hash ? text_eq(node_get_text(user, "password"), HASH) : !user);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf edited = {0};
	struct str text = {(const char *)bytes, len};
	struct str name = str_cut(&text, '\n');
	struct node *root, *again;

	if (!text.ptr || yaml_parse(&arena, "fuzz", text, &root, &err))
		return 0;
	autofree char *account = str_dup(name);
	struct auth_edit edit = edit_of(root, account);
	if (auth_text_edit("fuzz", text, &edit, &edited, &err)) {
		assert(err_is_set(&err) && !edited.len);
		return 0;
	}
	int failed = yaml_parse(&arena, "again", buf_str(&edited), &again, &err);
	assert(!failed);
	compare(root, again, &edit);
	return 0;
}
