/* cli_error.c - what a runtime says went wrong, made into one error with the kind that callers act
 * on. SPDX-License-Identifier: Apache-2.0 Source: the messages of runc 1.1 and crun 1.8; later
 * versions keep the words that are looked for. */
#include <errno.h>

#include "doc/json.h"
#include "runtime/cli.h"

#include "base/banned.h"

/* All words must be in the message, case ignored; the first row that fits decides. */
static const struct verdict {
	const char *words[2];
	enum err_kind kind;
	int sys_errno;
} verdicts[] = {
	{{"exec: \"", "executable file not found"}, ERR_MISSING, ENOENT}, /* runc, by PATH */
	{{"exec: \"", "no such file or directory"}, ERR_MISSING, ENOENT}, /* runc, by path */
	{{"exec: \"", "not a directory"}, ERR_MISSING, ENOENT},
	{{"executable file `", "not found"}, ERR_MISSING, ENOENT}, /* crun */
	{{"exec: \"", "permission denied"}, ERR_DENIED, EACCES},
	{{"exec: \"", "is a directory"}, ERR_DENIED, EACCES},
	{{"exec: \"", "operation not permitted"}, ERR_DENIED, EACCES},
	{{"open executable", "permission denied"}, ERR_DENIED, EACCES}, /* crun: not executable */
	{{"open executable", "operation not permitted"},
	 ERR_DENIED,
	 EACCES}, /* crun: a directory */
	{{"open executable", "is a directory"}, ERR_DENIED, EACCES},
	{{"container", "does not exist"}, ERR_MISSING, 0},
	{{"container", "not running"}, ERR_MISSING, 0},
	{{"error opening file", "no such file or directory"},
	 ERR_MISSING,
	 0}, /* crun: no such container */
	{{"process not running", ""}, ERR_MISSING, 0},
	{{"process already finished", ""}, ERR_MISSING, 0},
	{{"no such process", ""}, ERR_MISSING, 0},
};

/* The last line of level "error" is what ended it; earlier ones led there. */
static const char *message_find(struct arena *arena, struct str log)
{
	const char *found = NULL;
	for (struct str rest = log; rest.ptr;) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		struct node *root = NULL;
		autoerr struct err ignored = {0};
		if (!line.len || json_parse(arena, "log", line, &root, &ignored))
			continue;
		const char *level = node_get_text(root, "level"),
			   *text = node_get_text(root, "msg");
		if (text && (text_eq(level, "error") || text_eq(level, "fatal")))
			found = text;
	}
	return found;
}

static const struct verdict *verdict_find(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
		if (strcasestr(text, verdicts[i].words[0]) &&
		    strcasestr(text, verdicts[i].words[1]))
			return &verdicts[i];
	return NULL;
}

int cli_error(struct str log, struct str talk, const char *doing, struct err *err)
{
	autoarena struct arena arena = {0};
	const char *text = message_find(&arena, log);
	talk = str_trim(talk);
	if (!text && talk.len)
		text = arena_str(&arena, talk);
	const struct verdict *verdict = verdict_find(text ? text : "");
	err_set(err, verdict ? verdict->kind : ERR_SYSTEM, "%s: %s", doing,
		text ? text : "the runtime failed and says nothing");
	if (verdict)
		err->sys_errno = verdict->sys_errno;
	return -1;
}
