/* archive_extracted.c - archive.extracted: an archive unpacked once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/archive_extracted.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/random.h"
#include "base/strlist.h"
#include "states/archive_tar.h"
#include "states/file_perms.h"
#include "states/file_source.h"
#include "states/file_states.h"
#include "states/limits.h"
#include "states/program.h"
#include "value/list.h"

#include "base/banned.h"

struct archive_args {
	struct list *source;
	struct str source_hash, source_hash_name;
	bool skip_verify;
	struct str format, options, if_missing;
	struct str user, group;
	bool enforce_toplevel, overwrite, clean;
};

#define A(field) offsetof(struct archive_args, field)
static const struct state_arg archive_args[] = {
	{"source", ARG_LIST, A(source), .is_required = true},
	{"source_hash", ARG_STR, A(source_hash)},
	{"source_hash_name", ARG_STR, A(source_hash_name)},
	{"skip_verify", ARG_BOOL, A(skip_verify)},
	{"archive_format", ARG_STR, A(format)},
	{"options", ARG_STR, A(options)},
	{"tar_options", ARG_STR, A(options), .alias_of = "options"},
	{"zip_options", ARG_IGNORED},
	{"list_options", ARG_IGNORED},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"if_missing", ARG_STR, A(if_missing)},
	{"enforce_toplevel", ARG_BOOL, A(enforce_toplevel), "true"},
	{"overwrite", ARG_BOOL, A(overwrite)},
	{"force", ARG_IGNORED},
	{"clean", ARG_BOOL, A(clean)},
	{"trim_output", ARG_IGNORED},
	{"keep", ARG_IGNORED},
	{"keep_source", ARG_IGNORED},
	{"source_hash_update", ARG_IGNORED},
	{"use_cmd_unzip", ARG_IGNORED},
	{"extract_perms", ARG_IGNORED},
	{"enforce_ownership_on", ARG_IGNORED},
	{"password", ARG_REFUSED, .fallback = "archives with a password are not unpacked"},
	{0},
};
#undef A

struct extraction {
	struct state_call *call;
	const struct archive_args *args;
	const char *path, *source;
	struct source_found found;
	struct perms perms;
	bool is_zip;
	int strip;
	struct strlist paths, tops;
	bool has_top_file;
};

static void extraction_done(struct extraction *extraction)
{
	source_found_done(&extraction->found);
	strlist_done(&extraction->paths);
	strlist_done(&extraction->tops);
}

/* ---- what is asked for ---- */

/* Letters of tar's own (z, xvf) say what is found out by looking; one option changes the outcome.
 */
static bool read_options(struct extraction *extraction, struct outcome *outcome)
{
	struct str rest = extraction->args->options;

	while (rest.len) {
		struct str word = str_cut(&rest, ' ');
		struct str value = word;
		struct str name = str_cut(&value, '=');
		uint64_t strip;
		bool strips = str_is(name, "--strip-components") || str_is(name, "--strip");
		if (strips && !value.len)
			value = str_cut(&rest, ' ');
		if (strips && str_to_u64(value, &strip) && strip < 64) {
			extraction->strip = (int)strip;
		} else if (strips || str_starts(word, STR("--"))) {
			outcome_fail(outcome, "tar's option '%.*s' is not supported",
				     STR_ARG(word));
			return false;
		}
	}
	return true;
}

static bool read_format(struct extraction *extraction, struct outcome *outcome)
{
	struct str format = extraction->args->format;
	struct str bytes = buf_str(&extraction->found.text);

	extraction->is_zip = str_starts(bytes, STR("PK\x03\x04"));
	if (!format.len || str_is_nocase(format, "tar") || str_is_nocase(format, "zip"))
		return true;
	outcome_fail(outcome,
		     "Invalid archive_format '%.*s'. Either set it to a supported value "
		     "(tar, zip) or remove this argument and the archive format will be "
		     "guessed based on file extension.",
		     STR_ARG(format));
	return false;
}

static struct tar_request tar_request_of(const struct extraction *extraction)
{
	return (struct tar_request){.world = extraction->call->world,
				    .bytes = buf_str(&extraction->found.text),
				    .strip = extraction->strip,
				    .look = extraction->perms.look};
}

/* ---- zip: by unzip(1), from a file that it can see ---- */

static const char *zip_file(struct extraction *extraction, struct err *err)
{
	struct state_call *call = extraction->call;
	struct look look = {LOOK_KEPT, LOOK_KEPT, true, 0600};
	char digits[9];

	random_hex(digits, sizeof(digits) - 1);
	const char *path = heap_printf(call->heap, "/tmp/hull-%s.zip", digits);
	if (place_write(call->world, path, LINKS_KEPT, buf_str(&extraction->found.text), &look,
			err))
		return NULL;
	return path;
}

