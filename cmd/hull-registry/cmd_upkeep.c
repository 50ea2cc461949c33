/* cmd_upkeep.c - hull-registry gc, verify, reindex, why: by the server that runs, or without one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "service/config.h"
#include "service/maintenance.h"

#include "tool.h"

#include "base/banned.h"

struct upkeep_opts {
	const char *config;
	bool dry_run, untagged;
	int64_t older_than_ns, grace_ns;
	bool has_grace;
	uint64_t rate;
	bool has_rate;
};

#define CONFIG_OPT                                                                       \
	{                                                                                \
		'c', "config", OPT_STRING, offsetof(struct upkeep_opts, config), "FILE", \
			"The configuration (default \"" DEFAULT_CONFIG "\")"             \
	}

static const struct opt gc_opts[] = {
	CONFIG_OPT,
	{'d', "dry-run", OPT_FLAG, offsetof(struct upkeep_opts, dry_run), NULL,
	 "Only tell what would be removed"},
	{'m', "untagged", OPT_FLAG, offsetof(struct upkeep_opts, untagged), NULL,
	 "Also remove manifests that no tag, index or referrer holds"},
	{0, "older-than", OPT_DURATION, offsetof(struct upkeep_opts, older_than_ns), "TIME",
	 "Spare untagged manifests that are younger"},
	{0, "grace", OPT_DURATION, offsetof(struct upkeep_opts, grace_ns), "TIME",
	 "Between condemned and removed, when no server runs (default: the configuration's)",
	 offsetof(struct upkeep_opts, has_grace)},
	{0},
};
static const struct opt verify_opts[] = {
	CONFIG_OPT,
	{0, "rate", OPT_SIZE, offsetof(struct upkeep_opts, rate), "SIZE",
	 "Read at most that much a second; 0: as fast as it goes",
	 offsetof(struct upkeep_opts, has_rate)},
	{0},
};
static const struct opt config_opts[] = {CONFIG_OPT, {0}};

static void print_line(const char *line, void *arg)
{
	struct err *err = arg;
	if (!err_is_set(err) && tool_printf(err, "%s\n", line))
		return; /* told at the end */
}

/* Nobody serves: the storage is opened here, and its index compared with the tree before it is
 * believed. */
static int run_alone(const struct registry_config *config, struct storage *storage,
		     struct task *task, struct err *print_err, struct err *err)
{
	struct registry_options options = {
		.storage = storage,
		.own_dirfd = storage_fs_own_dir(storage),
		.gc_grace_ns = config->gc_grace_ns,
		.sparse_indexes = config->sparse_indexes,
	};
	struct registry *registry = NULL;
	struct walk_result walked = {0};

	if (task->grace_ns < 0)
		task->grace_ns = config->gc_grace_ns;
	if (registry_open(&options, &registry, err))
		return -1;
	int failed = (task->kind != TASK_REINDEX && registry_walk(registry, &walked, err)) ||
		     task_run(registry, task, print_line, print_err, err);
	registry_close(registry);
	return failed ? -1 : 0;
}

static int run_task(const struct tool *tool, const char *config_path, struct task *task,
		    bool rate_of_config, struct err *err)
{
	autoconfig struct registry_config config = {0};
	autoerr struct err print_err = {0}, held = {0};
	struct storage *storage = NULL;
	const char *path = NULL;

	if (tool_config(config_path, 0, NULL, &path, err) ||
	    registry_config_read(path, tool->env, &config, err))
		return -1;
	if (rate_of_config)
		task->rate = config.verify_rate;

	struct storage_fs_options options = {0};
	int failed = 0;
	if (!storage_fs_open(config.storage, &options, &storage, &held))
		failed = run_alone(&config, storage, task, &print_err, err);
	else if (held.kind != ERR_EXISTS)
		return err_set(err, held.kind, "storage '%s': %s", config.storage, err_text(&held));
	else if (task->kind == TASK_GC && task->grace_ns >= 0)
		return err_set(
			err, ERR_INPUT,
			"--grace while a server runs: pushes that go on could lose what they "
			"have just sent");
	else
		failed = task_ask(config.storage, task, print_line, &print_err, err);
	if (failed)
		return -1;
	if (err_is_set(&print_err)) {
		err_move(err, &print_err);
		return -1;
	}
	return 0;
}

static int gc_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct upkeep_opts *o = opts;
	struct task task = {
		.kind = TASK_GC,
		.dry_run = o->dry_run,
		.untagged = o->untagged,
		.older_than_ns = o->older_than_ns,
		.grace_ns = o->has_grace ? o->grace_ns : -1,
	};

	if (o->older_than_ns && !o->untagged)
		return err_set(err, ERR_INPUT, "--older-than is about --untagged");
	return run_task(context, o->config, &task, false, err);
}

static int verify_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct upkeep_opts *o = opts;
	struct task task = {.kind = TASK_VERIFY, .rate = o->rate};
	return run_task(context, o->config, &task, !o->has_rate, err);
}

static int reindex_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct task task = {.kind = TASK_REINDEX};
	return run_task(context, ((struct upkeep_opts *)opts)->config, &task, false, err);
}

static int why_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct task task = {.kind = TASK_WHY};

	if (digest_parse(str_of(argv[0]), &task.digest, err))
		return -1;
	return run_task(context, ((struct upkeep_opts *)opts)->config, &task, false, err);
}

#define BESIDE_A_SERVER \
	"While a server has the storage open it is asked to do it; pushes and pulls go on."

const struct command cmd_gc = {
	.name = "gc",
	.args = "",
	.summary = "Remove what no manifest needs any more",
	.details =
		"What is not needed is condemned first and removed by a round after the grace of "
		"the\nconfiguration, unless a push needs it meanwhile.\n" BESIDE_A_SERVER,
	.opts = gc_opts,
	.opts_size = sizeof(struct upkeep_opts),
	.run = gc_run,
};
const struct command cmd_verify = {
	.name = "verify",
	.args = "",
	.summary = "Read everything again and put aside what is damaged",
	.details =
		"Exits with 1 when a blob was corrupt or missing. A blob that was put aside can be "
		"pushed\nagain.\n" BESIDE_A_SERVER,
	.opts = verify_opts,
	.opts_size = sizeof(struct upkeep_opts),
	.run = verify_run,
};
const struct command cmd_reindex = {
	.name = "reindex",
	.args = "",
	.summary = "Compare the index with the storage and mend it",
	.details = BESIDE_A_SERVER,
	.opts = config_opts,
	.opts_size = sizeof(struct upkeep_opts),
	.run = reindex_run,
};
const struct command cmd_why = {
	.name = "why",
	.args = "DIGEST",
	.summary = "Tell what a blob or manifest is kept for",
	.details = BESIDE_A_SERVER,
	.opts = config_opts,
	.opts_size = sizeof(struct upkeep_opts),
	.min_args = 1,
	.max_args = 1,
	.run = why_run,
};
