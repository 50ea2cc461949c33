/* users_file.c - finding the users without needing the rest of the configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/users_file.h"

#include <fcntl.h>

#include "base/io.h"
#include "doc/yaml.h"

#include "base/banned.h"

int users_file_find(const char *config, char **ret_path, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *root = NULL;

	if (yaml_read_file(&arena, AT_FDCWD, config, &root, err))
		return -1;
	const struct node *version = node_get(root, "version");
	if (version)
		return err_at(err, version->key_pos,
			      "the reference registry keeps its users in an htpasswd file: see "
			      "htpasswd(1), option -B");
	const char *file = node_get_text(root, "auth_file");
	if (!file) {
		*ret_path = xstrdup(config);
		return 0;
	}
	const char *slash = strrchr(config, '/');
	autofree char *dir = slash ? xstrndup(config, (size_t)(slash - config) + 1) : xstrdup("");
	*ret_path = file[0] == '/' ? xstrdup(file) : xasprintf("%s%s", dir, file);
	return 0;
}

int users_file_list(const char *path, struct strlist *ret_names, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *root = NULL;

	if (yaml_read_file(&arena, AT_FDCWD, path, &root, err))
		return -1;
	const struct node *users = node_get(root, "users");
	if (users && users->kind != NODE_MAP && users->kind != NODE_NULL)
		return err_at(err, users->pos, "'users' must be a map, not %s",
			      node_kind_name(users->kind));
	if (users && users->kind == NODE_MAP)
		node_foreach(user, users)
			strlist_add_str(ret_names, user->key);
	strlist_sort(ret_names);
	return 0;
}

int users_file_expect(const char *path, const char *account, bool exists, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (users_file_list(path, &names, err))
		return -1;
	if (strlist_has(&names, account) == exists)
		return 0;
	if (exists)
		return err_set(err, ERR_MISSING, "%s: no user '%s'", path, account);
	return err_set(err, ERR_EXISTS, "%s: the user '%s' exists already", path, account);
}
