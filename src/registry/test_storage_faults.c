/* test_storage_faults.c - disks that say no at every possible moment, and the order of what is
 * done. SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "registry/limits.h"
#include "registry/test_storage_tree.h"

#include "base/banned.h"

/* The kernel's calls, but the fail_at-th (from 1) fails; each is written down. */
struct script {
	pthread_mutex_t mutex;
	unsigned n_calls;
	unsigned fail_at;
	int sys_errno;
	struct strlist log; /* "sync PATH", "sync-dir PATH", "rename FROM TO", "write PATH" */
};

static bool fails_now(struct script *script)
{
	pthread_mutex_lock(&script->mutex);
	bool fails = ++script->n_calls == script->fail_at;
	pthread_mutex_unlock(&script->mutex);
	errno = script->sys_errno;
	return fails;
}

/* Where the descriptor is, from the storage's own directories on. */
static char *place_of(int fd)
{
	char link[64], path[4096];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	CHECK(len > 0);
	path[len] = '\0';
	const char *below = strstr(path, "/v2/");
	const char *own = strstr(path, "/hull/");
	return xstrdup(below ? below + 4 : own ? own + 1 : path);
}

static void note(struct script *script, const char *word, int fd, const char *name)
{
	int saved = errno;
	autofree char *place = place_of(fd);

	pthread_mutex_lock(&script->mutex);
	strlist_addf(&script->log, "%s %s%s%s", word, place, name ? "/" : "", name ? name : "");
	pthread_mutex_unlock(&script->mutex);
	errno = saved;
}

static int script_sync(void *arg, int fd, enum fs_sync_kind kind)
{
	if (fails_now(arg))
		return -1;
	note(arg, kind == FS_SYNC_FILE ? "sync" : "sync-dir", fd, NULL);
	return fs_kernel_calls.sync(NULL, fd, kind);
}

static int script_rename(void *arg, int from_dirfd, const char *from, int to_dirfd, const char *to,
			 unsigned flags)
{
	if (fails_now(arg))
		return -1;
	int result = fs_kernel_calls.rename(NULL, from_dirfd, from, to_dirfd, to, flags);
	if (result == 0)
		note(arg, "rename", to_dirfd, to);
	return result;
}

static ssize_t script_write(void *arg, int fd, const void *bytes, size_t len, uint64_t offset)
{
	if (fails_now(arg)) { /* as a full disk does it: a part of it first */
		if (len < 2)
			return -1;
		((struct script *)arg)->fail_at = ((struct script *)arg)->n_calls + 1;
		return fs_kernel_calls.write(NULL, fd, bytes, len / 2, offset);
	}
	note(arg, "write", fd, NULL);
	return fs_kernel_calls.write(NULL, fd, bytes, len, offset);
}

static void script_put_in(struct script *script, struct storage *storage)
{
	pthread_mutex_init(&script->mutex, NULL);
	fs_of(storage)->calls = (struct fs_calls){script_sync, script_rename, script_write, script};
	fs_of(storage)->rounds.may_sync_all = false; /* each directory is seen */
}

static void script_take_out(struct script *script, struct storage *storage)
{
	fs_of(storage)->calls = fs_kernel_calls;
	strlist_done(&script->log);
	pthread_mutex_destroy(&script->mutex);
}

/* The operations, on a tree with blob OLD in "a", manifest M1 tagged t. */
#define FAULTS_A_TEST 15
#define OLD           "old content"
#define NEW           "new content"
#define M1            "{\"n\":1}"
#define M2            "{\"n\":2}"

static int push(struct storage *storage, bool as_session, struct err *err)
{
	const struct storage_ops *ops = storage->ops;
	struct digest digest = digest_of_bytes(NEW, strlen(NEW));
	struct upload *upload;
	uint64_t size;

	if (ops->upload_start(storage, "a", HASH_SHA256, &upload, err))
		return -1;
	if (as_session) {
		struct upload_facts facts;
		ops->upload_facts(upload, &facts);
		ops->upload_close(upload);
		if (ops->upload_open(storage, "a", facts.id, &upload, err))
			return -1;
	}
	int result = ops->upload_write(upload, NEW, strlen(NEW), err);
	if (result == 0)
		result = ops->upload_commit(upload, &digest, &size, err);
	ops->upload_close(upload);
	return result;
}

static int push_at_once(struct storage *storage, struct err *err)
{
	return push(storage, false, err);
}

static int push_session(struct storage *storage, struct err *err)
{
	return push(storage, true, err);
}

