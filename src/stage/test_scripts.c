/* test_scripts.c - five levels for each of the stage files, and what is put in place.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "stage/scripts.h"
#include "testing/test.h"

#include "base/banned.h"

enum { LEVEL_ROOTFS, LEVEL_EXPLICIT, LEVEL_SALT, LEVEL_PATH, LEVEL_OURS, N_LEVELS };

static const char *const level_dirs[N_LEVELS] = {
	"image/image_rootfs/bootstrap_scripts", "explicit", "image/.salt", "path", "share/stages",
};

struct bench {
	struct stage_settings settings;
	const char *top;
	int dirfd;
};

static struct bench bench_make_in(const char *top)
{
	struct bench bench = {.top = top};
	autoerr struct err err = {0};

	CHECK_OK(dir_make_all(AT_FDCWD, top, 0755, &err), &err);
	CHECK_OK(dir_open_at(AT_FDCWD, top, &bench.dirfd, &err), &err);
	for (size_t i = 0; i < N_LEVELS; i++)
		CHECK_OK(dir_make_all(bench.dirfd, level_dirs[i], 0755, &err), &err);
	struct stage_settings *s = &bench.settings;
	s->image_dir = xasprintf("%s/image", bench.top);
	s->image_rootfs = xasprintf("%s/image/image_rootfs", bench.top);
	s->bootstrap_dir = xasprintf("%s/image/injected_volumes/bootstrap_scripts", bench.top);
	s->stage_path = xasprintf("%s/path", bench.top);
	s->share = xasprintf("%s/share", bench.top);
	s->dockerfile_stage0 = xstrdup("");
	for (size_t i = 0; i < ARRAY_LEN(s->docker_stage); i++)
		s->docker_stage[i] = xstrdup("");
	return bench;
}

static struct bench bench_make(void)
{
	const char *top;
	test_dir(&top);
	return bench_make_in(top);
}

static void bench_done(struct bench *bench)
{
	close(bench->dirfd);
	struct stage_settings *s = &bench->settings;
	char *owned[] = {s->image_dir,  s->image_rootfs, s->bootstrap_dir,
			 s->stage_path, s->share,        s->dockerfile_stage0};
	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		free(owned[i]);
	for (size_t i = 0; i < ARRAY_LEN(s->docker_stage); i++)
		free(s->docker_stage[i]);
}

static void put(const struct bench *bench, int level, enum stage_file which, const char *text)
{
	autofree char *path = path_join(level_dirs[level], stage_file_name(which));
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(bench->dirfd, path, text, strlen(text), 0644, FILE_NO_SYNC, &err),
		 &err);
}

static char **explicit_field(struct bench *bench, enum stage_file which)
{
	struct stage_settings *s = &bench->settings;
	return which == STAGE_FILE_DOCKERFILE ? &s->dockerfile_stage0 : &s->docker_stage[which];
}

static void set_explicit(struct bench *bench, enum stage_file which, const char *file)
{
	char **field = explicit_field(bench, which);
	free(*field);
	*field = file ? xasprintf("%s/explicit/%s", bench->top, file) : xstrdup("");
}

static void remove_level(struct bench *bench, int level, enum stage_file which)
{
	autofree char *path = path_join(level_dirs[level], stage_file_name(which));
	CHECK(!unlinkat(bench->dirfd, path, 0));
	if (level == LEVEL_EXPLICIT)
		set_explicit(bench, which, NULL);
}

static const char *level_name(int level, enum stage_file which)
{
	static const char *const variables[] = {"MS_DOCKER_STAGE0", "MS_DOCKER_STAGE1",
						"MS_DOCKER_STAGE2", "MS_DOCKER_STAGE3",
						"MS_DOCKERFILE_STAGE0"};
	static const char *const names[N_LEVELS] = {"image_rootfs", NULL, ".salt", "MS_STAGE_PATH",
						    "default"};
	return level == LEVEL_EXPLICIT ? variables[which] : names[level];
}

/* Every file at every level; then level after level goes, and the next one is taken. */
TEST(each_file_is_found_at_the_strongest_level_that_has_it)
{
	struct bench bench = bench_make();
	autoerr struct err err = {0};

	for (enum stage_file which = 0; which < N_STAGE_FILES; which++)
		for (int level = 0; level < N_LEVELS; level++)
			put(&bench, level, which, "x");
	for (enum stage_file which = 0; which < STAGE_FILE_SCRUB; which++)
		set_explicit(&bench, which, stage_file_name(which));
	for (enum stage_file which = 0; which < N_STAGE_FILES; which++)
		for (int level = 0; level < N_LEVELS; level++) {
			struct stage_scripts scripts = {0};
			if (which == STAGE_FILE_SCRUB && level == LEVEL_EXPLICIT)
				continue; /* has no variable */
			CHECK_OK(stage_scripts_find(&bench.settings, &scripts, &err), &err);
			autofree char *path = xasprintf("%s/%s/%s", bench.top, level_dirs[level],
							stage_file_name(which));
			CHECK_STR(scripts.items[which].path, path);
			CHECK_STR(scripts.items[which].level, level_name(level, which));
			stage_scripts_done(&scripts);
			if (level + 1 < N_LEVELS)
				remove_level(&bench, level, which);
		}
	bench_done(&bench);
}

