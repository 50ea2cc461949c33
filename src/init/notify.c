/* notify.c - sd_notify(3): one datagram socket for all services, senders known by credentials.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A datagram is lines of KEY=VALUE. Descriptors may come with it: BARRIER=1 is answered by closing
 * the one that it brought, once all before it was heard; FDSTORE=1 is refused the same way. */
#include "init/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"
#include "init/address.h"
#include "init/limits.h"

struct notify {
	struct events *events;
	struct watch watch;
	void (*heard)(void *arg, pid_t sender, const struct notify_message *message);
	void *arg;
	char address[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	dev_t device;
	ino_t inode; /* of the path; 0: abstract */
};

/* ---- the text ---- */

enum value_kind { VALUE_ONE, VALUE_TEXT, VALUE_NUMBER };

static const struct {
	const char *key;
	const char *value; /* NULL: any */
	enum value_kind kind;
	enum notify_what what;
} keys[] = {
	{"READY", "1", VALUE_ONE, NOTIFY_READY},
	{"RELOADING", "1", VALUE_ONE, NOTIFY_RELOADING},
	{"STOPPING", "1", VALUE_ONE, NOTIFY_STOPPING},
	{"STATUS", NULL, VALUE_TEXT, NOTIFY_STATUS},
	{"ERRNO", NULL, VALUE_NUMBER, NOTIFY_ERRNO},
	{"MAINPID", NULL, VALUE_NUMBER, NOTIFY_MAINPID},
	{"WATCHDOG", "1", VALUE_ONE, NOTIFY_WATCHDOG},
	{"WATCHDOG", "trigger", VALUE_ONE, NOTIFY_WATCHDOG_FAIL},
	{"WATCHDOG_USEC", NULL, VALUE_NUMBER, NOTIFY_WATCHDOG_USEC},
	{"EXTEND_TIMEOUT_USEC", NULL, VALUE_NUMBER, NOTIFY_EXTEND_USEC},
};

static bool line_parse(char *line, struct notify_message *ret_message)
{
	char *value = strchr(line, '=');
	if (!value)
		return false;
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!text_eq(keys[i].key, line) ||
		    (keys[i].value && !text_eq(keys[i].value, value)))
			continue;
		*ret_message = (struct notify_message){.what = keys[i].what, .text = value};
		return keys[i].kind != VALUE_NUMBER ||
		       str_to_u64(str_of(value), &ret_message->number);
	}
	return false;
}

void notify_parse(char *text, size_t len,
		  void (*heard)(void *arg, const struct notify_message *message), void *arg)
{
	text[len] = '\0';
	for (char *line = text, *end = text + len; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		char *next = newline ? newline : end;
		*next = '\0';
		struct notify_message message;
		/* a line with a NUL inside is no text */
		if (strlen(line) == (size_t)(next - line) && line_parse(line, &message))
			heard(arg, &message);
		line = next + 1;
	}
}

/* ---- the socket ---- */

/* Datagrams heard in one turn of the loop. */
#define TURN_DATAGRAMS 64
/* What the kernel lets one datagram carry: SCM_MAX_FD. */
#define PASSED_MAX     253

struct heard_from {
	struct notify *notify;
	pid_t sender;
};

static void tell(void *arg, const struct notify_message *message)
{
	const struct heard_from *from = arg;
	from->notify->heard(from->notify->arg, from->sender, message);
}

/* The sender's pid, 0 when it is none of our namespace; the descriptors go to `passed`. */
static pid_t read_control(struct msghdr *head, int *passed, size_t *ret_n_passed)
{
	pid_t sender = 0;
	size_t n = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS &&
		    c->cmsg_len >= CMSG_LEN(sizeof(struct ucred))) {
			struct ucred credentials;
			memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
			sender = credentials.pid;
		}
		if (c->cmsg_type == SCM_RIGHTS) {
			size_t size = c->cmsg_len - CMSG_LEN(0);
			memcpy(passed + n, CMSG_DATA(c), size);
			n += size / sizeof(int);
		}
	}
	*ret_n_passed = n;
	return sender;
}

