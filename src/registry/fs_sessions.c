/* fs_sessions.c - which uploads there are: in memory who holds one, on disk what was received.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   start --> held, its bytes in hull/tmp --commit--> over, never was on disk as a session
 *               | close
 *               v
 *   idle: repositories/<name>/_uploads/<id>/{startedat,data} <--> held
 *
 * An idle session is remembered for its running hash only; what is forgotten is found on disk. The
 * files are not synced: they are to outlive this process, not the machine. */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/log.h"
#include "base/random.h"
#include "registry/limits.h"

#include "base/banned.h"

#define ID_LEN 36 /* RFC 9562, section 4 */

static void id_make(char id[UPLOAD_ID_MAX])
{
	uint8_t bytes[16];
	char hex[33];

	random_bytes(bytes, sizeof(bytes));
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* version 4, variant 1 */
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	hex_encode(bytes, sizeof(bytes), hex);
	snprintf(id, UPLOAD_ID_MAX, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
}

static bool id_is_valid(const char *id)
{
	bool is_valid = strlen(id) == ID_LEN;

	for (size_t i = 0; i < ID_LEN && is_valid; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23)
			is_valid = id[i] == '-';
		else
			is_valid = strchr("0123456789abcdef", id[i]) != NULL;
	}
	return is_valid;
}

static struct fs_path session_dir(const char *repository, const char *id)
{
	return fs_path_of("repositories/%s/_uploads/%s", repository, id);
}

static int err_unknown(const char *id, struct err *err)
{
	autobuf struct buf shown = {0};

	text_escape(&shown, str_of(id));
	return err_set(err, ERR_MISSING, "no upload '%.*s'", UPLOAD_ID_MAX, buf_text(&shown));
}

/* The list of idle ones; the mutex is held. */

static void idle_remove(struct fs_sessions *sessions, struct upload *upload)
{
	*(upload->older ? &upload->older->newer : &sessions->oldest) = upload->newer;
	*(upload->newer ? &upload->newer->older : &sessions->newest) = upload->older;
	upload->older = upload->newer = NULL;
	sessions->n_idle--;
}

static void idle_add(struct fs_sessions *sessions, struct upload *upload)
{
	upload->older = sessions->newest;
	*(sessions->newest ? &sessions->newest->newer : &sessions->oldest) = upload;
	sessions->newest = upload;
	sessions->n_idle++;
}

static void upload_free(struct upload *upload)
{
	if (!upload)
		return;
	fs_hashing_free(upload->hashing);
	mem_close_at(&upload->fd);
	mem_close_at(&upload->dirfd);
	free(upload->repository);
	free(upload);
}

static int session_open(const struct fs *fs, const char *repository, const char *id, int *ret_fd,
			struct err *err)
{
	struct fs_path path = session_dir(repository, id);
	int fd = fs_open_below(fs->treefd, path.text, O_RDONLY | O_DIRECTORY);

	if (fd < 0 && fs_is_absent(errno))
		return err_unknown(id, err);
	if (fd < 0)
		return file_err(err, "opening upload", id);
	*ret_fd = fd;
	return 0;
}

