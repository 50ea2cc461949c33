/* test_sls_scene.c - state files in a scratch directory, compiled and run with small states.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/test_sls_scene.h"

#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"
#include "testing/test.h"

#include "base/banned.h"

struct given {
	struct str text, must;
	bool flag;
	int64_t count;
	struct file_mode mode;
	struct list *items;
	struct dict *env;
};

static const struct state_arg arg_rows[] = {
	{"text", ARG_STR, offsetof(struct given, text), .fallback = "none"},
	{"must", ARG_STR, offsetof(struct given, must), .is_required = true},
	{"wanted", ARG_STR, offsetof(struct given, must), .alias_of = "must"},
	{"flag", ARG_BOOL, offsetof(struct given, flag)},
	{"count", ARG_INT, offsetof(struct given, count), .fallback = "7"},
	{"mode", ARG_MODE, offsetof(struct given, mode)},
	{"items", ARG_LIST, offsetof(struct given, items)},
	{"env", ARG_DICT, offsetof(struct given, env)},
	{"selinux", ARG_REFUSED, 0, .fallback = "there is no such kernel"},
	{0},
};

static void ok(struct state_call *call, struct outcome *outcome)
{
	outcome_say(outcome, "ok");
}

static void fail(struct state_call *call, struct outcome *outcome)
{
	outcome_fail(outcome, "no");
}

static void change(struct state_call *call, struct outcome *outcome)
{
	outcome_change_text(call->heap, outcome, "was", "changed");
	if (call->is_test)
		outcome_pending(outcome, "would");
	else
		outcome_say(outcome, "did");
}

static void react(struct state_call *call, struct outcome *outcome)
{
	outcome_say(outcome, "reacted to %zu", call->n_changed);
	outcome_change_text(call->heap, outcome, "was", "woken");
}

static void show(struct state_call *call, struct outcome *outcome)
{
	const struct given *args = call->args;

	outcome_say(outcome, "%.*s %.*s %d %lld %o %d", STR_ARG(args->text), STR_ARG(args->must),
		    args->flag, (long long)args->count, args->mode.mode, args->env != NULL);
}

static const struct state_def t_ok = {
	.name = "t.ok", .takes_extra = true, .apply = ok, .mod_watch = react};
static const struct state_def t_fail = {.name = "t.fail", .apply = fail, .mod_watch = react};
static const struct state_def t_change = {.name = "t.change", .apply = change, .mod_watch = react};
static const struct state_def t_react = {.name = "t.react", .apply = ok, .mod_watch = react};
static const struct state_def u_ok = {.name = "u.ok", .apply = ok};
static const struct state_def t_args = {
	.name = "t.args", .args = arg_rows, .args_size = sizeof(struct given), .apply = show};

static const struct state_def *const rows[] = {&t_ok, &t_fail, &t_change, &t_react,
					       &u_ok, &t_args, NULL};
static const struct state_table table = {rows};
const struct state_table *const sls_scene_states[] = {&table, NULL};

void sls_scene_begin(struct sls_scene *scene)
{
	const char *path;

	*scene = (struct sls_scene){0};
	scene->dirfd = test_dir(&path);
	scene->world.heap = &scene->heap;
	scene->world.rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	vec_push(&scene->world.roots,
		 {.prefix = "", .dirfd = fcntl(scene->dirfd, F_DUPFD_CLOEXEC, 3), .path = "top"});
	world_begin(&scene->world);
}

void sls_scene_file(struct sls_scene *scene, const char *name, const char *text)
{
	autoerr struct err err = {0};
	autofree char *dir = xstrdup(name);
	char *slash = strrchr(dir, '/');

	if (slash) {
		*slash = '\0';
		CHECK_OK(dir_make_all(scene->dirfd, dir, 0755, &err), &err);
	}
	CHECK_OK(file_write_at(scene->dirfd, name, text, strlen(text), 0644, FILE_NO_SYNC, &err),
		 &err);
}

int sls_scene_compile(struct sls_scene *scene, const char *sls, bool for_check)
{
	const struct compile_options options = {
		.states = sls_scene_states, .for_check = for_check, .arguments_too = true};

	return sls_compile(&scene->world, &options, &sls, 1, &scene->low, &scene->findings);
}

void sls_scene_run(struct sls_scene *scene, const char *text)
{
	sls_scene_file(scene, "a.sls", text);
	if (sls_scene_compile(scene, "a", false))
		test_fail(__FILE__, __LINE__, "%s", sls_scene_findings(scene));
	low_run(&scene->world, &scene->low, NULL, NULL, &scene->results);
}

const char *sls_scene_findings(struct sls_scene *scene)
{
	buf_truncate(&scene->text, 0);
	vec_foreach(finding, &scene->findings)
		buf_printf(&scene->text, "%s%s:%u:%u: %s", scene->text.len ? "\n" : "",
			   finding->at.file ? finding->at.file : "", finding->at.line,
			   finding->at.column, finding->message);
	return buf_text(&scene->text);
}

const char *sls_scene_order(struct sls_scene *scene)
{
	buf_truncate(&scene->text, 0);
	for (size_t i = 0; i < scene->low.n; i++)
		buf_printf(&scene->text, "%s%s", i ? " " : "", scene->low.items[i]->name);
	return buf_text(&scene->text);
}

static bool is_plain(struct str comment)
{
	return str_is(comment, "ok") || str_is(comment, "no") || str_is(comment, "did") ||
	       str_is(comment, "would");
}

const char *sls_scene_results(struct sls_scene *scene)
{
	static const char words[] = {
		[RESULT_TRUE] = 'T', [RESULT_FALSE] = 'F', [RESULT_NONE] = 'N'};

	buf_truncate(&scene->text, 0);
	for (size_t i = 0; i < scene->results.n; i++) {
		const struct result *result = scene->results.items[i];
		buf_printf(&scene->text, "%s%s=%c", i ? " " : "", result->id,
			   words[result->result]);
		if (!is_plain(result->comment))
			buf_printf(&scene->text, "(%.*s)", STR_ARG(result->comment));
	}
	return buf_text(&scene->text);
}

void sls_scene_end(struct sls_scene *scene)
{
	low_list_done(&scene->low);
	results_done(&scene->results);
	diags_clear(&scene->findings);
	world_done(&scene->world);
	secrets_done(&scene->world.secrets);
	close(scene->world.rootfd);
	close(scene->dirfd);
	heap_done(&scene->heap);
	buf_done(&scene->text);
}
