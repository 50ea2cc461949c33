/* build.c - a Dockerfile and a context to an image.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"
#include "build/build_private.h"
#include "build/limits.h"
#include "dockerfile/limits.h"

#include "base/banned.h"

static void build_done(struct build *build)
{
	vec_foreach(stage, &build->stages) {
		tip_done(&stage->tip);
		free(stage->base);
	}
	vec_done(&build->stages);
	dockerfile_done(&build->file);
	strlist_done(&build->args);
	strlist_done(&build->args_used);
	strlist_done(&build->globals);
	strlist_done(&build->platform);
	ignore_done(&build->ignore);
	mem_close_at(&build->context_fd);
	lease_end(build->lease);
}

void build_result_done(struct build_result *result)
{
	image_done(&result->image);
}

/* ---- what is read first ---- */

static int set_times(struct build *build, struct err *err)
{
	int64_t epoch_ns;

	if (clock_source_date_epoch(&epoch_ns, err))
		return -1;
	build->clamp_ns = epoch_ns;
	build->created_ns = build->options->created_ns >= 0 ? build->options->created_ns : epoch_ns;
	if (build->created_ns < 0)
		build->created_ns = clock_now_ns();
	clock_format_rfc3339(build->created_ns, build->created);
	return 0;
}

static int read_dockerfile(struct build *build, struct err *err)
{
	const char *path = build->options->dockerfile;
	autobuf struct buf text = {0};

	if (file_read_at(AT_FDCWD, path, LIMIT_DOCKERFILE_BYTES, &text, err))
		return -1;
	return dockerfile_parse(path, buf_str(&text), &build->file, err);
}

/* *ret_found: there is such a file. */
static int read_ignore_file(struct build *build, int dirfd, const char *path, const char *shown,
			    bool *ret_found, struct err *err)
{
	autobuf struct buf text = {0};
	autoerr struct err why = {0};

	*ret_found = false;
	if (file_read_at(dirfd, path, LIMIT_IGNORE_BYTES, &text, &why)) {
		if (why.kind == ERR_MISSING)
			return 0;
		err_move(err, &why);
		return -1;
	}
	*ret_found = true;
	return ignore_parse(shown, buf_str(&text), &build->ignore, err);
}

/* That of the Dockerfile comes first. */
static int read_ignore(struct build *build, struct err *err)
{
	autofree char *own = xasprintf("%s.dockerignore", build->options->dockerfile);
	bool found;

	if (read_ignore_file(build, AT_FDCWD, own, own, &found, err))
		return -1;
	if (found || build->context_fd < 0)
		return 0;
	return read_ignore_file(build, build->context_fd, ".dockerignore", ".dockerignore", &found,
				err);
}

static int begin(struct build *build, struct err *err)
{
	const char *context = build->options->context;

	if (set_times(build, err) || read_dockerfile(build, err))
		return -1;
	if (context && dir_open_at(AT_FDCWD, context, &build->context_fd, err))
		return err_wrap(err, "the build context");
	if (read_ignore(build, err) || scope_begin(build, err) || plan_make(build, err))
		return -1;
	return lease_begin(build->engine->store, &build->lease, err);
}

/* ---- the image ---- */

static int set_labels(struct build *build, struct image_config *config, struct err *err)
{
	const struct strlist *labels = &build->options->labels;

	for (size_t i = 0; i < labels->n; i++) {
		const char *label = labels->items[i];
		if (!*label || *label == '=')
			return err_set(err, ERR_INPUT, "--label '%s' has no key", label);
		if (strchr(label, '='))
			strlist_env_set(&config->config.labels, label);
		else
			strlist_env_setf(&config->config.labels, label, "");
	}
	return 0;
}

/* An earlier image is given the name, unless it has it. */
static int name_image(struct build *build, struct image *image, struct err *err)
{
	struct store *store = build->engine->store;
	const struct reference *tag = build->options->tag;
	autofree char *text = tag ? reference_text(tag) : NULL;

	if (!text || strlist_has(&image->names, text))
		return 0;
	struct digest manifest = image->manifest.digest;
	if (store_add_image(store, &image->manifest, tag, err))
		return -1;
	image_done(image);
	*image = (struct image){0};
	return store_find_image(store, manifest.text, image, err);
}

static int make_image(struct build *build, struct image *ret_image, struct err *err)
{
	struct tip *tip = &build->target->tip;
	autoerr struct err why = {0};
	char key[65];

	if (set_labels(build, &tip->config, err))
		return -1;
	free(tip->config.created);
	tip->config.created = xstrdup(build->created);
	if (!cache_find_image(build, tip, key, ret_image, &why))
		return name_image(build, ret_image, err);
	if (why.kind != ERR_MISSING) {
		err_move(err, &why);
		return -1;
	}
	if (image_write(build->engine->store, build->lease, &tip->config, tip->layers.items,
			tip->layers.n, build->options->tag, ret_image, err))
		return -1;
	return cache_keep_image(build, key, ret_image, err);
}

static void tell_result(const struct build *build, const struct image *image)
{
	const struct reference *tag = build->options->tag;
	autofree char *name = tag ? reference_familiar(tag) : NULL;

	progress_tell(build->options->progress,
		      &(struct progress_event){.kind = PROGRESS_RESULT,
					       .name = name,
					       .text = image->id.text,
					       .len = strlen(image->id.text)});
}

int build_image(struct engine *engine, const struct build_options *options,
		struct build_result *ret_result, struct err *err)
{
	cleanup(build_done) struct build build = {
		.engine = engine, .options = options, .context_fd = -1};
	struct build_result result = {0};

	if (begin(&build, err) || stage_build(&build, build.target, err))
		return -1;
	scope_warn_unused(&build);
	if (make_image(&build, &result.image, err)) {
		build_result_done(&result);
		return -1;
	}
	tell_result(&build, &result.image);
	result.n_steps = build.n_steps;
	result.n_cached = build.n_cached;
	result.cached = build.n_steps == build.n_cached;
	*ret_result = result;
	return 0;
}
