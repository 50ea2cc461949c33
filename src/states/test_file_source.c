/* test_file_source.c - contents out of sources and templates, and writing that is never half done.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "base/vec.h"
#include "states/file_states.h"
#include "states/test_world.h"

#include "base/banned.h"

static const struct state_def *const managed = &state_file_managed;

/* salt:// is the directory "salt" of the root. */
static void serve(struct trial *trial)
{
	CHECK(mkdirat(trial->rootfd, "salt", 0755) == 0);
	int fd = openat(trial->rootfd, "salt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	vec_push(&trial->world.roots, {.prefix = "", .dirfd = fd, .path = "salt"});
}

TEST(managed_takes_a_source_with_its_mode)
{
	autotrial t;
	trial_begin(&t);
	serve(&t);

	trial_write(&t, "salt/a", "from salt\n", 0751);
	trial_run(&t, managed, "/f", "{source: 'salt://a', mode: keep}");
	CHECK_STR(trial_read(&t, "f"), "from salt\n");
	CHECK_INT(trial_mode(&t, "f"), 0751);
	trial_again(&t, managed, "/f", "{source: 'salt://a', mode: keep}");
	trial_run(&t, managed, "/f", "{source: ['salt://none', 'salt://a']}");
	CHECK_STR(trial_said(&t), "True|File /f is in the correct state|");
	trial_run(&t, managed, "/f", "{source: 'salt://none'}");
	CHECK_STR(trial_said(&t), "False|Source file salt://none not found in saltenv 'base'|");
	trial_run(&t, managed, "/f", "{source: ['salt://none', 'salt://no']}");
	CHECK_STR(trial_said(&t),
		  "False|Unable to manage file: none of the specified sources were found|");
	trial_run(&t, managed, "/f", "{source: 'salt://../etc/passwd'}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	CHECK(symlinkat("../etc/passwd", t.rootfd, "salt/out") == 0);
	trial_run(&t, managed, "/f", "{source: 'salt://out'}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	CHECK_STR(trial_read(&t, "f"), "from salt\n");
}

TEST(managed_verifies_digests_in_every_form)
{
	static const struct {
		const char *hash;
		bool is_good;
	} cases[] = {
		{"5d41402abc4b2a76b9719d911017c592", true},
		{"md5=5D41402ABC4B2A76B9719D911017C592", true},
		{"sha1=aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", true},
		{"sha256=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", true},
		{"md5=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", false},
		{"/sums", true},
		{"00000000000000000000000000000000", false},
		{"not-a-digest", false},
	};
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "src", "hello", 0644);
	trial_write(&t, "sums",
		    "00000000000000000000000000000000  other\n"
		    "5d41402abc4b2a76b9719d911017c592  src\n",
		    0644);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial_run(&t, managed, "/f",
			  heap_printf(&t.heap, "{source: /src, source_hash: '%s'}", cases[i].hash));
		CHECK_INT(t.outcome.result, cases[i].is_good ? RESULT_TRUE : RESULT_FALSE);
		CHECK_STR(trial_read(&t, "f"), cases[i].is_good ? "hello" : "(none)");
		unlinkat(t.rootfd, "f", 0);
	}
}

TEST(managed_renders_templates_with_their_variables)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, managed, "/f",
		  "{contents: '{{ a }} {{ b }} {{ c }} {{ name }}', template: jinja, "
		  "a: extra, b: extra, c: extra, defaults: {b: default, c: default}, "
		  "context: {c: context}}");
	CHECK_STR(trial_read(&t, "f"), "extra default context /f\n");
	trial_run(&t, managed, "/f", "{contents: 'hello {{ who }}', template: jinja}");
	CHECK_STR(trial_said(&t),
		  "False|Unable to manage file: Jinja variable 'who' is undefined; line 1\n\n---\n"
		  "hello {{ who }}    <======================\n---\nat /f:1:10|");
	CHECK_STR(trial_read(&t, "f"), "extra default context /f\n");
	trial_run(&t, &state_file_accumulated, "acc", "{filename: /f, text: [x, y]}");
	trial_run(&t, managed, "/f",
		  "{contents: \"{{ accumulator['acc'] | join(',') }}\", template: jinja}");
	CHECK_STR(trial_read(&t, "f"), "x,y\n");
}

