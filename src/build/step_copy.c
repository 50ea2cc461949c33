/* step_copy.c - COPY, ADD and WORKDIR: files gathered, and a layer of them.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's reference of COPY and ADD; the file rules of its builder.
 *
 *   a file  onto a name that does not end with "/" and is no directory   becomes it
 *   a file  onto anything else, or one of several                        goes inside
 *   a directory                                                          all it holds goes inside
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/userdb.h"
#include "build/build_private.h"
#include "build/gather.h"
#include "snap/snap.h"

#include "base/banned.h"

struct copying {
	struct step *step;
	struct view view; /* of what is below */
	struct origin_root root;
	struct origin origin;
	struct target target;
	struct batch batch;
	struct strlist archives; /* ADD: sources that are unpacked, each a layer of its own */
};

static void copying_done(struct copying *copying)
{
	batch_done(&copying->batch);
	view_done(&copying->view);
	origin_done(&copying->root);
	free(copying->target.path);
	strlist_done(&copying->archives);
}

/* ---- the target ---- */

static bool names_directory(const char *destination)
{
	return text_ends(destination, "/") || text_ends(destination, "/.") ||
	       text_eq(destination, "") || text_eq(destination, ".");
}

static int set_path(struct copying *copying, const char *destination, bool has_several,
		    struct err *err)
{
	const struct run_config *config = &copying->step->stage->tip.config.config;
	struct target *target = &copying->target;
	cleanup(view_place_done) struct view_place place = {0};
	autofree char *path = destination[0] == '/' || !config->working_dir
				      ? xstrdup(destination)
				      : path_join(config->working_dir, destination);

	if (view_resolve(&copying->view, path, &place, err))
		return -1;
	target->path = steal(&place.path);
	target->is_file = place.exists && !S_ISDIR(place.st.st_mode);
	target->is_directory =
		has_several || names_directory(destination) || (place.exists && !target->is_file);
	if (target->is_directory && target->is_file)
		return err_set(err, ERR_INPUT, "'/%s' is a file, not a directory", target->path);
	return 0;
}

static int set_owner(struct copying *copying, struct err *err)
{
	const char *flag = instruction_flag(copying->step->instruction, "chown");
	struct target *target = &copying->target;
	autofree char *owner = NULL;
	autobuf struct buf passwd = {0};
	autobuf struct buf group = {0};

	if (!flag)
		return 0;
	if (scope_expand_text(copying->step, flag, &owner, err) ||
	    view_read(&copying->view, "/etc/passwd", &passwd, err) ||
	    view_read(&copying->view, "/etc/group", &group, err))
		return -1;
	target->sets_owner = true;
	if (userdb_resolve_owner_text(buf_str(&passwd), buf_str(&group), owner, &target->uid,
				      &target->gid, err))
		return err_wrap(err, "--chown=%s", owner);
	return 0;
}

static int set_mode(struct copying *copying, struct err *err)
{
	const char *flag = instruction_flag(copying->step->instruction, "chmod");
	struct target *target = &copying->target;
	autofree char *mode = NULL;

	if (!flag)
		return 0;
	if (scope_expand_text(copying->step, flag, &mode, err))
		return -1;
	if (!str_to_octal(str_of(mode), &target->mode) || target->mode > 07777)
		return err_set(err, ERR_INPUT, "--chmod=%s: not an octal mode up to 7777", mode);
	target->sets_mode = true;
	return 0;
}

static int set_target(struct copying *copying, struct err *err)
{
	const struct instruction *instruction = copying->step->instruction;
	const struct strlist *words = &instruction->words;
	const struct tip *tip = &copying->step->stage->tip;
	bool has_several = words->n + instruction->n_heredocs > 2;

	copying->target.made_ns = copying->step->build->created_ns;
	if (view_open(copying->step->build->engine->store, tip->layers.items, tip->layers.n,
		      &copying->view, err))
		return -1;
	batch_begin(&copying->batch, &copying->view);
	return set_path(copying, words->items[words->n - 1], has_several, err) ||
			       set_owner(copying, err) || set_mode(copying, err)
		       ? -1
		       : 0;
}

/* ---- sources ---- */

static bool is_remote(const char *source)
{
	static const char *const schemes[] = {"http://", "https://", "ftp://",
					      "git://",  "ssh://",   "git@"};
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (text_starts(source, schemes[i]))
			return true;
	return false;
}

static int is_archive(struct copying *copying, const char *path, bool *ret_is_one, struct err *err)
{
	const struct instruction *instruction = copying->step->instruction;
	autoclose int fd = -1;
	struct stat st;

	*ret_is_one = false;
	if (instruction->kind != INSTRUCTION_ADD ||
	    !instruction_flag_is_on(instruction, "unpack", true))
		return 0;
	if (beneath_open(copying->root.fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err))
		return -1;
	if (fstat(fd, &st))
		return err_sys(err, "looking at '%s'", path);
	*ret_is_one = S_ISREG(st.st_mode) && archive_is_one(fd);
	return 0;
}

