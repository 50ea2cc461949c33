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

void tool_tell_one(const struct tool *tool, struct world *world, const struct diag *finding)
{
	autobuf struct buf text = {0}, masked = {0};
	autoerr struct err err = {0};

	if (tool->log_is_json)
		diag_write_json(finding, &text);
	else
		diag_write(finding, &text);
	if (world)
		secrets_mask(&world->secrets, buf_str(&text), &masked);
	struct str shown = buf_str(world ? &masked : &text);
	if (io_write_all(STDERR_FILENO, shown.ptr, shown.len, &err))
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
