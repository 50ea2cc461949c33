/* test_logs.c - real children, real pipes, sinks that take everything, little or nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "init/logs_private.h"
#include "testing/test.h"

#include "base/banned.h"

#define WRITERS_MAX 40

struct scene;
struct writer { /* a child and its stream */
	struct child child;
	struct log_stream stream;
	struct scene *scene;
	int fd; /* the child's end */
};
struct scene {
	struct events *events;
	struct logs *logs;
	int dir;
	const char *path;
	struct log_spec spec;
	struct writer writers[WRITERS_MAX];
	int n_writers, n_alive;
	/* run_until */
	struct timer poll;
	bool (*until)(struct scene *scene);
	int64_t deadline;
	/* what a test looks for */
	int reader;
	const char *file, *text;
	struct buf got;
};

static void scene_open(struct scene *scene)
{
	struct events_hooks hooks = {.arg = scene};

	*scene = (struct scene){.reader = -1};
	scene->dir = test_dir(&scene->path);
	CHECK_INT(events_open(&scene->events, &hooks), 0);
	CHECK_INT(logs_open(scene->events, true, &scene->logs), 0);
}

static void scene_close(struct scene *scene)
{
	logs_close(scene->logs);
	events_close(scene->events);
	free((char *)scene->spec.path);
	buf_done(&scene->got);
	if (scene->reader >= 0)
		close(scene->reader);
}

static void to_file(struct scene *scene, const char *name, enum log_format format)
{
	free((char *)scene->spec.path);
	scene->spec = (struct log_spec){
		.target = LOG_TO_FILE, .path = path_join(scene->path, name), .format = format};
}

static void poll_again(struct timer *timer)
{
	struct scene *scene = container_of(timer, struct scene, poll);

	if (scene->until(scene))
		events_stop(scene->events, 0);
	else if (clock_monotonic_ns() > scene->deadline)
		events_stop(scene->events, 1);
	else
		timer_after(scene->events, timer, NS_PER_SEC / 1000);
}

static void run_until(struct scene *scene, bool (*until)(struct scene *scene))
{
	scene->until = until;
	scene->poll.fire = poll_again;
	scene->deadline = clock_monotonic_ns() + 60 * NS_PER_SEC;
	timer_after(scene->events, &scene->poll, 0);
	CHECK_INT(events_run(scene->events), 0);
}

static bool all_ended(struct scene *scene)
{
	return scene->n_alive == 0;
}

static void writer_ended(struct child *child, int status, const struct rusage *usage)
{
	struct writer *writer = container_of(child, struct writer, child);

	(void)status;
	(void)usage;
	writer->scene->n_alive--;
	log_stream_finish(&writer->stream);
}

/* Forks a child that runs `write_to` with its end of the pipe. */
static struct writer *write_by(struct scene *scene, void (*write_to)(int fd))
{
	CHECK(scene->n_writers < WRITERS_MAX);
	struct writer *writer = &scene->writers[scene->n_writers++];

	*writer = (struct writer){.scene = scene, .child.ended = writer_ended};
	CHECK_INT(log_stream_open(&writer->stream, scene->logs, &scene->spec, "web", "stdout",
				  &writer->fd),
		  0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		write_to(writer->fd);
		_exit(0);
	}
	close(writer->fd);
	writer->stream.pid = pid;
	scene->n_alive++;
	child_register(scene->events, &writer->child, pid);
	return writer;
}

static void text_to(int fd, const char *text)
{
	size_t len = strlen(text);

	if (write(fd, text, len) != (ssize_t)len)
		_exit(1);
}

static const char *file_text(struct scene *scene, const char *name)
{
	struct err err = {0};

	buf_done(&scene->got);
	scene->got = (struct buf){0};
	CHECK_OK(file_read_at(scene->dir, name, (size_t)64 << 20, &scene->got, &err), &err);
	return buf_text(&scene->got);
}

/* ---- what arrives ---- */

static void write_three(int fd)
{
	text_to(fd, "one\ntw");
	text_to(fd, "o\n");
	text_to(fd, "last words");
}

