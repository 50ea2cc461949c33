/* ignore.c - reading and asking ignore files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "build/ignore.h"

#include "base/strlist.h"
#include "base/vec.h"
#include "build/limits.h"

#include "base/banned.h"

void ignore_done(struct ignore *ignore)
{
	vec_foreach(pattern, ignore)
		glob_done(&pattern->glob);
	vec_done(ignore);
	ignore->brings_back = false;
}

/* As Go's filepath.Clean, and without slashes in front; "" is the context itself. */
static char *clean_pattern(struct str text)
{
	autostrlist struct strlist parts = {0};

	while (text.ptr) {
		struct str part = str_cut(&text, '/');
		if (!part.len || str_is(part, "."))
			continue;
		if (str_is(part, "..") && parts.n && !text_eq(parts.items[parts.n - 1], ".."))
			strlist_remove_at(&parts, parts.n - 1);
		else
			strlist_add_str(&parts, part);
	}
	return strlist_join(&parts, "/");
}

static int add_pattern(struct ignore *ignore, struct str line, struct err *err)
{
	struct ignore_pattern pattern = {.brings_back = str_starts(line, STR("!"))};

	if (pattern.brings_back)
		line = str_trim((struct str){line.ptr + 1, line.len - 1});
	if (!line.len)
		return err_set(err, ERR_INPUT, "a '!' needs a pattern behind it");
	autofree char *clean = clean_pattern(line);
	if (!*clean)
		return 0; /* "." or "/": docker takes no notice of them */
	if (ignore->n == LIMIT_IGNORE_PATTERNS)
		return err_set(err, ERR_LIMIT, "more than %u patterns", LIMIT_IGNORE_PATTERNS);
	if (glob_parse(str_of(clean), true, &pattern.glob, err))
		return -1;
	ignore->brings_back = ignore->brings_back || pattern.brings_back;
	vec_push(ignore, pattern);
	return 0;
}

int ignore_parse(const char *file, struct str text, struct ignore *ret_ignore, struct err *err)
{
	cleanup(ignore_done) struct ignore ignore = {0};

	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = (struct str){text.ptr + 3, text.len - 3};
	if (text.len && memchr(text.ptr, '\0', text.len))
		return err_set(err, ERR_INPUT, "%s: holds a NUL byte, so it is not text", file);
	for (uint32_t number = 1; text.ptr; number++) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(line, STR("#")) || !str_trim(line).len)
			continue;
		if (add_pattern(&ignore, str_trim(line), err))
			return err_wrap(err, "%s:%u", file, number);
	}
	*ret_ignore = steal(&ignore);
	return 0;
}

/* The path itself or one of the directories that hold it. */
static bool matches_or_holds(const struct glob *glob, const char *path)
{
	if (glob_matches(glob, str_of(path)))
		return true;
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		if (glob_matches(glob, (struct str){path, (size_t)(slash - path)}))
			return true;
	return false;
}

bool ignore_has(const struct ignore *ignore, const char *path)
{
	bool is_ignored = false;

	vec_foreach(pattern, ignore)
		if (pattern->brings_back == is_ignored && matches_or_holds(&pattern->glob, path))
			is_ignored = !pattern->brings_back;
	return is_ignored;
}
