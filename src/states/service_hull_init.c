/* service_hull_init.c - services of hull-init, by its control socket.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One JSON object a line in each direction: hull-init-ctl(8), PROTOCOL. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "base/io.h"
#include "states/service_backend.h"
#include "states/system_limits.h"
#include "value/json.h"

#include "base/banned.h"

#define USUAL_PLACE "/run/hull-init/control.sock"

/* ---- the connection ---- */

/* Below a root of its own the init of that root is asked, if one listens there. */
static const char *socket_place(const struct world *world)
{
	const char *said = world->chroot ? NULL : getenv("HULL_INIT_CONTROL");

	return said && said[0] == '/' ? said : USUAL_PLACE;
}

/* It obeys whoever may write to it; we believe root and ourselves. */
static bool is_trusted(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* The socket's directory is opened below the root; sun_path is too short for what may stand in
 * front of it. -1: nobody listens. */
static int dial(const struct world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	autoclose int dirfd = -1;
	autoerr struct err err = {0};
	const char *name;

	if (beneath_parent(world->rootfd, socket_place(world), &dirfd, &name, &err) ||
	    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dirfd,
		     name) >= (int)sizeof(address.sun_path))
		return -1;
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) || !is_trusted(fd))
		return -1;
	return steal_fd(&fd);
}

static bool init_is_here(struct world *world)
{
	autoclose int fd = world->is_build ? -1 : dial(world);

	return fd >= 0;
}

static int read_line(int fd, struct buf *line, struct err *err)
{
	int64_t end = clock_monotonic_ns() + (LIMIT_INIT_WAIT_S + 5) * NS_PER_SEC;

	while (!memchr(buf_text(line), '\n', line->len)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int64_t left = (end - clock_monotonic_ns()) / (NS_PER_SEC / 1000);
		if (left <= 0 || !poll(&ready, 1, (int)left))
			return err_set(err, ERR_LIMIT, "hull-init does not answer");
		char *room = buf_reserve(line, 4096);
		if (!room)
			return buf_check(line, "hull-init's answer", err);
		ssize_t n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, ERR_SYSTEM, "hull-init has hung up");
		buf_added(line, (size_t)n);
	}
	return 0;
}

/* ---- one question ---- */

static int ask(struct world *world, const char *verb, struct dict *properties,
	       struct dict **ret_answer, struct err *err)
{
	struct dict *request = dict_new(world->heap);
	autobuf struct buf text = {0};
	autobuf struct buf line = {.max = LIMIT_INIT_ANSWER};
	autoclose int fd = dial(world);
	struct value answer;

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, "hull-init does not listen any more");
	dict_set(world->heap, request, "id", value_literal("hull-state"));
	dict_set(world->heap, request, "command", value_cstr(world->heap, verb));
	dict_set(world->heap, request, "properties", value_of_dict(properties));
	const struct value_json_options compact = {.indent = -1, .compact = true};
	if (value_to_json(world->heap, value_of_dict(request), &compact, &text, err))
		return -1;
	buf_putc(&text, '\n');
	if (io_write_all(fd, text.ptr, text.len, err) || read_line(fd, &line, err))
		return -1;
	struct str bytes = value_bytes(value_text(world->heap, buf_str(&line)));
	if (value_from_json(world->heap, bytes, &answer, err))
		return err_wrap(err, "hull-init's answer");
	if (answer.kind != VALUE_DICT)
		return err_set(err, ERR_CORRUPT, "hull-init's answer is no object");
	*ret_answer = answer.dict;
	return 0;
}

static struct str text_in(const struct dict *answer, const char *key)
{
	const struct value *v = dict_get(answer, key);

	return v && v->kind == VALUE_STRING ? value_bytes(*v) : (struct str){0};
}

static struct dict *properties_of(struct world *world, const char *name)
{
	struct dict *properties = dict_new(world->heap);

	dict_set(world->heap, properties, "name", value_cstr(world->heap, name));
	return properties;
}

/* It starts by itself: what "enabled" means for others. */
static bool starts_by_itself(struct world *world, const char *name)
{
	struct dict *properties = properties_of(world, name), *answer;
	struct list *keys = list_new(world->heap, 1);
	autoerr struct err err = {0};

	list_push(world->heap, keys, value_literal("autostart"));
	dict_set(world->heap, properties, "keys", value_of_list(keys));
	if (ask(world, "get", properties, &answer, &err))
		return false;
	const struct value *options = dict_get(answer, "options");
	const struct value *found = options && options->kind == VALUE_DICT
					    ? dict_get(options->dict, "autostart")
					    : NULL;
	return found &&
	       ((found->kind == VALUE_BOOL && found->boolean) ||
		(found->kind == VALUE_INT && found->integer) ||
		(found->kind == VALUE_STRING && (str_is_nocase(value_bytes(*found), "true") ||
						 str_is_nocase(value_bytes(*found), "yes"))));
}

static int init_look(struct world *world, struct service_unit *unit, struct err *err)
{
	struct dict *answer;

	if (ask(world, "status", properties_of(world, unit->name), &answer, err))
		return -1;
	struct str status = text_in(answer, "status");
	if (str_is(status, "error"))
		return 0;
	unit->is_running = str_is(status, "active");
	unit->is_enabled = starts_by_itself(world, unit->name);
	unit->can_enable = true;
	return 1;
}

static int init_change(struct world *world, const struct service_unit *unit, enum service_verb verb,
		       struct err *err)
{
	static const char *const verbs[N_SERVICE_VERBS] = {
		[SERVICE_START] = "start",     [SERVICE_STOP] = "stop",
		[SERVICE_RESTART] = "restart", [SERVICE_RELOAD] = "reload",
		[SERVICE_ENABLE] = "set",      [SERVICE_DISABLE] = "set",
	};
	struct dict *properties = properties_of(world, unit->name), *answer;

	if (!verbs[verb])
		return err_set(err, ERR_INPUT, "hull-init masks no services");
	if (verb == SERVICE_ENABLE || verb == SERVICE_DISABLE) {
		struct dict *options = dict_new(world->heap);
		dict_set(world->heap, options, "autostart", value_bool(verb == SERVICE_ENABLE));
		dict_set(world->heap, properties, "options", value_of_dict(options));
	} else {
		dict_set(world->heap, properties, "match", value_literal("simple"));
	}
	dict_set(world->heap, properties, "waiting", value_bool(true));
	dict_set(world->heap, properties, "timeout", value_int(LIMIT_INIT_WAIT_S));
	if (ask(world, verbs[verb], properties, &answer, err))
		return -1;
	if (!str_is(text_in(answer, "status"), "error"))
		return 0;
	return err_set(err, ERR_SYSTEM, "hull-init: %.*s", STR_ARG(text_in(answer, "reason")));
}

const struct service_backend service_hull_init = {
	.name = "hull-init",
	.is_here = init_is_here,
	.look = init_look,
	.change = init_change,
};
