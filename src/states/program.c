/* program.c - finding and running programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/program.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/encode.h"

#include "base/banned.h"

#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool is_program(const struct world *world, const char *path)
{
	autoclose int fd = -1;
	autoerr struct err err = {0};
	struct stat st;

	return !beneath_open(world->rootfd, path, O_PATH, 0, &fd, &err) && !fstat(fd, &st) &&
	       S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

static const char *find_in(struct world *world, const char *path, const char *name)
{
	struct str rest = str_of(path);

	while (rest.len) {
		struct str dir = str_cut(&rest, ':');
		if (!dir.len || dir.ptr[0] != '/')
			continue;
		const char *full = heap_printf(world->heap, "%.*s/%s", STR_ARG(dir), name);
		if (is_program(world, full))
			return full;
	}
	return NULL;
}

const char *program_find(struct world *world, const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return is_program(world, name) ? name : NULL;
	const char *found = path ? find_in(world, path, name) : NULL;
	return found ? found : find_in(world, USUAL_PATH, name);
}

int program_run(struct world *world, const char *const *words,
		const struct command_options *options, struct command_outcome *ret_outcome,
		struct err *err)
{
	const struct command_options as_root = {.shell = "/bin/sh", .cwd = "/", .timeout_ms = -1};
	const char *program = program_find(world, words[0]);
	autobuf struct buf text = {0};

	if (!program)
		return err_set(err, ERR_MISSING, "the program '%s' is not installed", words[0]);
	buf_puts(&text, "exec ");
	shell_quote(&text, program);
	for (const char *const *word = words + 1; *word; word++) {
		buf_putc(&text, ' ');
		shell_quote(&text, *word);
	}
	if (buf_check(&text, "a command", err))
		return -1;
	return command_run(world, buf_text(&text), options ? options : &as_root, ret_outcome, err);
}

const char *program_complaint(struct heap *heap, const struct command_outcome *outcome)
{
	struct str text = str_trim(buf_str(&outcome->errors));

	if (!text.len)
		text = str_trim(buf_str(&outcome->out));
	return text.len ? heap_strdup(heap, text)
			: heap_printf(heap, "exit status %d", outcome->retcode);
}

int program_must(struct world *world, const char *const *words,
		 const struct command_options *options, struct err *err)
{
	cleanup(command_outcome_done) struct command_outcome said = {0};

	if (program_run(world, words, options, &said, err))
		return -1;
	if (!said.retcode)
		return 0;
	return err_set(err, ERR_SYSTEM, "%s: %s", words[0], program_complaint(world->heap, &said));
}