static int link_elsewhere(struct storage *storage, struct err *err)
{
	struct digest digest = digest_of_bytes(OLD, strlen(OLD));

	return storage->ops->link_layer(storage, "b/c", &digest, err);
}

static int move_tag(struct storage *storage, struct err *err)
{
	struct digest digest = digest_of_bytes(M2, strlen(M2));
	const char *const tags[] = {"t", "u", NULL};
	struct manifest_files files = {"a", &digest, STR(M2), "application/x", tags};

	return storage->ops->put_manifest(storage, &files, err);
}

static bool nothing_new(struct storage *storage)
{
	struct digest new = digest_of_bytes(NEW, strlen(NEW));
	struct digest old = digest_of_bytes(OLD, strlen(OLD));
	struct digest m1 = digest_of_bytes(M1, strlen(M1)), m2 = digest_of_bytes(M2, strlen(M2));
	struct digest t = test_tag(storage, "a", "t"), u = test_tag(storage, "a", "u");
	autofree char *type = NULL;
	autoerr struct err err = {0};

	return !test_blob_is(storage, &new, STR(NEW)) && !test_has_layer(storage, "a", &new) &&
	       !test_has_layer(storage, "b/c", &old) && !test_blob_is(storage, &m2, STR(M2)) &&
	       storage->ops->get_revision(storage, "a", &m2, &type, &err) < 0 &&
	       digest_eq(&t, &m1) && !digest_is_set(&u);
}

static bool old_is_there(struct storage *storage)
{
	struct digest old = digest_of_bytes(OLD, strlen(OLD));
	struct digest m1 = digest_of_bytes(M1, strlen(M1));

	return test_blob_is(storage, &old, STR(OLD)) && test_has_layer(storage, "a", &old) &&
	       test_blob_is(storage, &m1, STR(M1));
}

static bool fails_cleanly(int (*op)(struct storage *storage, struct err *err), unsigned fail_at,
			  int sys_errno)
{
	struct test_tree tree = test_tree_open();
	struct script script = {.fail_at = fail_at, .sys_errno = sys_errno};
	struct err err = {0};

	test_blob_push(tree.storage, "a", STR(OLD));
	test_manifest_push(tree.storage, "a", M1, "t");
	script_put_in(&script, tree.storage);
	bool failed = op(tree.storage, &err) != 0;
	if (failed) {
		CHECK_INT(err.sys_errno, sys_errno);
		CHECK(nothing_new(tree.storage));
	}
	CHECK_INT(script.n_calls < fail_at, !failed);
	CHECK(old_is_there(tree.storage));
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	script_take_out(&script, tree.storage);
	test_tree_reopen(&tree);
	CHECK_INT(nothing_new(tree.storage), failed);
	CHECK(old_is_there(tree.storage));
	err_clear(&err);
	CHECK_OK(op(tree.storage, &err), &err); /* and goes well the next time */
	test_tree_close(&tree);
	return failed;
}

/* Whether it came past the operation's last call. */
static bool all_fail_cleanly(int (*op)(struct storage *storage, struct err *err), unsigned first,
			     int sys_errno)
{
	unsigned i = first;

	while (i < first + FAULTS_A_TEST && fails_cleanly(op, i, sys_errno))
		i++;
	return i < first + FAULTS_A_TEST;
}

