/* world.c - the world of a run: its engine, its globals, its functions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/world.h"

#include "base/strlist.h"
#include "state/compile.h"
#include "state/report.h"

#include "base/banned.h"

void world_begin(struct world *world)
{
	world->engine.heap = world->heap;
	engine_init(&world->engine);
}

void world_done(struct world *world)
{
	engine_done(&world->engine);
}

int source_read(struct world *world, const char *source, struct buf *ret_content,
		const char **ret_file, struct err *err)
{
	return err_set(err, ERR_MISSING, "source file %s not found in saltenv 'base'", source);
}

int source_open_dir(struct world *world, const char *source, int *ret_dirfd, struct err *err)
{
	return err_set(err, ERR_MISSING, "source file %s not found in saltenv 'base'", source);
}

bool source_exists(struct world *world, const char *source)
{
	return false;
}

int source_list_states(struct world *world, struct strlist *ret_names, struct err *err)
{
	return 0;
}

int source_read_sls(struct world *world, const char *sls, struct str *ret_text,
		    const char **ret_file, bool *ret_is_init, struct err *err)
{
	return err_set(err, ERR_MISSING, "%s", sls);
}

struct loader source_loader(struct world *world)
{
	return (struct loader){.arg = world};
}

int world_render(struct world *world, const char *name, const char *file, struct str text,
		 struct dict *context, struct str *ret_text, struct diag *diag)
{
	return diag_set(diag, ERR_SYSTEM, (struct src_pos){0}, "not yet");
}

int world_call(struct world *world, const char *function, struct call *call,
	       struct value *ret_value, struct err *err)
{
	return err_set(err, ERR_MISSING, "%s", function);
}

const struct state_function *world_function(const struct world *world, struct str name)
{
	return NULL;
}

struct value value_traverse(struct heap *heap, struct value v, struct str path, char separator)
{
	return (struct value){0};
}

int sls_compile(struct world *world, const struct compile_options *options, const char *const *sls,
		size_t n_sls, struct low_list *ret_low, struct diags *findings)
{
	return -1;
}

void low_list_done(struct low_list *low) {}

struct value low_to_value(struct heap *heap, const struct low_list *low)
{
	return value_none();
}

const struct state_def *state_find(const struct state_table *const *states, const char *name)
{
	return NULL;
}

bool state_is_known_elsewhere(const char *name)
{
	return false;
}

const char *state_nearest(const struct state_table *const *states, const char *name)
{
	return NULL;
}

void state_names(const struct state_table *const *states, struct strlist *ret_names) {}

void low_run(struct world *world, struct low_list *low, result_fn *told, void *arg,
	     struct results *ret_results)
{
}

void results_done(struct results *results) {}

bool results_failed(const struct results *results)
{
	return false;
}

bool results_pending(const struct results *results)
{
	return false;
}

int state_apply_one(struct world *world, const struct state_def *def, const char *name,
		    struct dict *args, struct outcome *ret_outcome, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "not yet");
}

int command_run(struct world *world, const char *text, const struct command_options *options,
		struct command_outcome *ret_outcome, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "not yet");
}

void command_outcome_done(struct command_outcome *outcome) {}

void report_text(struct world *world, const struct results *results,
		 const struct report_options *options, struct buf *buf)
{
}

void report_json(struct world *world, const struct results *results,
		 const struct report_options *options, struct buf *buf)
{
}

struct value report_value(struct world *world, const struct results *results)
{
	return value_none();
}

void report_nested(struct heap *heap, struct value v, int indent, struct buf *buf) {}

void diff_unified(struct str old, struct str new, struct buf *buf) {}
