/* settings.c - [init] while it runs: what a reload applies, and what it can only tell of.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is read when it is needed (stop_timeout, warmup_delay, check_delay, strict) and what our own
 * log does follow by themselves. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "ini/key.h"
#include "init/control.h"
#include "init/health.h"
#include "init/machine.h"
#include "init/say.h"

#include "base/banned.h"

/* ---- what is set at the start, and again ---- */

void settings_open_health(struct supervisor *supervisor)
{
	int error = health_open(supervisor, &supervisor->health);

	if (error)
		say(LOG_ERROR, NULL, "'%s' cannot be listened at: %s, ignoring",
		    supervisor->model->init.health, strerror(-error));
}

void settings_set_umask(struct supervisor *supervisor)
{
	int wanted = supervisor->model->init.umask;

	if (wanted < 0 && supervisor->first_umask < 0)
		return;
	mode_t before = umask((mode_t)(wanted < 0 ? supervisor->first_umask : wanted));
	if (supervisor->first_umask < 0)
		supervisor->first_umask = (int)before;
}

int settings_make_pidfile(struct supervisor *supervisor)
{
	const char *path = supervisor->model->init.pidfile;
	int error = path ? pidfile_make(path) : 0;

	if (error == -EEXIST)
		return error;
	if (error)
		say(LOG_WARN, NULL, "pidfile '%s' cannot be made: %s, ignoring", path,
		    strerror(-error));
	supervisor->pidfile = path && !error ? strdup(path) : NULL; /* what others made stays */
	return 0;
}

void settings_remove_pidfile(struct supervisor *supervisor)
{
	if (supervisor->pidfile)
		unlink(supervisor->pidfile);
	free(supervisor->pidfile);
	supervisor->pidfile = NULL;
}

/* ---- a reload ---- */

static bool is_one_file(const char *a, const char *b)
{
	struct stat first, second;

	return a && b && !lstat(a, &first) && !lstat(b, &second) && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* Another program's name stays as it is, and our file where it was. */
static void follow_pidfile(struct supervisor *supervisor)
{
	const char *wanted = supervisor->model->init.pidfile;
	char *before = supervisor->pidfile;

	if (text_eq(before, wanted))
		return;
	if (settings_make_pidfile(supervisor)) {
		say(LOG_ERROR, NULL, "'%s' names a process that is alive, ignoring", wanted);
		return;
	}
	if (before && !is_one_file(before, supervisor->pidfile))
		unlink(before);
	free(before);
}

static void follow_health(struct supervisor *supervisor, const struct init_settings *was)
{
	const struct init_settings *is = &supervisor->model->init;

	bool is_same = text_eq(was->health, is->health) && was->health_public == is->health_public;
	if (is_same && supervisor->health)
		return;
	health_close(supervisor->health);
	supervisor->health = NULL;
	settings_open_health(supervisor);
}

static void tell_of_restart(const struct key *key, const struct model *before,
			    const struct model *after)
{
	autobuf struct buf was = {0}, is = {0};
	const char *section = after->vocabulary == VOCABULARY_CIRCUS ? "circus" : "init";

	key_write(key, &before->init, &was);
	key_write(key, &after->init, &is);
	if (!str_eq(buf_str(&was), buf_str(&is)))
		say(LOG_WARN, NULL, "'%s' of [%s] has changed: that needs a restart",
		    key_name(key, after->vocabulary), section);
}

void supervisor_follow_model(struct supervisor *supervisor, const struct model *before)
{
	const struct model *after = supervisor->model;
	const struct key *key = after->vocabulary == VOCABULARY_CIRCUS ? circus_keys : init_keys;

	settings_set_umask(supervisor);
	follow_pidfile(supervisor);
	int error = control_follow(supervisor, &before->init);
	if (error)
		say(LOG_ERROR, NULL, "control socket '%s': %s, going on as before",
		    after->init.control ? after->init.control : "", strerror(-error));
	follow_health(supervisor, &before->init);
	for (; key->name; key++)
		if (key->flags & KEY_AT_START)
			tell_of_restart(key, before, after);
}
