/* sources.c - the files that states and templates name: salt:// and absolute ones.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A name below salt:// is cut into its words first ("." and ".." taken away; what would leave the
 * top is refused), then looked for in each root whose prefix it has, opened beneath that root. */
#include "state/world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/vec.h"
#include "state/limits.h"
#include "state/source_names.h"

#include "base/banned.h"

#define BUILTIN_PAIR 0x80 /* the first byte that stands for two */

/* What one root has under a name. */
struct found {
	const struct file_root *root;
	const char *rest; /* relative to the root */
	int fd;           /* -1: `text` */
	const char *text;
};

static const char *below_prefix(const char *prefix, const char *name)
{
	size_t len = strlen(prefix);

	if (!len)
		return name;
	if (strncmp(prefix, name, len) != 0 || (name[len] && name[len] != '/'))
		return NULL;
	return name[len] ? name + len + 1 : name + len;
}

static const char *builtin_find(const struct builtin_text *texts, const char *name)
{
	for (; texts && texts->name; texts++)
		if (text_eq(texts->name, name))
			return texts->text;
	return NULL;
}

/* 1: *ret_found is there; 0: this root has no such thing; -1: it cannot be opened. */
static int root_open(const struct file_root *root, const char *name, mode_t type,
		     struct found *ret_found, struct err *err)
{
	const char *rest = below_prefix(root->prefix ? root->prefix : "", name);
	struct stat st;
	autoclose int fd = -1;
	autoerr struct err missing = {0};

	if (!rest)
		return 0;
	if (root->dirfd < 0) {
		const char *text = type == S_IFREG ? builtin_find(root->texts, rest) : NULL;
		*ret_found = (struct found){root, rest, -1, text};
		return text != NULL;
	}
	/* O_NONBLOCK: a pipe must not hold us. */
	if (beneath_open(root->dirfd, rest, O_RDONLY | O_NONBLOCK, 0, &fd, &missing)) {
		if (missing.kind == ERR_MISSING)
			return 0;
		err_move(err, &missing);
		return -1;
	}
	if (fstat(fd, &st) || (st.st_mode & S_IFMT) != type)
		return 0;
	*ret_found = (struct found){root, rest, steal_fd(&fd), NULL};
	return 1;
}

static int roots_open(struct world *world, const char *name, mode_t type, struct found *ret_found,
		      struct err *err)
{
	vec_foreach(root, &world->roots) {
		int status = root_open(root, name, type, ret_found, err);
		if (status)
			return status;
	}
	return 0;
}