TEST(managed_asks_a_command_before_it_writes)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "old\n", 0644);
	trial_run(&t, managed, "/f", "{contents: new, check_cmd: 'grep -q nothing'}");
	CHECK(text_starts(trial_said(&t), "False|check_cmd execution failed"));
	CHECK_STR(trial_read(&t, "f"), "old\n");
	autostrlist struct strlist left = {0};
	autoerr struct err err = {0};
	CHECK_OK(dir_list(t.rootfd, "tmp", &left, &err), &err);
	CHECK_INT(left.n, 0);
	trial_run(&t, managed, "/f", "{contents: new, check_cmd: 'test -n'}");
	CHECK_STR(trial_read(&t, "f"), "new\n");
}

TEST(managed_keeps_what_was_there_when_asked)
{
	autotrial t;
	trial_begin(&t);
	autostrlist struct strlist kept = {0};
	autoerr struct err err = {0};

	trial_write(&t, "f", "old\n", 0644);
	trial_run(&t, managed, "/f", "{contents: new, backup: minion}");
	CHECK_OK(dir_list(t.rootfd, "state/file_backup", &kept, &err), &err);
	CHECK_INT(kept.n, 1);
	const char *file = heap_printf(&t.heap, "state/file_backup/%s", kept.items[0]);
	CHECK_STR(trial_read(&t, file), "old\n");
}

/* In a mount name space of its own: the bind mount goes with the child. */
static int write_mounted(struct trial *t)
{
	autofree char *file = xasprintf("%s/f", t->path), *other = xasprintf("%s/other", t->path);

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(other, file, NULL, MS_BIND, NULL))
		return 77;
	/* The descriptor from before is of the other name space. */
	t->rootfd = t->world.rootfd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	trial_run(t, managed, "/f", "{contents: new, mode: '0600'}");
	if (!text_eq(trial_said(t), "True|File /f updated|{'diff': '<show_changes=False>', "
				    "'mode': '0600'}"))
		return 1;
	trial_again(t, managed, "/f", "{contents: new, mode: '0600'}");
	return 0;
}

TEST(managed_writes_in_place_what_is_mounted)
{
	autotrial t;
	trial_begin(&t);
	int status = 0;

	trial_write(&t, "f", "below\n", 0644);
	trial_write(&t, "other", "longer than the new one\n", 0644);
	pid_t pid = fork();
	if (pid == 0)
		_exit(write_mounted(&t));
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		test_skip("needs the right to mount");
	CHECK_INT(WEXITSTATUS(status), 0);
	CHECK_STR(trial_read(&t, "other"), "new\n");
	CHECK_INT(trial_mode(&t, "other"), 0600);
	CHECK_STR(trial_read(&t, "f"), "below\n");
}

static const char *whole_text(struct heap *heap, char letter)
{
	char *text = heap_alloc(heap, 100001);

	memset(text, letter, 100000);
	return text;
}

TEST(managed_killed_at_any_moment_leaves_the_old_or_the_new)
{
	autotrial t;
	trial_begin(&t);
	const char *texts[] = {whole_text(&t.heap, 'a'), whole_text(&t.heap, 'b')};
	const char *args[] = {heap_printf(&t.heap, "{contents: %s}", texts[0]),
			      heap_printf(&t.heap, "{contents: %s}", texts[1])};

	trial_run(&t, managed, "/f", args[0]);
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0)
			for (unsigned n = 0;; n++)
				trial_run(&t, managed, "/f", args[n & 1]);
		usleep((useconds_t)(1000 + i * 137));
		CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
		const char *text = trial_read(&t, "f");
		CHECK_INT(strlen(text), 100001);
		CHECK(memcmp(text, texts[0], 100000) == 0 || memcmp(text, texts[1], 100000) == 0);
	}
}
