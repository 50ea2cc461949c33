/* test_notify.c - datagrams of sd_notify(3): read, attributed, and their descriptors closed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/notify.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/limits.h"
#include "init/test_loop_scene.h"
#include "testing/test.h"

struct heard_list {
	struct loop_scene scene;
	struct notify *notify;
	char text[512]; /* "what:text:number;" of each */
	pid_t sender;
	int n, wanted;
};

static void write_down(void *arg, const struct notify_message *message)
{
	struct heard_list *heard = arg;
	size_t len = strlen(heard->text);
	snprintf(heard->text + len, sizeof(heard->text) - len, "%d:%s:%llu;", message->what,
		 message->text, (unsigned long long)message->number);
}

static void parse(struct heard_list *heard, const char *bytes, size_t len)
{
	char text[LIMIT_NOTIFY + 1];
	memcpy(text, bytes, len);
	heard->text[0] = '\0';
	notify_parse(text, len, write_down, heard);
}

TEST(notify_lines_are_what_sd_notify_has)
{
	static const struct {
		const char *text, *heard;
	} cases[] = {
		{"READY=1", "0:1:0;"},
		{"READY=1\n", "0:1:0;"},
		{"READY=0", ""},
		{"READY=1\nSTATUS=up and = running\nMAINPID=42",
		 "0:1:0;3:up and = running:0;5:42:42;"},
		{"RELOADING=1\nMONOTONIC_USEC=77", "1:1:0;"},
		{"STOPPING=1", "2:1:0;"},
		{"ERRNO=2", "4:2:2;"},
		{"ERRNO=x", ""},
		{"WATCHDOG=1", "6:1:0;"},
		{"WATCHDOG=trigger", "7:trigger:0;"},
		{"WATCHDOG=2", ""},
		{"WATCHDOG_USEC=20000000", "8:20000000:20000000;"},
		{"WATCHDOG_USEC=-1", ""},
		{"EXTEND_TIMEOUT_USEC=5", "9:5:5;"},
		{"MAINPID=99999999999999999999", ""},
		{"BARRIER=1", ""},
		{"FDSTORE=1\nFDNAME=x", ""},
		{"X_MINE=1\n\nSTATUS=\nREADY", "3::0;"},
		{"", ""},
		{"=", ""},
		{"\n\n\n", ""},
		{"ready=1", ""},
	};
	struct heard_list heard;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		parse(&heard, cases[i].text, strlen(cases[i].text));
		CHECK_STR(heard.text, cases[i].heard);
	}
	parse(&heard, "READY=1\0\nSTOPPING=1", 19);
	CHECK_STR(heard.text, "2:1:0;");
}

static void hear(void *arg, pid_t sender, const struct notify_message *message)
{
	struct heard_list *heard = arg;
	heard->sender = sender;
	write_down(heard, message);
	if (++heard->n == heard->wanted)
		events_stop(heard->scene.events, 0);
}

static void open_list(struct heard_list *heard, int wanted)
{
	*heard = (struct heard_list){.wanted = wanted};
	loop_scene_open(&heard->scene);
	CHECK_INT(notify_open(heard->scene.events, hear, heard, &heard->notify), 0);
}

static void close_list(struct heard_list *heard)
{
	notify_close(heard->notify);
	loop_scene_close(&heard->scene);
}

/* With a descriptor, unless it is -1. */
static void send_to(const char *place, const char *text, size_t len, int passed)
{
	struct sockaddr_un address;
	socklen_t size;
	CHECK_INT(address_of_path(place, &address, &size), 0);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct iovec part = {(void *)text, len};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr head = {
		.msg_name = &address, .msg_namelen = size, .msg_iov = &part, .msg_iovlen = 1};
	if (passed >= 0) {
		head.msg_control = control;
		head.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&head);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passed, sizeof(int));
	}
	if (sendmsg(fd, &head, 0) != (ssize_t)len)
		test_fail(__FILE__, __LINE__, "sendmsg: %s", strerror(errno));
	close(fd);
}

TEST(notify_tells_who_sent_it)
{
	struct heard_list heard;
	open_list(&heard, 1);
	pid_t pid = fork();
	if (!pid) {
		send_to(notify_address(heard.notify), "READY=1", 7, -1);
		_exit(0);
	}
	loop_scene_run(&heard.scene);
	CHECK_INT(heard.sender, pid);
	CHECK_STR(heard.text, "0:1:0;");
	waitpid(pid, NULL, 0); /* unless the loop did */
	close_list(&heard);
}

