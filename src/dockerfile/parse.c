/* parse.c - a file to its instructions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile_private.h"

#include <stdlib.h>

#include "base/vec.h"

#include "base/banned.h"

void dockerfile_done(struct dockerfile *dockerfile)
{
	vec_foreach(instruction, dockerfile)
		instruction_done(instruction);
	vec_done(dockerfile);
	free(dockerfile->syntax);
	*dockerfile = (struct dockerfile){0};
}

static int add_instruction(struct dockerfile *dockerfile, struct lines *lines,
			   const struct line *line, struct err *err)
{
	struct instruction instruction;

	if (dockerfile->n == LIMIT_DOCKERFILE_INSTRUCTIONS)
		return err_set(err, ERR_LIMIT, "%s: more than %u instructions", lines->file,
			       LIMIT_DOCKERFILE_INSTRUCTIONS);
	if (instruction_parse(lines, line, buf_str(&line->text), &instruction, err))
		return -1;
	vec_push(dockerfile, instruction);
	return 0;
}

static int parse_lines(struct lines *lines, struct dockerfile *dockerfile, struct err *err)
{
	cleanup(line_done) struct line line = {0};
	bool is_found = true;

	while (is_found) {
		if (lines_next(lines, &line, &is_found, err))
			return -1;
		if (is_found && add_instruction(dockerfile, lines, &line, err))
			return -1;
	}
	return 0;
}

static int parse_text(const char *file, struct str text, struct dockerfile *dockerfile,
		      struct err *err)
{
	struct lines lines;
	int result = lines_begin(&lines, file, text, err);

	dockerfile->syntax = lines.syntax;
	dockerfile->escape = lines.escape;
	return result ? result : parse_lines(&lines, dockerfile, err);
}

/* ARG and FROM may stand before any stage, nothing else. */
static int check_begin(const char *file, const struct dockerfile *dockerfile, struct err *err)
{
	for (size_t i = 0; i < dockerfile->n; i++) {
		const struct instruction *instruction = &dockerfile->items[i];
		if (instruction->kind == INSTRUCTION_FROM)
			return 0;
		if (instruction->kind != INSTRUCTION_ARG)
			return err_at(err, instruction->pos, "%s stands before the first FROM",
				      instruction_name(instruction->kind));
	}
	return err_at(err, (struct src_pos){.file = file},
		      dockerfile->n ? "there is no FROM" : "there is no instruction");
}

int dockerfile_parse(const char *file, struct str text, struct dockerfile *ret_dockerfile,
		     struct err *err)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};

	if (parse_text(file, text, &dockerfile, err) || check_begin(file, &dockerfile, err))
		return -1;
	*ret_dockerfile = steal(&dockerfile);
	return 0;
}

int dockerfile_parse_one(const char *file, const char *text, struct dockerfile *ret_dockerfile,
			 struct err *err)
{
	cleanup(dockerfile_done) struct dockerfile dockerfile = {0};

	if (parse_text(file, str_of(text), &dockerfile, err))
		return -1;
	if (dockerfile.n != 1)
		return err_set(err, ERR_INPUT, "%s: '%s' is not one instruction", file, text);
	*ret_dockerfile = steal(&dockerfile);
	return 0;
}

int dockerfile_parse_change(const char *text, struct dockerfile *ret_dockerfile, struct err *err)
{
	return dockerfile_parse_one("--change", text, ret_dockerfile, err);
}
