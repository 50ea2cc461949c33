/* test_fixture.c - stores, contexts and Dockerfiles for the tests of this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "build/test_fixture.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "testing/test.h"

static void listen(const struct progress_event *event, void *arg)
{
	struct bench *bench = arg;

	if (event->kind == PROGRESS_WARNING)
		buf_printf(&bench->warnings, "%s\n", event->text);
	if (event->kind == PROGRESS_LOG)
		buf_append(&bench->log, event->text, event->len);
}

void bench_open(struct bench *bench)
{
	autoerr struct err err = {0};

	if (geteuid() != 0)
		test_skip("needs root");
	*bench = (struct bench){.context_fd = -1};
	test_dir(&bench->dir);
	autofree char *root = path_join(bench->dir, "store");
	autofree char *context = path_join(bench->dir, "context");
	CHECK_OK(engine_open(root, NULL, NULL, &bench->engine, &err), &err);
	CHECK_OK(dir_make_all(AT_FDCWD, context, 0755, &err), &err);
	CHECK_OK(dir_open_at(AT_FDCWD, context, &bench->context_fd, &err), &err);
	bench->options = (struct build_options){
		.network = "none", .compression = COMPRESSION_GZIP, .created_ns = -1};
}

void bench_close(struct bench *bench)
{
	build_result_done(&bench->result);
	engine_done(&bench->engine);
	mem_close_at(&bench->context_fd);
	strlist_done(&bench->options.build_args);
	strlist_done(&bench->options.labels);
	buf_done(&bench->warnings);
	buf_done(&bench->log);
}

void bench_write(struct bench *bench, const char *path, const char *text)
{
	autoerr struct err err = {0};
	autoclose int dirfd = -1;
	const char *name;

	CHECK_OK(beneath_make_parent(bench->context_fd, path, &dirfd, &name, &err), &err);
	CHECK_OK(file_write_at(dirfd, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

int bench_build(struct bench *bench, const char *dockerfile, struct err *err)
{
	autofree char *file = path_join(bench->dir, "Dockerfile");
	autofree char *context = path_join(bench->dir, "context");
	struct progress progress = {listen, bench};
	struct build_result result = {0};

	if (file_write_at(AT_FDCWD, file, dockerfile, strlen(dockerfile), 0644, FILE_NO_SYNC, err))
		return -1;
	struct build_options options = bench->options;
	options.dockerfile = file;
	options.context = context;
	options.progress = &progress;
	buf_truncate(&bench->warnings, 0);
	buf_truncate(&bench->log, 0);
	if (build_image(&bench->engine, &options, &result, err))
		return -1;
	build_result_done(&bench->result);
	bench->result = result;
	return 0;
}

void bench_make(struct bench *bench, const char *dockerfile)
{
	autoerr struct err err = {0};
	CHECK_OK(bench_build(bench, dockerfile, &err), &err);
}

void bench_refuse(struct bench *bench, const char *dockerfile, const char *message)
{
	autoerr struct err err = {0};

	CHECK(bench_build(bench, dockerfile, &err) == -1);
	const char *text = err_text(&err);
	if (text_starts(text, bench->dir))
		text += strlen(bench->dir) + 1;
	CHECK_STR(text, message);
}

/* ---- looking into the image ---- */

struct looking {
	struct lease *lease;
	struct layer_meta *layers;
	struct view view;
	size_t n;
};

static void looking_done(struct looking *looking)
{
	view_done(&looking->view);
	free(looking->layers);
	lease_end(looking->lease);
}

static void look_into(struct bench *bench, struct looking *looking)
{
	autoerr struct err err = {0};
	struct store *store = bench->engine.store;

	CHECK_OK(lease_begin(store, &looking->lease, &err), &err);
	CHECK_OK(image_layers(store, looking->lease, &bench->result.image, &looking->layers,
			      &looking->n, &err),
		 &err);
	CHECK_OK(view_open(store, looking->layers, looking->n, &looking->view, &err), &err);
}

char *bench_text(struct bench *bench, const char *path)
{
	cleanup(looking_done) struct looking looking = {0};
	autoerr struct err err = {0};
	autobuf struct buf text = {0};

	look_into(bench, &looking);
	CHECK_OK(view_read(&looking.view, path, &text, &err), &err);
	return xstrdup(buf_text(&text));
}

static void mode_text(uint32_t mode, char out[11])
{
	static const char letters[] = "rwxrwxrwx";

	memset(out, '-', 10);
	out[0] = S_ISDIR(mode) ? 'd' : S_ISREG(mode) ? '-' : '?';
	for (int i = 0; i < 9; i++)
		if (mode & (0400u >> i))
			out[i + 1] = letters[i];
	if (mode & S_ISUID)
		out[3] = 's';
	if (mode & S_ISVTX)
		out[9] = 't';
	out[10] = '\0';
}

char *bench_look(struct bench *bench, const char *path)
{
	cleanup(looking_done) struct looking looking = {0};
	autoerr struct err err = {0};
	struct stat st;
	size_t layer;
	char mode[11], target[PATH_MAX] = "";

	look_into(bench, &looking);
	struct lower lower = view_lower(&looking.view);
	while (*path == '/')
		path++;
	if (!lower.n || lower_find(&lower, path, &layer, &st, &err))
		return xstrdup("");
	if (S_ISLNK(st.st_mode)) {
		CHECK(readlinkat(lower.fds[layer], path, target, sizeof(target) - 1) > 0);
		return xasprintf("l → %s", target);
	}
	mode_text(st.st_mode, mode);
	return xasprintf("%s %u:%u", mode, st.st_uid, st.st_gid);
}

void bench_config(struct bench *bench, struct image_config *ret_config)
{
	autoerr struct err err = {0};
	CHECK_OK(store_read_config(bench->engine.store, &bench->result.image.id, ret_config, &err),
		 &err);
}

/* ---- an image to run things in ---- */

void bench_make_busybox(struct bench *bench)
{
	static const char *const paths[] = {"/bin/busybox", "/usr/bin/busybox"};
	autobuf struct buf program = {0};
	autoerr struct err err = {0};
	autoref struct reference name = {0};
	size_t i = 0;

	while (i < ARRAY_LEN(paths) && file_read_at(AT_FDCWD, paths[i], 0, &program, &err)) {
		err_clear(&err);
		i++;
	}
	if (i == ARRAY_LEN(paths))
		test_skip("needs a static busybox (busybox-static)");
	CHECK_OK(file_write_at(bench->context_fd, "busybox", program.ptr, program.len, 0755,
			       FILE_NO_SYNC, &err),
		 &err);
	bench_write(bench, "passwd", "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/srv:/bin/sh\n");
	bench_write(bench, "group", "root:x:0:\nwww:x:35:web\n");
	CHECK_OK(reference_parse("busybox", &name, &err), &err);
	reference_default_tag(&name);
	bench->options.tag = &name;
	bench_make(bench, "FROM scratch\n"
			  "COPY busybox /bin/\n"
			  "COPY passwd group /etc/\n"
			  "RUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\n"
			  "CMD [\"sh\"]\n");
	bench->options.tag = NULL;
}