TEST(notify_path_is_for_everybody_and_goes_away)
{
	struct heard_list heard;
	struct stat found;
	char path[200];
	open_list(&heard, 1);
	snprintf(path, sizeof(path), "%s", notify_address(heard.notify));
	if (*path == '@') {
		close_list(&heard);
		test_skip("needs a directory below /run, XDG_RUNTIME_DIR or TMPDIR");
	}
	CHECK_INT(lstat(path, &found), 0);
	CHECK(S_ISSOCK(found.st_mode));
	CHECK_INT(found.st_mode & 0777, 0666);
	close_list(&heard);
	CHECK_INT(lstat(path, &found), -1);
}

/* In a child, with a /run of its own. */
static int reachable_with_a_narrow_mask(void)
{
	struct heard_list heard;
	struct stat found;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/run", "tmpfs", 0, "mode=755"))
		return 2;
	umask(077);
	open_list(&heard, 1);
	bool is_open = !lstat("/run/hull-init", &found) && (found.st_mode & 0777) == 0755;
	close_list(&heard);
	return is_open ? 0 : 1;
}

TEST(notify_is_reached_by_other_users_whatever_our_mask)
{
	int status = 0;
	pid_t pid = fork();
	if (!pid)
		_exit(reachable_with_a_narrow_mask());
	CHECK_INT(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 2)
		test_skip("needs a mount name space");
	CHECK_INT(status, 0);
}

TEST(notify_path_of_another_is_left_alone)
{
	struct heard_list heard;
	struct stat found;
	char path[200];
	open_list(&heard, 1);
	snprintf(path, sizeof(path), "%s", notify_address(heard.notify));
	if (*path == '@') {
		close_list(&heard);
		test_skip("needs a directory below /run, XDG_RUNTIME_DIR or TMPDIR");
	}
	CHECK_INT(unlink(path), 0);
	CHECK_INT(mkdir(path, 0700), 0);
	close_list(&heard);
	CHECK_INT(lstat(path, &found), 0);
	CHECK_INT(rmdir(path), 0);
}

/* Closing the passed end of a pipe is what the sender of a barrier waits for. */
TEST(notify_barrier_is_answered_behind_what_came_before)
{
	struct heard_list heard;
	int ends[2];
	open_list(&heard, 1);
	CHECK_INT(pipe(ends), 0);
	struct pollfd hung = {ends[0], POLLIN, 0};
	send_to(notify_address(heard.notify), "BARRIER=1", 9, ends[1]);
	send_to(notify_address(heard.notify), "FDSTORE=1", 9, ends[1]);
	close(ends[1]);
	CHECK_INT(poll(&hung, 1, 0), 0);
	send_to(notify_address(heard.notify), "READY=1", 7, -1);
	loop_scene_run(&heard.scene);
	CHECK_INT(poll(&hung, 1, 0), 1);
	CHECK(hung.revents & POLLHUP);
	close(ends[0]);
	close_list(&heard);
}

TEST(notify_drops_what_is_longer_than_its_buffer)
{
	struct heard_list heard;
	static char text[LIMIT_NOTIFY + 1] = "READY=1\nSTATUS=";
	memset(text + 15, 'x', sizeof(text) - 15);
	open_list(&heard, 1);
	send_to(notify_address(heard.notify), text, sizeof(text), -1);
	send_to(notify_address(heard.notify), "STOPPING=1", 10, -1);
	loop_scene_run(&heard.scene);
	CHECK_STR(heard.text, "2:1:0;");
	close_list(&heard);
}

TEST(notify_hears_more_than_one_turn_holds)
{
	struct heard_list heard;
	open_list(&heard, 300);
	pid_t pid = fork();
	if (!pid) {
		for (int i = 0; i < 300; i++)
			send_to(notify_address(heard.notify), "WATCHDOG=1", 10, -1);
		_exit(0);
	}
	loop_scene_run(&heard.scene);
	CHECK_INT(heard.n, 300);
	waitpid(pid, NULL, 0); /* unless the loop did */
	close_list(&heard);
}
