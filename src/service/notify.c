/* notify.c - the manager's protocol in a few lines, without its library.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

#include "base/banned.h"

#define SOCKETS_MAX 256 /* of one service; more is no number that a manager would tell */

static const char *from_env(char *const *env, const char *name)
{
	size_t len = strlen(name);
	for (; env && *env; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

static void send_text(const char *path, struct str text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@') /* the abstract name space: unix(7) */
		address.sun_path[0] = '\0';
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	ssize_t n = sendto(fd, text.ptr, text.len, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
	(void)n; /* a manager that does not listen is its own problem */
}

void notify_send(char *const *env, const char *fmt, ...)
{
	const char *path = from_env(env, "NOTIFY_SOCKET");
	autobuf struct buf text = {0};
	va_list args;

	if (!path)
		return;
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	send_text(path, buf_str(&text));
}

void notify_reloading(char *const *env)
{
	notify_send(env, "RELOADING=1\nMONOTONIC_USEC=%lld",
		    (long long)(clock_monotonic_ns() / 1000));
}

static bool is_for_us(char *const *env, const char *name)
{
	const char *text = from_env(env, name);
	uint64_t pid = 0;
	return text && str_to_u64(str_of(text), &pid) && pid == (uint64_t)getpid();
}

int64_t notify_watchdog_ms(char *const *env)
{
	const char *text = from_env(env, "WATCHDOG_USEC");
	uint64_t usec = 0;

	if (!text || !str_to_u64(str_of(text), &usec) || usec > INT64_MAX)
		return 0;
	if (from_env(env, "WATCHDOG_PID") && !is_for_us(env, "WATCHDOG_PID"))
		return 0;
	return (int64_t)(usec / 1000);
}

int notify_sockets(char *const *env, int *ret_n, struct err *err)
{
	const char *text = from_env(env, "LISTEN_FDS");
	uint64_t n = 0;

	*ret_n = 0;
	if (!text || !is_for_us(env, "LISTEN_PID"))
		return 0;
	if (!str_to_u64(str_of(text), &n) || n > SOCKETS_MAX)
		return err_set(err, ERR_INPUT, "LISTEN_FDS is no number of sockets: '%s'", text);
	for (int i = 0; i < (int)n; i++)
		if (fcntl(NOTIFY_FIRST_FD + i, F_SETFD, FD_CLOEXEC))
			return err_sys(err, "the socket %d of LISTEN_FDS", NOTIFY_FIRST_FD + i);
	*ret_n = (int)n;
	return 0;
}

void notify_socket_name(char *const *env, int i, char out[NOTIFY_NAME_MAX])
{
	const char *text = from_env(env, "LISTEN_FDNAMES");
	struct str rest = str_of(text ? text : "");

	out[0] = '\0';
	for (int at = 0; rest.ptr; at++) {
		struct str name = str_cut(&rest, ':');
		if (at == i) {
			snprintf(out, NOTIFY_NAME_MAX, "%.*s", STR_ARG(name));
			return;
		}
	}
}