TEST(a_project_may_bring_any_subset_of_the_files)
{
	autoerr struct err err = {0};
	const char *top;

	test_dir(&top);
	for (unsigned subset = 0; subset < 1u << N_STAGE_FILES; subset++) {
		autofree char *dir = xasprintf("%s/%u", top, subset);
		struct bench bench = bench_make_in(dir);
		struct stage_scripts scripts = {0};
		for (enum stage_file which = 0; which < N_STAGE_FILES; which++) {
			put(&bench, LEVEL_OURS, which, "x");
			if (subset & 1u << which)
				put(&bench, LEVEL_SALT, which, "x");
		}
		CHECK_OK(stage_scripts_find(&bench.settings, &scripts, &err), &err);
		for (enum stage_file which = 0; which < N_STAGE_FILES; which++)
			CHECK_STR(scripts.items[which].level,
				  subset & 1u << which ? ".salt" : "default");
		stage_scripts_done(&scripts);
		bench_done(&bench);
	}
}

static void put_all_ours(const struct bench *bench)
{
	for (enum stage_file which = 0; which < N_STAGE_FILES; which++)
		put(bench, LEVEL_OURS, which, "ours");
}

TEST(a_file_that_is_nowhere_is_named_with_every_place)
{
	struct bench bench = bench_make();
	struct stage_scripts scripts = {0};
	autoerr struct err err = {0};

	put_all_ours(&bench);
	remove_level(&bench, LEVEL_OURS, STAGE_FILE_3);
	CHECK(stage_scripts_find(&bench.settings, &scripts, &err));
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(text_starts(err_text(&err), "stage file 'stage3.sh' does not exist (looked for "));
	for (int level = 0; level < N_LEVELS; level++)
		CHECK(!!strstr(err_text(&err), level_dirs[level]) == (level != LEVEL_EXPLICIT));
	bench_done(&bench);
}

TEST(a_file_that_was_named_and_is_not_there_is_not_replaced_by_another)
{
	struct bench bench = bench_make();
	struct stage_scripts scripts = {0};
	autoerr struct err err = {0};

	put_all_ours(&bench);
	set_explicit(&bench, STAGE_FILE_2, "nowhere.sh");
	CHECK(stage_scripts_find(&bench.settings, &scripts, &err));
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(strstr(err_text(&err), "explicit/nowhere.sh"));
	CHECK(!strstr(err_text(&err), ".salt"));
	bench_done(&bench);
}

struct heard {
	unsigned n_copied, n_in_place;
};

static void hear(const struct progress_event *event, void *arg)
{
	struct heard *heard = arg;
	heard->n_copied += text_starts(event->text, "copied ");
	heard->n_in_place += strstr(event->text, ": already in place (") != NULL;
}

static struct heard install(struct bench *bench)
{
	struct heard heard = {0};
	const struct progress progress = {hear, &heard};
	struct stage_scripts scripts = {0};
	autoerr struct err err = {0};

	CHECK_OK(stage_scripts_find(&bench->settings, &scripts, &err), &err);
	CHECK_OK(stage_scripts_install(&bench->settings, &scripts, &progress, &err), &err);
	stage_scripts_done(&scripts);
	return heard;
}

TEST(only_what_differs_is_copied)
{
	struct bench bench = bench_make();
	static const char placed[] = "image/injected_volumes/bootstrap_scripts/stage3.sh";
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct stat st;

	put_all_ours(&bench);
	CHECK_INT(install(&bench).n_copied, N_STAGE_FILES);
	struct heard again = install(&bench);
	CHECK_INT(again.n_copied, 0);
	CHECK_INT(again.n_in_place, N_STAGE_FILES);

	/* What somebody put there by hand is replaced, its mode as well. */
	CHECK_OK(file_write_at(bench.dirfd, placed, "mine", 4, 0755, FILE_NO_SYNC, &err), &err);
	CHECK_INT(install(&bench).n_copied, 1);
	CHECK_OK(file_read_at(bench.dirfd, placed, 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), "ours");
	CHECK(!fchmodat(bench.dirfd, placed, 0600, 0));
	CHECK_INT(install(&bench).n_copied, 1);
	CHECK(!fstatat(bench.dirfd, placed, &st, 0) && (st.st_mode & 07777) == 0755);
	bench_done(&bench);
}

TEST(scripts_can_be_run_and_the_rest_can_be_read)
{
	for (enum stage_file which = 0; which < N_STAGE_FILES; which++)
		CHECK_INT(stage_file_mode(which),
			  text_ends(stage_file_name(which), ".sh") ? 0755 : 0644);
}