/* false: nothing more is there. */
static bool hear_one(struct notify *notify)
{
	char text[LIMIT_NOTIFY + 1];
	_Alignas(struct cmsghdr) char
		control[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * PASSED_MAX)];
	struct iovec part = {text, LIMIT_NOTIFY};
	struct msghdr head = {.msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(notify->watch.fd, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (len < 0)
		return errno == EINTR;
	int passed[PASSED_MAX];
	size_t n_passed;
	pid_t sender = read_control(&head, passed, &n_passed);
	if (sender > 0 && !(head.msg_flags & MSG_TRUNC))
		notify_parse(text, (size_t)len, tell, &(struct heard_from){notify, sender});
	for (size_t i = 0; i < n_passed; i++)
		close(passed[i]);
	return true;
}

static void datagrams_ready(struct watch *watch, uint32_t events)
{
	struct notify *notify = container_of(watch, struct notify, watch);
	for (int i = 0; i < TURN_DATAGRAMS && hear_one(notify); i++)
		;
}

/* ---- its place ---- */

/* A directory that nobody else may write to, or the path could be replaced under our children. */
static bool has_private_dir(const char *dir, mode_t mode)
{
	mode_t mask = umask(0); /* services of other users have to get through, whatever ours is */
	int failed = mkdir(dir, mode) ? errno : 0;
	umask(mask);
	if (failed && failed != EEXIST)
		return false;
	struct stat found;
	return lstat(dir, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid() &&
	       !(found.st_mode & 022) && access(dir, W_OK | X_OK) == 0;
}

static int bind_at(int fd, const char *path, mode_t mode)
{
	struct sockaddr_un address;
	socklen_t size;
	int failed = address_of_path(path, &address, &size);
	if (failed)
		return failed;
	mode_t mask = umask(~mode & 0777);
	failed = bind(fd, (const struct sockaddr *)&address, size) ? -errno : 0;
	umask(mask);
	return failed;
}

/* Services run as other users: everybody may send, credentials tell whom to believe. */
#define NOTIFY_MODE 0666

static bool bind_in(struct notify *notify, int fd, const char *base, mode_t dir_mode)
{
	char dir[sizeof(notify->address) - sizeof("/notify-12345678")], suffix[9];
	if (!base || *base != '/' ||
	    (size_t)snprintf(dir, sizeof(dir), "%s/hull-init", base) >= sizeof(dir) ||
	    !has_private_dir(dir, dir_mode))
		return false;
	random_hex(suffix, sizeof(suffix) - 1);
	snprintf(notify->address, sizeof(notify->address), "%s/notify-%s", dir, suffix);
	struct stat made;
	if (bind_at(fd, notify->address, NOTIFY_MODE) || lstat(notify->address, &made))
		return false;
	notify->device = made.st_dev;
	notify->inode = made.st_ino;
	return true;
}

static int bind_somewhere(struct notify *notify, int fd)
{
	if (bind_in(notify, fd, "/run", 0755) ||
	    bind_in(notify, fd, getenv("XDG_RUNTIME_DIR"), 0700) ||
	    bind_in(notify, fd, getenv("TMPDIR"), 0755))
		return 0;
	char suffix[17];
	random_hex(suffix, sizeof(suffix) - 1);
	snprintf(notify->address, sizeof(notify->address), "@hull-init/notify-%s", suffix);
	return bind_at(fd, notify->address, NOTIFY_MODE);
}

int notify_open(struct events *events,
		void (*heard)(void *arg, pid_t sender, const struct notify_message *message),
		void *arg, struct notify **ret_notify)
{
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)))
		return -errno;
	struct notify *notify = calloc(1, sizeof(*notify));
	if (!notify)
		return -ENOMEM;
	notify->events = events;
	notify->heard = heard;
	notify->arg = arg;
	int failed = bind_somewhere(notify, fd);
	if (!failed) {
		notify->watch.ready = datagrams_ready;
		failed = watch_start(events, &notify->watch, fd, EPOLLIN);
	}
	if (failed) {
		free(notify);
		return failed;
	}
	notify->watch.fd = steal_fd(&fd);
	*ret_notify = notify;
	return 0;
}

const char *notify_address(const struct notify *notify)
{
	return notify->address;
}

void notify_close(struct notify *notify)
{
	if (!notify)
		return;
	watch_stop(notify->events, &notify->watch);
	close(notify->watch.fd);
	struct stat found;
	if (notify->inode && lstat(notify->address, &found) == 0 && found.st_ino == notify->inode &&
	    found.st_dev == notify->device)
		unlink(notify->address);
	free(notify);
}
