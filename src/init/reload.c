/* reload.c - two models compared, service by service; the new one takes over.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/reload.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "ini/load.h"
#include "init/aside.h"
#include "init/control.h"
#include "init/machine.h"
#include "init/say.h"

#include "base/banned.h"

#define RELOAD_TRY_NS   (20 * NS_PER_SEC)
#define RELOAD_SWEEP_NS NS_PER_SEC /* by then what was removed is freed */

struct kept_model {
	struct model *model;
	const struct model *base; /* texts of a changed copy are still there; NULL: none */
	struct kept_model *next;
};
struct reload {
	struct supervisor *supervisor;
	struct aside aside;
	struct timer sweep;
	bool again; /* asked for while one was running */
	char why[64];
	struct kept_model *kept; /* all but the first model, which is not ours */
};

static void sweep_models(struct timer *timer);

static struct reload *reload_get(struct supervisor *supervisor)
{
	if (!supervisor->reload) {
		supervisor->reload = calloc(1, sizeof(*supervisor->reload));
		if (!supervisor->reload)
			return NULL;
		supervisor->reload->supervisor = supervisor;
		supervisor->reload->sweep.fire = sweep_models;
	}
	return supervisor->reload;
}

/* ---- models ---- */

static bool is_in_model(const struct model *model, const struct service_spec *spec)
{
	return spec >= model->services && spec < model->services + model->n_services;
}

static const struct model *model_of(const struct reload *reload, const struct service_spec *spec)
{
	for (const struct kept_model *it = reload->kept; it; it = it->next)
		if (is_in_model(it->model, spec))
			return it->model;
	return NULL;
}

static bool is_used(const struct reload *reload, const struct model *model)
{
	if (reload->supervisor->model == model)
		return true;
	for (const struct service *it = reload->supervisor->services; it; it = it->next)
		if (is_in_model(model, it->spec))
			return true;
	for (const struct kept_model *it = reload->kept; it; it = it->next)
		if (it->base == model)
			return true;
	return false;
}

int reload_keep_model(struct supervisor *supervisor, struct model *model,
		      const struct service_spec *copy_of)
{
	struct reload *reload = reload_get(supervisor);
	struct kept_model *kept = reload ? calloc(1, sizeof(*kept)) : NULL;
	if (!kept) {
		model_free(model);
		return -ENOMEM;
	}
	*kept = (struct kept_model){model, copy_of ? model_of(reload, copy_of) : NULL,
				    reload->kept};
	reload->kept = kept;
	if (!reload->sweep.active) /* who reads again and again must not put it off */
		timer_after(supervisor->events, &reload->sweep, RELOAD_SWEEP_NS);
	return 0;
}

static void sweep_models(struct timer *timer)
{
	struct reload *reload = container_of(timer, struct reload, sweep);
	struct kept_model **link = &reload->kept;
	/* Newer ones first: a copy is dropped before what it was made of. */
	while (*link) {
		struct kept_model *kept = *link;
		if (is_used(reload, kept->model)) {
			link = &kept->next;
			continue;
		}
		*link = kept->next;
		model_free(kept->model);
		free(kept);
	}
}

void reload_close(struct supervisor *supervisor)
{
	struct reload *reload = supervisor->reload;
	if (!reload)
		return;
	aside_done(&reload->aside);
	timer_cancel(supervisor->events, &reload->sweep);
	while (reload->kept) {
		struct kept_model *kept = reload->kept;
		reload->kept = kept->next;
		model_free(kept->model);
		free(kept);
	}
	free(reload);
	supervisor->reload = NULL;
}

/* ---- the difference ---- */

static const struct service_spec *find_spec(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_services; i++)
		if (str_is_nocase(str_of(model->services[i].name), name))
			return &model->services[i];
	return NULL;
}

static bool socket_eq(const struct socket_spec *a, const struct socket_spec *b)
{
	return a->family == b->family && a->type == b->type && a->protocol == b->protocol &&
	       a->port == b->port && text_eq(a->host, b->host) && text_eq(a->path, b->path) &&
	       text_eq(a->interface, b->interface) && a->reuse_port == b->reuse_port;
}

static const struct socket_spec *find_socket(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_sockets; i++)
		if (str_is_nocase(str_of(model->sockets[i].name), name))
			return &model->sockets[i];
	return NULL;
}

static bool socket_changed(const struct model *before, const struct model *after, const char *name)
{
	const struct socket_spec *a = find_socket(before, name), *b = find_socket(after, name);
	return (a != NULL) != (b != NULL) || (a && !socket_eq(a, b));
}

/* A service holds descriptors of sockets that are others now. */
static bool sockets_changed(const struct model *before, const struct model *after,
			    const struct service_spec *spec)
{
	for (size_t i = 0; i < spec->sockets.n; i++)
		if (socket_changed(before, after, spec->sockets.items[i]))
			return true;
	if (spec->stdin_socket && socket_changed(before, after, spec->stdin_socket))
		return true;
	/* All of them, by number: one more and the numbers differ. */
	if (!spec->use_sockets && !spec->has_placeholders)
		return false;
	for (size_t i = 0; i < before->n_sockets; i++)
		if (socket_changed(before, after, before->sockets[i].name))
			return true;
	return before->n_sockets != after->n_sockets;
}

