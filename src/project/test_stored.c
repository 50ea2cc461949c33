/* test_stored.c - generated passwords: once, kept, and only where nobody shares them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "project/project.h"
#include "testing/test.h"

#include "base/banned.h"

static const char *begin(struct world *world, struct heap *heap)
{
	const char *dir = NULL;

	*world = (struct world){.heap = heap, .no_fsync = true};
	world->rootfd = test_dir(&dir);
	world->state_dir = "/data/configuration/.hull-state";
	return dir;
}

static void end(struct world *world)
{
	secrets_done(&world->secrets);
}

TEST(a_password_is_made_once_and_kept)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct world world;
	struct str first, second, other;
	struct stat st;
	autobuf struct buf masked = {0};
	const char *root = begin(&world, &heap);
	autofree char *dir = path_join(root, "data/configuration/.hull-state");
	autofree char *file = path_join(dir, "stored.yml");

	CHECK_INT(stored_get(&world, "db", &first, &err), -1);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_OK(stored_password(&world, "db", 16, &first, &err), &err);
	CHECK_INT(first.len, 16);
	for (size_t i = 0; i < first.len; i++)
		CHECK(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
			     first.ptr[i]) != NULL);
	CHECK_OK(stored_password(&world, "db", 16, &second, &err), &err);
	CHECK(str_eq(first, second));
	CHECK_OK(stored_password(&world, "key: with 'quotes'\n", 8, &other, &err), &err);
	CHECK_INT(other.len, 8);
	CHECK_OK(stored_get(&world, "key: with 'quotes'\n", &second, &err), &err);
	CHECK(str_eq(second, other));
	CHECK_INT(stat(file, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_INT(stat(dir, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	secrets_mask(&world.secrets, first, &masked);
	CHECK_STR(buf_text(&masked), "***");
	end(&world);
}

TEST(a_stored_text_is_replaced)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct world world;
	struct str text;

	begin(&world, &heap);
	CHECK_OK(stored_set(&world, "replaced", STR("one"), &err), &err);
	CHECK_OK(stored_set(&world, "replaced", STR("two"), &err), &err);
	CHECK_OK(stored_get(&world, "replaced", &text, &err), &err);
	CHECK(str_is(text, "two"));
	CHECK_INT(stored_password(&world, "none", 0, &text, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	end(&world);
}

TEST(a_run_that_keeps_nothing_writes_nothing)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct world world;
	struct str first, second;

	for (int i = 0; i < 3; i++) {
		autofree char *dir = path_join(begin(&world, &heap), "unkept");
		world.state_dir = "/unkept";
		world.is_check = i == 0;
		world.is_test = i == 1;
		world.is_build = i == 2;
		CHECK_OK(stored_password(&world, "db", 16, &first, &err), &err);
		CHECK_OK(stored_password(&world, "db", 16, &second, &err), &err);
		CHECK(str_eq(first, second));
		CHECK_INT(access(dir, F_OK), -1);
		end(&world);
	}
}

TEST(what_cannot_be_kept_is_refused)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct world world;
	struct str password;
	autofree char *file = path_join(begin(&world, &heap), "a-file");

	CHECK_OK(file_write_at(AT_FDCWD, file, "", 0, 0600, FILE_NO_SYNC, &err), &err);
	world.state_dir = "/a-file/stored";
	CHECK_INT(stored_password(&world, "db", 16, &password, &err), -1);
	CHECK(strstr(err_text(&err), "/a-file/stored") != NULL);
	end(&world);
}

TEST(a_broken_file_is_not_overwritten)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct world world;
	struct str password;
	autofree char *dir = path_join(begin(&world, &heap), "broken");
	autofree char *file = path_join(dir, "stored.yml");

	world.state_dir = "/broken";
	CHECK_INT(mkdir(dir, 0700), 0);
	CHECK_OK(file_write_at(AT_FDCWD, file, "- a\n", 4, 0600, FILE_NO_SYNC, &err), &err);
	CHECK_INT(stored_password(&world, "db", 16, &password, &err), -1);
	CHECK_STR(err_text(&err), "/broken/stored.yml: not a mapping, but 'list'");
	end(&world);
}

TEST(a_crypt_is_the_same_each_time)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct world world;
	struct str first, second, other;

	begin(&world, &heap);
	CHECK_OK(stored_crypt(&world, "secret", &first, &err), &err);
	CHECK_OK(stored_crypt(&world, "secret", &second, &err), &err);
	CHECK_OK(stored_crypt(&world, "other", &other, &err), &err);
	CHECK(str_starts(first, STR("$6$")));
	CHECK(str_eq(first, second));
	CHECK(!str_eq(first, other));
	CHECK(!memcmp(first.ptr, other.ptr, strlen("$6$") + 16));
	end(&world);
}
