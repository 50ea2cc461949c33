/* cmd_check.c - hull system check: is the store sound, and can it be made so.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"
#include "store/check.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct check_opts {
	bool repair, quick;
};

static const struct opt check_opts[] = {
	{0, "quick", OPT_FLAG, offsetof(struct check_opts, quick), NULL,
	 "Look at sizes and references, not at contents"},
	{0, "repair", OPT_FLAG, offsetof(struct check_opts, repair), NULL,
	 "Make anew or drop what is wrong, remove what dead processes left"},
	{0},
};

static void tell(const struct check_finding *finding, void *out)
{
	buf_printf(out, "%s: %s%s\n", finding->what, finding->wrong,
		   finding->repaired ? " (repaired)" : "");
}

static void add_summary(const struct check_result *result, struct buf *out)
{
	char garbage[SIZE_TEXT_MAX];
	uint64_t n_wrong = result->n_findings - result->n_repaired;

	buf_printf(out, "%llu images, %llu names, %llu layers, %llu blobs: ",
		   (unsigned long long)result->n_images, (unsigned long long)result->n_names,
		   (unsigned long long)result->n_layers, (unsigned long long)result->n_blobs);
	if (!result->n_findings)
		buf_puts(out, "sound");
	else if (!n_wrong)
		buf_printf(out, "%llu repaired", (unsigned long long)result->n_repaired);
	else
		buf_printf(out, "%llu wrong", (unsigned long long)n_wrong);
	size_format(result->garbage_bytes, garbage);
	if (result->garbage_bytes)
		buf_printf(out, "; %s left by dead processes", garbage);
	buf_putc(out, '\n');
}

static int check_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct check_opts *opts = opts_ptr;
	struct check_options options = {
		.repair = opts->repair,
		.quick = opts->quick,
		.unpack = snap_check_unpack,
		.verify_layer = snap_check_verify,
		.repack = snap_check_repack,
	};
	struct check_result result = {0};
	autobuf struct buf out = {0};
	uint64_t n_swept = 0;

	if (opts->repair && opts->quick)
		return err_set(err, ERR_INPUT,
			       "--repair reads everything: it does not go with --quick");
	if (store_check(hull->engine.store, &options, tell, &out, &result, err) ||
	    container_sweep(&hull->engine, !opts->repair, &n_swept, err))
		return -1;
	add_summary(&result, &out);
	if (n_swept)
		buf_printf(&out, "%llu leftovers of containers%s\n", (unsigned long long)n_swept,
			   opts->repair ? " removed" : "");
	if (output_text(buf_text(&out), err))
		return -1;
	return result.n_findings == result.n_repaired ? 0 : 1;
}

const struct command cmd_system_check = {
	.name = "system check",
	.args = "",
	.summary = "Prove that the store is sound, or repair it",
	.opts = check_opts,
	.opts_size = sizeof(struct check_opts),
	.needs = CMD_NEEDS_ENGINE,
	.run = check_run,
};
