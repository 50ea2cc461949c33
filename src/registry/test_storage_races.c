/* test_storage_races.c - many at once, and killed at any moment.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/random.h"
#include "registry/test_storage_tree.h"

#include "base/banned.h"

#define N_THREADS 4

struct racer {
	pthread_t thread;
	struct storage *storage;
	unsigned number;
	unsigned n_rounds;
	struct err err; /* the first that should not have been */
};

static void race(struct storage *storage, unsigned n_rounds, void *(*run)(void *arg))
{
	struct racer racers[N_THREADS] = {{0}};

	for (unsigned i = 0; i < N_THREADS; i++) {
		racers[i] = (struct racer){.storage = storage, .number = i, .n_rounds = n_rounds};
		CHECK(pthread_create(&racers[i].thread, NULL, run, &racers[i]) == 0);
	}
	for (unsigned i = 0; i < N_THREADS; i++)
		pthread_join(racers[i].thread, NULL);
	for (unsigned i = 0; i < N_THREADS; i++)
		CHECK_OK(err_is_set(&racers[i].err), &racers[i].err);
}

/* Not the CHECKs: they would jump out of the thread. */
static int push(struct storage *storage, const char *repository, const char *text, struct err *err)
{
	const struct storage_ops *ops = storage->ops;
	struct digest digest = digest_of_bytes(text, strlen(text));
	struct upload *upload;
	uint64_t size;

	if (ops->upload_start(storage, repository, HASH_SHA256, &upload, err))
		return -1;
	int result = ops->upload_write(upload, text, strlen(text), err);
	if (result == 0)
		result = ops->upload_commit(upload, &digest, &size, err);
	ops->upload_close(upload);
	return result;
}

static void *push_the_same(void *arg)
{
	struct racer *racer = arg;
	char text[32];

	for (unsigned i = 0; i < racer->n_rounds && !err_is_set(&racer->err); i++) {
		snprintf(text, sizeof(text), "content %u", i);
		(void)!push(racer->storage, "a", text, &racer->err);
	}
	return NULL;
}

TEST(the_same_content_from_many_is_there_once)
{
	struct test_tree tree = test_tree_open();
	char text[32];

	race(tree.storage, 40, push_the_same);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "content %u", i);
		struct digest digest = digest_of_bytes(text, strlen(text));
		CHECK(test_blob_is(tree.storage, &digest, str_of(text)));
		CHECK(test_has_layer(tree.storage, "a", &digest));
	}
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	CHECK_INT(fs_of(tree.storage)->flights.paths.n, 0);
	CHECK_INT(fs_of(tree.storage)->flights.made.n, 0);
	test_tree_close(&tree);
}

/* One that is missing lost a race, which is fine. */
static void forgive_missing(struct err *err)
{
	if (err->kind == ERR_MISSING)
		err_clear(err);
}

static void *link_and_prune(void *arg)
{
	struct racer *racer = arg;
	struct storage *storage = racer->storage;
	const struct storage_ops *ops = storage->ops;
	struct err *err = &racer->err;

	for (unsigned i = 0; i < racer->n_rounds && !err_is_set(err); i++) {
		char text[16];
		snprintf(text, sizeof(text), "%u", i % 3);
		struct digest digest = digest_of_bytes(text, strlen(text));
		const char *const tags[] = {"t", NULL};
		struct manifest_files files = {"team/app", &digest, str_of(text), NULL, tags};
		bool has;
		if (ops->link_layer(storage, "team/app", &digest, err) ||
		    ops->has_layer(storage, "team/app", &digest, &has, err) ||
		    ops->put_manifest(storage, &files, err))
			break;
		(void)!ops->unlink_layer(storage, "team/app", &digest, err);
		forgive_missing(err);
		if (err_is_set(err) || ops->prune_repository(storage, "team/app", err))
			break;
		(void)!ops->remove_tag(storage, "team/app", "t", NULL, err);
		forgive_missing(err);
		if (!err_is_set(err))
			(void)!ops->unlink_revision(storage, "team/app", &digest, err);
		forgive_missing(err);
		if (err_is_set(err) || ops->prune_repository(storage, "team/app", err))
			break;
		(void)!ops->blob_remove(storage, &digest, err);
		forgive_missing(err);
	}
	return NULL;
}

TEST(linking_and_pruning_do_not_hurt_each_other)
{
	struct test_tree tree = test_tree_open();
	struct err err = {0};

	race(tree.storage, 30, link_and_prune);
	/* A removal that another one overtook may leave a part; the next removal takes it along. */
	struct racer alone = {.storage = tree.storage, .n_rounds = 3};
	link_and_prune(&alone);
	CHECK(!err_is_set(&alone.err));
	CHECK_OK(tree.storage->ops->prune_repository(tree.storage, "team/app", &err), &err);
	CHECK(!test_tree_has(&tree, "repositories/team"));
	CHECK_INT(test_tree_n_tmp(&tree), 0);
	test_tree_close(&tree);
}

