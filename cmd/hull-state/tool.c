/* tool.c - what hull-state's commands share: reading, printing, telling.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"

#include "base/banned.h"

int tool_print(struct str text, struct err *err)
{
	return io_write_all(STDOUT_FILENO, text.ptr, text.len, err);
}

static char *masked(struct world *world, const char *text)
{
	struct buf buf = {0};

	if (!text)
		return NULL;
	if (world)
		secrets_mask(&world->secrets, str_of(text), &buf);
	else
		buf_puts(&buf, text);
	return buf_steal(&buf);
}

/* Places stay as they are: a password that is a project's name must not hide which file it is. */
void tool_write_finding(struct world *world, const struct diag *finding, bool as_json,
			struct buf *buf)
{
	autodiag struct diag shown = {.severity = finding->severity,
				      .kind = finding->kind,
				      .at = finding->at,
				      .span = finding->span,
				      .message = masked(world, finding->message),
				      .snippet = masked(world, finding->snippet)};

	vec_foreach(note, &finding->notes)
		vec_push(&shown.notes, {masked(world, note->text), note->at});
	if (as_json)
		diag_write_json(&shown, buf);
	else
		diag_write(&shown, buf);
}

void tool_tell_one(const struct tool *tool, struct world *world, const struct diag *finding)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	tool_write_finding(world, finding, tool->log_is_json, &text);
	if (io_write_all(STDERR_FILENO, text.ptr, text.len, &err))
		err_clear(&err); /* nobody is left who could be told */
}

void tool_tell(const struct tool *tool, struct world *world, const struct diags *findings)
{
	vec_foreach(finding, findings)
		tool_tell_one(tool, world, finding);
}

int tool_read(const char *path, struct buf *ret_text, struct err *err)
{
	if (!text_eq(path, "-"))
		return file_read_at(AT_FDCWD, path, 0, ret_text, err);
	buf_truncate(ret_text, 0);
	return io_read_all(STDIN_FILENO, ret_text, err);
}
