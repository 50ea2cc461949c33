/* test_world.c - a scratch root and one state after the other in it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/test_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "state/run.h"
#include "value/list.h"
#include "value/yaml.h"

#include "base/banned.h"

void trial_begin(struct trial *trial)
{
	*trial = (struct trial){0};
	trial->rootfd = test_dir(&trial->path);
	trial->world =
		(struct world){.heap = &trial->heap,
			       .rootfd = trial->rootfd,
			       .base_dir = trial->path,
			       .no_fsync = true,
			       .state_dir = heap_printf(&trial->heap, "%s/state", trial->path)};
	trial->world.pillar = dict_new(&trial->heap);
	trial->world.grains = dict_new(&trial->heap);
	trial->world.opts = dict_new(&trial->heap);
	umask(022);
	CHECK(mkdirat(trial->rootfd, "etc", 0755) == 0 && mkdirat(trial->rootfd, "tmp", 0777) == 0);
	trial_write(trial, "etc/passwd",
		    "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/var/www:/bin/sh\n"
		    "app:x:1000:1000::/home/app:/bin/sh\n",
		    0644);
	trial_write(trial, "etc/group", "root:x:0:\nwww:x:33:\napp:x:1000:\n", 0644);
	world_begin(&trial->world);
}

void trial_done(struct trial *trial)
{
	outcome_done(&trial->outcome);
	secrets_done(&trial->world.secrets);
	world_done(&trial->world);
	heap_done(&trial->heap);
}

void trial_run(struct trial *trial, const struct state_def *def, const char *name, const char *args)
{
	autoerr struct err err = {0};
	struct value given = value_of_dict(dict_new(&trial->heap));

	if (*args)
		CHECK_OK(value_from_yaml(&trial->heap, str_of(args), "args", &given, &err), &err);
	outcome_done(&trial->outcome);
	trial->outcome = (struct outcome){0};
	trial->world.is_test = trial->is_test;
	CHECK_OK(state_apply_one(&trial->world, def, name, given.dict, &trial->outcome, &err),
		 &err);
}

const char *trial_said(struct trial *trial)
{
	static const char *const results[] = {"True", "False", "None"};
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	buf_printf(&buf, "%s|%s|", results[trial->outcome.result],
		   buf_text(&trial->outcome.comment));
	if (trial->outcome.changes.kind == VALUE_DICT && trial->outcome.changes.dict->n)
		CHECK_OK(value_print_repr(&trial->heap, trial->outcome.changes, &buf, &err), &err);
	/* The scratch directory has a new name each time. */
	return heap_strdup(&trial->heap, buf_str(&buf));
}

void trial_again(struct trial *trial, const struct state_def *def, const char *name,
		 const char *args)
{
	trial_run(trial, def, name, args);
	if (trial->outcome.result != RESULT_TRUE ||
	    (trial->outcome.changes.kind == VALUE_DICT && trial->outcome.changes.dict->n))
		test_fail(__FILE__, __LINE__, "again: %s", trial_said(trial));
}

void trial_write(struct trial *trial, const char *path, const char *text, unsigned mode)
{
	autoerr struct err err = {0};

	CHECK_OK(file_write_at(trial->rootfd, path, text, strlen(text), mode, FILE_NO_SYNC, &err),
		 &err);
}

const char *trial_read(struct trial *trial, const char *path)
{
	autoerr struct err err = {0};
	autobuf struct buf text = {0};

	if (file_read_at(trial->rootfd, path, 0, &text, &err))
		return "(none)";
	return heap_strdup(&trial->heap, buf_str(&text));
}

unsigned trial_mode(struct trial *trial, const char *path)
{
	struct stat st;

	return fstatat(trial->rootfd, path, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_mode & 07777;
}

const char *trial_owner(struct trial *trial, const char *path)
{
	struct stat st;

	CHECK(fstatat(trial->rootfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0);
	return heap_printf(&trial->heap, "%u:%u", (unsigned)st.st_uid, (unsigned)st.st_gid);
}
