/* commit.c - an image from a container: its changes as a layer, its settings as the config.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "base/clock.h"
#include "base/io.h"
#include "image/image_private.h"
#include "layer/tree.h"

#include "base/banned.h"

struct commit {
	struct engine *engine;
	struct container *container;
	const struct commit_options *options;
	struct lease *lease;
	struct digest parent_id;
	struct image_config config; /* of the image to be */
	struct layer_meta *layers;
	size_t n_layers;
};

static void commit_done(struct commit *commit)
{
	lease_end(commit->lease);
	image_config_done(&commit->config);
	free(commit->layers);
}

static bool is_excluded(const char *path, void *arg)
{
	const struct commit *commit = arg;
	const struct commit_options *options = commit->options;

	if (options->include && options->include(path, options->include_arg))
		return false;
	return container_exclude(path, commit->container) ||
	       (options->exclude && options->exclude(path, options->exclude_arg));
}

/* ---- the layer ---- */

static int clamp_time(const struct commit_options *options, int64_t *ret_ns, struct err *err)
{
	*ret_ns = options->clamp_mtime_ns;
	return options->clamp_mtime_ns < 0 ? clock_source_date_epoch(ret_ns, err) : 0;
}

static int commit_changes(struct commit *commit, struct snapshot *snapshot,
			  const struct pack_options *pack, struct layer_meta *ret_layer,
			  struct err *err)
{
	struct snap_commit_options options = {
		.pack = *pack,
		.consume = commit->options->consume,
		.exclude = is_excluded,
		.exclude_arg = commit,
		.observe = commit->options->observe,
		.observe_arg = commit->options->observe_arg,
	};

	return snap_commit(snapshot, commit->lease, &options, ret_layer, err);
}

/* The whole tree as the only layer. It is unpacked when somebody runs it. */
static int commit_everything(struct commit *commit, const struct pack_options *options,
			     struct layer_meta *ret_layer, struct err *err)
{
	cleanup(ingest_freep) struct ingest *ingest = NULL;
	cleanup(pack_freep) struct pack *pack = NULL;
	struct pack_result result;
	autoclose int root = -1;

	if (dir_open_at(AT_FDCWD, container_rootfs(commit->container), &root, err) ||
	    ingest_begin_unhashed(commit->engine->store, commit->lease, &ingest, err) ||
	    pack_new(ingest_writer(ingest), options, &pack, err) ||
	    tree_pack(root, is_excluded, commit, pack, err) || pack_finish(pack, &result, err) ||
	    ingest_commit_trusted(ingest, &result.digest, result.blob_bytes, err))
		return -1;
	*ret_layer = (struct layer_meta){
		.chain_id = result.diff_id,
		.diff_id = result.diff_id,
		.blob = result.digest,
		.blob_bytes = result.blob_bytes,
		.tar_bytes = result.tar_bytes,
		.content_bytes = result.content_bytes,
		.n_entries = result.n_entries,
	};
	return 0;
}

static int make_layer(struct commit *commit, struct layer_meta *ret_layer, struct err *err)
{
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	struct pack_options pack = {.compression = commit->options->compression};

	if (clamp_time(commit->options, &pack.clamp_mtime_ns, err) ||
	    container_open_snapshot(commit->container, &snapshot, err))
		return -1;
	if (commit->options->squash)
		return commit_everything(commit, &pack, ret_layer, err);
	return commit_changes(commit, snapshot, &pack, ret_layer, err);
}

/* A container that is paused already stays so. */
static int make_layer_paused(struct commit *commit, struct layer_meta *ret_layer, struct err *err)
{
	bool pause = commit->options->pause &&
		     container_state(commit->container, NULL) == CONTAINER_RUNNING;
	struct freeze *freeze = NULL;
	autoerr struct err late = {0};

	if (pause && container_freeze(commit->container, &freeze, err))
		return err_wrap(err, "pausing the container (--pause=false goes without)");
	int result = make_layer(commit, ret_layer, err);
	if (container_thaw(freeze, &late) && result == 0) {
		err_move(err, &late);
		return -1;
	}
	return result;
}

/* ---- the config ---- */

/* As docker tells it: the program and its arguments. */
static char *container_command(struct arena *arena, const struct node *inspected)
{
	autostrlist struct strlist words = {0};
	const struct node *args = node_get(inspected, "Args");
	const char *path = node_get_text(inspected, "Path");

	if (path)
		strlist_add(&words, path);
	if (args && args->kind == NODE_LIST)
		node_foreach(arg, args)
			if (node_text(arg))
				strlist_add(&words, node_text(arg));
	autofree char *joined = strlist_join(&words, " ");
	return arena_strdup(arena, joined);
}

