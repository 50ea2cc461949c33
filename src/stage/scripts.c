/* scripts.c - the levels at which each stage file is looked for, one file at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/scripts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#include "base/banned.h"

#define LIMIT_STAGE_FILE ((size_t)1 << 20) /* bytes of one script */

static const char *const stage_files[N_STAGE_FILES] = {
	[STAGE_FILE_0] = "stage0.sh",
	[STAGE_FILE_1] = "stage1.sh",
	[STAGE_FILE_2] = "stage2.sh",
	[STAGE_FILE_3] = "stage3.sh",
	[STAGE_FILE_DOCKERFILE] = "Dockerfile.stage0",
	[STAGE_FILE_SCRUB] = "scrub.conf",
};

static bool is_script(enum stage_file which)
{
	return which <= STAGE_FILE_3;
}

static const char *explicit_path(const struct stage_settings *s, enum stage_file which)
{
	if (which == STAGE_FILE_DOCKERFILE)
		return s->dockerfile_stage0;
	return is_script(which) ? s->docker_stage[which] : "";
}

static const char *explicit_name(enum stage_file which)
{
	static const char *const names[N_STAGE_FILES] = {
		"MS_DOCKER_STAGE0", "MS_DOCKER_STAGE1",     "MS_DOCKER_STAGE2",
		"MS_DOCKER_STAGE3", "MS_DOCKERFILE_STAGE0", "",
	};
	return names[which];
}

static bool is_file(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int find_one(const struct stage_settings *s, enum stage_file which,
		    struct stage_script *ret_script, struct err *err)
{
	const char *file = stage_files[which];
	autofree char *rootfs = xasprintf("%s/bootstrap_scripts/%s", s->image_rootfs, file);
	autofree char *salt = xasprintf("%s/.salt/%s", s->image_dir, file);
	autofree char *stage_path = path_join(s->stage_path, file);
	autofree char *ours = xasprintf("%s/stages/%s", s->share, file);
	const struct {
		const char *level, *path;
	} levels[] = {
		{"image_rootfs", rootfs}, {explicit_name(which), explicit_path(s, which)},
		{".salt", salt},          {"MS_STAGE_PATH", stage_path},
		{"default", ours},
	};
	struct buf tried = {0};

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		const char *path = levels[i].path;
		if (!path[0])
			continue;
		if (is_file(path)) {
			buf_done(&tried);
			bool same = text_eq(path, ours);
			*ret_script = (struct stage_script){file, xstrdup(path),
							    same ? "default" : levels[i].level};
			return 0;
		}
		buf_printf(&tried, "%s%s", tried.len ? ", " : "", path);
		if (i == 1) /* named by the user: nothing else will do */
			break;
	}
	err_set(err, ERR_MISSING, "stage file '%s' does not exist (looked for %s)", file,
		buf_text(&tried));
	buf_done(&tried);
	return -1;
}

int stage_scripts_find(const struct stage_settings *settings, struct stage_scripts *ret_scripts,
		       struct err *err)
{
	struct stage_scripts scripts = {0};
	for (size_t i = 0; i < N_STAGE_FILES; i++)
		if (find_one(settings, (enum stage_file)i, &scripts.items[i], err)) {
			stage_scripts_done(&scripts);
			return -1;
		}
	*ret_scripts = scripts;
	return 0;
}

void stage_scripts_done(struct stage_scripts *scripts)
{
	for (size_t i = 0; i < N_STAGE_FILES; i++) {
		free(scripts->items[i].path);
		scripts->items[i].path = NULL;
	}
}

static void tell(const struct progress *progress, const char *fmt, ...) printf_like(2, 3);
static void tell(const struct progress *progress, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	autofree char *text = xvasprintf(fmt, args);
	va_end(args);
	struct progress_event event = {.kind = PROGRESS_LOG, .text = text, .len = strlen(text)};
	progress_tell(progress, &event);
}

/* Whoever edited or copied it without its mode would see the build fail far from here. */
static bool is_in_place(int dirfd, const char *file, const struct buf *content, mode_t mode)
{
	autobuf struct buf there = {0};
	autoerr struct err unreadable = {0};
	struct stat st;
	return !fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) && (st.st_mode & 07777) == mode &&
	       !file_read_at(dirfd, file, LIMIT_STAGE_FILE, &there, &unreadable) &&
	       str_eq(buf_str(&there), buf_str(content));
}

static int install_one(int dirfd, const struct stage_settings *s, const struct stage_script *script,
		       mode_t mode, const struct progress *progress, struct err *err)
{
	autobuf struct buf content = {0};

	if (file_read_at(AT_FDCWD, script->path, LIMIT_STAGE_FILE, &content, err))
		return -1;
	if (is_in_place(dirfd, script->file, &content, mode)) {
		tell(progress, "%s/%s: already in place (%s)\n", s->bootstrap_dir, script->file,
		     script->level);
		return 0;
	}
	if (file_write_at(dirfd, script->file, buf_text(&content), content.len, mode, FILE_NO_SYNC,
			  err))
		return -1;
	tell(progress, "copied %s -> %s/%s (%s)\n", script->path, s->bootstrap_dir, script->file,
	     script->level);
	return 0;
}

const char *stage_file_name(enum stage_file which)
{
	return stage_files[which];
}

mode_t stage_file_mode(enum stage_file which)
{
	return is_script(which) ? 0755 : 0644;
}

int stage_scripts_install(const struct stage_settings *settings,
			  const struct stage_scripts *scripts, const struct progress *progress,
			  struct err *err)
{
	autoclose int dirfd = -1;

	if (dir_make_all(AT_FDCWD, settings->bootstrap_dir, 0755, err) ||
	    dir_open_at(AT_FDCWD, settings->bootstrap_dir, &dirfd, err))
		return -1;
	for (size_t i = 0; i < N_STAGE_FILES; i++)
		if (install_one(dirfd, settings, &scripts->items[i],
				stage_file_mode((enum stage_file)i), progress, err))
			return -1;
	return 0;
}