TEST(every_line_arrives_and_the_last_gets_its_newline)
{
	static const struct {
		enum log_format format;
		const char *want;
	} cases[] = {
		{LOG_RAW, "one\ntwo\nlast words\n"},
		{LOG_PREFIX, "web | one\nweb | two\nweb | last words\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene scene;
		scene_open(&scene);
		to_file(&scene, "deep/er/log", cases[i].format);
		write_by(&scene, write_three);
		run_until(&scene, all_ended);
		CHECK_STR(file_text(&scene, "deep/er/log"), cases[i].want);
		scene_close(&scene);
	}
}

static void write_binary(int fd)
{
	for (int i = 0; i < 1000; i++)
		if (write(fd, "\0\xff\x80 raw\0bytes\r\n", 15) != 15)
			_exit(1);
}

TEST(raw_bytes_pass_unchanged)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_RAW);
	write_by(&scene, write_binary);
	run_until(&scene, all_ended);
	file_text(&scene, "log");
	CHECK_INT(scene.got.len, 15000);
	for (int i = 0; i < 1000; i++)
		CHECK(!memcmp(scene.got.ptr + (ptrdiff_t)i * 15, "\0\xff\x80 raw\0bytes\r\n", 15));
	scene_close(&scene);
}

static void write_many(int fd)
{
	char line[128];

	for (int i = 0; i < 300; i++) {
		snprintf(line, sizeof(line), "%d line %d ....................................\n",
			 (int)getpid(), i);
		size_t half = strlen(line) / 2;
		if (write(fd, line, half) != (ssize_t)half)
			_exit(1);
		text_to(fd, line + half);
	}
}

/* Lines "PID line N …" of each writer are all there and in order; nothing else is. */
static void check_many(struct scene *scene, struct str rest, const char *head)
{
	int next[WRITERS_MAX] = {0};

	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		CHECK(str_starts(line, str_of(head)));
		int pid = 0, number = 0, end = 0;
		CHECK_INT(sscanf(line.ptr + strlen(head),
				 "%d line %d ....................................%n", &pid, &number,
				 &end),
			  2);
		CHECK_INT(line.len, strlen(head) + (size_t)end);
		int i = 0;
		while (i < scene->n_writers && scene->writers[i].child.pid != pid)
			i++;
		CHECK(i < scene->n_writers);
		CHECK_INT(number, next[i]++);
	}
	for (int i = 0; i < scene->n_writers; i++)
		CHECK_INT(next[i], 300);
}

TEST(many_children_share_a_file_line_by_line)
{
	static const struct {
		enum log_format format;
		const char *head;
	} cases[] = {{LOG_RAW, ""}, {LOG_PREFIX, "web | "}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene scene;
		scene_open(&scene);
		to_file(&scene, "log", cases[i].format);
		for (int n = 0; n < WRITERS_MAX; n++)
			write_by(&scene, write_many);
		run_until(&scene, all_ended);
		file_text(&scene, "log");
		check_many(&scene, buf_str(&scene.got), cases[i].head);
		scene_close(&scene);
	}
}

static void write_and_crash(int fd)
{
	text_to(fd, "alive\nand dyi");
	text_to(fd, "ng");
	kill(getpid(), SIGKILL);
}

TEST(nothing_is_lost_when_a_child_crashes_behind_its_last_write)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_PREFIX);
	for (int i = 0; i < 300; i++) {
		scene.n_writers = 0;
		write_by(&scene, write_and_crash);
		run_until(&scene, all_ended);
	}
	struct str rest = {file_text(&scene, "log"), scene.got.len};
	for (int i = 0; i < 300; i++) {
		CHECK(str_is(str_cut(&rest, '\n'), "web | alive"));
		CHECK(str_is(str_cut(&rest, '\n'), "web | and dying"));
	}
	CHECK_INT(rest.len, 0);
	scene_close(&scene);
}

/* ---- files ---- */

