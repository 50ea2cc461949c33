/* remove.c - docker rmi: names go one by one, the image with its last name.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's rules of conflict (daemon/images/image_delete.go, in words): a name that is one
 * of several is only taken away; an ID with names in several repositories needs force; an image
 * that a stopped container uses needs force, one that a running container uses stays. */
#include <stdlib.h>

#include "image/image_private.h"

#include "base/banned.h"

#define SHORT_ID_DIGITS 12

struct removal {
	struct engine *engine;
	bool force;
	void (*tell)(const char *line, void *arg);
	void *arg;
};

static void say(const struct removal *removal, const char *what, const char *name)
{
	autofree char *line = xasprintf("%s: %s", what, name);

	if (removal->tell)
		removal->tell(line, removal->arg);
}

int image_user(struct engine *engine, const struct digest *id, char **ret_container,
	       bool *ret_running, struct err *err)
{
	struct container_list list = {0};
	autofree char *user = NULL;
	bool running = false;

	if (container_list(engine, &list, err))
		return -1;
	vec_foreach(it, &list) {
		struct digest its = container_image_id(*it);
		if (running || !digest_eq(&its, id))
			continue;
		enum container_state state = container_state(*it, NULL);
		running = state == CONTAINER_RUNNING || state == CONTAINER_PAUSED ||
			  state == CONTAINER_RESTARTING;
		if (running || !user) {
			free(user);
			user = xasprintf("%.*s", SHORT_ID_DIGITS, container_id(*it));
		}
	}
	container_list_done(&list);
	*ret_container = steal(&user);
	*ret_running = running;
	return 0;
}

static int check_unused(const struct removal *removal, const struct image *image, const char *text,
			struct err *err)
{
	autofree char *user = NULL;
	bool running = false;

	if (image_user(removal->engine, &image->id, &user, &running, err))
		return -1;
	if (running)
		return err_set(err, ERR_EXISTS,
			       "image '%s' stays: the running container %s uses it", text, user);
	if (user && !removal->force)
		return err_set(err, ERR_EXISTS,
			       "image '%s' stays: container %s uses it (-f removes it anyway)",
			       text, user);
	return 0;
}

static int drop_image(const struct removal *removal, const struct image *image, struct err *err)
{
	if (store_remove_image(removal->engine->store, &image->manifest.digest, err))
		return -1;
	for (size_t i = 0; i < image->names.n; i++) {
		autofree char *familiar = name_familiar(image->names.items[i]);
		say(removal, "Untagged", familiar);
	}
	say(removal, "Deleted", image->id.text);
	return 0;
}

/* Whether `text` is one of the image's names rather than its ID. */
static bool is_name_of(const char *text, const struct image *image, struct reference *ret_name)
{
	autoref struct reference name = {0};
	autoerr struct err ignored = {0};

	if (reference_parse(text, &name, &ignored))
		return false;
	reference_default_tag(&name);
	autofree char *canonical = reference_text(&name);
	if (!strlist_has(&image->names, canonical))
		return false;
	*ret_name = steal(&name);
	return true;
}

static size_t count_repositories(const struct image *image)
{
	autostrlist struct strlist seen = {0};

	for (size_t i = 0; i < image->names.n; i++) {
		autoref struct reference name = {0};
		autoerr struct err ignored = {0};
		if (reference_parse(image->names.items[i], &name, &ignored))
			continue;
		autofree char *repository = reference_repository(&name);
		if (!strlist_has(&seen, repository))
			strlist_add(&seen, repository);
	}
	return seen.n;
}

static int remove_by_name(const struct removal *removal, const struct image *image,
			  const struct reference *name, const char *text, struct err *err)
{
	if (image->names.n > 1) {
		autofree char *familiar = reference_familiar(name);
		if (store_remove_name(removal->engine->store, name, err))
			return -1;
		say(removal, "Untagged", familiar);
		return 0;
	}
	if (check_unused(removal, image, text, err))
		return -1;
	return drop_image(removal, image, err);
}

static int remove_by_id(const struct removal *removal, const struct image *image, const char *text,
			struct err *err)
{
	if (count_repositories(image) > 1 && !removal->force) {
		autofree char *names = strlist_join(&image->names, ", ");
		return err_set(err, ERR_EXISTS,
			       "image '%s' has names in several repositories (%s): -f removes it "
			       "with all of them",
			       text, names);
	}
	if (check_unused(removal, image, text, err))
		return -1;
	return drop_image(removal, image, err);
}

int image_remove(struct engine *engine, const char *text, bool force,
		 void (*tell)(const char *line, void *arg), void *arg, struct err *err)
{
	struct removal removal = {.engine = engine, .force = force, .tell = tell, .arg = arg};
	cleanup(image_done) struct image image = {0};
	autoref struct reference name = {0};

	if (store_find_image(engine->store, text, &image, err))
		return -1;
	if (is_name_of(text, &image, &name))
		return remove_by_name(&removal, &image, &name, text, err);
	return remove_by_id(&removal, &image, text, err);
}
