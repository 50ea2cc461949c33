/* service_systemd.c - services of systemd, by systemctl(1).
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "base/beneath.h"
#include "states/program.h"
#include "states/service_backend.h"

#include "base/banned.h"

/* sd_booted(3): it is PID 1 when it has made this directory. An image that is being built has no
 * PID 1 of its own: units are only enabled then. */
static bool systemd_is_here(struct world *world)
{
	struct stat st;
	autoerr struct err err = {0};
	bool is_booted = !beneath_stat(world->rootfd, "/run/systemd/system", &st, &err) &&
			 S_ISDIR(st.st_mode);

	return (is_booted || world->is_build) && program_find(world, "systemctl");
}

static struct str property(struct str text, const char *name)
{
	while (text.len) {
		struct str value = str_cut(&text, '\n'), key = str_cut(&value, '=');
		if (value.ptr && str_is(key, name))
			return str_trim(value);
	}
	return (struct str){0};
}

static bool is_one_of(struct str word, const char *const *words)
{
	for (; *words; words++)
		if (str_is(word, *words))
			return true;
	return false;
}

/* As `systemctl is-enabled` counts. */
static const char *const enabled_words[] = {"enabled", "enabled-runtime", "static",    "alias",
					    "linked",  "indirect",        "generated", NULL};
static const char *const active_words[] = {"active", "reloading", NULL};
static const char *const masked_words[] = {"masked", "masked-runtime", NULL};

static int look_offline(struct world *world, struct service_unit *unit, struct err *err)
{
	const char *const words[] = {"systemctl", "is-enabled", unit->name, NULL};
	cleanup(command_outcome_done) struct command_outcome said = {0};

	if (program_run(world, words, NULL, &said, err))
		return -1;
	struct str state = str_trim(buf_str(&said.out));
	unit->is_enabled = is_one_of(state, enabled_words);
	unit->is_masked = is_one_of(state, masked_words);
	unit->can_enable = unit->can_mask = true;
	return state.len && !str_is(state, "not-found");
}

static int systemd_look(struct world *world, struct service_unit *unit, struct err *err)
{
	const char *const words[] = {"systemctl",     "--no-pager", "show",        "-p",
				     "LoadState",     "-p",         "ActiveState", "-p",
				     "UnitFileState", unit->name,   NULL};
	cleanup(command_outcome_done) struct command_outcome said = {0};

	if (world->is_build)
		return look_offline(world, unit, err);
	if (program_run(world, words, NULL, &said, err))
		return -1;
	if (said.retcode)
		return err_set(err, ERR_SYSTEM, "systemctl: %s",
			       program_complaint(world->heap, &said));
	struct str text = buf_str(&said.out), load = property(text, "LoadState");
	struct str file = property(text, "UnitFileState");
	if (!load.len || str_is(load, "not-found"))
		return 0;
	unit->is_running = is_one_of(property(text, "ActiveState"), active_words);
	unit->is_enabled = is_one_of(file, enabled_words);
	unit->is_masked = is_one_of(load, masked_words) || is_one_of(file, masked_words);
	unit->can_enable = unit->can_mask = true;
	return 1;
}

static int systemd_change(struct world *world, const struct service_unit *unit,
			  enum service_verb verb, struct err *err)
{
	static const char *const words_of[N_SERVICE_VERBS] = {
		[SERVICE_START] = "start",     [SERVICE_STOP] = "stop",
		[SERVICE_RESTART] = "restart", [SERVICE_RELOAD] = "reload",
		[SERVICE_ENABLE] = "enable",   [SERVICE_DISABLE] = "disable",
		[SERVICE_MASK] = "mask",       [SERVICE_UNMASK] = "unmask",
	};
	const char *const words[] = {"systemctl",    "--no-pager", "--no-ask-password",
				     words_of[verb], unit->name,   NULL};

	return program_must(world, words, NULL, err);
}

const struct service_backend service_systemd = {
	.name = "systemd",
	.is_here = systemd_is_here,
	.look = systemd_look,
	.change = systemd_change,
};