static int descriptor_read(int fd, const char *name, struct buf *ret_content, struct err *err)
{
	struct stat st;
	struct buf content = {.max = LIMIT_SOURCE};

	if (fstat(fd, &st))
		return err_sys(err, "reading '%s'", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a regular file", name);
	if ((uint64_t)st.st_size <= LIMIT_SOURCE)
		buf_reserve(&content, (size_t)st.st_size + 1);
	if (io_read_all(fd, &content, err)) {
		buf_done(&content);
		return err_wrap(err, "reading '%s'", name);
	}
	buf_done(ret_content);
	*ret_content = content;
	return 0;
}

/* No pair holds itself or a later one: 128 levels at most. */
static void builtin_put(const uint8_t (*pairs)[2], uint8_t byte, struct buf *content)
{
	if (byte < BUILTIN_PAIR || !pairs) {
		buf_putc(content, (char)byte);
		return;
	}
	builtin_put(pairs, pairs[byte - BUILTIN_PAIR][0], content);
	builtin_put(pairs, pairs[byte - BUILTIN_PAIR][1], content);
}

static void builtin_read(const struct file_root *root, const char *text, struct buf *ret_content)
{
	buf_truncate(ret_content, 0);
	for (struct str rest = str_of(text); rest.len; rest.ptr++, rest.len--)
		builtin_put(root->pairs, (uint8_t)*rest.ptr, ret_content);
}

/* ERR_MISSING without a text of ours: the caller knows what it was asked for. */
static int salt_read(struct world *world, const char *name, struct buf *ret_content,
		     const char **ret_file, struct err *err)
{
	struct found found;
	int status = roots_open(world, name, S_IFREG, &found, err);

	if (status < 0)
		return -1;
	if (!status)
		return err_set(err, ERR_MISSING, "'%s' is in none of the roots", name);
	autoclose int fd = found.fd;
	const char *file = fd < 0 ? heap_printf(world->heap, "builtin:%s", found.rest)
				  : heap_printf(world->heap, "%s/%s", found.root->path, found.rest);
	if (fd < 0) {
		builtin_read(found.root, found.text, ret_content);
	} else if (descriptor_read(fd, file, ret_content, err)) {
		return -1;
	}
	*ret_file = file;
	return 0;
}

static int source_missing(struct err *err, const char *source)
{
	return err_set(err, ERR_MISSING, "Source file %s not found in saltenv 'base'", source);
}

static bool is_remote(const char *source)
{
	static const char *const schemes[] = {"http://", "https://", "ftp://", "s3://", "swift://"};

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (text_starts(source, schemes[i]))
			return true;
	return false;
}

/* An absolute path is the system's, beneath its root; another one stands below base_dir. */
static int path_open(struct world *world, const char *source, int flags, int *ret_fd,
		     struct err *err)
{
	const char *path = text_starts(source, "file://") ? source + strlen("file://") : source;
	autoclose int base = -1;

	if (*path == '/')
		return beneath_open(world->rootfd, path, flags, 0, ret_fd, err);
	if (dir_open_at(AT_FDCWD, world->base_dir ? world->base_dir : ".", &base, err))
		return -1;
	return beneath_open(base, path, flags, 0, ret_fd, err);
}

static int path_read(struct world *world, const char *source, struct buf *ret_content,
		     const char **ret_file, struct err *err)
{
	autoclose int fd = -1;
	autoerr struct err cause = {0};

	if (path_open(world, source, O_RDONLY | O_NONBLOCK, &fd, &cause)) {
		if (cause.kind == ERR_MISSING)
			return source_missing(err, source);
		err_move(err, &cause);
		return -1;
	}
	if (descriptor_read(fd, source, ret_content, err))
		return -1;
	*ret_file = heap_strdup(world->heap, str_of(source));
	return 0;
}

int source_read(struct world *world, const char *source, struct buf *ret_content,
		const char **ret_file, struct err *err)
{
	autoerr struct err cause = {0};

	if (is_remote(source))
		return err_set(err, ERR_INPUT, "a remote source cannot be read here: '%s'", source);
	if (!text_starts(source, "salt://"))
		return path_read(world, source, ret_content, ret_file, err);
	autofree char *name = source_name(source + strlen("salt://"), NULL);
	if (!name)
		return err_set(err, ERR_DENIED, "'%s' leaves its root", source);
	if (salt_read(world, name, ret_content, ret_file, &cause) == 0)
		return 0;
	if (cause.kind == ERR_MISSING)
		return source_missing(err, source);
	err_move(err, &cause);
	return -1;
}

int source_open_dir(struct world *world, const char *source, int *ret_dirfd, struct err *err)
{
	struct found found;

	if (!text_starts(source, "salt://"))
		return path_open(world, source, O_RDONLY | O_DIRECTORY, ret_dirfd, err);
	autofree char *name = source_name(source + strlen("salt://"), NULL);
	if (!name)
		return err_set(err, ERR_DENIED, "'%s' leaves its root", source);
	int status = roots_open(world, name, S_IFDIR, &found, err);
	if (status < 0)
		return -1;
	if (!status)
		return err_set(err, ERR_MISSING,
			       "Recurse failed: none of the specified sources "
			       "were found");
	*ret_dirfd = found.fd;
	return 0;
}

bool source_exists(struct world *world, const char *source)
{
	autoerr struct err ignored = {0};
	autoclose int fd = -1;
	struct found found;

	if (is_remote(source))
		return false;
	if (!text_starts(source, "salt://"))
		return path_open(world, source, O_PATH, &fd, &ignored) == 0;
	autofree char *name = source_name(source + strlen("salt://"), NULL);
	if (!name)
		return false;
	int status = roots_open(world, name, S_IFREG, &found, &ignored);
	err_clear(&ignored);
	if (status <= 0)
		status = roots_open(world, name, S_IFDIR, &found, &ignored);
	if (status > 0)
		fd = found.fd;
	return status > 0;
}

int source_read_sls(struct world *world, const char *sls, struct str *ret_text,
		    const char **ret_file, bool *ret_is_init, struct err *err)
{
	autobuf struct buf content = {0};
	autofree char *base = source_sls_path(sls);

	for (int is_init = 0; is_init < 2; is_init++) {
		autoerr struct err cause = {0};
		autofree char *path = xasprintf("%s%s", base, is_init ? "/init.sls" : ".sls");
		autofree char *name = source_name(path, NULL);
		if (!name)
			return err_set(err, ERR_DENIED, "'%s' leaves its root", sls);
		if (salt_read(world, name, &content, ret_file, &cause) == 0) {
			*ret_text = (struct str){heap_strdup(world->heap, buf_str(&content)),
						 content.len};
			*ret_is_init = is_init;
			return 0;
		}
		if (cause.kind != ERR_MISSING) {
			err_move(err, &cause);
			return -1;
		}
	}
	return err_set(err, ERR_MISSING,
		       "Specified SLS %s in saltenv base is not available on the salt master or "
		       "through a configured fileserver",
		       sls);
}

/* ---- templates ---- */

static int template_load(void *arg, struct heap *heap, const char *name, const char *from,
			 struct template_source *ret_source, struct err *err)
{
	struct world *world = arg;
	const char *file = NULL;
	autobuf struct buf content = {0};
	autoerr struct err cause = {0};
	const char *shown = text_starts(name, "salt://") ? name + strlen("salt://") : name;
	autofree char *canonical = source_name(shown, from);

	if (!canonical)
		return err_set(err, ERR_DENIED, "template '%s' leaves its root", name);
	int status = from && *from == '/' && *shown == '.'
			     ? path_read(world, canonical, &content, &file, &cause)
			     : salt_read(world, canonical, &content, &file, &cause);
	if (status) {
		if (cause.kind == ERR_MISSING)
			return err_set(err, ERR_MISSING, "%s", name);
		err_move(err, &cause);
		return -1;
	}
	*ret_source = (struct template_source){heap_strdup(heap, str_of(canonical)),
					       file,
					       {heap_strdup(heap, buf_str(&content)), content.len}};
	return 0;
}

/* tplfile, tpldir, tpldot: of the imported file. */
static void template_describe(void *arg, struct heap *heap, const char *name,
			      struct dict *ret_variables)
{
	source_describe(heap, name, NULL, NULL, ret_variables);
}

struct loader source_loader(struct world *world)
{
	return (struct loader){template_load, template_describe, world};
}
