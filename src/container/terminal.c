/* terminal.c - raw mode, sizes, the console socket, detach keys.
 * SPDX-License-Identifier: Apache-2.0
 * Source: runtime-spec, runc's docs/terminals.md: one SCM_RIGHTS message with the pty's master. */
#include "container/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/io.h"
#include "base/strlist.h"
#include "container/limits.h"

#include "base/banned.h"

void terminal_make_raw(int fd, struct terminal_mode *ret_mode)
{
	struct terminal_mode mode = {.fd = -1};
	struct termios raw;

	if (!tcgetattr(fd, &mode.saved)) {
		raw = mode.saved;
		cfmakeraw(&raw);
		if (!tcsetattr(fd, TCSANOW, &raw))
			mode.fd = fd;
	}
	*ret_mode = mode;
}

void terminal_restore(struct terminal_mode *mode)
{
	if (mode->fd >= 0)
		tcsetattr(mode->fd, TCSANOW, &mode->saved);
	mode->fd = -1;
}

bool terminal_size(int fd, uint16_t *ret_rows, uint16_t *ret_columns)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		return false;
	*ret_rows = size.ws_row;
	*ret_columns = size.ws_col;
	return true;
}

void terminal_resize(int fd, uint16_t rows, uint16_t columns)
{
	const struct winsize size = {.ws_row = rows, .ws_col = columns};

	if (rows && columns)
		ioctl(fd, TIOCSWINSZ, &size);
}

int console_listen(const char *dir, const char *name, struct console *ret_console, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	autofree char *path = path_join(dir, name);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(err, "making a console socket");
	if (strlen(path) > LIMIT_UNIX_PATH)
		return err_set(err, ERR_LIMIT,
			       "the path of the console socket '%s' is longer than %d bytes", path,
			       LIMIT_UNIX_PATH);
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) || listen(fd, 1))
		return err_sys(err, "listening on '%s'", path);
	*ret_console = (struct console){.path = steal(&path), .fd = steal_fd(&fd)};
	return 0;
}

static int receive_fd(int from)
{
	char byte;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd = -1;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) < 0)
		return -1;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
		errno = EPROTO;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int console_accept(const struct console *console, int *ret_master, struct err *err)
{
	/* accept(2) need not tell who it is */
	/* cppcheck-suppress nullPointer */
	autoclose int peer = accept4(console->fd, NULL, NULL, SOCK_CLOEXEC);
	autoclose int master = peer < 0 ? -1 : receive_fd(peer);

	if (master < 0)
		return err_sys(err, "receiving the container's terminal");
	if (fd_set_nonblock(master, true, err))
		return -1;
	*ret_master = steal_fd(&master);
	return 0;
}

void console_done(struct console *console)
{
	if (console->path) {
		unlink(console->path);
		close(console->fd);
	}
	free(console->path);
	*console = (struct console){0};
}

/* "ctrl-x" with a-z, @, [, \, ], ^, _ ; or the character itself. */
static bool key_parse(struct str text, unsigned char *ret_key)
{
	struct str prefix = STR("ctrl-");

	if (text.len == 1) {
		*ret_key = (unsigned char)text.ptr[0];
		return true;
	}
	if (!str_starts(text, prefix) || text.len != prefix.len + 1)
		return false;
	char letter = text.ptr[prefix.len];
	bool is_small = letter >= 'a' && letter <= 'z';
	if (!is_small && letter != '@' && (letter < '[' || letter > '_'))
		return false;
	*ret_key = (unsigned char)(letter & 0x1f);
	return true;
}

int detach_keys_parse(const char *text, struct detach_keys *ret_keys, struct err *err)
{
	struct detach_keys keys = {0};
	autostrlist struct strlist words = {0};

	if (!text)
		text = "ctrl-p,ctrl-q";
	if (text[0])
		strlist_split(&words, str_of(text), ',');
	if (words.n > DETACH_KEYS_MAX)
		return err_set(err, ERR_LIMIT, "--detach-keys: more than %d keys", DETACH_KEYS_MAX);
	for (size_t i = 0; i < words.n; i++)
		if (!key_parse(str_of(words.items[i]), &keys.keys[keys.n++]))
			return err_set(
				err, ERR_INPUT,
				"--detach-keys: '%s' is no key: a character, or ctrl- and one of a-z, "
				"@, [, \\, ], ^, _",
				words.items[i]);
	*ret_keys = keys;
	return 0;
}

size_t detach_keys_filter(struct detach_keys *keys, char *data, size_t len, bool *ret_detach)
{
	char out[LIMIT_RELAY_BYTES + DETACH_KEYS_MAX];
	size_t n = 0;

	*ret_detach = false;
	if (!keys->n)
		return len;
	for (size_t i = 0; i < len && !*ret_detach; i++) {
		unsigned char byte = (unsigned char)data[i];
		if (byte != keys->keys[keys->n_matched] && keys->n_matched) {
			memcpy(out + n, keys->keys, keys->n_matched); /* it was typed after all */
			n += keys->n_matched;
			keys->n_matched = 0;
		}
		if (byte == keys->keys[keys->n_matched])
			keys->n_matched++;
		else
			out[n++] = (char)byte;
		*ret_detach = keys->n_matched == keys->n;
	}
	memcpy(data, out, n);
	return n;
}
