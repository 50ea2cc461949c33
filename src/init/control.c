/* control.c - the control socket: opened where it can be, closed without a trace.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "base/str.h"
#include "init/ids.h"
#include "init/peer.h"
#include "init/place.h"
#include "init/say.h"

#include "base/banned.h"

static int bind_at(struct control *control, const char *path, bool make_dir, mode_t mode)
{
	int fd;
	int result = place_bind(path, make_dir, mode, &fd);
	if (result)
		return result;
	control->watch.fd = fd;
	control->door.mode = mode;
	snprintf(control->door.path, sizeof(control->door.path), "%s", path);
	return 0;
}

/* The first place that works. */
static int bind_somewhere(struct control *control, mode_t mode)
{
	char path[PLACE_MAX], suffix[17];
	for (size_t i = 0; place_get(i, geteuid(), path); i++)
		if (path[0] && bind_at(control, path, true, mode) == 0)
			return 0;
	random_hex(suffix, sizeof(suffix) - 1);
	snprintf(path, sizeof(path), PLACE_ABSTRACT "%s", suffix);
	return bind_at(control, path, false, mode);
}

static int find_owner(struct control *control, const struct init_settings *settings)
{
	struct ids ids = {.uid = geteuid(), .gid = getegid()};
	const char *missing;
	control->door.has_uid = control->door.has_gid = false;
	if (!settings->control_user && !settings->control_group)
		return 0;
	char own[16];
	snprintf(own, sizeof(own), "%u", (unsigned)geteuid());
	int result = ids_find(settings->control_user ? settings->control_user : own,
			      settings->control_group, NULL, &ids, &missing);
	if (result)
		return result;
	control->door.has_uid = settings->control_user;
	control->door.has_gid = settings->control_group;
	control->door.uid = ids.uid;
	control->door.gid = ids.gid;
	return 0;
}

/* The directory may be another's: what is done by name follows no link, the mode comes with the
 * socket. Whoever connects before the owner is set is asked who he is like all others. */
static int set_owner(struct control_door *door)
{
	struct stat st;
	if (door->path[0] == '@')
		return 0;
	if (lstat(door->path, &st))
		return -errno;
	door->device = st.st_dev;
	door->inode = st.st_ino;
	if ((door->has_uid || door->has_gid) &&
	    lchown(door->path, door->has_uid ? door->uid : (uid_t)-1,
		   door->has_gid ? door->gid : (gid_t)-1))
		return -errno;
	return 0;
}

static void heard(struct observer *observer, const struct event *event)
{
	struct control *control = container_of(observer, struct control, observer);
	subscribe_heard(control, event);
	events_later(control->supervisor->events, &control->later);
}

static void look_later(struct later *later)
{
	await_look(container_of(later, struct control, later));
}

static void look_again(struct timer *timer)
{
	await_look(container_of(timer, struct control, poll));
}

static void remove_socket(const struct control_door *door)
{
	struct stat st;
	if (door->path[0] == '/' && lstat(door->path, &st) == 0 && st.st_dev == door->device &&
	    st.st_ino == door->inode)
		unlink(door->path);
}

/* What is bound is for whom the door says. */
static int start_listening(struct control *control)
{
	int result = set_owner(&control->door);
	if (!result)
		result = watch_start(control->supervisor->events, &control->watch,
				     control->watch.fd, EPOLLIN);
	if (result) {
		remove_socket(&control->door);
		close(control->watch.fd);
		control->door.path[0] = '\0';
	}
	return result;
}

static int open_socket(struct control *control, const struct init_settings *settings)
{
	mode_t mode = (mode_t)settings->control_mode & 0666;
	int result = find_owner(control, settings);
	if (!result)
		result = settings->control ? bind_at(control, settings->control, false, mode)
					   : bind_somewhere(control, mode);
	return result ? result : start_listening(control);
}

static void close_socket(struct control *control)
{
	if (!control->door.path[0])
		return;
	watch_stop(control->supervisor->events, &control->watch);
	close(control->watch.fd);
	remove_socket(&control->door);
	control->door.path[0] = '\0';
}

static void open_again(struct control *control, const struct control_door *before)
{
	if (!before->path[0])
		return;
	control->door = *before;
	control->door.path[0] = '\0';
	int result = bind_at(control, before->path, false, before->mode);
	if (!result)
		result = start_listening(control);
	if (result)
		say(LOG_ERROR, NULL, "no control socket at '%s' any more: %s", before->path,
		    strerror(-result));
}

static bool is_off(const struct init_settings *settings)
{
	return settings->control && text_eq(settings->control, "off");
}

int control_open(struct supervisor *supervisor, struct control **ret_control)
{
	const struct init_settings *settings = &supervisor->model->init;
	*ret_control = NULL;
	if (is_off(settings))
		return 0;
	struct control *control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (control == MAP_FAILED)
		return -ENOMEM;
	control->supervisor = supervisor;
	control->watch.ready = peer_accept;
	control->observer.heard = heard;
	control->later.run = look_later;
	control->poll.fire = look_again;
	int result = open_socket(control, settings);
	if (result) {
		munmap(control, sizeof(*control));
		return result;
	}
	supervisor_observe(supervisor, &control->observer);
	*ret_control = control;
	return 0;
}

int control_follow(struct supervisor *supervisor, const struct init_settings *was)
{
	const struct init_settings *is = &supervisor->model->init;
	struct control *control = supervisor->control;
	bool is_same = text_eq(was->control, is->control) &&
		       was->control_mode == is->control_mode &&
		       text_eq(was->control_user, is->control_user) &&
		       text_eq(was->control_group, is->control_group);
	if (!supervisor->options->with_control || (is_same && control && !control->is_behind))
		return 0;
	if (!control)
		return control_open(supervisor, &supervisor->control);
	const struct control_door before = control->door;
	close_socket(control);
	int result = is_off(is) ? 0 : open_socket(control, is);
	control->is_behind = result;
	if (result)
		open_again(control, &before);
	return result;
}

const char *control_path(const struct control *control)
{
	return control ? control->door.path : NULL;
}

const char *control_hint(const struct control *control)
{
	char first[PLACE_MAX];
	place_get(0, geteuid(), first);
	const char *path = control_path(control);
	return path && path[0] && !text_eq(path, first) ? path : NULL;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	struct events *events = control->supervisor->events;
	supervisor_unobserve(control->supervisor, &control->observer);
	await_end(control);
	timer_cancel(events, &control->poll);
	close_socket(control);
	munmap(control, sizeof(*control));
}