/* The container's own settings; what a container has no word for stays the image's. */
static int take_own_config(struct run_config *config, const struct node *inspected, struct err *err)
{
	struct run_config own = {0};

	if (run_config_decode(node_get(inspected, "Config"), &own, err))
		return err_wrap(err, "reading the container's settings");
	if (!own.shell.n)
		strlist_copy(&own.shell, &config->shell);
	if (!own.healthcheck.test.n) {
		own.healthcheck = config->healthcheck;
		config->healthcheck = (struct healthcheck){0};
	}
	run_config_done(config);
	*config = own;
	return 0;
}

static int take_run_config(struct commit *commit, const struct node *inspected, struct err *err)
{
	struct run_config *config = &commit->config.config;

	if (commit->options->config)
		run_config_copy(config, commit->options->config);
	else if (take_own_config(config, inspected, err))
		return -1;
	return config_apply_changes(config, &commit->options->changes, err);
}

/* What history tells of them stays, as history without layers. */
static void drop_layers(struct image_config *config)
{
	config->n_diff_ids = 0;
	for (size_t i = 0; i < config->n_history; i++)
		config->history[i].empty_layer = true;
}

static int complete_config(struct commit *commit, const struct layer_meta *layer, struct err *err)
{
	const struct commit_options *options = commit->options;
	struct image_config *config = &commit->config;
	char created[CLOCK_TEXT_MAX];
	autoarena struct arena arena = {0};
	struct node *inspected = container_inspect(&arena, commit->container);
	int64_t created_ns;

	if (image_created(options->created_ns, &created_ns, err) ||
	    take_run_config(commit, inspected, err))
		return -1;
	clock_format_rfc3339(created_ns, created);
	free(config->created);
	config->created = xstrdup(created);
	if (options->author) {
		free(config->author);
		config->author = xstrdup(options->author);
	}
	if (options->squash)
		drop_layers(config);
	if (layer->n_entries)
		image_config_add_layer(config, &layer->diff_id);
	image_config_add_history(config, created,
				 options->created_by ? options->created_by
						     : container_command(&arena, inspected),
				 options->message, !layer->n_entries);
	if (options->author)
		config->history[config->n_history - 1].author = xstrdup(options->author);
	return 0;
}

/* ---- both ---- */

static int open_parent(struct commit *commit, struct err *err)
{
	struct store *store = commit->engine->store;
	cleanup(image_done) struct image parent = {0};
	cleanup(manifest_done) struct manifest manifest = {0};
	bool has_manifest = false;

	commit->parent_id = container_image_id(commit->container);
	if (lease_begin(store, &commit->lease, err) ||
	    lease_add_blob(commit->lease, &commit->parent_id, err) ||
	    store_read_config(store, &commit->parent_id, &commit->config, err))
		return -1;
	/* The image may have been removed: the container keeps its layers. */
	if (store_find_image(store, commit->parent_id.text, &parent, err) == 0) {
		if (lease_add_blob(commit->lease, &parent.manifest.digest, err) ||
		    store_read_manifest(store, &parent.manifest.digest, &manifest, err))
			return -1;
		has_manifest = true;
	} else if (err->kind == ERR_MISSING) {
		err_clear(err);
	} else {
		return -1;
	}
	commit->n_layers = commit->config.n_diff_ids;
	return layers_of_config(store, &commit->config, has_manifest ? &manifest : NULL,
				&commit->layers, err);
}

static void add_layer(struct commit *commit, const struct layer_meta *layer)
{
	if (commit->options->squash)
		commit->n_layers = 0;
	if (!layer->n_entries)
		return;
	commit->layers = xreallocarray(commit->layers, commit->n_layers + 1, sizeof(*layer));
	commit->layers[commit->n_layers++] = *layer;
}

static int commit_container(struct commit *commit, struct image *ret_image,
			    struct layer_meta *ret_layer, struct err *err)
{
	struct layer_meta layer = {0};

	if (open_parent(commit, err) || make_layer_paused(commit, &layer, err))
		return -1;
	add_layer(commit, &layer);
	if (complete_config(commit, &layer, err) ||
	    image_write(commit->engine->store, commit->lease, &commit->config, commit->layers,
			commit->n_layers, commit->options->name, ret_image, err))
		return -1;
	if (ret_layer)
		*ret_layer = layer;
	return 0;
}

int image_commit(struct engine *engine, struct container *container,
		 const struct commit_options *options, struct image *ret_image,
		 struct layer_meta *ret_layer, struct err *err)
{
	cleanup(commit_done) struct commit commit = {
		.engine = engine, .container = container, .options = options};

	if (commit_container(&commit, ret_image, ret_layer, err))
		return err_wrap(err, "committing container '%s'", container_name(container));
	return 0;
}
