/* persona_launch.c - called as PROJECT/bin/launch.sh: a link to hull-init starts the project.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/strlist.h"
#include "prepare.h"

#include "base/banned.h"

int persona_launch(struct init_context *context, int argc, char **argv)
{
	static const struct command *const commands[] = {&cmd_launch, NULL};
	static const struct command_alias aliases[] = {{0}};
	static const struct program program = {
		.name = "hull-init", .commands = commands, .aliases = aliases};
	autostrlist struct strlist words = {0};
	autobuf struct buf help = {0};
	autoerr struct err err = {0};
	const struct command *command;
	strlist_add(&words, "launch");
	strlist_add(&words, "--launcher");
	strlist_add(&words, argv[0]);
	for (int i = 1; i < argc; i++)
		strlist_add(&words, argv[i]);
	int status = command_dispatch(&program, context, (int)words.n, words.items, &command, &help,
				      &err);
	if (status >= 0) {
		fputs(buf_text(&help), stdout);
		return status;
	}
	tell(&err);
	return err.kind == ERR_INPUT ? EXIT_WRONG : EXIT_SYSTEM;
}
