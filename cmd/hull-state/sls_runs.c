/* sls_runs.c - the state files that apply and check are asked for, compiled.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sls_runs.h"

#include "base/strlist.h"
#include "base/vec.h"
#include "states/states.h"

#include "base/banned.h"

static bool is_special(const char *name)
{
	static const char *const names[] = {"archive", "fixperms", "notify", "rollback"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(names[i], name))
			return true;
	return text_starts(name, "task_");
}

static void run_add(struct scene *scene, struct sls_runs *runs, size_t n_names)
{
	struct sls_run *run = vec_add(runs);

	run->names = heap_alloc(&scene->heap, (n_names + 1) * sizeof(*run->names));
}

int sls_runs_choose(struct scene *scene, int argc, char **argv, bool with_special,
		    struct sls_runs *ret_runs, struct err *err)
{
	autostrlist struct strlist all = {0};

	if (argc) { /* "a b" and "a,b" alike */
		autostrlist struct strlist words = {0};
		for (int i = 0; i < argc; i++)
			strlist_split(&words, str_of(argv[i]), ',');
		run_add(scene, ret_runs, words.n);
		struct sls_run *run = &ret_runs->items[ret_runs->n - 1];
		for (size_t i = 0; i < words.n; i++)
			run->names[run->n_names++] = scene_sls_name(scene, words.items[i]);
		return 0;
	}
	if (scene_top_level(scene, &all, err))
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (scene->has_project && !with_special && is_special(all.items[i]))
			continue;
		run_add(scene, ret_runs, 1);
		struct sls_run *run = &ret_runs->items[ret_runs->n - 1];
		run->names[run->n_names++] = scene_sls_name(scene, all.items[i]);
	}
	if (!ret_runs->n)
		return err_set(err, ERR_MISSING, "there is no state file to be applied");
	return 0;
}

int sls_run_compile(struct scene *scene, struct sls_run *run, bool for_check,
		    struct diags *findings)
{
	const struct compile_options options = {
		.states = states_all, .for_check = for_check, .arguments_too = true};

	low_list_done(&run->low);
	return sls_compile(&scene->world, &options, run->names, run->n_names, &run->low, findings);
}

void sls_runs_done(struct sls_runs *runs)
{
	vec_foreach(run, runs)
		low_list_done(&run->low);
	vec_done(runs);
}
