/* say.c - what PID 1 itself has to tell: one line each, never blocking, no memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "init/limits.h"
#include "init/trusted.h"

#include "base/banned.h"

/* The one voice of the one PID 1 of this process. */
static struct {
	int fd; /* 0: stderr */
	char path[LIMIT_SAY_PATH];
	enum log_level max;
	bool is_set;
	enum log_format format;
	unsigned n_dropped; /* lines, since the last that went out */
} voice;

static int open_voice(void)
{
	/* Not to wait for the reader of a FIFO; write_now asks for room. */
	int fd = trusted_open(voice.path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY,
			      0644);

	if (fd < 0)
		return fd;
	if (voice.fd > 0)
		close(voice.fd);
	voice.fd = fd;
	return 0;
}

int say_open(const struct init_settings *settings)
{
	const char *path = settings->log_output;

	voice.max = (enum log_level)settings->log_level;
	voice.is_set = true;
	voice.format = settings->log_format;
	if (!path || text_eq(path, "-")) {
		if (voice.fd > 0)
			close(voice.fd);
		voice.fd = 0;
		voice.path[0] = 0;
		return 0;
	}
	size_t len = strlen(path);
	if (len >= sizeof(voice.path))
		return -ENAMETOOLONG;
	memcpy(voice.path, path, len + 1);
	int error = open_voice();
	if (error && voice.fd <= 0)
		voice.path[0] = 0;
	return error;
}

void say_reopen(void)
{
	if (voice.path[0])
		open_voice(); /* failed: the old file is better than none */
}

/* The descriptor is shared with others, so its flags stay as they are: a line of less than PIPE_BUF
 * fits where poll(2) sees room. A socket has a flag for that. */
static bool write_now(int fd, const char *line, size_t len)
{
	ssize_t n = send(fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK) {
		struct pollfd room = {.fd = fd, .events = POLLOUT};
		if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))
			return false;
		n = write(fd, line, len);
	}
	return n == (ssize_t)len;
}

struct line {
	char text[LIMIT_SAY];
	size_t len;
};

static void add(struct line *line, const char *fmt, ...) printf_like(2, 3);
static void add_list(struct line *line, const char *fmt, va_list args) printf_like(2, 0);

/* What does not fit is cut; one byte stays for the newline. */
static void add_list(struct line *line, const char *fmt, va_list args)
{
	size_t room = sizeof(line->text) - 1 - line->len;
	int n = vsnprintf(line->text + line->len, room, fmt, args);

	if (n > 0)
		line->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void add(struct line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_list(line, fmt, args);
	va_end(args);
}

/* A line stays a line: control bytes of names and paths become question marks. */
static void tame(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
}

static void add_json_text(struct line *line, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			add(line, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			add(line, "\\u%04x", c);
		else
			add(line, "%c", c);
	}
}

static const char *const level_words[] = {
	[LOG_ERROR] = "error", [LOG_WARN] = "warning", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
static const char *const circus_words[] = {
	[LOG_ERROR] = "ERROR", [LOG_WARN] = "WARNING", [LOG_INFO] = "INFO", [LOG_DEBUG] = "DEBUG"};

static void build_json(struct line *line, enum log_level level, const char *name, const char *text)
{
	char now[CLOCK_TEXT_MAX];

	clock_format_rfc3339(clock_now_ns(), now);
	add(line, "{\"time\":\"%s\",\"level\":\"%s\",\"service\":\"", now, level_words[level]);
	add_json_text(line, name ? name : "hull-init");
	add(line, "\",\"line\":\"");
	size_t tail = sizeof("\"}");
	add_json_text(line, text);
	if (line->len > sizeof(line->text) - 1 - tail)
		line->len = sizeof(line->text) - 1 - tail;
	add(line, "\"}");
}

static void build_text(struct line *line, enum log_level level, const char *name, const char *text)
{
	if (voice.format == LOG_CIRCUS) {
		char now[CLOCK_TEXT_MAX];
		clock_format_rfc3339(clock_now_ns(), now);
		now[10] = ' ';
		add(line, "%.19s circus[%d] [%s] ", now, (int)getpid(), circus_words[level]);
	} else {
		if (voice.format == LOG_STAMP) {
			char now[CLOCK_TEXT_MAX];
			clock_format_rfc3339(clock_now_ns(), now);
			add(line, "%s ", now);
		}
		add(line, "hull-init: ");
	}
	if (name)
		add(line, "%s: ", name);
	add(line, "%s", text);
	tame(line->text, line->len);
}

static bool send_line(enum log_level level, const char *name, const char *text)
{
	struct line line = {.len = 0};

	if (voice.format == LOG_JSON)
		build_json(&line, level, name, text);
	else
		build_text(&line, level, name, text);
	line.text[line.len++] = '\n';
	return write_now(voice.fd > 0 ? voice.fd : STDERR_FILENO, line.text, line.len);
}

void say(enum log_level level, const char *name, const char *fmt, ...)
{
	struct line text = {.len = 0};
	va_list args;

	if (level > (voice.is_set ? voice.max : LOG_INFO))
		return;
	if (voice.n_dropped) {
		add(&text, "%u lines were dropped: the reader of this log is slow",
		    voice.n_dropped);
		if (send_line(LOG_WARN, NULL, text.text))
			voice.n_dropped = 0;
		text.len = 0;
	}
	va_start(args, fmt);
	add_list(&text, fmt, args);
	va_end(args);
	if (voice.n_dropped || !send_line(level, name, text.text))
		voice.n_dropped++;
}
