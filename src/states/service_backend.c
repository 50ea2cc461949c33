/* service_backend.c - the backends in their order, and init scripts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/service_backend.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/strlist.h"
#include "states/program.h"

#include "base/banned.h"

static const struct service_backend *const backends[] = {
	&service_hull_init,
	&service_systemd,
	&service_scripts,
};

int service_look(struct world *world, const char *name, struct service_unit *ret_unit,
		 bool *ret_any, struct err *err)
{
	struct service_unit unit = {.name = name};
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(backends) && !unit.backend; i++) {
		if (!backends[i]->is_here(world))
			continue;
		any = true;
		int found = backends[i]->look(world, &unit, err);
		if (found < 0)
			return -1;
		if (found)
			unit.backend = backends[i];
	}
	*ret_unit = unit;
	if (ret_any)
		*ret_any = any;
	return 0;
}

int service_change(struct world *world, const struct service_unit *unit, enum service_verb verb,
		   struct err *err)
{
	return unit->backend->change(world, unit, verb, err);
}

/* ---- init scripts: OpenRC's and System V's ---- */

static bool exists(const struct world *world, const char *path)
{
	struct stat st;
	autoerr struct err err = {0};

	return !beneath_stat(world->rootfd, path, &st, &err);
}

static bool scripts_are_here(struct world *world)
{
	return exists(world, "/etc/init.d");
}

static const char *script_path(struct world *world, const char *name)
{
	if (strchr(name, '/') || name[0] == '.')
		return NULL;
	return program_find(world, heap_printf(world->heap, "/etc/init.d/%s", name));
}

/* S20nginx in one of the runlevels that people use. */
static bool is_linked(struct world *world, const char *dir, const char *name, size_t n_prefix)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	autoerr struct err err = {0};

	if (beneath_open(world->rootfd, dir, O_RDONLY | O_DIRECTORY, 0, &fd, &err) ||
	    dir_list(fd, ".", &names, &err))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		const char *link = names.items[i];
		if (!n_prefix && text_eq(link, name))
			return true;
		if (n_prefix && link[0] == 'S' && strlen(link) > n_prefix &&
		    text_eq(link + n_prefix, name))
			return true;
	}
	return false;
}

static bool script_is_enabled(struct world *world, const char *name)
{
	static const char *const runlevels[] = {"/etc/rc2.d", "/etc/rc3.d",      "/etc/rc4.d",
						"/etc/rc5.d", "/etc/rc.d/rc3.d", "/etc/rc.d/rc5.d"};
	static const char *const openrc[] = {"/etc/runlevels/default", "/etc/runlevels/boot",
					     "/etc/runlevels/sysinit"};

	for (size_t i = 0; i < ARRAY_LEN(runlevels); i++)
		if (is_linked(world, runlevels[i], name, strlen("S00")))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(openrc); i++)
		if (is_linked(world, openrc[i], name, 0))
			return true;
	return false;
}

static int scripts_look(struct world *world, struct service_unit *unit, struct err *err)
{
	const char *script = script_path(world, unit->name);
	cleanup(command_outcome_done) struct command_outcome said = {0};

	if (!script)
		return 0;
	if (!world->is_build) {
		const char *const words[] = {script, "status", NULL};
		if (program_run(world, words, NULL, &said, err))
			return -1;
		unit->is_running = !said.retcode;
	}
	unit->is_enabled = script_is_enabled(world, unit->name);
	unit->can_enable = program_find(world, "rc-update") || program_find(world, "update-rc.d") ||
			   program_find(world, "chkconfig");
	return 1;
}

static int script_enable(struct world *world, const char *name, bool on, struct err *err)
{
	const char *const openrc[] = {"rc-update", on ? "add" : "del", name, "default", NULL};
	const char *const debian_links[] = {"update-rc.d", name, "defaults", NULL};
	const char *const debian[] = {"update-rc.d", name, on ? "enable" : "disable", NULL};
	const char *const redhat[] = {"chkconfig", name, on ? "on" : "off", NULL};

	if (program_find(world, "rc-update"))
		return program_must(world, openrc, NULL, err);
	if (program_find(world, "update-rc.d"))
		return (on && program_must(world, debian_links, NULL, err)) ||
				       program_must(world, debian, NULL, err)
			       ? -1
			       : 0;
	return program_must(world, redhat, NULL, err);
}

static int scripts_change(struct world *world, const struct service_unit *unit,
			  enum service_verb verb, struct err *err)
{
	static const char *const words_of[N_SERVICE_VERBS] = {
		[SERVICE_START] = "start",
		[SERVICE_STOP] = "stop",
		[SERVICE_RESTART] = "restart",
		[SERVICE_RELOAD] = "reload",
	};

	if (verb == SERVICE_ENABLE || verb == SERVICE_DISABLE)
		return script_enable(world, unit->name, verb == SERVICE_ENABLE, err);
	if (!words_of[verb])
		return err_set(err, ERR_INPUT, "an init script cannot be masked");
	const char *const words[] = {script_path(world, unit->name), words_of[verb], NULL};
	return program_must(world, words, NULL, err);
}

const struct service_backend service_scripts = {
	.name = "init scripts",
	.is_here = scripts_are_here,
	.look = scripts_look,
	.change = scripts_change,
};
