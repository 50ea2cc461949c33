/* plan.c - stages: which there are, which are needed, what in them is not supported.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <strings.h>

#include "base/vec.h"
#include "build/build_private.h"

#include "base/banned.h"

/* ---- stages ---- */

static void add_stage(struct build *build, size_t i)
{
	struct stage *stage = vec_add(&build->stages);

	stage->from = &build->file.items[i];
	stage->first = stage->end = i + 1;
	if (stage->from->words.n > 1)
		stage->name = stage->from->words.items[1];
}

static void cut_stages(struct build *build)
{
	vec_reserve(&build->stages, build->file.n); /* they point to each other: none may move */
	for (size_t i = 0; i < build->file.n; i++) {
		if (build->file.items[i].kind == INSTRUCTION_FROM)
			add_stage(build, i);
		else if (build->stages.n)
			build->stages.items[build->stages.n - 1].end = i + 1;
	}
}

/* The last one of that name before `end`. */
static struct stage *find_named(struct build *build, const char *name, const struct stage *end)
{
	struct stage *found = NULL;

	for (struct stage *stage = build->stages.items; stage < end; stage++)
		if (stage->name && !strcasecmp(stage->name, name))
			found = stage;
	return found;
}

static int resolve_base(struct build *build, struct stage *stage, struct err *err)
{
	autostrlist struct strlist words = {0};

	if (scope_expand(build, NULL, &build->file, stage->from, &words, err))
		return -1;
	if (!words.items[0][0])
		return err_at(err, stage->from->pos,
			      "'%s' expands to nothing: no image to build from",
			      stage->from->words.items[0]);
	stage->base = xstrdup(words.items[0]);
	stage->base_stage = find_named(build, stage->base, stage);
	return 0;
}

int plan_find_from(struct build *build, const struct stage *stage, const struct instruction *at,
		   const char *from, struct stage **ret_stage, struct err *err)
{
	uint64_t number;
	size_t n_before = (size_t)(stage - build->stages.items);

	*ret_stage = find_named(build, from, stage);
	if (*ret_stage || !str_to_u64(str_of(from), &number))
		return 0;
	if (number >= n_before)
		return err_at(err, at->pos, "--from=%s: there are %zu stages before this one", from,
			      n_before);
	*ret_stage = &build->stages.items[number];
	return 0;
}

static int find_target(struct build *build, struct err *err)
{
	const char *name = build->options->target;
	struct stage *end = build->stages.items + build->stages.n;
	uint64_t number;

	assert(build->stages.items); /* the parser wants a FROM */
	build->target = name ? find_named(build, name, end) : end - 1;
	if (!build->target && str_to_u64(str_of(name), &number) && number < build->stages.n)
		build->target = &build->stages.items[number];
	if (build->target)
		return 0;
	autostrlist struct strlist names = {0};
	for (size_t i = 0; i < build->stages.n; i++)
		if (build->stages.items[i].name)
			strlist_add(&names, build->stages.items[i].name);
	const char *nearest = str_nearest(name, (const char *const *)strlist_argv(&names));
	return err_set(err, ERR_INPUT, "there is no stage '%s' in '%s'%s%s%s", name,
		       build->options->dockerfile, nearest ? ", did you mean '" : "",
		       nearest ? nearest : "", nearest ? "'?" : "");
}

/* ---- what is needed ---- */

static int mark(struct build *build, struct stage *stage, struct err *err)
{
	if (stage->is_needed)
		return 0;
	stage->is_needed = true;
	if (resolve_base(build, stage, err))
		return -1;
	if (stage->base_stage && mark(build, stage->base_stage, err))
		return -1;
	for (size_t i = stage->first; i < stage->end; i++) {
		const struct instruction *instruction = &build->file.items[i];
		const char *from = instruction_flag(instruction, "from");
		struct stage *other = NULL;
		if (plan_check_flags(instruction, err))
			return -1;
		if (from && plan_find_from(build, stage, instruction, from, &other, err))
			return -1;
		if (other && mark(build, other, err))
			return -1;
		build->n_instructions++;
	}
	return 0;
}

/* ---- what is not supported, by name ---- */

static const struct {
	enum instruction_kind kind;
	const char *flag;
} unsupported[] = {
	{INSTRUCTION_ADD, "checksum"}, {INSTRUCTION_ADD, "keep-git-dir"},
	{INSTRUCTION_ADD, "link"},     {INSTRUCTION_ADD, "exclude"},
	{INSTRUCTION_COPY, "link"},    {INSTRUCTION_COPY, "parents"},
	{INSTRUCTION_COPY, "exclude"}, {INSTRUCTION_RUN, "mount"},
	{INSTRUCTION_RUN, "device"},
};

static int check_run(const struct instruction *instruction, struct err *err)
{
	const char *security = instruction_flag(instruction, "security");
	const char *network = instruction_flag(instruction, "network");

	if (security && !text_eq(security, "sandbox"))
		return err_at(err, instruction->pos, "RUN --security=%s is not supported",
			      security);
	if (network && !text_eq(network, "default") && !text_eq(network, "none") &&
	    !text_eq(network, "host"))
		return err_at(err, instruction->pos,
			      "RUN --network is default, none or host, not '%s'", network);
	return 0;
}

int plan_check_flags(const struct instruction *instruction, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(unsupported); i++)
		if (unsupported[i].kind == instruction->kind &&
		    instruction_flag_is_on(instruction, unsupported[i].flag, false))
			return err_at(err, instruction->pos, "%s --%s is not supported yet",
				      instruction_name(instruction->kind), unsupported[i].flag);
	return instruction->kind == INSTRUCTION_RUN ? check_run(instruction, err) : 0;
}

/* Other front ends are programs that we do not have. */
static int check_syntax(const struct build *build, struct err *err)
{
	const char *syntax = build->file.syntax;

	if (!syntax || text_starts(syntax, "docker/dockerfile") ||
	    text_starts(syntax, "docker.io/docker/dockerfile"))
		return 0;
	return err_set(err, ERR_INPUT, "%s: the syntax '%s' is not supported, docker/dockerfile is",
		       build->options->dockerfile, syntax);
}

int plan_make(struct build *build, struct err *err)
{
	cut_stages(build);
	if (check_syntax(build, err) || find_target(build, err))
		return -1;
	return mark(build, build->target, err);
}
