/* steps.c - a stage: its base, then one instruction after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "build/build_private.h"
#include "build/limits.h"

#include "base/banned.h"

/* ---- instructions that only change what is said about the image ---- */

static void add_history(struct step *step)
{
	image_config_add_history(&step->stage->tip.config, step->build->created,
				 step->instruction->original, BUILD_COMMENT, true);
}

static int step_config(struct step *step, struct err *err)
{
	if (image_apply_instruction(&step->stage->tip.config.config, step->instruction, err))
		return -1;
	add_history(step);
	return 0;
}

static int step_cmd(struct step *step, struct err *err)
{
	step->stage->tip.sets_cmd = true;
	return step_config(step, err);
}

/* What was inherited as CMD was meant for another program. */
static int step_entrypoint(struct step *step, struct err *err)
{
	if (!step->stage->tip.sets_cmd)
		strlist_done(&step->stage->tip.config.config.cmd);
	return step_config(step, err);
}

static int step_change_directory(struct step *step, struct err *err)
{
	if (image_apply_instruction(&step->stage->tip.config.config, step->instruction, err))
		return -1;
	return step_workdir(step, err);
}

static int step_maintainer(struct step *step, struct err *err)
{
	struct image_config *config = &step->stage->tip.config;

	free(config->author);
	config->author = xstrdup(step->instruction->words.items[0]);
	add_history(step);
	return 0;
}

static int step_arg(struct step *step, struct err *err)
{
	(void)err;
	scope_declare(step->build, step->stage, &step->instruction->words);
	add_history(step);
	return 0;
}

static int (*const steps[N_INSTRUCTIONS])(struct step *step, struct err *err) = {
	[INSTRUCTION_ADD] = step_copy,
	[INSTRUCTION_ARG] = step_arg,
	[INSTRUCTION_CMD] = step_cmd,
	[INSTRUCTION_COPY] = step_copy,
	[INSTRUCTION_ENTRYPOINT] = step_entrypoint,
	[INSTRUCTION_ENV] = step_config,
	[INSTRUCTION_EXPOSE] = step_config,
	[INSTRUCTION_HEALTHCHECK] = step_config,
	[INSTRUCTION_LABEL] = step_config,
	[INSTRUCTION_MAINTAINER] = step_maintainer,
	[INSTRUCTION_ONBUILD] = step_config,
	[INSTRUCTION_RUN] = step_run,
	[INSTRUCTION_SHELL] = step_config,
	[INSTRUCTION_STOPSIGNAL] = step_config,
	[INSTRUCTION_USER] = step_config,
	[INSTRUCTION_VOLUME] = step_config,
	[INSTRUCTION_WORKDIR] = step_change_directory,
};

/* ---- one instruction, told as it goes ---- */

/* "[builder 3/7] RUN make" */
static char *step_name(const struct step *step)
{
	struct build *build = step->build;
	const char *stage = step->stage->name;

	return xasprintf("[%s%s%zu/%zu] %s", stage ? stage : "", stage ? " " : "", build->n_told,
			 build->n_instructions, step->instruction->original);
}

static int run_step(struct step *step, struct err *err)
{
	struct build *build = step->build;
	const struct progress *progress = build->options->progress;
	autostrlist struct strlist words = {0};
	struct instruction expanded = *step->instruction; /* borrows all but its words */
	int64_t began = clock_monotonic_ns();

	build->n_told++;
	autofree char *name = step_name(step);
	progress_tell(progress, &(struct progress_event){.kind = PROGRESS_BEGIN, .name = name});
	build->is_cached = true;
	build->n_files = build->n_bytes = 0;
	int failed = scope_expand(build, step->stage, step->file, step->instruction, &words, err);
	expanded.words = words;
	struct step as_expanded = {build, step->stage, step->file, &expanded};
	failed = failed || steps[expanded.kind](&as_expanded, err);
	progress_tell(progress, &(struct progress_event){
					.kind = PROGRESS_END,
					.name = name,
					.cached = !failed && build->is_cached,
					.failed = failed,
					.duration_ns = clock_monotonic_ns() - began,
					.files = build->n_files,
					.bytes = build->n_bytes,
				});
	return failed ? -1 : 0;
}

/* Errors of a step say where it stands, unless they do so already. */
static int run_instruction(struct step *step, struct err *err)
{
	struct src_pos at = step->instruction->pos;
	autofree char *place = xasprintf("%s:%u:", at.file, at.line);

	if (!run_step(step, err))
		return 0;
	return text_starts(err_text(err), place) ? -1 : err_put_at(err, at);
}

/* ---- triggers of the base ---- */

static int run_trigger(struct build *build, struct stage *stage, const char *text, struct err *err)
{
	autofree char *file = xasprintf("ONBUILD of '%s'", stage->base);
	cleanup(dockerfile_done) struct dockerfile parsed = {0};

	if (dockerfile_parse_one(file, text, &parsed, err) ||
	    plan_check_flags(&parsed.items[0], err))
		return -1;
	build->n_instructions++;
	struct step step = {build, stage, &parsed, &parsed.items[0]};
	return run_instruction(&step, err);
}

static int run_triggers(struct build *build, struct stage *stage, struct err *err)
{
	autostrlist struct strlist triggers = steal(&stage->tip.config.config.on_build);

	if (triggers.n > LIMIT_ONBUILD)
		return err_set(err, ERR_LIMIT, "'%s' has more than %u ONBUILD triggers",
			       stage->base, LIMIT_ONBUILD);
	for (size_t i = 0; i < triggers.n; i++)
		if (run_trigger(build, stage, triggers.items[i], err))
			return -1;
	return 0;
}

/* The stages that this one begins with or copies from. */
static int build_sources(struct build *build, struct stage *stage, struct err *err)
{
	if (stage->base_stage && stage_build(build, stage->base_stage, err))
		return -1;
	for (size_t i = stage->first; i < stage->end; i++) {
		const struct instruction *instruction = &build->file.items[i];
		const char *from = instruction_flag(instruction, "from");
		struct stage *source = NULL;
		if (from && plan_find_from(build, stage, instruction, from, &source, err))
			return -1;
		if (source && stage_build(build, source, err))
			return -1;
	}
	return 0;
}

int stage_build(struct build *build, struct stage *stage, struct err *err)
{
	if (stage->is_built)
		return 0;
	if (build_sources(build, stage, err))
		return -1;
	if (base_of_stage(build, stage, err) || run_triggers(build, stage, err))
		return -1;
	for (size_t i = stage->first; i < stage->end; i++) {
		struct step step = {build, stage, &build->file, &build->file.items[i]};
		if (run_instruction(&step, err))
			return -1;
	}
	stage->is_built = true;
	return 0;
}
