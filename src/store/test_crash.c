/* test_crash.c - killed processes, full disks and many at once leave a sound store.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/random.h"
#include "base/vec.h"
#include "store/check.h"
#include "store/store_private.h"
#include "store/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

#define N_ROUNDS  60
#define N_WORKERS 2
#define N_NAMES   4 /* of each worker */

static unsigned random_below(unsigned n)
{
	unsigned value;

	random_bytes(&value, sizeof(value));
	return value % n;
}

static void say_finding(const struct check_finding *finding, void *arg)
{
	buf_printf(arg, "%s: %s\n", finding->what, finding->wrong);
}

static void check_is_sound(struct store *store)
{
	struct check_options options = {0};
	struct check_result result;
	autobuf struct buf said = {0};
	autoerr struct err err = {0};

	CHECK_OK(store_check(store, &options, say_finding, &said, &result, &err), &err);
	CHECK_STR(buf_text(&said), "");
}

/* ---- what a worker does ---- */

static int add_layers(struct store *store, const struct digest *diff_id, const char *content,
		      struct err *err)
{
	cleanup(lease_endp) struct lease *lease = NULL;
	struct layer_meta bottom;
	struct digest upper = digest_of_bytes(content, strlen(content) / 2);

	if (lease_begin(store, &lease, err) ||
	    fixture_publish_layer(store, lease, NULL, diff_id, content, &bottom, err))
		return -1;
	return fixture_publish_layer(store, lease, &bottom.chain_id, &upper, content, NULL, err);
}

static int add_one(struct store *store, const char *name, struct digest *ret_manifest,
		   struct err *err)
{
	struct fixture_image made;
	char content[33];

	random_hex(content, sizeof(content) - 1);
	if (fixture_add_image(store, content, name, &made, err) ||
	    add_layers(store, &made.diff_id, content, err))
		return -1;
	*ret_manifest = made.manifest.digest;
	return 0;
}

static int remove_one(struct store *store, const char *name, bool whole, struct err *err)
{
	autoref struct reference ref = fixture_name(name);
	cleanup(image_done) struct image image = {0};

	if (store_find_name(store, &ref, &image, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	return whole ? store_remove_image(store, &image.manifest.digest, err)
		     : store_remove_name(store, &ref, err);
}

static void say(int fd, const char *fmt, const char *name, const char *value)
{
	autofree char *line = xasprintf("%s %s %s\n", fmt, name, value);

	if (write(fd, line, strlen(line)) < 0)
		_exit(3);
}

/* Says "try" before and how it is after: what was not said is not known. */
static void work_once(struct store *store, int worker, int fd)
{
	autofree char *name = xasprintf("w%d-%u:1", worker, random_below(N_NAMES));
	autoerr struct err err = {0};
	struct digest digest;
	struct sweep_result swept;
	unsigned what = random_below(8);
	int result;

	if (what == 0) {
		result = store_sweep(store, false, &swept, &err);
	} else if (what <= 2) {
		say(fd, "try", name, "-");
		result = remove_one(store, name, what == 1, &err);
		if (result == 0)
			say(fd, "is", name, "-");
	} else {
		say(fd, "try", name, "-");
		result = add_one(store, name, &digest, &err);
		if (result == 0)
			say(fd, "is", name, digest.text);
	}
	if (result) {
		say(fd, "failed", name, err_text(&err));
		_exit(4);
	}
}

static pid_t start_worker(const char *root, int worker, int fd, int n_times)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	struct store *store;
	struct err err = {0};
	if (store_open(root, &store, &err)) {
		say(fd, "failed", "opening", err_text(&err));
		_exit(5);
	}
	for (int i = 0; i != n_times; i++)
		work_once(store, worker, fd);
	store_close(store);
	_exit(0);
}

/* ---- what was acknowledged ---- */

struct acknowledged {
	struct name_state {
		char *name;
		char *digest; /* "-": none */
		bool is_open; /* was being changed */
	} * items;
	size_t n, cap;
};

static struct name_state *state_of(struct acknowledged *all, const char *name)
{
	vec_foreach(state, all)
		if (text_eq(state->name, name))
			return state;
	vec_push(all, {xstrdup(name), xstrdup("-"), false});
	return &all->items[all->n - 1];
}

static void acknowledged_done(struct acknowledged *all)
{
	vec_foreach(state, all) {
		free(state->name);
		free(state->digest);
	}
	vec_done(all);
}

static void hear(struct acknowledged *all, struct str text)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		struct str verb = str_cut(&line, ' ');
		autofree char *name = str_dup(str_cut(&line, ' '));
		struct name_state *state = state_of(all, name);
		if (str_is(verb, "failed"))
			test_fail(__FILE__, __LINE__, "%s: %.*s", name, STR_ARG(line));
		state->is_open = str_is(verb, "try");
		if (state->is_open)
			continue;
		free(state->digest);
		state->digest = str_dup(line);
	}
}