static void *resume_one(void *arg)
{
	struct racer *racer = arg;
	struct storage *storage = racer->storage;
	const struct storage_ops *ops = storage->ops;
	struct upload_facts facts;
	struct upload *upload;
	struct err *err = &racer->err;

	for (unsigned i = 0; i < racer->n_rounds && !err_is_set(err); i++) {
		if (ops->upload_start(storage, "a", HASH_SHA256, &upload, err))
			break;
		ops->upload_facts(upload, &facts);
		ops->upload_close(upload);
		if (ops->upload_open(storage, "a", facts.id, &upload, err))
			break;
		(void)!ops->upload_write(upload, "x", 1, err);
		ops->upload_close(upload);
		if (!err_is_set(err) && !ops->upload_stat(storage, "a", facts.id, &facts, err))
			(void)!ops->upload_cancel(storage, "a", facts.id, err);
	}
	return NULL;
}

TEST(many_sessions_come_and_go)
{
	struct test_tree tree = test_tree_open();

	race(tree.storage, 50, resume_one);
	CHECK_INT(fs_of(tree.storage)->sessions.by_id.n, 0);
	CHECK_INT(fs_of(tree.storage)->sessions.n_idle, 0);
	test_tree_close(&tree);
}

/* A server that pushes until it is killed, and says after each push that it was acknowledged. */

static void server_run(const char *path, int toldfd, unsigned round)
{
	struct storage_fs_options options = {0};
	struct storage *storage;
	struct err err = {0};

	if (storage_fs_open(path, &options, &storage, &err))
		_exit(3);
	for (unsigned i = 0;; i++) {
		char blob[32], manifest[32];
		snprintf(blob, sizeof(blob), "blob %u %u", round, i);
		snprintf(manifest, sizeof(manifest), "{%u %u}", round, i);
		struct digest digest = digest_of_bytes(manifest, strlen(manifest));
		const char *const tags[] = {"latest", NULL};
		struct manifest_files files = {"team/app", &digest, str_of(manifest), NULL, tags};
		if (push(storage, "team/app", blob, &err) ||
		    storage->ops->put_manifest(storage, &files, &err))
			_exit(4);
		if (write(toldfd, &i, sizeof(i)) != sizeof(i))
			_exit(5);
	}
}

/* How many it acknowledged before it was killed. */
static unsigned server_kill_after(const char *path, unsigned round, useconds_t delay_us)
{
	int told[2];
	unsigned number, n = 0;
	int status;

	CHECK(pipe2(told, O_CLOEXEC) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		server_run(path, told[1], round);
	close(told[1]);
	CHECK(read(told[0], &number, sizeof(number)) == sizeof(number)); /* it is up */
	usleep(delay_us);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	do
		n = number + 1;
	while (read(told[0], &number, sizeof(number)) == sizeof(number));
	close(told[0]);
	return n;
}

static int check_content(const struct digest *digest, uint64_t size, void *arg, struct err *err)
{
	struct storage *storage = arg;
	char text[64];
	struct blob_body body;

	if (storage->ops->blob_open(storage, digest, &body, err))
		return -1;
	ssize_t n = io_read_full(body.fd, text, sizeof(text), err);
	close(body.fd);
	struct digest got = digest_of_bytes(text, n > 0 ? (size_t)n : 0);
	if (n < 0 || (uint64_t)n != size || !digest_eq(&got, digest))
		return err_set(err, ERR_CORRUPT, "%s is not what it says", digest->text);
	return 0;
}

static void check_round(struct storage *storage, unsigned round, unsigned n)
{
	char text[32];
	struct digest last = {0};

	for (unsigned i = 0; i < n; i++) {
		autofree char *type = NULL;
		struct err err = {0};
		snprintf(text, sizeof(text), "blob %u %u", round, i);
		struct digest blob = digest_of_bytes(text, strlen(text));
		CHECK(test_blob_is(storage, &blob, str_of(text)));
		CHECK(test_has_layer(storage, "team/app", &blob));
		snprintf(text, sizeof(text), "{%u %u}", round, i);
		last = digest_of_bytes(text, strlen(text));
		CHECK(test_blob_is(storage, &last, str_of(text)));
		CHECK_OK(storage->ops->get_revision(storage, "team/app", &last, &type, &err), &err);
	}
	/* The last that was told, or the next, whose answer the kill cut off. */
	snprintf(text, sizeof(text), "{%u %u}", round, n);
	struct digest next = digest_of_bytes(text, strlen(text));
	struct digest tag = test_tag(storage, "team/app", "latest");
	CHECK(digest_eq(&tag, &last) || digest_eq(&tag, &next));
}

TEST(what_was_acknowledged_is_there_after_a_kill)
{
	struct test_tree tree = test_tree_open();
	struct err err = {0};

	test_tree_close(&tree);
	for (unsigned round = 0; round < 30; round++) {
		uint16_t delay;
		random_bytes(&delay, sizeof(delay));
		unsigned n = server_kill_after(tree.path, round, delay % 8000);
		test_tree_reopen(&tree);
		CHECK_INT(test_tree_n_tmp(&tree), 0);
		check_round(tree.storage, round, n);
		CHECK_OK(tree.storage->ops->walk_blobs(tree.storage, check_content, tree.storage,
						       &err),
			 &err);
		test_tree_close(&tree);
	}
}
