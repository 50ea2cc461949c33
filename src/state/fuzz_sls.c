/* fuzz_sls.c - any bytes as a state file: a list of states or findings, nothing else.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "base/vec.h"
#include "state/compile.h"
#include "state/run.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void nothing(struct state_call *call, struct outcome *outcome)
{
	outcome_say(outcome, "nothing");
}

struct given {
	struct str text;
	struct list *items;
};

static const struct state_arg arg_rows[] = {
	{"text", ARG_STR, offsetof(struct given, text)},
	{"items", ARG_LIST, offsetof(struct given, items)},
	{0},
};

static const struct state_def t_ok = {.name = "t.ok",
				      .args = arg_rows,
				      .args_size = sizeof(struct given),
				      .apply = nothing,
				      .mod_watch = nothing};
static const struct state_def *const rows[] = {&t_ok, NULL};
static const struct state_table table = {rows};
static const struct state_table *const tables[] = {&table, NULL};

/* Conditions run commands: such texts are compiled only. */
static bool may_run(const struct low_list *low)
{
	for (size_t i = 0; i < low->n; i++) {
		const struct conditions *when = &low->items[i]->when;
		if (when->onlyif || when->unless || when->check_cmd || when->retry)
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = xstrndup((const char *)data, size);
	const struct builtin_text texts[] = {{"a.sls", text}, {"b.sls", "b: t.ok\n"}, {NULL, NULL}};
	const char *sls = "a";
	struct heap heap = {.max = (size_t)64 << 20, .max_steps = 200000};
	struct world world = {.heap = &heap, .is_check = true};
	struct low_list low = {0};
	struct diags findings = {0};
	struct results results = {0};
	const struct compile_options options = {
		.states = tables, .for_check = true, .arguments_too = true};

	world.rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	vec_push(&world.roots, {.prefix = "", .dirfd = -1, .path = "texts", .texts = texts});
	world_begin(&world);
	if (sls_compile(&world, &options, &sls, 1, &low, &findings) == 0 && may_run(&low))
		low_run(&world, &low, NULL, NULL, &results);
	results_done(&results);
	low_list_done(&low);
	diags_clear(&findings);
	world_done(&world);
	secrets_done(&world.secrets);
	close(world.rootfd);
	heap_done(&heap);
	return 0;
}
