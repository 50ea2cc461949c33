/* log_line.c - records of the log to text and back, strict about our own form.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/log_line.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

#include "base/banned.h"

static const char *const stream_names[] = {[LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr"};

/* Length of the well-formed UTF-8 sequence at `at`, or 0: RFC 3629, no surrogates, nothing
 * overlong. */
static size_t utf8_len(const unsigned char *at, size_t left)
{
	size_t len = at[0] < 0x80                    ? 1
		     : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
		     : (at[0] & 0xf0) == 0xe0        ? 3
		     : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
						     : 0;

	if (!len || len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

static void escape_byte(struct buf *out, unsigned char byte)
{
	static const struct {
		char byte, letter;
	} short_forms[] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
			   {'\t', 't'}, {'\b', 'b'},  {'\f', 'f'}};

	for (size_t i = 0; i < ARRAY_LEN(short_forms); i++) {
		if (byte == (unsigned char)short_forms[i].byte) {
			buf_putc(out, '\\');
			buf_putc(out, short_forms[i].letter);
			return;
		}
	}
	buf_printf(out, "\\u%s%02x", byte < 0x80 ? "00" : "dc", byte);
}

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte != '"' && byte != '\\' && byte < 0x7f;
}

void log_line_format(struct buf *out, struct str text, enum log_stream stream, int64_t time_ns)
{
	char time[CLOCK_TEXT_MAX];
	const unsigned char *at = (const unsigned char *)text.ptr;
	size_t left = text.len;

	clock_format_rfc3339(time_ns, time);
	buf_puts(out, "{\"log\":\"");
	while (left) {
		size_t run = 0;
		while (run < left && is_plain(at[run]))
			run++;
		size_t len = run ? run : utf8_len(at, left);
		if (run || len > 1)
			buf_append(out, at, len);
		else
			escape_byte(out, at[0]);
		len = len ? len : 1;
		at += len;
		left -= len;
	}
	buf_printf(out, "\",\"stream\":\"%s\",\"time\":\"%s\"}\n", stream_names[stream], time);
}

/* ---- reading ---- */

static bool take(struct str *rest, const char *text)
{
	struct str wanted = str_of(text);

	if (!str_starts(*rest, wanted))
		return false;
	*rest = (struct str){rest->ptr + wanted.len, rest->len - wanted.len};
	return true;
}

static bool hex4(struct str *rest, uint32_t *ret_value)
{
	uint32_t value = 0;

	if (rest->len < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, rest->ptr[i] | 0x20);
		if (!rest->ptr[i] || !digit)
			return false;
		value = value << 4 | (uint32_t)(digit - digits);
	}
	*rest = (struct str){rest->ptr + 4, rest->len - 4};
	*ret_value = value;
	return true;
}

static void utf8_put(struct buf *out, uint32_t code)
{
	if (code < 0x80) {
		buf_putc(out, (char)code);
	} else if (code < 0x800) {
		buf_putc(out, (char)(0xc0 | code >> 6));
		buf_putc(out, (char)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		buf_putc(out, (char)(0xe0 | code >> 12));
		buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | code >> 18));
		buf_putc(out, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (code & 0x3f)));
	}
}

