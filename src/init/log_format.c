/* log_format.c - what a line of a service looks like in a log.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_format.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "init/time_text.h"

#include "base/banned.h"

/* ---- time ---- */

static const char hex_digits[] = "0123456789abcdef";

static void digits_put(char *out, int n, unsigned value)
{
	while (n--) {
		out[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

void log_clock_set(struct log_clock *clock, int64_t now_ns)
{
	int64_t second = now_ns / NS_PER_SEC;

	clock->now_ns = now_ns;
	if (second != clock->iso_second) {
		struct civil at = civil_of(second);
		memcpy(clock->iso, "0000-00-00T00:00:00.000000Z", sizeof(clock->iso));
		digits_put(clock->iso, 4, (unsigned)at.year);
		digits_put(clock->iso + 5, 2, (unsigned)at.month);
		digits_put(clock->iso + 8, 2, (unsigned)at.day);
		digits_put(clock->iso + 11, 2, (unsigned)at.hour);
		digits_put(clock->iso + 14, 2, (unsigned)at.minute);
		digits_put(clock->iso + 17, 2, (unsigned)at.second);
		clock->iso_second = second;
	}
	digits_put(clock->iso + 20, 6, (unsigned)(now_ns % NS_PER_SEC / 1000));
}

static const char *clock_text(struct log_clock *clock, const char *format, bool utc)
{
	int64_t second = clock->now_ns / NS_PER_SEC;
	const struct zone *zone = utc ? NULL : clock->zone;

	if (!format)
		format = "%Y-%m-%d %H:%M:%S";
	if (second == clock->text_second && format == clock->format && utc == clock->text_utc)
		return clock->text;
	struct time_point at = {
		.second = second,
		.offset = zone ? zone_offset(zone, second) : 0,
		.micros = (unsigned)(clock->now_ns % NS_PER_SEC / 1000),
	};
	bool lasts = time_text(clock->text, sizeof(clock->text), format, &at);
	clock->text_second = lasts ? second : 0;
	clock->format = format;
	clock->text_utc = utc;
	return clock->text;
}

/* ---- JSON ---- */

/* What stands for itself; 0x80 and above are looked at as UTF-8. */
static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* Bytes at the front that stand for themselves. Eight at a time: a byte below `b` is the one that
 * borrows when `b` is taken off it. */
static size_t plain_len(struct str text)
{
	size_t n = 0;

	for (; n + 8 <= text.len; n += 8) {
		uint64_t word;
		memcpy(&word, text.ptr + n, sizeof(word));
		uint64_t quote = word ^ EACH_BYTE('"');
		uint64_t backslash = word ^ EACH_BYTE('\\');
		uint64_t borrows = (word - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) |
				   (backslash - EACH_BYTE(1)) | word;
		if (borrows & EACH_BYTE(0x80))
			break;
	}
	while (n < text.len && is_plain((uint8_t)text.ptr[n]))
		n++;
	return n;
}

/* Bytes of the sequence at the front when it is well-formed (RFC 3629, 4), else 0. */
static size_t utf8_valid(struct str text)
{
	static const struct {
		uint8_t first, last, low, high; /* first bytes; bounds of the second */
		uint8_t len;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const uint8_t *at = (const uint8_t *)text.ptr;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (at[0] < forms[i].first || at[0] > forms[i].last)
			continue;
		if (text.len < forms[i].len || at[1] < forms[i].low || at[1] > forms[i].high)
			return 0;
		for (size_t n = 2; n < forms[i].len; n++) {
			if ((at[n] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].len;
	}
	return 0;
}

static size_t escape_byte(uint8_t byte, char *out)
{
	static const char shorts[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	static const char zeros[] = {'u', '0', '0'};
	char letter = (char)byte;

	if (byte < sizeof(shorts))
		letter = shorts[byte];
	out[0] = '\\';
	out[1] = letter;
	if (letter)
		return 2;
	memcpy(out + 1, zeros, sizeof(zeros));
	out[4] = hex_digits[byte >> 4];
	out[5] = hex_digits[byte & 15];
	return 6;
}

size_t log_escape_json(struct str text, char *out)
{
	char *to = out;

	while (text.len) {
		size_t n = plain_len(text);
		memcpy(to, text.ptr, n);
		to += n;
		text = (struct str){text.ptr + n, text.len - n};
		if (!text.len)
			break;
		n = 1;
		if ((uint8_t)*text.ptr < 0x80) {
			to += escape_byte((uint8_t)*text.ptr, to);
		} else {
			size_t len = utf8_valid(text);
			memcpy(to, len ? text.ptr : "\xef\xbf\xbd", len ? len : 3);
			to += len ? len : 3;
			n = len ? len : 1;
		}
		text = (struct str){text.ptr + n, text.len - n};
	}
	return (size_t)(to - out);
}

/* ---- lines ---- */

static void head_put(struct log_head *head, const char *text, size_t len)
{
	if (len > sizeof(head->text) - head->len)
		len = sizeof(head->text) - head->len;
	memcpy(head->text + head->len, text, len);
	head->len += len;
}

static void head_puts(struct log_head *head, const char *text)
{
	head_put(head, text, strlen(text));
}

/* Names are the configuration's own and short; a monster is cut so that the frame stays whole. */
static struct str name_of(const char *service)
{
	return (struct str){service, strnlen(service, LIMIT_LOG_NAME)};
}

static void json_start(struct log_head *head, const struct log_origin *origin,
		       const struct log_clock *clock)
{
	char name[6 * LIMIT_LOG_NAME];
	char number[48];

	head_puts(head, "{\"time\":\"");
	head_put(head, clock->iso, sizeof(clock->iso) - 1);
	head_puts(head, "\",\"service\":\"");
	size_t len = log_escape_json(name_of(origin->service), name);
	head_put(head, name, len);
	snprintf(number, sizeof(number), "\",\"pid\":%d,\"stream\":\"", (int)origin->pid);
	head_puts(head, number);
	head_puts(head, origin->stream);
	head_puts(head, "\",\"line\":\"");
}

static void prefix_start(struct log_head *head, const struct log_origin *origin)
{
	struct str name = name_of(origin->service);

	head_put(head, name.ptr, name.len);
	head_puts(head, " | ");
}

/* As circus' FancyStdoutStream: one of seven on black; which one "random" is follows from the
 * name, so that a service keeps its own. */
static void color_start(struct log_head *head, const char *color, const char *service)
{
	static const char *const names[] = {"red",     "green", "yellow", "blue",
					    "magenta", "cyan",  "white"};
	char text[] = "\033[0;31;40m";
	unsigned code = 0;

	for (const char *at = service; *at; at++)
		code = code * 31 + (uint8_t)*at;
	code %= ARRAY_LEN(names);
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (text_eq(names[i], color))
			code = i;
	}
	text[5] = (char)('1' + code);
	head_puts(head, text);
}

void log_head_make(struct log_head *head, const struct log_spec *spec,
		   const struct log_origin *origin, struct log_clock *clock)
{
	char number[24];
	bool is_colored = spec->color && spec->format != LOG_RAW && spec->format != LOG_JSON;

	head->len = 0;
	head->is_raw = spec->format == LOG_RAW;
	head->is_json = spec->format == LOG_JSON;
	head->tail = head->is_json ? STR("\"}\n") : is_colored ? STR("\033[0m\n") : STR("\n");
	if (is_colored)
		color_start(head, spec->color, origin->service);
	switch (spec->format) {
	case LOG_RAW: break;
	case LOG_PREFIX: prefix_start(head, origin); break;
	case LOG_STAMP:
		head_put(head, clock->iso, sizeof(clock->iso) - 1);
		head_puts(head, " ");
		prefix_start(head, origin);
		break;
	case LOG_JSON: json_start(head, origin, clock); break;
	case LOG_CIRCUS:
		head_puts(head, clock_text(clock, spec->time_format, spec->utc));
		snprintf(number, sizeof(number), " [%d] | ", (int)origin->pid);
		head_puts(head, number);
		break;
	}
}

size_t log_format_line(const struct log_head *head, const struct log_line *line, char *out)
{
	char *to = out;

	memcpy(to, head->text, head->len);
	to += head->len;
	if (head->is_json) {
		to += log_escape_json(line->text, to);
	} else {
		memcpy(to, line->text.ptr, line->text.len);
		to += line->text.len;
	}
	if (!head->is_raw || !line->is_piece) {
		memcpy(to, head->tail.ptr, head->tail.len);
		to += head->tail.len;
	}
	return (size_t)(to - out);
}