/* The harness has a bounded number of scratch directories, so the longest takes several tests. */
#define FAULT_TEST(op, sys_errno, first, is_last)                           \
	TEST(op##_fails_cleanly_with_##sys_errno##_from_call_##first)       \
	{                                                                   \
		CHECK_INT(all_fail_cleanly(op, first, sys_errno), is_last); \
	}
FAULT_TEST(push_at_once, EIO, 1, true)
FAULT_TEST(push_at_once, ENOSPC, 1, true)
FAULT_TEST(push_session, EIO, 1, true)
FAULT_TEST(link_elsewhere, EIO, 1, true)
FAULT_TEST(link_elsewhere, ENOSPC, 1, true)
FAULT_TEST(move_tag, EIO, 1, false)
FAULT_TEST(move_tag, EIO, 16, false)
FAULT_TEST(move_tag, EIO, 31, true)
FAULT_TEST(move_tag, ENOSPC, 1, false)
FAULT_TEST(move_tag, ENOSPC, 16, false)
FAULT_TEST(move_tag, ENOSPC, 31, true)

/* Removing: a failure may leave either state, but is never called success. */
TEST(a_removal_that_is_not_durable_is_an_error)
{
	struct test_tree tree = test_tree_open();
	const struct storage_ops *ops = tree.storage->ops;
	struct script script = {.fail_at = 1, .sys_errno = EIO};
	struct digest old = test_blob_push(tree.storage, "a", STR(OLD));
	struct err err = {0};

	test_manifest_push(tree.storage, "a", M1, "t");
	script_put_in(&script, tree.storage);
	CHECK(ops->remove_tag(tree.storage, "a", "t", NULL, &err) < 0);
	CHECK_INT(err.sys_errno, EIO);
	err_clear(&err);
	script.n_calls = 0;
	CHECK(ops->unlink_layer(tree.storage, "a", &old, &err) < 0);
	CHECK_INT(err.sys_errno, EIO);
	err_clear(&err);
	script.n_calls = 0;
	for (script.fail_at = 1; script.fail_at <= 2; script.fail_at++) {
		script.n_calls = 0; /* the sync of hull/, the rename */
		CHECK(ops->blob_quarantine(tree.storage, &old, &err) < 0);
		CHECK_INT(err.sys_errno, EIO);
		err_clear(&err);
		CHECK(test_blob_is(tree.storage, &old, STR(OLD)));
	}
	script.n_calls = 0; /* the collector's do not wait for the disk */
	CHECK_OK(ops->blob_remove(tree.storage, &old, &err), &err);
	CHECK_INT(script.n_calls, 0);
	script_take_out(&script, tree.storage);
	test_tree_close(&tree);
}

/* After a full disk at the commit, the session is there, whole, and commits later. */
TEST(a_full_disk_at_the_commit_keeps_the_session)
{
	struct test_tree tree = test_tree_open();
	const struct storage_ops *ops = tree.storage->ops;
	struct script script = {.sys_errno = ENOSPC};
	struct digest digest = digest_of_bytes(NEW, strlen(NEW));
	struct upload *upload;
	struct upload_facts facts;
	uint64_t size;
	struct err err = {0};

	CHECK_OK(ops->upload_start(tree.storage, "a", HASH_SHA256, &upload, &err), &err);
	CHECK_OK(ops->upload_write(upload, NEW, strlen(NEW), &err), &err);
	script_put_in(&script, tree.storage);
	script.fail_at = 1; /* the write of the link */
	CHECK(ops->upload_commit(upload, &digest, &size, &err) < 0);
	CHECK(storage_is_full(&err));
	err_clear(&err);
	ops->upload_facts(upload, &facts);
	ops->upload_close(upload);
	script_take_out(&script, tree.storage);
	CHECK_OK(ops->upload_open(tree.storage, "a", facts.id, &upload, &err), &err);
	ops->upload_facts(upload, &facts);
	CHECK_INT(facts.offset, strlen(NEW));
	CHECK_OK(ops->upload_commit(upload, &digest, &size, &err), &err);
	ops->upload_close(upload);
	CHECK(test_blob_is(tree.storage, &digest, STR(NEW)));
	test_tree_close(&tree);
}

/* Order. */

/* Position in the log of the first line at or behind `from` that is this; the end: none. */
static size_t find(const struct strlist *log, size_t from, const char *line)
{
	while (from < log->n && !text_eq(log->items[from], line))
		from++;
	return from;
}

static size_t find_start(const struct strlist *log, size_t from, const char *start)
{
	while (from < log->n && !text_starts(log->items[from], start))
		from++;
	return from;
}

/* Every rename is behind the last write and the sync of each file, and before a sync of its
 * directory. */
static void check_order(const struct strlist *log)
{
	size_t n_renames = 0;

	for (size_t i = 0; i < log->n; i++) {
		const char *line = log->items[i];
		if (text_starts(line, "write ")) {
			CHECK_INT(find_start(log, 0, "rename ") > i, true);
			autofree char *sync = xasprintf("sync %s", line + strlen("write "));
			CHECK(find(log, i, sync) < find_start(log, 0, "rename "));
		}
		if (!text_starts(line, "rename "))
			continue;
		n_renames++;
		autofree char *dir = xstrndup(line, (size_t)(path_base(line) - line - 1));
		autofree char *sync = xasprintf("sync-dir %s", dir + strlen("rename "));
		CHECK(find(log, i, sync) < log->n);
	}
	CHECK(n_renames > 0);
}

TEST(data_is_synced_before_it_is_named_and_its_directory_before_success)
{
	struct test_tree tree = test_tree_open();
	struct script script = {0};
	struct digest digest = digest_of_bytes(NEW, strlen(NEW));
	struct err err = {0};

	script_put_in(&script, tree.storage);
	CHECK_OK(push_at_once(tree.storage, &err), &err);
	check_order(&script.log);
	/* Every directory that was made for it, up to one that was there. */
	struct fs_path dirs[] = {fs_blob_dir(&digest), fs_layer_dir("a", &digest)};
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		for (char *slash; (slash = strrchr(dirs[i].text, '/'));) {
			autofree char *sync = xasprintf("sync-dir %s", dirs[i].text);
			CHECK(find(&script.log, 0, sync) < script.log.n);
			*slash = '\0';
		}
	}
	script_take_out(&script, tree.storage);
	test_tree_close(&tree);
}