/* Behind "\u". docker writes surrogate pairs for nothing, but another writer might. */
static bool unicode_take(struct str *rest, struct buf *out)
{
	uint32_t code, low;

	if (!hex4(rest, &code))
		return false;
	if (code >= 0xdc80 && code <= 0xdcff) {
		buf_putc(out, (char)(code & 0xff));
		return true;
	}
	if (code >= 0xd800 && code < 0xdc00) {
		if (!take(rest, "\\u") || !hex4(rest, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code <= 0xdfff) {
		return false;
	}
	utf8_put(out, code);
	return true;
}

static bool escape_take(struct str *rest, struct buf *out)
{
	static const char letters[] = "\"\\/nrtbf";
	static const char bytes[] = "\"\\/\n\r\t\b\f";

	if (!rest->len)
		return false;
	char letter = rest->ptr[0];
	*rest = (struct str){rest->ptr + 1, rest->len - 1};
	if (letter == 'u')
		return unicode_take(rest, out);
	const char *at = letter ? strchr(letters, letter) : NULL;
	if (!at)
		return false;
	buf_putc(out, bytes[at - letters]);
	return true;
}

/* Up to the closing quote. */
static bool text_take(struct str *rest, struct buf *out)
{
	while (rest->len) {
		size_t run = 0;
		while (run < rest->len && rest->ptr[run] != '"' && rest->ptr[run] != '\\')
			run++;
		buf_append(out, rest->ptr, run);
		*rest = (struct str){rest->ptr + run, rest->len - run};
		if (take(rest, "\""))
			return !out->overflowed;
		if (!take(rest, "\\") || !escape_take(rest, out))
			return false;
	}
	return false;
}

bool log_line_parse(struct str record, struct log_line *line)
{
	struct str rest = record;

	line->text.max = LIMIT_LOG_RECORD;
	line->text.overflowed = false;
	buf_truncate(&line->text, 0);
	if (!take(&rest, "{\"log\":\"") || !text_take(&rest, &line->text) ||
	    !take(&rest, ",\"stream\":\""))
		return false;
	if (take(&rest, "stdout\""))
		line->stream = LOG_STDOUT;
	else if (take(&rest, "stderr\""))
		line->stream = LOG_STDERR;
	else
		return false;
	if (!take(&rest, ",\"time\":\""))
		return false;
	struct str time = str_cut(&rest, '"');
	return rest.ptr && str_is(rest, "}") && clock_parse_rfc3339(time, &line->time_ns);
}

void log_line_done(struct log_line *line)
{
	buf_done(&line->text);
}

/* ---- writing ---- */

struct log_writer *log_writer_new(int fd)
{
	struct log_writer *writer = xcalloc(1, sizeof(*writer));

	writer->fd = fd;
	return writer;
}

/* One write a call: lines of two containers' worth of processes never mix, and a kill -9 tears at
 * most the last record. */
static void write_out(struct log_writer *writer, const struct buf *out)
{
	size_t done = 0;

	while (done < out->len) {
		ssize_t n = write(writer->fd, out->ptr + done, out->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

static void emit(struct log_writer *writer, enum log_stream stream, struct buf *out, int64_t now)
{
	struct str text = {writer->partial[stream].text, writer->partial[stream].len};

	log_line_format(out, text, stream, now);
	writer->partial[stream].len = 0;
}

void log_writer_add(struct log_writer *writer, enum log_stream stream, const char *data, size_t len)
{
	autobuf struct buf out = {.max = (size_t)LIMIT_LOG_RECORD * 64};
	int64_t now = clock_now_ns();

	while (len) {
		const char *newline = memchr(data, '\n', len);
		size_t room = LIMIT_LOG_LINE_BYTES - writer->partial[stream].len;
		size_t piece = newline ? (size_t)(newline - data) + 1 : len;
		if (piece > room)
			piece = room;
		memcpy(writer->partial[stream].text + writer->partial[stream].len, data, piece);
		writer->partial[stream].len += piece;
		data += piece;
		len -= piece;
		if (data[-1] == '\n' || writer->partial[stream].len == LIMIT_LOG_LINE_BYTES)
			emit(writer, stream, &out, now);
		if (out.len > LIMIT_LOG_RECORD) {
			write_out(writer, &out);
			buf_truncate(&out, 0);
		}
	}
	write_out(writer, &out);
}

void log_writer_free(struct log_writer *writer)
{
	autobuf struct buf out = {.max = (size_t)LIMIT_LOG_RECORD * N_LOG_STREAMS};

	if (!writer)
		return;
	for (int stream = 0; stream < N_LOG_STREAMS; stream++)
		if (writer->partial[stream].len)
			emit(writer, (enum log_stream)stream, &out, clock_now_ns());
	write_out(writer, &out);
	close(writer->fd);
	free(writer);
}