static bool zip_name_is_safe(struct str name)
{
	if (!name.len || *name.ptr == '/')
		return false;
	while (name.len)
		if (str_is(str_cut(&name, '/'), ".."))
			return false;
	return true;
}

static int zip_list(struct extraction *extraction, const char *file, struct err *err)
{
	cleanup(command_outcome_done) struct command_outcome said = {0};
	const char *const words[] = {"unzip", "-Z1", file, NULL};

	if (program_run(extraction->call->world, words, NULL, &said, err))
		return -1;
	if (said.retcode)
		return err_set(err, ERR_CORRUPT, "%s",
			       program_complaint(extraction->call->heap, &said));
	struct str rest = buf_str(&said.out);
	while (rest.len) {
		struct str name = str_cut(&rest, '\n');
		bool is_dir = str_ends(name, STR("/"));
		if (!zip_name_is_safe(name))
			return err_set(err, ERR_DENIED, "'%.*s' leads out of the directory",
				       STR_ARG(name));
		if (is_dir)
			name.len--;
		strlist_add_str(&extraction->paths, name);
		struct str below = name;
		struct str top = str_cut(&below, '/');
		autofree char *first = str_dup(top);
		if (!strlist_has(&extraction->tops, first))
			strlist_add(&extraction->tops, first);
		if (!below.ptr && !is_dir)
			extraction->has_top_file = true;
	}
	return 0;
}

static int zip_unpack(struct extraction *extraction, const char *file, struct err *err)
{
	const char *const words[] = {"unzip", "-o", "-q", file, "-d", extraction->path, NULL};

	return program_must(extraction->call->world, words, NULL, err);
}

/* unzip leaves everything to whoever runs it. */
static int zip_own(const struct extraction *extraction, int dirfd, struct err *err)
{
	const struct look *look = &extraction->perms.look;
	bool owns = look->uid != LOOK_KEPT || look->gid != LOOK_KEPT;

	for (size_t i = 0; owns && i < extraction->paths.n; i++) {
		const char *path = extraction->paths.items[i];
		autoclose int fd = -1;
		if (beneath_open(dirfd, path, O_PATH | O_NOFOLLOW, 0, &fd, err))
			return -1;
		if (fchownat(fd, "", look->uid, look->gid, AT_EMPTY_PATH))
			return file_err(err, "setting the owner of", path);
	}
	return 0;
}

/* ---- both ---- */

static int archive_list(struct extraction *extraction, struct err *err)
{
	if (extraction->is_zip) {
		autoerr struct err why = {0};
		const char *file = zip_file(extraction, err);
		if (!file)
			return -1;
		int failed = zip_list(extraction, file, err);
		return place_remove(extraction->call->world, file, &why) ? -1 : failed;
	}
	struct tar_request request = tar_request_of(extraction);
	struct archive_list list = {.paths = &extraction->paths, .tops = &extraction->tops};
	if (tar_list(&request, &list, err))
		return -1;
	extraction->has_top_file = list.has_top_file;
	return 0;
}

static bool all_present(const struct extraction *extraction)
{
	autoclose int fd = -1;
	autoerr struct err err = {0};

	if (place_open(extraction->call->world, extraction->path, O_RDONLY | O_DIRECTORY, &fd,
		       &err))
		return false;
	for (size_t i = 0; i < extraction->paths.n; i++) {
		struct stat st;
		if (beneath_stat(fd, extraction->paths.items[i], &st, &err))
			return false;
	}
	return true;
}

static bool toplevel_holds(const struct extraction *extraction, struct outcome *outcome)
{
	if (!extraction->args->enforce_toplevel || extraction->strip ||
	    (extraction->tops.n == 1 && !extraction->has_top_file))
		return true;
	outcome_fail(outcome,
		     "Archive does not have a single top-level directory. To allow this archive to "
		     "be extracted, set 'enforce_toplevel' to False. To avoid a '%s-bomb' it may "
		     "also be advisable to set a top-level directory by adding it to the 'name' "
		     "value (for example, setting 'name' to %s/some_dir instead of %s).",
		     extraction->is_zip ? "zip" : "tar", extraction->path, extraction->path);
	return false;
}