TEST(a_manifest_is_durable_before_its_tags_are_named)
{
	struct test_tree tree = test_tree_open();
	struct script script = {0};
	struct digest digest = digest_of_bytes(M2, strlen(M2));
	struct err err = {0};

	script_put_in(&script, tree.storage);
	CHECK_OK(move_tag(tree.storage, &err), &err);
	check_order(&script.log);
	struct fs_path revision = fs_revision_dir("a", &digest), blob = fs_blob_dir(&digest);
	autofree char *of_revision = xasprintf("sync-dir %s", revision.text);
	autofree char *of_blob = xasprintf("sync-dir %s", blob.text);
	size_t first_tag = find_start(&script.log, 0, "rename repositories/a/_manifests/tags/");
	CHECK(first_tag < script.log.n);
	CHECK(find(&script.log, 0, of_revision) < first_tag);
	CHECK(find(&script.log, 0, of_blob) < first_tag);
	CHECK(find_start(&script.log, first_tag, "rename repositories/a/_manifests/revisions/") ==
	      script.log.n);
	script_take_out(&script, tree.storage);
	test_tree_close(&tree);
}

/* One round for all who wait; its failure is everybody's. */

struct gate {
	struct fs *fs;
	atomic_uint n_syncs;
};

static size_t n_waiting(struct fs *fs)
{
	pthread_mutex_lock(&fs->rounds.mutex);
	size_t n = fs->rounds.n_waiting;
	pthread_mutex_unlock(&fs->rounds.mutex);
	return n;
}

/* The first round waits until two more have come; the second fails, once. */
static int gate_sync(void *arg, int fd, enum fs_sync_kind kind)
{
	struct gate *gate = arg;

	(void)fd, (void)kind;
	unsigned number = ++gate->n_syncs;
	while (number == 1 && n_waiting(gate->fs) < 2)
		usleep(1000);
	errno = EIO;
	return number == 2 ? -1 : 0;
}

struct waiter {
	pthread_t thread;
	struct fs *fs;
	int fd;
	int sys_errno;
};

static void *wait_for_sync(void *arg)
{
	struct waiter *waiter = arg;
	autoerr struct err err = {0};

	if (fs_sync(waiter->fs, FS_SYNC_DIR, &waiter->fd, 1, &err))
		waiter->sys_errno = err.sys_errno;
	return NULL;
}