enum change { CHANGE_NONE, CHANGE_COPIES, CHANGE_SPEC };

/* File against file, so that what an operator has set since stays until its section is edited. */
static enum change compare(const struct model *before, const struct model *after,
			   const struct service_spec *spec)
{
	const struct service_spec *old = find_spec(before, spec->name);
	bool only_copies = false;
	if (!old || sockets_changed(before, after, spec))
		return CHANGE_SPEC;
	if (!service_differs(old, spec, &only_copies))
		return CHANGE_NONE;
	return only_copies ? CHANGE_COPIES : CHANGE_SPEC;
}

/* ---- taking over ---- */

/* Overlapping copies are for those who say that they may; circus stops and starts. */
static enum reload_kind kind_of(const struct model *model, const struct service_spec *spec)
{
	if (model->vocabulary == VOCABULARY_CIRCUS || spec->reload == RELOAD_SIGNAL ||
	    spec->singleton)
		return RELOAD_RESTART;
	return spec->reload;
}

/* What runs at its times waits for the next one. */
static void begin(struct service *service, const char *why)
{
	if (service->spec->kind == SERVICE_CRON)
		service->wanted = true;
	else
		service_start(service, why);
}

static void renew(struct service *service, const struct model *model,
		  const struct service_spec *spec)
{
	bool was_off = !service->spec->autostart, was_cron = service->spec->kind == SERVICE_CRON;
	enum service_state state = service->state;
	service_replace_spec(service, spec);
	if (service->copies != spec->copies)
		service_scale(service, spec->copies);
	if (spec->kind == SERVICE_CRON) { /* what runs may end; the next run is by the new spec */
		if (!was_cron)
			service_stop(service, "runs at its times now");
		if (!was_cron || was_off != !spec->autostart)
			service->wanted = spec->autostart;
		return;
	}
	if (state == SERVICE_FAILED || (state == SERVICE_DONE && spec->autostart) ||
	    (was_off && spec->autostart && !service->wanted))
		service_start(service, "its section has changed");
	else if (service->wanted)
		service_reload(service, kind_of(model, spec));
}

struct tally {
	int added, changed, removed, kept;
};

static void remove_services(struct supervisor *supervisor, const struct model *before,
			    const struct model *after, struct tally *tally)
{
	struct service *next;
	for (struct service *it = supervisor->services; it; it = next) {
		next = it->next;
		if (find_spec(after, it->spec->name) || !find_spec(before, it->spec->name))
			continue;
		supervisor_remove(supervisor, it, false);
		tally->removed++;
	}
}

static int add_service(struct supervisor *supervisor, const struct service_spec *spec,
		       struct tally *tally)
{
	struct service *service = supervisor_add(supervisor, spec);
	if (!service)
		return -ENOMEM;
	if (spec->autostart)
		begin(service, "new in the file");
	tally->added++;
	return 0;
}

static void take_service(struct service *service, const struct model *before,
			 const struct model *after, const struct service_spec *spec,
			 struct tally *tally)
{
	enum change change = compare(before, after, spec);
	/* Else it has a model of its own: it was set since. */
	bool is_plain = is_in_model(before, service->spec);
	tally->kept += change == CHANGE_NONE;
	tally->changed += change != CHANGE_NONE;
	if (change == CHANGE_SPEC) {
		renew(service, after, spec);
		return;
	}
	if (is_plain)
		service_follow_spec(service, spec);
	if (change == CHANGE_COPIES)
		service_scale(service, spec->copies);
}

static int take_services(struct supervisor *supervisor, const struct model *before,
			 const struct model *after, struct tally *tally)
{
	int result = 0;
	remove_services(supervisor, before, after, tally);
	for (size_t i = 0; i < after->n_services && !result; i++) {
		const struct service_spec *spec = &after->services[i];
		struct service *service = supervisor_find(supervisor, spec->name);
		if (service && service->is_removed) {
			/* Asked to go, and back before it had gone. */
			service->is_removed = false;
			renew(service, after, spec);
			begin(service, "back in the file");
			tally->added++;
		} else if (service) {
			take_service(service, before, after, spec, tally);
		} else {
			result = add_service(supervisor, spec, tally);
		}
	}
	return result;
}

/* Added ones have stood where they fell; what is in no file stays behind its like. */
static void sort_services(struct supervisor *supervisor)
{
	struct service *rest = supervisor->services, *sorted = NULL, *next;
	for (; rest; rest = next) {
		struct service **at = &sorted;
		next = rest->next;
		while (*at && !supervisor_goes_before(supervisor, rest->spec, (*at)->spec))
			at = &(*at)->next;
		rest->next = *at;
		*at = rest;
	}
	supervisor->services = sorted;
}

