/* sls_runs.h - the state files that apply and check are asked for, compiled.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Named ones are one run, with one name space of IDs. With none named, every top-level one is a run
 * of its own, in the order of their names; of a project the special steps are left out. */
#pragma once

#include "scene.h"

struct sls_run {
	const char **names;
	size_t n_names;
	struct low_list low;
};

struct sls_runs {
	struct sls_run *items;
	size_t n, cap;
};

int sls_runs_choose(struct scene *scene, int argc, char **argv, bool with_special,
		    struct sls_runs *ret_runs, struct err *err) must_check;
/* One run anew (it may have been compiled before). -1: an error was told. */
int sls_run_compile(struct scene *scene, struct sls_run *run, bool for_check,
		    struct diags *findings) must_check;
void sls_runs_done(struct sls_runs *runs);
