/* test_command.c - words to commands: found, told, refused with the nearest name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/command.h"
#include "testing/test.h"

#include "base/banned.h"

struct paint_opts {
	const char *colour;
};
static const struct opt paint_opts[] = {
	{'c', "colour", OPT_STRING, offsetof(struct paint_opts, colour), "NAME", "Of the paint"},
	{0},
};

struct context {
	const char *colour, *thing;
	int begun;
	bool refuse;
};

static int paint(void *arg, void *opts, int argc, char **argv, struct err *err)
{
	struct context *context = arg;
	context->colour = ((struct paint_opts *)opts)->colour;
	context->thing = argv[0];
	return 7;
}

static void begins(void *arg, int argc, char **argv)
{
	((struct context *)arg)->begun = argc;
}

static int ready(void *arg, const struct command *command, struct err *err)
{
	if (command->needs && ((struct context *)arg)->refuse)
		return err_set(err, ERR_DENIED, "no ladder");
	return 0;
}

static const struct command cmd_paint = {
	.name = "paint",
	.args = "THING",
	.summary = "Paint a thing",
	.opts = paint_opts,
	.opts_size = sizeof(struct paint_opts),
	.min_args = 1,
	.max_args = 1,
	.needs = 1,
	.run = paint,
};
static const struct command cmd_wall_paint = {
	.name = "wall paint",
	.args = "",
	.summary = "Paint the wall",
	.max_args = 0,
	.error_status = 125,
	.run = paint,
};
static const struct command *const commands[] = {&cmd_paint, NULL};
static const struct command_alias aliases[] = {
	{"wall", "paint", &cmd_wall_paint, "Look after walls"},
	{NULL, "colour", &cmd_paint},
	{0},
};
static const struct opt no_opts[] = {{0}};
static const struct program house = {
	.name = "house",
	.summary = "Keep a house",
	.groups_title = "Groups",
	.commands = commands,
	.aliases = aliases,
	.opts = no_opts,
	.begins = begins,
	.ready = ready,
};

static int dispatch(struct context *context, const char *const *words,
		    const struct command **ret_command, struct buf *help, struct err *err)
{
	char *argv[8] = {0};
	int argc = 0;
	for (; words[argc]; argc++)
		argv[argc] = (char *)words[argc];
	return command_dispatch(&house, context, argc, argv, ret_command, help, err);
}

TEST(a_command_gets_its_options_and_words)
{
	struct context context = {0};
	const struct command *command = NULL;
	autobuf struct buf help = {0};
	autoerr struct err err = {0};

	CHECK_INT(dispatch(&context, (const char *[]){"paint", "-c", "red", "door", NULL}, &command,
			   &help, &err),
		  7);
	CHECK(command == &cmd_paint);
	CHECK_STR(context.colour, "red");
	CHECK_STR(context.thing, "door");
	CHECK_INT(context.begun, 3);
	CHECK_INT(
		dispatch(&context, (const char *[]){"colour", "gate", NULL}, &command, &help, &err),
		7);
	CHECK_STR(context.thing, "gate");
}

TEST(wrong_words_are_told_with_what_was_meant)
{
	static const struct {
		const char *words[4], *error;
		int status;
	} cases[] = {
		{{"pain"}, "unknown command 'pain' (did you mean 'paint'?)", 2},
		{{"wal"}, "unknown command 'wal' (did you mean 'wall'?)", 2},
		{{"wall"}, "'house wall' needs the name of a command", 2},
		{{"wall", "pant"}, "unknown command 'wall pant' (did you mean 'paint'?)", 2},
		{{"paint"},
		 "'house paint' needs exactly 1 argument (usage: house paint [OPTIONS] THING)",
		 2},
		{{"paint", "a", "b"},
		 "'house paint' takes at most 1 argument (usage: house paint [OPTIONS] THING)",
		 2},
		{{"wall", "paint", "x"},
		 "'house wall paint' takes no arguments (usage: house wall paint)",
		 125},
		{{"paint", "x"}, "no ladder", 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct context context = {.refuse = true};
		const struct command *command = NULL;
		autobuf struct buf help = {0};
		autoerr struct err err = {0};
		CHECK_INT(dispatch(&context, cases[i].words, &command, &help, &err), -1);
		CHECK_STR(err_text(&err), cases[i].error);
		CHECK_INT(command_error_status(command, &err), cases[i].status);
	}
}

TEST(help_is_told_wherever_it_is_asked_for)
{
	static const struct {
		const char *words[4], *begins;
	} cases[] = {
		{{NULL}, "Usage: house [OPTIONS] COMMAND\n\nKeep a house\n\nCommands:\n  paint "},
		{{"help"}, "Usage: house [OPTIONS] COMMAND\n"},
		{{"help", "paint"}, "Usage: house paint [OPTIONS] THING\n\nPaint a thing\n"},
		{{"paint", "--help"}, "Usage: house paint [OPTIONS] THING\n\nPaint a thing\n"},
		{{"wall", "--help"}, "Usage: house wall COMMAND\n\nLook after walls\n"},
		{{"help", "wall", "paint"}, "Usage: house wall paint\n\nPaint the wall\n"},
		{{"wall", "paint", "help"}, "Usage: house wall paint\n\nPaint the wall\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct context context = {0};
		const struct command *command = NULL;
		autobuf struct buf help = {0};
		autoerr struct err err = {0};
		CHECK_INT(dispatch(&context, cases[i].words, &command, &help, &err), 0);
		CHECK(text_starts(buf_text(&help), cases[i].begins));
		CHECK(!context.thing);
	}
}
