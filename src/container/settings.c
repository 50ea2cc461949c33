/* settings.c - all options of run and create to one record; nothing on the host is changed here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/proc.h"
#include "container/limits.h"
#include "container/options.h"
#include "container/settings.h"

#include "base/banned.h"

struct options_alone {
	struct container_options container;
};

const struct opt container_option_table[] = {
	CONTAINER_OPTION_ROWS(struct options_alone, container),
	{0},
};

int settings_refuse_word(const char *option, const char *text, const char *const *words,
			 struct err *err)
{
	autobuf struct buf list = {0};
	const char *nearest = str_nearest(text, words);

	for (const char *const *it = words; *it; it++)
		buf_printf(&list, "%s%s", it == words ? "" : it[1] ? ", " : " or ", *it);
	if (nearest)
		return err_set(err, ERR_INPUT, "%s: '%s' is not known (did you mean '%s'?)", option,
			       text, nearest);
	return err_set(err, ERR_INPUT, "%s: '%s' is not %s", option, text, buf_text(&list));
}

/* ---- labels ---- */

static int label_add(struct strlist *labels, const char *option, const char *text, struct err *err)
{
	if (!text[0] || text[0] == '=')
		return err_set(err, ERR_INPUT, "%s: '%s' has no key", option, text);
	autofree char *assignment = strchr(text, '=') ? xstrdup(text) : xasprintf("%s=", text);
	strlist_env_set(labels, assignment);
	return 0;
}

static int label_file_add(struct strlist *labels, const char *file, struct err *err)
{
	autobuf struct buf text = {0};

	if (file_read_at(AT_FDCWD, file, LIMIT_ENV_FILE_BYTES, &text, err))
		return err_wrap(err, "--label-file");
	struct str rest = buf_str(&text);
	while (rest.ptr && rest.len) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		autofree char *label = str_dup(line);
		if (line.len && label[0] != '#' && label_add(labels, "--label-file", label, err))
			return -1;
	}
	return 0;
}

static int resolve_labels(const struct container_options *options, const struct run_config *image,
			  struct record *record, struct err *err)
{
	strlist_copy(&record->labels, &image->labels);
	for (size_t i = 0; i < options->label_files.n; i++)
		if (label_file_add(&record->labels, options->label_files.items[i], err))
			return -1;
	for (size_t i = 0; i < options->labels.n; i++)
		if (label_add(&record->labels, "--label", options->labels.items[i], err))
			return -1;
	for (size_t i = 0; i < options->annotations.n; i++)
		if (label_add(&record->annotations, "--annotation", options->annotations.items[i],
			      err))
			return -1;
	return 0;
}

/* ---- what concerns the container as a whole ---- */

static int check_pull(const char *policy, struct err *err)
{
	static const char *const policies[] = {"missing", "never", NULL};

	if (!policy || text_eq(policy, "missing") || text_eq(policy, "never"))
		return 0;
	if (text_eq(policy, "always") || text_eq(policy, "newer"))
		return err_set(err, ERR_INPUT,
			       "--pull=%s is not supported: images are not pulled yet", policy);
	return settings_refuse_word("--pull", policy, policies, err);
}

static int check_platform(const char *wanted, const struct image_config *image, struct err *err)
{
	struct platform platform;

	if (!wanted)
		return 0;
	if (platform_parse(wanted, &platform, err))
		return err_wrap(err, "--platform");
	bool fits =
		text_eq(platform.architecture, image->architecture) &&
		text_eq(platform.os, image->os) &&
		(!platform.variant || !image->variant || text_eq(platform.variant, image->variant));
	platform_done(&platform);
	if (!fits)
		return err_set(err, ERR_INPUT, "--platform: the image is for %s/%s, not for %s",
			       image->os ? image->os : "?",
			       image->architecture ? image->architecture : "?", wanted);
	return 0;
}

static int check_cidfile(const char *file, struct err *err)
{
	if (!file)
		return 0;
	if (!file[0])
		return err_set(err, ERR_INPUT, "--cidfile needs the name of a file");
	if (!faccessat(AT_FDCWD, file, F_OK, AT_SYMLINK_NOFOLLOW))
		return err_set(
			err, ERR_EXISTS,
			"--cidfile: '%s' exists: make sure that the other container is gone, and "
			"delete it",
			file);
	return 0;
}

static int resolve_life(const struct container_options *options, struct record *record,
			struct err *err)
{
	char created[CLOCK_TEXT_MAX];
	uint64_t start = 0;

	clock_format_rfc3339(clock_now_ns(), created);
	record->created = xstrdup(created);
	record->is_volatile = options->is_volatile || options->remove;
	record->no_log = options->no_log;
	record->owner = xstrdup(options->label_owner);
	record->notify_socket = xstrdup(options->notify_socket);
	if (options->owner_fd > 0) {
		if (proc_start_time(getpid(), &start, err))
			return -1;
		record->owner_pid = getpid();
		record->owner_start = (int64_t)start;
	}
	return 0;
}

int settings_apply(struct engine *engine, const struct container_options *options,
		   const struct image_config *image, char *const *command, struct record *record,
		   struct err *err)
{
	if (options->name &&
	    name_check(options->name[0] == '/' ? options->name + 1 : options->name, err))
		return -1;
	if (check_pull(options->pull, err) || check_platform(options->platform, image, err) ||
	    check_cidfile(options->cidfile, err))
		return -1;
	if (settings_command(options, &image->config, command, record, err) ||
	    settings_mounts(options, image, record, err) || settings_limits(options, record, err) ||
	    settings_network(engine, options, image, record, err) ||
	    resolve_labels(options, &image->config, record, err) ||
	    resolve_life(options, record, err))
		return -1;
	record->runtime = xstrdup(engine->runtime_name);
	return 0;
}