static int gather_source(struct copying *copying, const char *source, struct err *err)
{
	autostrlist struct strlist paths = {0};
	bool is_unpacked;

	if (copying->step->instruction->kind == INSTRUCTION_ADD && is_remote(source))
		return err_set(err, ERR_INPUT,
			       "ADD of '%s': sources on the network are not supported yet", source);
	if (gather_find(&copying->origin, source, &paths, err))
		return -1;
	if (paths.n > 1 && copying->target.is_file)
		return err_set(err, ERR_INPUT, "'/%s' is a file, not a directory",
			       copying->target.path);
	copying->target.is_directory = copying->target.is_directory || paths.n > 1;
	for (size_t i = 0; i < paths.n; i++) {
		if (is_archive(copying, paths.items[i], &is_unpacked, err))
			return -1;
		if (is_unpacked)
			strlist_add(&copying->archives, paths.items[i]);
		else if (gather_path(&copying->origin, paths.items[i], &copying->target,
				     &copying->batch, err))
			return -1;
	}
	return 0;
}

static int gather_heredocs(struct copying *copying, struct err *err)
{
	const struct instruction *instruction = copying->step->instruction;

	for (size_t i = 0; i < instruction->n_heredocs; i++) {
		const struct heredoc *heredoc = &instruction->heredocs[i];
		autofree char *text = NULL;
		if (heredoc->expand && scope_expand_body(copying->step, heredoc->body, &text, err))
			return -1;
		if (gather_text(heredoc->name, text ? text : heredoc->body, &copying->target,
				&copying->batch, err))
			return -1;
	}
	return 0;
}

static int gather_all(struct copying *copying, struct err *err)
{
	const struct instruction *instruction = copying->step->instruction;
	const struct strlist *words = &instruction->words;
	const char *from = instruction_flag(instruction, "from");

	if (words->n > 1 && origin_open(copying->step, from, &copying->root, err))
		return -1;
	copying->origin = (struct origin){
		.rootfd = copying->root.fd,
		.name = copying->root.name,
		.ignore = from ? NULL : &copying->step->build->ignore,
		.keeps_owner = from != NULL,
	};
	for (size_t i = 0; i + 1 < words->n; i++)
		if (gather_source(copying, words->items[i], err))
			return -1;
	return gather_heredocs(copying, err);
}

/* ---- the layers ---- */

static int make_layer(struct step *step, void *arg, struct layer_meta *ret_layer, struct err *err)
{
	struct build *build = step->build;
	const struct batch *batch = arg;
	struct pack_options pack = {.compression = build->options->compression,
				    .clamp_mtime_ns = build->clamp_ns};
	autoreader struct reader *tar = batch_reader(batch, build->clamp_ns);

	return snap_import_layer(build->engine->store, build->lease, tar,
				 tip_chain(&step->stage->tip), &pack, ret_layer, err);
}

static int put_batch(struct step *step, struct batch *batch, struct err *err)
{
	struct digest digest;
	struct key key;

	if (batch_digest(batch, &digest, err))
		return -1;
	key_begin(&key, step->build, &step->stage->tip, "files");
	key_add(&key, "content", digest.text);
	return cache_answer(step, &key, step->instruction->original, make_layer, batch, err);
}

static int put_archives(struct copying *copying, struct err *err)
{
	bool is_empty_below = !copying->step->stage->tip.layers.n;

	if (copying->archives.n && copying->target.is_file)
		return err_set(err, ERR_INPUT, "'/%s' is a file: nothing can be unpacked there",
			       copying->target.path);
	for (size_t i = 0; i < copying->archives.n; i++) {
		autoclose int fd = -1;
		if (beneath_open(copying->root.fd, copying->archives.items[i], O_RDONLY, 0, &fd,
				 err))
			return -1;
		if (archive_add(copying->step, fd, &copying->target, is_empty_below, err))
			return err_wrap(err, "unpacking '%s'", copying->archives.items[i]);
		is_empty_below = false;
	}
	return 0;
}

int step_copy(struct step *step, struct err *err)
{
	cleanup(copying_done) struct copying copying = {.step = step, .root = {.fd = -1}};

	if (set_target(&copying, err) || gather_all(&copying, err))
		return -1;
	/* Without a match of a wildcard there is a layer of nothing. */
	if ((copying.batch.n || !copying.archives.n) && put_batch(step, &copying.batch, err))
		return -1;
	return put_archives(&copying, err);
}

/* Missing directories become a layer; the config says the rest. */
int step_workdir(struct step *step, struct err *err)
{
	struct tip *tip = &step->stage->tip;
	struct entry directory = {
		.type = ENTRY_DIRECTORY, .mode = 0755, .mtime_ns = step->build->created_ns};
	cleanup(view_place_done) struct view_place place = {0};
	cleanup(view_done) struct view view = {0};
	cleanup(batch_done) struct batch batch = {0};

	if (view_open(step->build->engine->store, tip->layers.items, tip->layers.n, &view, err) ||
	    view_resolve(&view, tip->config.config.working_dir, &place, err))
		return -1;
	if (place.exists && !S_ISDIR(place.st.st_mode))
		return err_set(err, ERR_INPUT, "'/%s' is not a directory", place.path);
	batch_begin(&batch, &view);
	if (batch_add_directories(&batch, place.path, &directory, err))
		return -1;
	if (batch.n)
		return put_batch(step, &batch, err);
	image_config_add_history(&tip->config, step->build->created, step->instruction->original,
				 BUILD_COMMENT, true);
	return 0;
}