TEST(a_file_rotates_before_it_grows_beyond_its_size)
{
	struct scene scene;
	struct stat st;
	uint64_t sum = 0;

	scene_open(&scene);
	to_file(&scene, "log", LOG_STAMP);
	scene.spec.max_bytes = 4000;
	scene.spec.keep = 1000;
	write_by(&scene, write_many);
	run_until(&scene, all_ended);
	autobuf struct buf all = {0};
	for (int i = 30; i >= 0; i--) { /* the oldest first */
		char name[32];
		snprintf(name, sizeof(name), i ? "log.%d" : "log", i);
		if (fstatat(scene.dir, name, &st, 0))
			continue;
		CHECK(st.st_size > 3800 || i == 0);
		CHECK(st.st_size <= 4000);
		struct str rest = {file_text(&scene, name), (size_t)st.st_size};
		while (rest.len) { /* without the stamp */
			struct str line = str_cut(&rest, '\n');
			CHECK(line.len > 28);
			buf_append(&all, line.ptr + 28, line.len - 28);
			buf_putc(&all, '\n');
		}
		sum += (uint64_t)st.st_size;
	}
	CHECK(sum > 20000);
	check_many(&scene, buf_str(&all), "web | ");
	scene_close(&scene);
}

TEST(without_old_files_to_keep_nothing_is_cut)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_RAW);
	scene.spec.max_bytes = 100;
	write_by(&scene, write_many);
	run_until(&scene, all_ended);
	file_text(&scene, "log");
	check_many(&scene, buf_str(&scene.got), "");
	scene_close(&scene);
}

static void write_one(int fd)
{
	text_to(fd, "line\n");
}

TEST(a_file_rotates_when_its_period_is_over)
{
	struct scene scene;
	struct timespec old[2] = {{.tv_sec = 1767355445}, {.tv_sec = 1767355445}};

	scene_open(&scene);
	to_file(&scene, "log", LOG_RAW);
	scene.spec.period = LOG_DAY;
	scene.spec.at_midnight = true;
	autoclose int fd = openat(scene.dir, "log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, "old\n", 4) == 4 && !futimens(fd, old));
	write_by(&scene, write_one);
	run_until(&scene, all_ended);
	CHECK_STR(file_text(&scene, "log"), "line\n");
	CHECK_STR(file_text(&scene, "log.20260102"), "old\n");
	scene_close(&scene);
}

TEST(two_names_of_one_file_are_one_sink)
{
	struct scene scene;
	struct log_sink *one, *other;

	scene_open(&scene);
	to_file(&scene, "log", LOG_RAW);
	CHECK_INT(logs_sink(scene.logs, &scene.spec, &one), 0);
	CHECK_INT(symlinkat("log", scene.dir, "link"), 0);
	to_file(&scene, "link", LOG_RAW);
	CHECK_INT(logs_sink(scene.logs, &scene.spec, &other), 0);
	CHECK(one == other);
	scene_close(&scene);
}

TEST(a_file_that_cannot_be_opened_is_told)
{
	struct scene scene;
	struct log_sink *sink;

	scene_open(&scene);
	to_file(&scene, "", LOG_RAW); /* the directory */
	CHECK_INT(logs_sink(scene.logs, &scene.spec, &sink), -EISDIR);
	scene_close(&scene);
}

TEST(a_renamed_file_is_left_when_asked_to_follow)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_RAW);
	scene.spec.follow_renames = true;
	write_by(&scene, write_one);
	run_until(&scene, all_ended);
	CHECK_INT(renameat(scene.dir, "log", scene.dir, "old"), 0);
	write_by(&scene, write_one);
	write_by(&scene, write_one);
	run_until(&scene, all_ended);
	CHECK_STR(file_text(&scene, "old"), "line\n");
	CHECK_STR(file_text(&scene, "log"), "line\nline\n");
	scene_close(&scene);
}

TEST(reopening_goes_by_the_name)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_RAW);
	write_by(&scene, write_one);
	run_until(&scene, all_ended);
	CHECK_INT(renameat(scene.dir, "log", scene.dir, "old"), 0);
	write_by(&scene, write_one);
	run_until(&scene, all_ended);
	logs_reopen(scene.logs);
	write_by(&scene, write_one);
	run_until(&scene, all_ended);
	CHECK_STR(file_text(&scene, "old"), "line\nline\n");
	CHECK_STR(file_text(&scene, "log"), "line\n");
	scene_close(&scene);
}