/* startedat as the reference writes it, for its purger; seconds are all it reads. */
static int write_startedat(int dirfd, int64_t when_ns, struct err *err)
{
	char text[CLOCK_TEXT_MAX];
	autoclose int fd =
		openat(dirfd, "startedat", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return file_err(err, "making", "startedat");
	clock_format_rfc3339(when_ns - when_ns % NS_PER_SEC, text);
	return io_write_all(fd, text, strlen(text), err);
}

/* Not for a session that is as short as a POST and a PUT: a file more on the disk is a quarter of
 * what such a push costs. A failure (a full disk) is no loss: the bytes are kept all the same. */
static void session_date(struct upload *upload)
{
	autoerr struct err err = {0};

	if (!upload->is_dated && write_startedat(upload->dirfd, upload->started_ns, &err))
		log_debug("upload '%s': %s", upload->id, err_text(&err));
	upload->is_dated = true;
}

/* Forgetting an idle one: who finds it on disk is to know its age. */
static void session_leave(struct upload *upload)
{
	autoerr struct err err = {0};

	if (!upload->is_dated &&
	    session_open(upload->fs, upload->repository, upload->id, &upload->dirfd, &err) == 0)
		session_date(upload);
}

/* Forgets the oldest while there are too many or it is too old. */
static void idle_trim(struct fs_sessions *sessions, int64_t now_ns)
{
	for (struct upload *oldest; (oldest = sessions->oldest);) {
		bool is_old = now_ns - oldest->last_change_ns > LIMIT_FS_IDLE_NS;
		if (!is_old && sessions->n_idle <= LIMIT_FS_IDLE_SESSIONS)
			break;
		idle_remove(sessions, oldest);
		map_remove(&sessions->by_id, oldest->id);
		session_leave(oldest);
		upload_free(oldest);
	}
}

void fs_sessions_open(struct fs *fs)
{
	pthread_mutex_init(&fs->sessions.mutex, NULL);
}

void fs_sessions_close(struct fs *fs)
{
	struct fs_sessions *sessions = &fs->sessions;

	for (struct upload *oldest; (oldest = sessions->oldest);) {
		idle_remove(sessions, oldest);
		session_leave(oldest);
		upload_free(oldest);
	}
	map_done(&sessions->by_id);
	pthread_mutex_destroy(&sessions->mutex);
}

static struct upload *upload_new(struct fs *fs, const char *repository, const char *id)
{
	struct upload *upload = xcalloc(1, sizeof(*upload));

	upload->fs = fs;
	snprintf(upload->id, sizeof(upload->id), "%s", id);
	upload->repository = xstrdup(repository);
	upload->is_held = true;
	upload->dirfd = upload->fd = -1;
	upload->last_change_ns = upload->started_ns = clock_now_ns();
	return upload;
}

int fs_upload_start(struct storage *storage, const char *repository, enum hash_algo hint,
		    struct upload **ret_upload, struct err *err)
{
	struct fs *fs = fs_of(storage);
	char id[UPLOAD_ID_MAX];

	if (fs_guard_writing(fs, err) || fs_room_check(fs, 0, err))
		return -1;
	id_make(id);
	struct upload *upload = upload_new(fs, repository, id);
	upload->hashing = fs_hashing_new(fs, hint);
	pthread_mutex_lock(&fs->sessions.mutex);
	idle_trim(&fs->sessions, upload->last_change_ns);
	map_set(&fs->sessions.by_id, id, upload);
	pthread_mutex_unlock(&fs->sessions.mutex);
	*ret_upload = upload;
	return 0;
}

static int64_t stat_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * NS_PER_SEC + st->st_mtim.tv_nsec;
}

/* What the disk knows of a session whose directory is open. */
static int facts_of_dir(int dirfd, const char *id, struct upload_facts *ret_facts, struct err *err)
{
	struct upload_facts facts = {0};
	struct stat st;

	if (fstat(dirfd, &st))
		return file_err(err, "looking at upload", id);
	facts.last_change_ns = stat_ns(&st);
	snprintf(facts.id, sizeof(facts.id), "%s", id);
	if (fstatat(dirfd, "data", &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISREG(st.st_mode))
			return err_set(err, ERR_CORRUPT, "upload '%s' is no file", id);
		facts.offset = (uint64_t)st.st_size;
		if (stat_ns(&st) > facts.last_change_ns)
			facts.last_change_ns = stat_ns(&st);
	} else if (errno != ENOENT) {
		return file_err(err, "looking at upload", id);
	}
	*ret_facts = facts;
	return 0;
}

/* In memory: idle ones become held. *ret_upload NULL: it is not there, and is entered as held and
 * empty so that nobody else looks for it. The mutex is held. */
static int take_known(struct fs *fs, const char *repository, const char *id,
		      struct upload **ret_known, struct err *err)
{
	struct upload *known = map_get(&fs->sessions.by_id, id);

