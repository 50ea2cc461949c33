/* files_template.c - templates filled in, checked and put in place.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/ownership.h"
#include "base/strlist.h"
#include "init/trusted.h"
#include "runner/environment.h"
#include "runner/limits.h"
#include "runner/owner.h"
#include "runner/place.h"
#include "runner/run.h"
#include "runner/template.h"

#include "base/banned.h"

struct values {
	const char *const *env;
	char *secret, *nearest; /* until the next call */
};

static int get_value(void *arg, struct str name, const char **ret_value, struct err *err)
{
	struct values *values = arg;
	autofree char *variable = xasprintf("%.*s_FILE", STR_ARG(name));
	const char *direct = environment_get(values->env, name);
	const char *path = environment_get(values->env, str_of(variable));

	if (direct || !path || !*path) {
		*ret_value = direct;
		return 0;
	}
	free(values->secret);
	values->secret = NULL;
	if (environment_read_secret(variable, path, &values->secret, err))
		return -1;
	*ret_value = values->secret;
	return 0;
}

static const char *nearest_value(void *arg, struct str name)
{
	struct values *values = arg;

	free(values->nearest);
	values->nearest = environment_nearest(values->env, name);
	return values->nearest;
}

static void values_done(struct values *values)
{
	free(values->secret);
	free(values->nearest);
}

static int open_source(const struct template_spec *template, int *ret_fd, struct err *err)
{
	int fd = open(template->source, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return file_err(err, "opening template", template->source);
	*ret_fd = fd;
	return 0;
}

int files_template_fill(const struct template_spec *template, const char *const *env,
			struct buf *ret_text, struct err *err)
{
	cleanup(values_done) struct values values = {.env = env};
	struct template_values access = {.get = get_value, .nearest = nearest_value, &values};
	autobuf struct buf source = {.max = LIMIT_TEMPLATE}, text = {.max = LIMIT_TEMPLATE};
	autoclose int fd = -1;

	if (open_source(template, &fd, err))
		return -1;
	if (io_read_all(fd, &source, err))
		return err_wrap(err, "reading template '%s'", template->source);
	if (template_fill(template->source, buf_str(&source), &access, &text, err))
		return -1;
	buf_done(ret_text);
	*ret_text = steal(&text);
	return 0;
}

/* Its output is ours. */
static int run_check(const struct template_spec *template, const char *path, const char *const *env,
		     struct err *err)
{
	autostrlist struct strlist words = {0};
	struct spawn_failure failure = {0};
	int status = 0;

	for (size_t i = 0; i < template->check.n; i++)
		strlist_add(&words, template->check.items[i]);
	strlist_add(&words, path);
	if (run_to_end((const char *const *)words.items, env, -1, &status, &failure))
		return err_at(err, template->pos, "check '%s' of template '%s': %s: %s",
			      words.items[0], template->dest, failure.step,
			      strerror(failure.error));
	if (status)
		return err_at(err, template->pos,
			      "check '%s' of template '%s' ended with status %d: '%s' stays as it "
			      "was",
			      words.items[0], template->source, status, template->dest);
	return 0;
}

/* Whether the target has the text already; then only its owner and mode are seen to. */
static bool is_same(const char *dest, const struct buf *text, int *ret_fd)
{
	autobuf struct buf now = {.max = LIMIT_TEMPLATE};
	autoerr struct err err = {0};
	struct stat st;
	autoclose int fd = trusted_open(dest, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size != text->len ||
	    io_read_all(fd, &now, &err) || !str_eq(buf_str(&now), buf_str(text)))
		return false;
	*ret_fd = steal_fd(&fd);
	return true;
}

static bool is_kept(const struct template_spec *template)
{
	struct stat st;

	if (template->when == COPY_ALWAYS || stat(template->dest, &st))
		return false;
	return template->when == COPY_IF_MISSING || st.st_size > 0;
}

/* Owner and mode of the source unless given, as ownership_set wants them. */
static int wanted_ownership(const struct template_spec *template, int source,
			    struct ownership *ret_own, struct err *err)
{
	struct ownership own = {.mode = template->mode};
	struct stat st;

	if (owner_find(template->user, template->group, template->pos, &own.uid, &own.gid, err))
		return -1;
	if (fstat(source, &st))
		return file_err(err, "examining", template->source);
	own.uid = own.uid < 0 ? st.st_uid : own.uid;
	own.gid = own.gid < 0 ? st.st_gid : own.gid;
	own.mode = own.mode < 0 ? (int)(st.st_mode & 07777) : own.mode;
	*ret_own = own;
	return 0;
}

static int put(const struct template_spec *template, const char *const *env, int source,
	       const struct buf *text, struct err *err)
{
	autoplacement struct placement placement = {.fd = -1, .dirfd = -1, .temp_dirfd = -1};
	struct ownership own;
	autoclose int same = -1;
	bool refused;

	if (wanted_ownership(template, source, &own, err))
		return -1;
	if (is_same(template->dest, text, &same))
		return ownership_set(same, &own, &refused, err);
	if (place_begin(template->dest, &placement, err) ||
	    io_write_all(placement.fd, text->ptr, text->len, err) ||
	    attributes_copy(source, placement.fd, &own, err))
		return -1;
	autofree char *path = place_path(&placement);
	if (template->check.n && run_check(template, path, env, err))
		return -1;
	return place_commit(&placement, err);
}

int files_template_put(const struct template_spec *template, const char *const *env,
		       const struct buf *text, struct err *err)
{
	autoclose int source = -1;

	if (is_kept(template))
		return 0;
	if (open_source(template, &source, err))
		return -1;
	if (put(template, env, source, text, err))
		return err->kind == ERR_INPUT ? -1 : err_wrap(err, "template '%s'", template->dest);
	return 0;
}

int files_template(const struct template_spec *template, const char *const *env, struct err *err)
{
	autobuf struct buf text = {0};

	if (files_template_fill(template, env, &text, err))
		return -1;
	return files_template_put(template, env, &text, err);
}