static void check_acknowledged(struct store *store, struct acknowledged *all)
{
	vec_foreach(state, all) {
		autoref struct reference ref = fixture_name(state->name);
		cleanup(image_done) struct image image = {0};
		autoerr struct err err = {0};
		bool is_there = store_find_name(store, &ref, &image, &err) == 0;
		const char *is = is_there ? image.manifest.digest.text : "-";
		CHECK(is_there || err.kind == ERR_MISSING);
		if (!state->is_open)
			CHECK_STR(is, state->digest);
		free(state->digest);
		state->digest = xstrdup(is);
		state->is_open = false;
	}
}

static void sleep_us(unsigned us)
{
	struct timespec wait = {.tv_nsec = (long)us * 1000};

	nanosleep(&wait, NULL);
}

/* Runs the workers for a while (0: until they are done), and hears what they said. */
static void run_workers(const char *root, struct acknowledged *all, unsigned kill_after_us)
{
	pid_t pids[N_WORKERS];
	int ends[2];
	autobuf struct buf said = {0};
	autoerr struct err err = {0};

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < N_WORKERS; i++)
		pids[i] = start_worker(root, i, ends[1], kill_after_us ? -1 : 25);
	close(ends[1]);
	if (kill_after_us) {
		sleep_us(kill_after_us);
		for (int i = 0; i < N_WORKERS; i++)
			kill(pids[i], SIGKILL);
	}
	CHECK_OK(io_read_all(ends[0], &said, &err), &err);
	close(ends[0]);
	for (int i = 0; i < N_WORKERS; i++)
		CHECK_INT(waitpid(pids[i], NULL, 0), pids[i]);
	hear(all, buf_str(&said));
}

TEST(processes_killed_at_any_time_leave_a_sound_store_with_all_they_acknowledged)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(acknowledged_done) struct acknowledged all = {0};
	struct sweep_result swept;
	autoerr struct err err = {0};

	for (int i = 0; i < N_ROUNDS; i++) {
		run_workers(store_root(store), &all, 500 + random_below(20000));
		check_is_sound(store);
		check_acknowledged(store, &all);
		if (i % 5 > 0)
			continue;
		CHECK_OK(store_sweep(store, false, &swept, &err), &err);
		check_is_sound(store);
		check_acknowledged(store, &all);
	}
	CHECK(all.n > 0);
}

TEST(processes_that_work_at_once_do_not_disturb_each_other)
{
	cleanup(store_closep) struct store *store = fixture_store();
	cleanup(acknowledged_done) struct acknowledged all = {0};

	run_workers(store_root(store), &all, 0);
	check_is_sound(store);
	check_acknowledged(store, &all);
	vec_foreach(state, &all)
		CHECK(!state->is_open);
}

TEST(file_systems_of_every_kind_of_journal_do)
{
	static const int journals[] = {JOURNAL_ONE, JOURNAL_OTHER};
	autoerr struct err err = {0};

	for (size_t i = 0; i < ARRAY_LEN(journals); i++) {
		cleanup(store_closep) struct store *store = fixture_store();
		struct digest digest;
		struct lease *lease;
		atomic_store(&store->journal, journals[i]);
		CHECK_OK(add_one(store, "app:1", &digest, &err), &err);
		CHECK_OK(lease_begin_named(store, "c1", &lease, &err), &err);
		CHECK_OK(lease_add_blob(lease, &digest, &err), &err);
		CHECK_OK(lease_commit(lease, &err), &err);
		lease_end(lease);
		check_is_sound(store);
	}
}