static void find_main(struct supervisor *supervisor)
{
	supervisor->main = NULL;
	for (struct service *it = supervisor->services; it; it = it->next)
		if (it->spec->main && !it->is_removed)
			supervisor->main = it;
}

static int take_sockets(struct supervisor *supervisor, struct model *model, char *why_not,
			size_t size)
{
	struct listeners listeners = {0};
	const struct socket_spec *failed = NULL;
	int result = listeners_open(model, &supervisor->listeners, &listeners, &failed);
	if (result) {
		snprintf(why_not, size, "socket '%s': %s", failed ? failed->name : "",
			 strerror(-result));
		return result;
	}
	listeners_close(&supervisor->listeners);
	supervisor->listeners = listeners;
	return 0;
}

static int load(struct supervisor *supervisor, const char *file, struct model **ret_model,
		char *why_not, size_t size)
{
	autoerr struct err err = {0};
	struct load_options options = {
		.file = file,
		.env = (const char *const *)environ,
		.strict = supervisor->model->init.strict,
	};
	struct model *model = NULL;
	int (*prepare)(struct model * model, struct err * err) = supervisor->options->prepare;
	if (model_load(&options, &model, &err) == 0 && (!prepare || prepare(model, &err) == 0)) {
		*ret_model = model;
		return 0;
	}
	model_free(model);
	snprintf(why_not, size, "%s", err_text(&err));
	return -EINVAL;
}

int reload_files(struct supervisor *supervisor, char *why_not, size_t size)
{
	struct model *before = supervisor->model, *model = NULL;
	struct tally tally = {0};
	if (!before->file) {
		snprintf(why_not, size, "there is no file to read again");
		return -ENOENT;
	}
	int result = load(supervisor, before->file, &model, why_not, size);
	if (result)
		return result;
	if (reload_keep_model(supervisor, model, NULL)) {
		snprintf(why_not, size, "no memory for another model");
		return -ENOMEM;
	}
	result = take_sockets(supervisor, model, why_not, size);
	if (result)
		return result;
	if (supervisor->options->adjust)
		supervisor->options->adjust(model, supervisor->options->adjust_arg);
	supervisor->model = model;
	result = say_open(&model->init);
	if (result)
		say(LOG_WARN, NULL, "log_output: %s, going on as before", strerror(-result));
	result = take_services(supervisor, before, model, &tally);
	supervisor_follow_model(supervisor, before);
	find_main(supervisor);
	sort_services(supervisor);
	supervisor_resolve(supervisor);
	supervisor_advance(supervisor); /* who waits may wait for less */
	logs_sweep(supervisor->logs);
	say(LOG_INFO, NULL, "files read again: %d added, %d changed, %d removed, %d as they were",
	    tally.added, tally.changed, tally.removed, tally.kept);
	if (result)
		snprintf(why_not, size, "no memory for a service: the rest is as the files say");
	return result;
}

/* ---- first by a copy ---- */

static int try_load(void *arg, int fd)
{
	struct supervisor *supervisor = arg;
	struct model *model = NULL;
	char why_not[1024];
	if (load(supervisor, supervisor->model->file, &model, why_not, sizeof(why_not)) == 0)
		return 0;
	return write(fd, why_not, strlen(why_not)) < 0 ? 2 : 1;
}

static int reload_try(struct reload *reload)
{
	return aside_start(&reload->aside, reload->supervisor->events, try_load, reload->supervisor,
			   RELOAD_TRY_NS);
}

static void reload_tried(struct aside *aside, int status)
{
	struct reload *reload = container_of(aside, struct reload, aside);
	struct supervisor *supervisor = reload->supervisor;
	char why_not[1024] = "no memory or no time to read the files";
	if (status > 0 && aside->text.len)
		snprintf(why_not, sizeof(why_not), "%.*s", (int)aside->text.len, aside->text.ptr);
	aside_done(aside);
	if (supervisor->stopping)
		return;
	/* What was read may be older than the last wish. */
	if (reload->again) {
		reload->again = false;
		if (reload_try(reload) == 0)
			return;
	}
	bool is_good = status == 0 && reload_files(supervisor, why_not, sizeof(why_not)) == 0;
	if (!is_good)
		say(LOG_ERROR, NULL, "files not read again: %s", why_not);
	control_reloaded(supervisor->control, is_good ? NULL : why_not);
}

int reload_start(struct supervisor *supervisor, const char *why)
{
	struct reload *reload = reload_get(supervisor);
	if (!reload)
		return -ENOMEM;
	if (!supervisor->model->file)
		return -ENOENT;
	say(LOG_INFO, NULL, "reading the files again: %s", why);
	if (reload->aside.active) {
		reload->again = true;
		return 0;
	}
	reload->aside.done = reload_tried;
	return reload_try(reload);
}
