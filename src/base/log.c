/* log.c - one line an event, written in one piece.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"

#include "base/banned.h"

static const struct {
	const char *name;  /* of the JSON field */
	const char *front; /* of the line for people */
} levels[] = {
	[LOG_ERROR] = {"error", "error: "},
	[LOG_WARN] = {"warn", "warning: "},
	[LOG_INFO] = {"info", ""},
	[LOG_DEBUG] = {"debug", "debug: "},
};

/* The sink is the one place with state of the whole program. */
static _Atomic(enum log_level) level_max = LOG_INFO;
static atomic_bool as_json;

void log_set(enum log_level max, bool json)
{
	level_max = max;
	as_json = json;
}

bool log_is_on(enum log_level level)
{
	return level <= level_max;
}

/* Hostile bytes are shown, not obeyed; line ends and tabs of our own texts stay. */
static void line_for_people(struct buf *line, enum log_level level, struct str text)
{
	buf_puts(line, levels[level].front);
	while (text.len) {
		size_t n = 0;
		while (n < text.len && text.ptr[n] != '\n' && text.ptr[n] != '\t')
			n++;
		text_escape(line, (struct str){text.ptr, n});
		if (n < text.len)
			buf_putc(line, text.ptr[n++]);
		text = (struct str){text.ptr + n, text.len - n};
	}
}

static void json_string(struct buf *line, struct str text)
{
	autobuf struct buf escaped = {0};
	if (!text_is_utf8(text)) { /* JSON has no way to say a byte: RFC 8259, 8.1 */
		text_escape(&escaped, text);
		text = buf_str(&escaped);
	}
	buf_putc(line, '"');
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.ptr[i];
		if (c == '"' || c == '\\')
			buf_printf(line, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(line, "\\u%04x", c);
		else
			buf_putc(line, (char)c);
	}
	buf_putc(line, '"');
}

static void line_for_programs(struct buf *line, enum log_level level, struct str text)
{
	char now[CLOCK_TEXT_MAX];
	clock_format_rfc3339(clock_now_ns(), now);
	buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", now, levels[level].name);
	json_string(line, text);
	buf_putc(line, '}');
}

void log_print(enum log_level level, const char *fmt, ...)
{
	if (!log_is_on(level))
		return;
	int saved = errno;
	autobuf struct buf text = {0}, line = {0};
	va_list args;
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	if (as_json)
		line_for_programs(&line, level, buf_str(&text));
	else
		line_for_people(&line, level, buf_str(&text));
	buf_putc(&line, '\n');
	/* One write, so that lines of several processes do not mix; of its failure nobody can be
	 * told. */
	ssize_t n = write(STDERR_FILENO, buf_text(&line), line.len);
	(void)n;
	errno = saved;
}
