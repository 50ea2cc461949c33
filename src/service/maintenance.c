/* maintenance.c - the tasks, told line by line; and how they travel over the socket.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/maintenance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/io.h"
#include "base/size.h"
#include "doc/json.h"

#include "base/banned.h"

static const char *const names[] = {
	[TASK_GC] = "gc",
	[TASK_VERIFY] = "verify",
	[TASK_REINDEX] = "reindex",
	[TASK_WHY] = "why",
};
_Static_assert(ARRAY_LEN(names) == N_TASKS, "each task has a name");

void task_encode(const struct task *task, struct buf *line)
{
	autoarena struct arena arena = {0};
	struct node *map = node_new(&arena, NODE_MAP);
	node_set_text(&arena, map, "task", names[task->kind]);
	node_set(&arena, map, "dry_run", node_new_bool(&arena, task->dry_run));
	node_set(&arena, map, "untagged", node_new_bool(&arena, task->untagged));
	node_set(&arena, map, "older_than_ns", node_new_int(&arena, task->older_than_ns));
	node_set(&arena, map, "grace_ns", node_new_int(&arena, task->grace_ns));
	node_set(&arena, map, "rate", node_new_int(&arena, (int64_t)task->rate));
	if (task->kind == TASK_WHY)
		node_set_text(&arena, map, "digest", task->digest.text);
	json_write(line, map, JSON_COMPACT);
	buf_putc(line, '\n');
}

int task_decode(struct str line, struct task *ret_task, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *map = NULL;
	struct task task = {0};

	if (json_parse(&arena, "task", line, &map, err))
		return -1;
	const char *name = node_get_text(map, "task");
	for (task.kind = 0; task.kind < N_TASKS; task.kind++)
		if (text_eq(names[task.kind], name))
			break;
	if (task.kind == N_TASKS)
		return err_set(err, ERR_INPUT, "unknown task '%s'", name ? name : "");
	task.dry_run = node_get_bool(map, "dry_run", false);
	task.untagged = node_get_bool(map, "untagged", false);
	task.older_than_ns = node_get_int(map, "older_than_ns", 0);
	task.grace_ns = node_get_int(map, "grace_ns", -1);
	task.rate = (uint64_t)node_get_int(map, "rate", 0);
	const char *digest = node_get_text(map, "digest");
	if (task.kind == TASK_WHY && digest_parse(str_of(digest ? digest : ""), &task.digest, err))
		return -1;
	*ret_task = task;
	return 0;
}

struct saying {
	task_say_fn *say;
	void *arg;
};

static void say(const struct saying *saying, const char *fmt, ...) printf_like(2, 3);
static void say(const struct saying *saying, const char *fmt, ...)
{
	autobuf struct buf line = {0};
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&line, fmt, args);
	va_end(args);
	saying->say(buf_text(&line), saying->arg);
}

static void say_gc(enum gc_word word, const char *repository, const struct digest *digest,
		   uint64_t size, const char *why, void *arg)
{
	static const char *const words[] = {
		[GC_KEEPS] = "keeps",
		[GC_CONDEMNS] = "condemns blob",
		[GC_REVIVES] = "revives blob",
		[GC_REMOVES_BLOB] = "removes blob",
		[GC_REMOVES_MANIFEST] = "removes manifest",
		[GC_REMOVES_LINK] = "removes link",
	};
	char bytes[SIZE_TEXT_MAX];

	if (word == GC_KEEPS)
		return;
	size_format(size, bytes);
	say(arg, "%s %s%s%s%s%s%s%s%s", words[word], repository ? repository : "",
	    repository ? "@" : "", digest->text, size ? " (" : "", size ? bytes : "",
	    size ? ")" : "", why ? ": " : "", why ? why : "");
}

static int run_gc(struct registry *registry, const struct task *task, struct saying *saying,
		  struct err *err)
{
	struct gc_options options = {
		.dry_run = task->dry_run,
		.untagged = task->untagged,
		.older_than_ns = task->older_than_ns,
		.grace_ns = task->grace_ns,
		.told = say_gc,
		.arg = saying,
	};
	struct gc_result result = {0};
	char bytes[SIZE_TEXT_MAX];

	if (registry_collect(registry, &options, &result, err))
		return -1;
	size_format(result.removed_bytes, bytes);
	say(saying,
	    "%s%llu blobs seen, %llu condemned, %llu removed (%s), %llu manifests and %llu links "
	    "removed",
	    task->dry_run ? "dry run: " : "", (unsigned long long)result.blobs,
	    (unsigned long long)result.condemned, (unsigned long long)result.removed_blobs, bytes,
	    (unsigned long long)result.removed_manifests, (unsigned long long)result.removed_links);
	if (task->ret_gc)
		*task->ret_gc = result;
	return 0;
}

static void say_fault(const struct digest *digest, uint64_t size, const char *fault, void *arg)
{
	if (fault)
		say(arg, "%s: %s", digest->text, fault);
}

static int run_verify(struct registry *registry, const struct task *task, struct saying *saying,
		      struct err *err)
{
	struct verify_options options = {
		.bytes_per_second = task->rate,
		.told = say_fault,
		.arg = saying,
	};
	struct verify_result result = {0};
	char bytes[SIZE_TEXT_MAX];

	if (registry_verify(registry, &options, &result, err))
		return -1;
	size_format(result.bytes, bytes);
	say(saying, "%llu blobs (%s) verified, %llu corrupt, %llu missing",
	    (unsigned long long)result.blobs, bytes, (unsigned long long)result.corrupt,
	    (unsigned long long)result.missing);
	if (task->ret_verify)
		*task->ret_verify = result;
	if (result.corrupt || result.missing)
		return err_set(err, ERR_CORRUPT, "%llu blobs are corrupt and %llu missing",
			       (unsigned long long)result.corrupt,
			       (unsigned long long)result.missing);
	return 0;
}

static int run_reindex(struct registry *registry, const struct saying *saying, struct err *err)
{
	struct walk_result result = {0};

	if (registry_walk(registry, &result, err))
		return -1;
	say(saying,
	    "%llu repositories, %llu manifests, %llu tags, %llu blobs; the index had %llu rows too "
	    "few and %llu too many, %llu things are not what they should be",
	    (unsigned long long)result.repositories, (unsigned long long)result.manifests,
	    (unsigned long long)result.tags, (unsigned long long)result.blobs,
	    (unsigned long long)result.added, (unsigned long long)result.removed,
	    (unsigned long long)result.odd);
	return 0;
}

static int run_why(struct registry *registry, const struct task *task, const struct saying *saying,
		   struct err *err)
{
	autostrlist struct strlist reasons = {0};

	if (registry_why(registry, &task->digest, &reasons, err))
		return -1;
	for (size_t i = 0; i < reasons.n; i++)
		say(saying, "%s", reasons.items[i]);
	if (!reasons.n)
		say(saying, "nothing needs it: garbage collection will remove it");
	return 0;
}

int task_run(struct registry *registry, const struct task *task, task_say_fn *fn, void *arg,
	     struct err *err)
{
	struct saying saying = {fn, arg};

	switch (task->kind) {
	case TASK_GC: return run_gc(registry, task, &saying, err);
	case TASK_VERIFY: return run_verify(registry, task, &saying, err);
	case TASK_REINDEX: return run_reindex(registry, &saying, err);
	case TASK_WHY: return run_why(registry, task, &saying, err);
	default: return err_set(err, ERR_INPUT, "unknown task");
	}
}

/* A path may be longer than the 107 bytes that a socket's address holds: go by the directory. */
static int connect_to(const char *storage, int *ret_fd, struct err *err)
{
	autofree char *own = path_join(storage, "hull");
	autoclose int dirfd = -1, fd = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (dir_open_at(AT_FDCWD, own, &dirfd, err))
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" CONTROL_SOCKET,
		 dirfd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, "making a socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		if (errno == ECONNREFUSED)
			errno = ENOENT; /* left by one that died */
		return err_sys(err, "asking the server at '%s/" CONTROL_SOCKET "'", own);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* What the server said: lines for the user, then how it ended. */
static int hear(int fd, task_say_fn *fn, void *arg, struct err *err)
{
	autobuf struct buf heard = {0};

	for (;;) {
		char *room = buf_reserve(&heard, 4096);
		if (!room)
			return err_set(err, ERR_LIMIT, "the server's answer is too long");
		ssize_t n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "hearing the server");
		if (n == 0)
			return err_set(err, ERR_SYSTEM, "the server has ended meanwhile");
		buf_added(&heard, (size_t)n);
		for (;;) {
			char *end = heard.len ? memchr(heard.ptr, '\n', heard.len) : NULL;
			if (!end)
				break;
			*end = '\0';
			if (heard.ptr[0] == '=')
				return heard.ptr[1] ? err_set(err, ERR_SYSTEM, "%s", heard.ptr + 1)
						    : 0;
			fn(heard.ptr + 1, arg);
			buf_consume(&heard, (size_t)(end - heard.ptr) + 1);
		}
	}
}

int task_ask(const char *storage, const struct task *task, task_say_fn *fn, void *arg,
	     struct err *err)
{
	autoclose int fd = -1;
	autobuf struct buf line = {.max = TASK_LINE_MAX};

	if (connect_to(storage, &fd, err))
		return -1;
	task_encode(task, &line);
	if (io_write_all(fd, buf_text(&line), line.len, err))
		return -1;
	return hear(fd, fn, arg, err);
}