/* ---- sinks that take little ---- */

static void write_a_lot(int fd)
{
	char line[128];

	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line), "%08d%91s\n", i, "");
		text_to(fd, line);
	}
}

/* A fifo that nobody reads yet. */
static void to_fifo(struct scene *scene, enum log_overflow overflow)
{
	to_file(scene, "fifo", LOG_PREFIX);
	scene->spec.overflow = overflow;
	CHECK_INT(mkfifoat(scene->dir, "fifo", 0600), 0);
	scene->reader = openat(scene->dir, "fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(scene->reader >= 0);
}

static bool is_blocked(struct scene *scene)
{
	return scene->writers[0].stream.is_paused;
}

static bool read_some(struct scene *scene)
{
	char text[5000];
	ssize_t n = read(scene->reader, text, sizeof(text));

	if (n > 0)
		buf_append(&scene->got, text, (size_t)n);
	return n < 0 && scene->n_alive == 0 && !logs_pending(scene->logs) &&
	       !scene->logs->n_leftovers;
}

static void hear_line(struct log_stream *stream, const char *line, size_t len)
{
	struct writer *writer = container_of(stream, struct writer, stream);

	buf_append(&writer->scene->got, line, len);
	buf_putc(&writer->scene->got, '|');
}

TEST(a_blocked_sink_blocks_the_child_and_not_us)
{
	struct scene scene;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	to_fifo(&scene, LOG_BLOCK);
	write_by(&scene, write_a_lot);
	run_until(&scene, is_blocked);
	CHECK_INT(scene.n_alive, 1);
	/* The loop lives on, and so do other sinks. */
	struct log_spec fifo = scene.spec;
	scene.spec.path = NULL;
	to_file(&scene, "log", LOG_PREFIX);
	struct writer *other = write_by(&scene, write_one);
	while (other->stream.logs)
		run_until(&scene, is_blocked);
	CHECK_STR(file_text(&scene, "log"), "web | line\n");
	buf_truncate(&scene.got, 0);
	run_until(&scene, read_some);
	struct str rest = buf_str(&scene.got);
	for (int i = 0; i < 20000; i++) {
		char want[128];
		snprintf(want, sizeof(want), "web | %08d%91s", i, "");
		CHECK(str_is(str_cut(&rest, '\n'), want));
	}
	CHECK_INT(rest.len, 0);
	free((char *)fifo.path);
	scene_close(&scene);
}

TEST(a_dead_child_of_a_blocked_sink_leaves_everything)
{
	struct scene scene;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	to_fifo(&scene, LOG_BLOCK);
	write_by(&scene, write_a_lot);
	run_until(&scene, is_blocked);
	kill(scene.writers[0].child.pid, SIGKILL);
	run_until(&scene, all_ended);
	CHECK(!scene.writers[0].stream.logs);
	CHECK(logs_pending(scene.logs));
	run_until(&scene, read_some);
	struct str rest = buf_str(&scene.got);
	int n = 0;
	for (; rest.len; n++) {
		char want[128];
		struct str line = str_cut(&rest, '\n');
		snprintf(want, sizeof(want), "web | %08d%91s", n, "");
		CHECK(str_is(line, want));
	}
	/* All that the pipes, the buffers and the fifo hold, at the least. */
	CHECK(n > 1500 && n < 20000);
	scene_close(&scene);
}

TEST(a_sink_that_drops_counts_the_lines)
{
	struct scene scene;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	to_fifo(&scene, LOG_DROP);
	write_by(&scene, write_a_lot);
	run_until(&scene, all_ended); /* it never waited */
	run_until(&scene, read_some);
	struct str rest = buf_str(&scene.got);
	int number = 0, dropped = 0, markers = 0;
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		CHECK(str_starts(line, STR("web | ")));
		if (sscanf(line.ptr, "web | [hull-init: %d lines dropped]", &dropped) == 1) {
			number += dropped;
			markers++;
			continue;
		}
		CHECK_INT(line.len, 6 + 99);
		CHECK_INT(strtol(line.ptr + 6, NULL, 10), number);
		number++;
	}
	CHECK_INT(number, 20000);
	CHECK(markers > 0);
	scene_close(&scene);
}