static int unpack(struct extraction *extraction, struct err *err)
{
	struct world *world = extraction->call->world;
	struct tar_request request = tar_request_of(extraction);
	autoclose int fd = -1;

	if (place_check_links(world, extraction->path, LINKS_FOLLOWED, err) ||
	    place_make_dirs(world, extraction->path, &extraction->perms.look, err) ||
	    place_open(world, extraction->path, O_RDONLY | O_DIRECTORY, &fd, err))
		return -1;
	for (size_t i = 0; extraction->args->clean && i < extraction->tops.n; i++)
		if (tree_remove_at(fd, extraction->tops.items[i], err))
			return -1;
	if (!extraction->is_zip)
		return tar_unpack(&request, fd, err);
	autoerr struct err why = {0};
	const char *file = zip_file(extraction, err);
	if (!file)
		return -1;
	int failed = zip_unpack(extraction, file, err) || zip_own(extraction, fd, err) ? -1 : 0;
	return place_remove(world, file, &why) ? -1 : failed;
}

static void tell(struct extraction *extraction, bool made, struct outcome *outcome)
{
	struct heap *heap = extraction->call->heap;
	struct list *files = list_new(heap, extraction->paths.n);
	struct list *dirs = list_new(heap, 1);

	for (size_t i = 0; i < extraction->paths.n; i++)
		list_push(heap, files, value_cstr(heap, extraction->paths.items[i]));
	if (made) {
		list_push(heap, dirs, value_cstr(heap, extraction->path));
		outcome_change(heap, outcome, "directories_created", value_of_list(dirs));
	}
	outcome_change(heap, outcome, "extracted_files", value_of_list(files));
	if (extraction->call->is_test)
		outcome_pending(outcome, "Archive %s would be extracted to %s",
				extraction->found.name, extraction->path);
	else
		outcome_say(outcome, "%s extracted to %s", extraction->found.name,
			    extraction->path);
}

static bool get_source(struct extraction *extraction, struct outcome *outcome)
{
	struct state_call *call = extraction->call;
	const struct archive_args *args = extraction->args;
	struct source_request request = {.sources = args->source,
					 .hash = args->source_hash,
					 .hash_name = args->source_hash_name,
					 .skip_verify = args->skip_verify};
	struct value first = args->source->n ? args->source->items[0] : value_none();

	if (args->source->n == 1 && value_is_string(first)) {
		const char *source = heap_strdup(call->heap, value_bytes(first));
		if (!source_is_remote(source) && !source_exists(call->world, source)) {
			outcome_fail(outcome, "Source file '%s' does not exist", source);
			return false;
		}
	}
	return source_get(call, &request, &extraction->found, outcome);
}

static void extracted_apply(struct state_call *call, struct outcome *outcome)
{
	const struct archive_args *args = call->args;
	cleanup(extraction_done) struct extraction extraction = {
		.call = call, .args = args, .path = place_dir_name(call->world, call->name)};
	struct file_mode none = {0};
	autoerr struct err err = {0};

	if (*extraction.path != '/') {
		outcome_fail(outcome, "%s is not an absolute path", extraction.path);
		return;
	}
	if (place_stat(call->world, extraction.path, LINKS_FOLLOWED, NULL) &&
	    !place_is_dir(call->world, extraction.path)) {
		outcome_fail(outcome, "%s exists and is not a directory", extraction.path);
		return;
	}
	const char *if_missing = text_or_null(call->heap, args->if_missing);
	if (if_missing && place_stat(call->world, if_missing, LINKS_FOLLOWED, NULL)) {
		outcome_say(outcome, "Path %s exists", if_missing);
		return;
	}
	if (!perms_resolve(call, args->user, args->group, none, &extraction.perms, outcome) ||
	    !read_options(&extraction, outcome) || !get_source(&extraction, outcome) ||
	    !read_format(&extraction, outcome))
		return;
	if (archive_list(&extraction, &err)) {
		outcome_fail(outcome, "Unable to list contents of %s: %s", extraction.found.name,
			     err_text(&err));
		return;
	}
	if (!args->overwrite && all_present(&extraction)) {
		outcome_say(outcome, "All files in archive are already present");
		return;
	}
	if (!toplevel_holds(&extraction, outcome))
		return;
	bool made = !place_is_dir(call->world, extraction.path);
	if (!call->is_test && unpack(&extraction, &err)) {
		outcome_fail(outcome, "Failed to extract %s to %s: %s", extraction.found.name,
			     extraction.path, err_text(&err));
		return;
	}
	tell(&extraction, made, outcome);
}

const struct state_def state_archive_extracted = {.name = "archive.extracted",
						  .args = archive_args,
						  .args_size = sizeof(struct archive_args),
						  .apply = extracted_apply};