TEST(a_failed_sync_fails_all_who_shared_it_and_is_not_tried_again)
{
	struct test_tree tree = test_tree_open();
	struct fs *fs = fs_of(tree.storage);
	struct gate gate = {.fs = fs};
	struct waiter waiters[3] = {{0}};
	unsigned n_failed = 0;

	fs->calls.sync = gate_sync;
	fs->calls.arg = &gate;
	for (size_t i = 0; i < ARRAY_LEN(waiters); i++) {
		waiters[i] = (struct waiter){.fs = fs, .fd = fs->tmpfd};
		CHECK(pthread_create(&waiters[i].thread, NULL, wait_for_sync, &waiters[i]) == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(waiters); i++) {
		pthread_join(waiters[i].thread, NULL);
		n_failed += waiters[i].sys_errno == EIO;
	}
	CHECK_INT(n_failed, 2);
	CHECK_INT(gate.n_syncs, 2); /* the same directory, merged */
	fs->calls = fs_kernel_calls;
	test_tree_close(&tree);
}

/* The whole file system at once, until it takes long. */

struct all_or_each {
	unsigned n_all, n_each;
};

static int slow_sync(void *arg, int fd, enum fs_sync_kind kind)
{
	struct all_or_each *counted = arg;

	(void)fd;
	counted->n_all += kind == FS_SYNC_ALL;
	counted->n_each += kind != FS_SYNC_ALL;
	if (kind == FS_SYNC_ALL)
		usleep(2 * LIMIT_FS_SYNCFS_SLOW_NS / 1000);
	return 0;
}

TEST(a_slow_sync_of_everything_is_not_used_again_for_a_while)
{
	struct test_tree tree = test_tree_open();
	struct fs *fs = fs_of(tree.storage);
	struct all_or_each counted = {0};
	const int dirs[] = {fs->tmpfd, fs->ownfd, fs->treefd};
	struct err err = {0};

	fs->calls = (struct fs_calls){slow_sync, NULL, NULL, &counted};
	fs->rounds.may_sync_all = true;
	CHECK_OK(fs_sync(fs, FS_SYNC_DIR, dirs, 2, &err), &err);
	CHECK_INT(counted.n_all, 0);
	CHECK_INT(counted.n_each, 2);
	CHECK_OK(fs_sync(fs, FS_SYNC_DIR, dirs, 3, &err), &err);
	CHECK_INT(counted.n_all, 1);
	CHECK_OK(fs_sync(fs, FS_SYNC_DIR, dirs, 3, &err), &err);
	CHECK_INT(counted.n_all, 1);
	CHECK_INT(counted.n_each, 5);
	fs->calls = fs_kernel_calls;
	test_tree_close(&tree);
}

/* The file system's error was told to an earlier round; the file's own is still to be told. */
static int told_before(void *arg, int fd, enum fs_sync_kind kind)
{
	(void)arg;
	(void)fd;
	errno = EIO;
	return kind == FS_SYNC_CHECK ? -1 : 0;
}

TEST(a_file_whose_bytes_were_lost_before_the_round_is_not_durable)
{
	struct test_tree tree = test_tree_open();
	struct fs *fs = fs_of(tree.storage);
	int files[LIMIT_FS_SYNCFS_FILES];
	struct err err = {0};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		files[i] = fs->lockfd;
	fs->calls = (struct fs_calls){told_before, NULL, NULL, NULL};
	fs->rounds.may_sync_all = true;
	CHECK(fs_sync(fs, FS_SYNC_FILE, files, ARRAY_LEN(files), &err) == -1);
	CHECK_INT(err.sys_errno, EIO);
	err_clear(&err);
	fs->calls = fs_kernel_calls;
	CHECK_OK(fs_sync(fs, FS_SYNC_FILE, files, ARRAY_LEN(files), &err), &err);
	test_tree_close(&tree);
}

/* What is named but not durable yet is shown to nobody: they wait. */

struct slow_commit {
	pthread_t pusher, reader;
	struct storage *storage;
	atomic_bool is_named, may_end, was_answered;
	bool fails;
	bool has_layer, has_blob;
};

static int held_sync(void *arg, int fd, enum fs_sync_kind kind)
{
	struct slow_commit *commit = arg;

	(void)fd;
	if (kind == FS_SYNC_FILE)
		return 0;
	commit->is_named = true;
	while (!commit->may_end)
		usleep(500);
	errno = EIO;
	return commit->fails ? -1 : 0;
}

static void *push_held(void *arg)
{
	struct slow_commit *commit = arg;
	autoerr struct err err = {0};

	(void)!push_at_once(commit->storage, &err);
	return NULL;
}

static void *look_meanwhile(void *arg)
{
	struct slow_commit *commit = arg;
	struct storage *storage = commit->storage;
	struct digest digest = digest_of_bytes(NEW, strlen(NEW));
	autoerr struct err err = {0}, missing = {0};
	uint64_t size;

	(void)!storage->ops->has_layer(storage, "a", &digest, &commit->has_layer, &err);
	commit->has_blob = storage->ops->blob_stat(storage, &digest, &size, &missing) == 0;
	commit->was_answered = true;
	return NULL;
}

static void commit_while_read(bool fails)
{
	struct test_tree tree = test_tree_open();
	struct slow_commit commit = {.storage = tree.storage, .fails = fails};

	fs_of(tree.storage)->calls.sync = held_sync;
	fs_of(tree.storage)->calls.arg = &commit;
	CHECK(pthread_create(&commit.pusher, NULL, push_held, &commit) == 0);
	while (!commit.is_named)
		usleep(500);
	CHECK(pthread_create(&commit.reader, NULL, look_meanwhile, &commit) == 0);
	usleep(20000);
	bool was_early = commit.was_answered;
	commit.may_end = true;
	pthread_join(commit.pusher, NULL);
	pthread_join(commit.reader, NULL);
	fs_of(tree.storage)->calls = fs_kernel_calls;
	CHECK(!was_early);
	CHECK_INT(commit.has_layer, !fails);
	CHECK_INT(commit.has_blob, !fails);
	test_tree_close(&tree);
}

TEST(readers_wait_until_what_they_found_is_durable)
{
	commit_while_read(false);
}

TEST(readers_do_not_see_what_could_not_be_made_durable)
{
	commit_while_read(true);
}