	if (known && !text_eq(known->repository, repository))
		return err_unknown(id, err);
	if (known && known->is_held)
		return err_set(err, ERR_EXISTS, "upload '%s' is in use by another request", id);
	if (known) {
		idle_remove(&fs->sessions, known);
		known->is_held = true;
	}
	*ret_known = known;
	return 0;
}

static void forget(struct upload *upload)
{
	struct fs_sessions *sessions = &upload->fs->sessions;

	pthread_mutex_lock(&sessions->mutex);
	map_remove(&sessions->by_id, upload->id);
	pthread_mutex_unlock(&sessions->mutex);
	upload_free(upload);
}

/* A remembered session may have been removed on disk by others (a purge of the reference's). */
static int find_on_disk(struct upload *upload, struct err *err)
{
	struct upload_facts facts;

	if (session_open(upload->fs, upload->repository, upload->id, &upload->dirfd, err) ||
	    facts_of_dir(upload->dirfd, upload->id, &facts, err))
		return -1;
	if (facts.offset != upload->offset || !upload->hashing) { /* not what was hashed */
		fs_hashing_free(upload->hashing);
		upload->hashing = fs_hashing_new(upload->fs, HASH_SHA256);
	}
	upload->is_on_disk = true;
	upload->offset = facts.offset;
	upload->last_change_ns = facts.last_change_ns;
	return 0;
}

int fs_upload_open(struct storage *storage, const char *repository, const char *id,
		   struct upload **ret_upload, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct upload *upload = NULL;

	if (!id_is_valid(id))
		return err_unknown(id, err);
	if (fs_guard_writing(fs, err))
		return -1;
	pthread_mutex_lock(&fs->sessions.mutex);
	int result = take_known(fs, repository, id, &upload, err);
	if (result == 0 && !upload) {
		upload = upload_new(fs, repository, id);
		map_set(&fs->sessions.by_id, id, upload);
	}
	pthread_mutex_unlock(&fs->sessions.mutex);
	if (result)
		return -1;
	if (find_on_disk(upload, err)) {
		forget(upload);
		return -1;
	}
	*ret_upload = upload;
	return 0;
}

void fs_upload_facts(const struct upload *upload, struct upload_facts *ret_facts)
{
	*ret_facts = (struct upload_facts){.offset = upload->offset,
					   .last_change_ns = upload->last_change_ns};
	snprintf(ret_facts->id, sizeof(ret_facts->id), "%s", upload->id);
}

int fs_upload_stat(struct storage *storage, const char *repository, const char *id,
		   struct upload_facts *ret_facts, struct err *err)
{
	autoclose int dirfd = -1;

	if (!id_is_valid(id))
		return err_unknown(id, err);
	if (session_open(fs_of(storage), repository, id, &dirfd, err))
		return -1;
	return facts_of_dir(dirfd, id, ret_facts, err);
}

/* From hull/tmp to where the next request, or the next server, finds it. */
static int session_keep(struct upload *upload, struct err *err)
{
	struct fs *fs = upload->fs;
	struct fs_path path = session_dir(upload->repository, upload->id);
	struct fs_dirs dirs = {0};

	int result = fs_dirs_make(fs, path.text, &dirs, &upload->dirfd, err);
	fs_dirs_done(&dirs);
	if (result)
		return -1;
	if (upload->fd >= 0 && renameat(fs->tmpfd, upload->id, upload->dirfd, "data"))
		return file_err(err, "keeping upload", upload->id);
	upload->is_on_disk = true;
	return 0;
}