/* ---- a full disk ---- */

#define SMALL_DISK "size=1m,mode=0755"

static void unmount(char **path)
{
	umount2(*path, MNT_DETACH);
	free(*path);
}

static char *mount_small_disk(void)
{
	const char *dir;

	fixture_own_mounts();
	test_dir(&dir);
	if (mount("hull-test", dir, "tmpfs", 0, SMALL_DISK))
		test_skip("this kernel mounts no tmpfs here");
	return xstrdup(dir);
}

/* Leaves so many pages free. */
static void fill_disk(const char *disk, unsigned n_free)
{
	autofree char *path = path_join(disk, "ballast");
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char page[4096] = {1};
	off_t size = 0;

	while (write(fd, page, sizeof(page)) == (ssize_t)sizeof(page))
		size += (off_t)sizeof(page);
	CHECK_INT(errno, ENOSPC);
	CHECK_INT(ftruncate(fd, size - (off_t)n_free * (off_t)sizeof(page)), 0);
}

TEST(a_disk_that_is_full_at_any_point_leaves_a_sound_store)
{
	cleanup(unmount) char *disk = mount_small_disk();
	autofree char *root = path_join(disk, "store");
	autofree char *ballast = path_join(disk, "ballast");
	cleanup(store_closep) struct store *store = NULL;
	struct digest kept, digest;
	autoerr struct err err = {0};
	unsigned n_full = 0, n_done = 0;

	CHECK_OK(store_open(root, &store, &err), &err);
	CHECK_OK(add_one(store, "kept:1", &kept, &err), &err);
	for (unsigned n_free = 0; n_free < 24; n_free++) {
		cleanup(store_closep) struct store *again = NULL;
		struct sweep_result swept;
		fill_disk(disk, n_free);
		if (add_one(store, "new:1", &digest, &err)) {
			CHECK_INT(err.sys_errno, ENOSPC);
			CHECK(strchr(err_text(&err), ':') > err_text(&err));
			n_full++;
		} else {
			n_done++;
		}
		err_clear(&err);
		/* Still full: it opens, is sound, and lets go of things. */
		CHECK_OK(store_open(root, &again, &err), &err);
		check_is_sound(again);
		CHECK_OK(remove_one(again, "new:1", true, &err), &err);
		CHECK_OK(store_sweep(again, false, &swept, &err), &err);
		check_is_sound(again);
		CHECK_INT(unlink(ballast), 0);
	}
	CHECK(n_full > 5 && n_done > 0);
	CHECK_OK(add_one(store, "new:1", &digest, &err), &err);
	check_is_sound(store);
}

TEST(a_full_disk_is_said_with_what_was_being_written)
{
	cleanup(unmount) char *disk = mount_small_disk();
	autofree char *root = path_join(disk, "store");
	cleanup(store_closep) struct store *store = NULL;
	cleanup(ingest_freep) struct ingest *ingest = NULL;
	struct digest digest;
	autoerr struct err err = {0};
	char block[65536] = {1};

	CHECK_OK(store_open(root, &store, &err), &err);
	CHECK_OK(ingest_begin(store, NULL, &ingest, &err), &err);
	while (writer_write(ingest_writer(ingest), block, sizeof(block), &err) == 0)
		;
	CHECK(text_starts(err_text(&err), "writing a blob after "));
	CHECK(text_ends(err_text(&err), "No space left on device"));
	err_clear(&err);
	CHECK(store_put_blob(store, NULL, block, sizeof(block), &digest, &err) < 0);
	CHECK(text_starts(err_text(&err), "storing blob sha256:"));
	err_clear(&err);
	CHECK(store_cache_put(store, "step", "ab", "text", &err) < 0);
	CHECK(text_starts(err_text(&err), "writing 'cache/step/ab': "));
}
