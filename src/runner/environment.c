/* environment.c - variables and the files that stand in for them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/environment.h"

#include <fcntl.h>

#include "base/io.h"
#include "base/strlist.h"
#include "runner/limits.h"

#include "base/banned.h"

const char *environment_get(const char *const *env, struct str name)
{
	for (; env && *env; env++)
		if (!strncmp(*env, name.ptr, name.len) && (*env)[name.len] == '=')
			return *env + name.len + 1;
	return NULL;
}

char *environment_nearest(const char *const *env, struct str name)
{
	autostrlist struct strlist names = {0};
	autofree char *word = str_dup(name);

	for (; env && *env; env++)
		strlist_add_str(&names, (struct str){*env, strcspn(*env, "=")});
	return xstrdup(str_nearest(word, (const char *const *)strlist_argv(&names)));
}

int environment_read_secret(const char *variable, const char *path, char **ret_value,
			    struct err *err)
{
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	autobuf struct buf text = {.max = LIMIT_SECRET};
	struct stat st;

	if (fd < 0) {
		file_err(err, "opening", path);
		return err_wrap(err, "%s", variable);
	}
	if (fstat(fd, &st) || S_ISDIR(st.st_mode))
		return err_set(err, ERR_SYSTEM, "%s: '%s' is no file", variable, path);
	if (io_read_all(fd, &text, err))
		return err_wrap(err, "%s: reading '%s'", variable, path);
	if (text.len && text.ptr[text.len - 1] == '\n')
		buf_truncate(&text, text.len - 1);
	if (strlen(buf_text(&text)) != text.len)
		return err_set(err, ERR_INPUT, "%s: '%s' holds a NUL byte", variable, path);
	*ret_value = text.ptr ? buf_steal(&text) : xstrdup("");
	return 0;
}
