/* tool.c - the configuration's path, results on stdout, passwords from a terminal or a pipe.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/io.h"

#include "base/banned.h"

#define PASSWORD_MAX 1024 /* bytes read; bcrypt takes 72, and says so */

int tool_config(const char *option, int argc, char **argv, const char **ret_path, struct err *err)
{
	static const char *const variables[] = {"HULL_REGISTRY_CONFIG",
						"REGISTRY_CONFIGURATION_PATH"};
	const char *path = option;

	if (option && argc)
		return err_set(err, ERR_INPUT, "the configuration is named twice: '%s' and '%s'",
			       option, argv[0]);
	if (!path && argc)
		path = argv[0];
	for (size_t i = 0; !path && i < ARRAY_LEN(variables); i++) {
		const char *value = getenv(variables[i]);
		path = value && value[0] ? value : NULL;
	}
	*ret_path = path ? path : DEFAULT_CONFIG;
	return 0;
}

int tool_print(const char *text, struct err *err)
{
	return io_write_all(STDOUT_FILENO, text, strlen(text), err);
}

int tool_printf(struct err *err, const char *fmt, ...)
{
	autobuf struct buf text = {0};
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	return tool_print(buf_text(&text), err);
}

/* One line, byte by byte, so that nothing behind it is taken. */
static int read_line(int fd, struct buf *line, struct err *err)
{
	char c = 0;

	while (line->len < PASSWORD_MAX) {
		ssize_t n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "reading the password");
		if (n == 0 || c == '\n')
			return 0;
		buf_putc(line, c);
	}
	return err_set(err, ERR_LIMIT, "a password has at most 72 bytes");
}

static int ask_once(int fd, const char *prompt, struct buf *line, struct err *err)
{
	struct termios shown, hidden;

	if (tcgetattr(fd, &shown))
		return err_sys(err, "asking the terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (io_write_all(fd, prompt, strlen(prompt), err))
		return -1;
	if (tcsetattr(fd, TCSAFLUSH, &hidden))
		return err_sys(err, "hiding what is typed");
	int failed = read_line(fd, line, err);
	tcsetattr(fd, TCSAFLUSH, &shown);
	if (failed)
		return -1;
	return io_write_all(fd, "\n", 1, err);
}

static int ask(const char *account, struct buf *password, struct err *err)
{
	autoclose int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	autofree char *prompt = xasprintf("Password for %s: ", account);
	autobuf struct buf again = {0};

	if (fd < 0)
		return err_sys(err, "opening the terminal");
	if (ask_once(fd, prompt, password, err) || ask_once(fd, "Once more: ", &again, err))
		return -1;
	bool is_same = text_eq(buf_text(password), buf_text(&again));
	if (again.ptr)
		explicit_bzero(again.ptr, again.len);
	if (!is_same)
		return err_set(err, ERR_INPUT, "the two passwords are not the same");
	return 0;
}

int tool_read_password(const char *account, char **ret_password, struct err *err)
{
	autobuf struct buf password = {0};

	if (isatty(STDIN_FILENO) ? ask(account, &password, err)
				 : read_line(STDIN_FILENO, &password, err))
		return -1;
	if (!password.len)
		return err_set(err, ERR_INPUT, "no password was given");
	if (memchr(password.ptr, '\0', password.len))
		return err_set(err, ERR_INPUT, "the password has a NUL byte");
	*ret_password = buf_steal(&password);
	return 0;
}
