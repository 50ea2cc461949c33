/* source_names.c - names below salt://.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/source_names.h"

#include "base/buf.h"

#include "base/banned.h"

/* Adds the words of a path to a path in buf; false: ".." leaves the top. */
static bool words_add(struct buf *buf, struct str path)
{
	while (path.ptr) {
		struct str word = str_cut(&path, '/');
		if (!word.len || str_is(word, "."))
			continue;
		if (str_is(word, "..")) {
			const char *text = buf_text(buf), *slash = strrchr(text, '/');
			if (!buf->len)
				return false;
			buf_truncate(buf, slash ? (size_t)(slash - text) : 0);
			continue;
		}
		if (buf->len)
			buf_putc(buf, '/');
		buf_append_str(buf, word);
	}
	return true;
}

char *source_name(const char *name, const char *from)
{
	autobuf struct buf buf = {0};
	struct str path = str_of(name);
	const char *query = strstr(name, "?saltenv="), *slash = from ? strrchr(from, '/') : NULL;
	bool is_relative = text_starts(name, "./") || text_starts(name, "../");

	if (query)
		path.len = (size_t)(query - name);
	if (is_relative && slash && !words_add(&buf, (struct str){from, (size_t)(slash - from)}))
		return NULL;
	if (!words_add(&buf, path))
		return NULL;
	if (is_relative && from && *from == '/') {
		autofree char *rest = buf_steal(&buf);
		buf_printf(&buf, "/%s", rest ? rest : "");
	}
	return xstrdup(buf_text(&buf));
}

char *source_sls_path(const char *sls)
{
	char *path = xstrdup(sls);

	for (char *at = path; *at; at++)
		if (*at == '.')
			*at = '/';
	return path;
}

static struct value replaced(struct heap *heap, const char *text, char with)
{
	char *copy = heap_strdup(heap, str_of(text));

	for (char *at = copy; *at; at++)
		if (*at == '/')
			*at = with;
	return value_view(str_of(copy));
}

void source_describe(struct heap *heap, const char *name, const char *sls, const char *file,
		     struct dict *variables)
{
	const char *slash = strrchr(name, '/');
	struct str dir = {name, slash ? (size_t)(slash - name) : 0};
	const char *dir_text = heap_strdup(heap, dir);

	dict_set(heap, variables, "tplfile", value_cstr(heap, name));
	dict_set(heap, variables, "tpldir", dir.len ? value_text(heap, dir) : value_literal("."));
	dict_set(heap, variables, "tpldot", replaced(heap, dir_text, '.'));
	if (!sls)
		return;
	dict_set(heap, variables, "tplpath", value_cstr(heap, file));
	dict_set(heap, variables, "sls", value_cstr(heap, sls));
	dict_set(heap, variables, "slspath", value_text(heap, dir));
	dict_set(heap, variables, "slsdotpath", replaced(heap, dir_text, '.'));
	dict_set(heap, variables, "slscolonpath", replaced(heap, dir_text, ':'));
	dict_set(heap, variables, "sls_path", replaced(heap, dir_text, '_'));
}