TEST(a_full_disk_keeps_the_lines_until_there_is_room)
{
	struct scene scene;
	char mount_at[128];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		test_skip("a mount namespace needs root");
	scene_open(&scene);
	CHECK_INT(mkdirat(scene.dir, "disk", 0700), 0);
	snprintf(mount_at, sizeof(mount_at), "%s/disk", scene.path);
	CHECK_INT(mount("tmpfs", mount_at, "tmpfs", 0, "size=64k"), 0);
	to_file(&scene, "disk/log", LOG_PREFIX);
	write_by(&scene, write_a_lot);
	run_until(&scene, is_blocked);
	CHECK_INT(scene.n_alive, 1);
	CHECK_INT(mount("tmpfs", mount_at, "tmpfs", MS_REMOUNT, "size=16m"), 0);
	run_until(&scene, all_ended);
	file_text(&scene, "disk/log");
	struct str rest = buf_str(&scene.got);
	for (int i = 0; i < 20000; i++) {
		char want[128];
		snprintf(want, sizeof(want), "web | %08d%91s", i, "");
		CHECK(str_is(str_cut(&rest, '\n'), want));
	}
	CHECK_INT(rest.len, 0);
	scene_close(&scene);
	CHECK_INT(umount2(mount_at, MNT_DETACH), 0);
}

TEST(a_broken_stdout_does_not_stop_the_children)
{
	pid_t pid = fork(); /* the harness speaks on our stdout */
	int status;

	CHECK(pid >= 0);
	if (pid == 0) {
		struct scene scene;
		int ends[2];
		struct stat st;
		close(2);
		CHECK(open("/dev/null", O_WRONLY) == 2);
		CHECK(!pipe(ends) && dup2(ends[1], 1) == 1);
		close(ends[0]);
		close(ends[1]);
		CHECK(!fstat(1, &st));
		scene_open(&scene);
		scene.spec = (struct log_spec){.target = LOG_TO_STDOUT, .format = LOG_PREFIX};
		write_by(&scene, write_a_lot);
		run_until(&scene, all_ended);
		/* and what was written can still be asked for */
		char recent[64];
		size_t n = logs_recent(scene.logs, "web", recent, sizeof(recent));
		CHECK_INT(n, sizeof(recent));
		scene_close(&scene);
		_exit(scene.n_alive);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
}

/* ---- outlets ---- */

static void outlet_fill(int fd, enum log_outlet_kind kind)
{
	static char text[8192];
	struct log_outlet outlet;
	size_t sum = 0;
	ssize_t n;
	int flags = fcntl(fd, F_GETFL);

	CHECK_INT(log_outlet_inherited(&outlet, fd), 0);
	if (kind == OUTLET_POLL || kind == OUTLET_NOWAIT) { /* as where /proc is not there */
		log_outlet_close(&outlet);
		outlet = (struct log_outlet){.fd = fd, .kind = kind, .is_device = true};
	}
	CHECK_INT(outlet.kind, kind);
	while ((n = log_outlet_write(&outlet, text, sizeof(text))) > 0)
		sum += (size_t)n;
	CHECK_INT(n, -EAGAIN);
	CHECK(sum > 0);
	CHECK_INT(fcntl(fd, F_GETFL), flags); /* they are not ours alone */
	log_outlet_close(&outlet);
}

TEST(an_inherited_descriptor_never_makes_us_wait_and_keeps_its_flags)
{
	static const enum log_outlet_kind kinds[] = {OUTLET_NONBLOCK, OUTLET_NOWAIT, OUTLET_POLL};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		int ends[2];
		CHECK(!pipe2(ends, O_CLOEXEC));
		outlet_fill(ends[1], kinds[i]);
		close(ends[0]);
		close(ends[1]);
	}
	int ends[2];
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	outlet_fill(ends[1], OUTLET_SOCKET);
	close(ends[0]);
	close(ends[1]);
}