/* Its files; the directory too when nothing of the reference's is left in it. */
static void session_remove_files(const struct upload *upload)
{
	struct fs *fs = upload->fs;

	if (!upload->is_on_disk) {
		if (upload->fd >= 0)
			(void)unlinkat(fs->tmpfd, upload->id, 0);
		return;
	}
	struct fs_path path = fs_path_of("repositories/%s/_uploads", upload->repository);
	autoclose int above = fs_open_below(fs->treefd, path.text, O_RDONLY | O_DIRECTORY);
	(void)unlinkat(upload->dirfd, "data", 0);
	(void)unlinkat(upload->dirfd, "startedat", 0);
	if (above < 0 || unlinkat(above, upload->id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return;
	autoerr struct err ignored = {0};
	if (tree_remove_at(above, upload->id, &ignored)) /* the purge finds it again */
		log_debug("removing upload '%s': %s", upload->id, err_text(&ignored));
}

void fs_upload_close(struct upload *upload)
{
	autoerr struct err err = {0};

	if (!upload)
		return;
	if (upload->hashing)
		fs_hashing_pause(upload->hashing);
	if (!upload->is_over && !upload->is_on_disk && session_keep(upload, &err)) {
		log_debug("upload '%s' is lost: %s", upload->id, err_text(&err));
		upload->is_over = true;
	}
	if (upload->is_over) {
		session_remove_files(upload);
		forget(upload);
		return;
	}
	if (upload->offset)
		session_date(upload);
	mem_close_at(&upload->fd);
	mem_close_at(&upload->dirfd);
	struct fs_sessions *sessions = &upload->fs->sessions;
	pthread_mutex_lock(&sessions->mutex);
	upload->is_held = false;
	idle_add(sessions, upload);
	idle_trim(sessions, clock_now_ns());
	pthread_mutex_unlock(&sessions->mutex);
}

int fs_upload_cancel(struct storage *storage, const char *repository, const char *id,
		     struct err *err)
{
	struct upload *upload;

	if (fs_upload_open(storage, repository, id, &upload, err))
		return -1;
	upload->is_over = true;
	fs_upload_close(upload);
	return 0;
}

/* Purging. */

struct purge {
	struct fs *fs;
	int64_t older_than_ns;
	bool dry;
	void (*told)(const char *repository, const char *id, void *arg);
	void *arg;
};

/* Held, so that nobody can come back to it, its age is asked again. */
static int purge_held(const struct purge *purge, const char *repository, const char *id,
		      bool *ret_gone, struct err *err)
{
	struct upload *upload = NULL;

	if (fs_upload_open(&purge->fs->storage, repository, id, &upload, err)) {
		if (err->kind != ERR_MISSING && err->kind != ERR_EXISTS)
			return -1;
		err_clear(err);
		return 0;
	}
	upload->is_over = *ret_gone = upload->last_change_ns < purge->older_than_ns;
	fs_upload_close(upload);
	return 0;
}

/* Who came back to it meanwhile keeps it. */
static int purge_one(struct purge *purge, const char *repository, const char *id, struct err *err)
{
	struct upload_facts facts;
	autoerr struct err gone = {0};
	bool is_purged = purge->dry;

	if (fs_upload_stat(&purge->fs->storage, repository, id, &facts, &gone) ||
	    facts.last_change_ns >= purge->older_than_ns)
		return 0;
	if (!purge->dry && purge_held(purge, repository, id, &is_purged, err))
		return -1;
	if (is_purged && purge->told)
		purge->told(repository, id, purge->arg);
	return 0;
}

static int purge_repository(const char *repository, void *arg, struct err *err)
{
	struct purge *purge = arg;
	struct fs_path path = fs_path_of("repositories/%s/_uploads", repository);
	autodir DIR *dir = NULL;
	struct dirent *entry;

	if (fs_walk_open(purge->fs, path.text, &dir, err))
		return -1;
	while (dir && (entry = readdir(dir))) {
		if (id_is_valid(entry->d_name) && purge_one(purge, repository, entry->d_name, err))
			return -1;
	}
	return 0;
}

int fs_upload_purge(struct storage *storage, int64_t older_than_ns, bool dry,
		    void (*told)(const char *repository, const char *id, void *arg), void *arg,
		    struct err *err)
{
	struct purge purge = {fs_of(storage), older_than_ns, dry, told, arg};

	if (!dry && fs_guard_writing(purge.fs, err))
		return -1;
	return fs_walk_names(purge.fs, FS_NAMES_WITH_UPLOADS, purge_repository, &purge, err);
}
