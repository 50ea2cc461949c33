/* create.c - a new container: everything is checked before anything is made.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/random.h"
#include "container/settings.h"

#include "base/banned.h"

struct source { /* what the image says; empty for "scratch" */
	struct image_config config;
	struct manifest manifest;
};

static void source_done(struct source *source)
{
	image_config_done(&source->config);
	manifest_done(&source->manifest);
}

static int source_read(struct engine *engine, const struct image *image, struct source *ret_source,
		       struct err *err)
{
	struct source source = {0};

	if (image &&
	    (store_read_config(engine->store, &image->id, &source.config, err) ||
	     store_read_manifest(engine->store, &image->manifest.digest, &source.manifest, err))) {
		source_done(&source);
		return -1;
	}
	*ret_source = source;
	return 0;
}

char *container_lease_name(const char *id)
{
	return xasprintf("container-%s", id);
}

/* The directory appears locked, under the lock of names: no sweep takes it for a leftover. */
static int reserve(struct container *container, const char *name, struct err *err)
{
	autoclose int names = -1;
	autoclose int parent = -1;
	struct record *record = &container->record;

	if (name && name[0] == '/')
		name++;
	if (names_lock(container->engine, &names, err) ||
	    containers_dirfd(container->engine, &parent, err))
		return -1;
	if (mkdirat(parent, record->id, 0700))
		return err_sys(err, "making the container's directory");
	if (dir_open_at(parent, record->id, &container->dirfd, err) ||
	    container_lock(container, err))
		return -1;
	if (!name)
		return name_invent(container->engine, record->id, &record->name, err);
	if (name_take(container->engine, name, record->id, err))
		return -1;
	record->name = xstrdup(name);
	return 0;
}

static int make_snapshot(struct container *container, const struct container_options *asked,
			 const struct image *image, const struct source *source, struct err *err)
{
	struct store *store = container->engine->store;
	cleanup(lease_endp) struct lease *lease = NULL;
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	autofree char *lease_name = container_lease_name(container->record.id);
	struct digest chain = {0};
	const struct snap_options options = {.driver = container->engine->snap_driver,
					     .is_volatile = container->record.is_volatile};

	if (lease_begin_named(store, lease_name, &lease, err))
		return -1;
	if (container->record.is_volatile)
		lease_set_transient(lease);
	if (image) {
		if (lease_add_blob(lease, &image->manifest.digest, err) ||
		    snap_unpack_image(store, lease, &source->manifest, &source->config, &chain,
				      err))
			return -1;
		container->record.image_id = xstrdup(image->id.text);
		container->record.manifest = xstrdup(image->manifest.digest.text);
	} else if (asked->layers) {
		chain = *asked->layers;
	}
	if (digest_is_set(&chain)) {
		if (lease_add_layer(lease, &chain, err))
			return -1;
		container->record.chain_id = xstrdup(chain.text);
	}
	if (snap_create(store, container->dir, &chain, &options, &snapshot, err))
		return -1;
	container->is_mounted = true;
	return 0;
}

/* A user or group that is not there is told now, not at the start. */
static int check_user(const struct container *container, struct err *err)
{
	struct user_identity identity = {0};
	const char *user = container->record.user;

	if ((!user[0] || strspn(user, "0123456789:") == strlen(user)) &&
	    !container->record.group_adds.n)
		return 0;
	if (launch_identity(container, user, &identity, err))
		return -1;
	user_identity_done(&identity);
	return 0;
}

static int write_cidfile(const char *file, const char *id, struct err *err)
{
	if (!file)
		return 0;
	autoclose int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, "--cidfile: making '%s'", file);
	return io_write_all(fd, id, strlen(id), err);
}

static int make(struct container *container, const struct container_options *options,
		const struct image *image, const struct source *source, struct err *err)
{
	if (make_snapshot(container, options, image, source, err) ||
	    volumes_create(container, err) || check_user(container, err))
		return -1;
	if (container_record_write(container->dirfd, &container->record, err) ||
	    container_refresh(container, err))
		return -1;
	return write_cidfile(options->cidfile, container->record.id, err);
}

static int resolve_image_name(const struct container_options *options, const struct image *image,
			      struct record *record, struct err *err)
{
	autoref struct reference name = {0};

	if (options->image_name || !image) {
		record->image_name = xstrdup(options->image_name ? options->image_name : "");
		return 0;
	}
	if (!image->names.n) {
		record->image_name = xstrndup(digest_hex(&image->id), SHORT_ID_LEN);
		return 0;
	}
	if (reference_parse(image->names.items[0], &name, err))
		return -1;
	record->image_name = reference_familiar(&name);
	return 0;
}

static void undo(struct container *container)
{
	autoerr struct err second = {0};

	if (container->dirfd >= 0 && container_destroy(container, true, &second))
		log_debug("undoing the creation: %s", err_text(&second));
}

int container_create(struct engine *engine, const struct container_options *options,
		     const struct image *image, char *const *command,
		     struct container **ret_container, struct err *err)
{
	cleanup(source_done) struct source source = {0};
	cleanup(container_closep) struct container *container = NULL;
	char id[ID_LEN + 1];

	if (source_read(engine, image, &source, err))
		return -1;
	random_hex(id, ID_LEN);
	container = container_alloc(engine, id);
	container->record.id = xstrdup(id);
	container->owner_fd = options->owner_fd;
	if (settings_apply(engine, options, &source.config, command, &container->record, err))
		return -1;
	if (resolve_image_name(options, image, &container->record, err))
		return -1;
	if (reserve(container, options->name, err) ||
	    make(container, options, image, &source, err)) {
		undo(container);
		return -1;
	}
	container_unlock(container);
	*ret_container = steal(&container);
	return 0;
}