TEST(a_terminal_never_makes_us_wait)
{
	static const enum log_outlet_kind kinds[] = {OUTLET_NONBLOCK, OUTLET_POLL};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		char name[64];
		autoclose int host = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (host < 0 || grantpt(host) || unlockpt(host) ||
		    ptsname_r(host, name, sizeof(name)))
			test_skip("there are no terminals");
		autoclose int terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
		CHECK(terminal >= 0);
		outlet_fill(terminal, kinds[i]);
	}
}

/* ---- life of a stream ---- */

static int gate[2]; /* closed by the test: the grandchild goes on */

static void leave_a_grandchild(int fd)
{
	char byte;

	text_to(fd, "child\n");
	if (fork())
		_exit(0);
	close(gate[1]);
	(void)!read(gate[0], &byte, 1);
	text_to(fd, "grandchild\nends");
}

static bool nothing_pends(struct scene *scene)
{
	return !scene->logs->n_leftovers;
}

TEST(a_grandchild_is_not_waited_for_and_still_heard)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_PREFIX);
	CHECK(!pipe2(gate, O_CLOEXEC));
	write_by(&scene, leave_a_grandchild);
	run_until(&scene, all_ended);
	CHECK(!scene.writers[0].stream.logs);
	CHECK_STR(file_text(&scene, "log"), "web | child\n");
	CHECK_INT(scene.logs->n_leftovers, 1);
	write_by(&scene, write_one); /* the next run */
	run_until(&scene, all_ended);
	close(gate[1]);
	close(gate[0]);
	run_until(&scene, nothing_pends);
	CHECK_STR(file_text(&scene, "log"),
		  "web | child\nweb | line\nweb | grandchild\nweb | ends\n");
	scene_close(&scene);
}

TEST(of_very_many_leftovers_the_oldest_is_closed)
{
	struct scene scene;
	int held[LIMIT_LOG_LEFTOVERS + 3];

	scene_open(&scene);
	to_file(&scene, "log", LOG_PREFIX);
	int saved = dup(2);
	autoclose int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CHECK(saved >= 0 && dup2(null, 2) == 2);
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		struct log_stream stream;
		CHECK_INT(log_stream_open(&stream, scene.logs, &scene.spec, "web", "stdout",
					  &held[i]),
			  0);
		log_stream_finish(&stream);
	}
	CHECK(dup2(saved, 2) == 2);
	close(saved);
	CHECK_INT(scene.logs->n_leftovers, LIMIT_LOG_LEFTOVERS);
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		ssize_t n = write(held[i], "x", 1);
		CHECK_INT(n, i < 3 ? -1 : 1);
		close(held[i]);
	}
	run_until(&scene, nothing_pends);
	scene_close(&scene);
}

static void write_and_wait(int fd)
{
	char byte;

	text_to(fd, "whole\npartial");
	close(gate[1]);
	(void)!read(gate[0], &byte, 1);
	text_to(fd, " line\nend");
}

static bool is_carried(struct scene *scene)
{
	return scene->writers[0].stream.carry.len > 0;
}

TEST(a_tap_hears_whole_lines)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_RAW);
	CHECK(!pipe2(gate, O_CLOEXEC));
	write_by(&scene, write_and_wait)->stream.tap = hear_line;
	run_until(&scene, is_carried);
	CHECK_STR(buf_text(&scene.got), "whole|");
	close(gate[0]);
	close(gate[1]);
	run_until(&scene, all_ended);
	CHECK_STR(buf_text(&scene.got), "whole|partial line|end|");
	CHECK_STR(file_text(&scene, "log"), "whole\npartial line\nend\n");
	scene_close(&scene);
}

TEST(closing_writes_a_line_that_is_not_complete)
{
	struct scene scene;

	scene_open(&scene);
	to_file(&scene, "log", LOG_PREFIX);
	CHECK(!pipe2(gate, O_CLOEXEC));
	write_by(&scene, write_and_wait);
	run_until(&scene, is_carried);
	logs_close(scene.logs);
	scene.logs = NULL;
	CHECK_STR(file_text(&scene, "log"), "web | whole\nweb | partial\n");
	kill(scene.writers[0].child.pid, SIGKILL);
	run_until(&scene, all_ended);
	close(gate[0]);
	close(gate[1]);
	scene_close(&scene);
}

