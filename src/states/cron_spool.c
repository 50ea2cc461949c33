/* cron_spool.c - a user's crontab, where cron reads it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/cron_spool.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/text_file.h"
#include "states/users.h"

#include "base/banned.h"

void spool_done(struct spool *spool)
{
	mem_close_at(&spool->dirfd);
	crontab_done(&spool->crontab);
	buf_done(&spool->text);
}

/* cron's, SUSE's cronie's, Fedora's cronie's; the first that is there. */
static const char *spool_dir(const struct world *world)
{
	static const char *const dirs[] = {"/var/spool/cron/crontabs", "/var/spool/cron/tabs"};
	const struct value *family = world->grains ? dict_get(world->grains, "os_family") : NULL;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		autoclose int fd = -1;
		autoerr struct err err = {0};
		if (!beneath_open(world->rootfd, dirs[i], O_PATH | O_DIRECTORY, 0, &fd, &err))
			return dirs[i];
	}
	if (family && family->kind == VALUE_STRING && str_is(value_bytes(*family), "RedHat"))
		return "/var/spool/cron";
	return dirs[0];
}

static int find_owner(struct world *world, const char *name, uint32_t *ret_uid, struct err *err)
{
	autousers struct users users = {0};
	struct user_entry user;

	*ret_uid = 0;
	if (text_eq(name, "root"))
		return 0;
	if (strchr(name, '/') || name[0] == '.')
		return err_set(err, ERR_INPUT, "'%s' is no name of a user", name);
	if (users_open(world, false, &users, err))
		return -1;
	if (!user_find(&users, str_of(name), &user))
		return err_set(err, ERR_MISSING, "crontab:  user `%s' unknown", name);
	*ret_uid = user.uid;
	return 0;
}

static int read_crontab(struct heap *heap, struct spool *spool, struct err *err)
{
	if (file_read_at(spool->dirfd, spool->user, 0, &spool->text, err)) {
		if (err->kind != ERR_MISSING)
			return err_wrap(err, "crontab of '%s'", spool->user);
		err_clear(err);
	} else {
		spool->exists = true;
	}
	crontab_parse(heap, buf_str(&spool->text), &spool->crontab);
	return 0;
}

int spool_open(struct state_call *call, const char *user, struct spool *ret_spool, struct err *err)
{
	cleanup(spool_done) struct spool spool = {.dirfd = -1, .user = user};
	const char *dir = spool_dir(call->world);
	struct stat st;

	if (find_owner(call->world, user, &spool.uid, err)) {
		if (!call->is_test || err->kind != ERR_MISSING)
			return -1;
		/* A state before it would make the user. */
		err_clear(err);
		*ret_spool = spool;
		spool = (struct spool){.dirfd = -1};
		return 0;
	}
	if (call->is_test) {
		if (beneath_open(call->world->rootfd, dir, O_RDONLY | O_DIRECTORY, 0, &spool.dirfd,
				 err)) {
			err_clear(err);
			*ret_spool = spool;
			spool = (struct spool){.dirfd = -1};
			return 0;
		}
	} else if (beneath_make_dirs(call->world->rootfd, dir, 0755, &spool.dirfd, err)) {
		return -1;
	}
	if (fstat(spool.dirfd, &st))
		return err_sys(err, "examining '%s'", dir);
	spool.owner = (struct ownership){spool.uid, st.st_gid, 0600};
	if (read_crontab(call->heap, &spool, err))
		return -1;
	*ret_spool = spool;
	spool = (struct spool){.dirfd = -1};
	return 0;
}

int spool_put(struct state_call *call, const struct spool *spool, struct str text, struct err *err)
{
	return text_file_replace_at(call->world, spool->dirfd, spool->user, text, &spool->owner,
				    err);
}

int spool_save(struct state_call *call, struct spool *spool, struct err *err)
{
	autobuf struct buf text = {0};

	crontab_write(&spool->crontab, &text);
	if (buf_check(&text, "the crontab", err))
		return -1;
	return spool_put(call, spool, buf_str(&text), err);
}