TEST(a_live_stream_changes_its_sink_and_its_form)
{
	struct scene scene;
	struct log_spec other = {.target = LOG_TO_FILE, .format = LOG_RAW};

	scene_open(&scene);
	to_file(&scene, "log", LOG_PREFIX);
	autofree char *path = path_join(scene.path, "other");
	other.path = path;
	CHECK(!pipe2(gate, O_CLOEXEC));
	struct writer *writer = write_by(&scene, write_and_wait);
	run_until(&scene, is_carried);
	CHECK_INT(log_stream_replace(&writer->stream, &other, "web"), 0);
	close(gate[0]);
	close(gate[1]);
	run_until(&scene, all_ended);
	CHECK_STR(file_text(&scene, "log"), "web | whole\nweb | partial\n");
	CHECK_STR(file_text(&scene, "other"), " line\nend\n");
	logs_sweep(scene.logs);
	CHECK(!scene.logs->sinks && !scene.logs->rings);
	scene_close(&scene);
}

TEST(a_change_of_a_blocked_sink_loses_nothing)
{
	struct scene scene;
	struct log_spec other = {.target = LOG_TO_FILE, .format = LOG_PREFIX};
	struct stat st;

	scene_open(&scene);
	scene.got.max = (size_t)64 << 20;
	to_fifo(&scene, LOG_BLOCK);
	autofree char *path = path_join(scene.path, "other");
	other.path = path;
	struct writer *writer = write_by(&scene, write_a_lot);
	run_until(&scene, is_blocked);
	CHECK_INT(log_stream_replace(&writer->stream, &other, "web"), 0);
	run_until(&scene, all_ended);
	run_until(&scene, read_some);
	CHECK(!fstatat(scene.dir, "other", &st, 0));
	/* One line may have been cut in two by the change: it then has two heads and two ends. */
	size_t want = (size_t)20000 * (6 + 100);
	CHECK(scene.got.len + (size_t)st.st_size - want <= 7);
	scene_close(&scene);
}

TEST(recent_lines_are_whole)
{
	struct scene scene;
	char out[LIMIT_LOG_RECENT];

	scene_open(&scene);
	to_file(&scene, "log", LOG_PREFIX);
	CHECK_INT(logs_recent(scene.logs, "web", out, sizeof(out)), 0);
	write_by(&scene, write_three);
	run_until(&scene, all_ended);
	size_t n = logs_recent(scene.logs, "web", out, sizeof(out));
	CHECK(n == 19 && !memcmp(out, "one\ntwo\nlast words\n", n));
	n = logs_recent(scene.logs, "web", out, 13);
	CHECK(n == 11 && !memcmp(out, "last words\n", n));
	write_by(&scene, write_a_lot);
	run_until(&scene, all_ended);
	n = logs_recent(scene.logs, "web", out, sizeof(out));
	CHECK_INT(n, 40 * 100);
	CHECK(!memcmp(out, "00019960 ", 9) && out[n - 1] == '\n');
	CHECK_INT(logs_recent(scene.logs, "db", out, sizeof(out)), 0);
	scene_close(&scene);
}

TEST(null_and_inherit_need_no_pipe)
{
	static const enum log_target targets[] = {LOG_TO_NULL, LOG_INHERIT};
	struct scene scene;
	struct log_stream stream;
	struct stat child, ours;
	int fd;

	scene_open(&scene);
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		struct log_spec spec = {.target = targets[i]};
		CHECK_INT(log_stream_open(&stream, scene.logs, &spec, "web", "stderr", &fd), 0);
		CHECK(!fstat(fd, &child));
		CHECK(!(i ? fstat(2, &ours) : stat("/dev/null", &ours)));
		CHECK(child.st_ino == ours.st_ino && child.st_dev == ours.st_dev);
		close(fd);
		log_stream_finish(&stream);
		CHECK(!stream.logs);
	}
	CHECK(!logs_pending(scene.logs));
	scene_close(&scene);
}
