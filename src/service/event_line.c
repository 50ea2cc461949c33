/* event_line.c - lines of the access log and of the audit trail.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/event_line.h"

#include "base/clock.h"
#include "base/encode.h"
#include "doc/json.h"
#include "service/limits.h"

#include "base/banned.h"

#define ROOM_OF_A_LINE 512 /* bytes; most are shorter */

static struct str shown(const char *text)
{
	struct str s = str_of(text ? text : "");
	if (s.len > LIMIT_SERVICE_SHOWN)
		s.len = LIMIT_SERVICE_SHOWN;
	return s;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= 0x20 || (unsigned char)s.ptr[i] >= 0x7f ||
		    s.ptr[i] == '"' || s.ptr[i] == '\\')
			return false;
	return true;
}

/* Inside of quotes: a quote or a line end of a client's ends nothing. */
static void put_quoted(struct buf *line, struct str s)
{
	if (is_plain(s)) {
		buf_append_str(line, s);
		return;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		if (c == '"' || c == '\\')
			buf_printf(line, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(line, "\\x%02x", c);
		else
			buf_putc(line, (char)c);
	}
}

/* One word of a text line: "-" for nothing, blanks escaped. */
static void put_word(struct buf *line, struct str s)
{
	if (!s.len)
		buf_putc(line, '-');
	else if (is_plain(s))
		buf_append_str(line, s);
	else
		for (size_t i = 0; i < s.len; i++)
			if ((unsigned char)s.ptr[i] <= 0x20 || (unsigned char)s.ptr[i] >= 0x7f ||
			    s.ptr[i] == '"' || s.ptr[i] == '\\')
				buf_printf(line, "\\x%02x", (unsigned char)s.ptr[i]);
			else
				buf_putc(line, s.ptr[i]);
}

/* printf costs more than all the rest of a line, and there is a line for each request. */
static void put_number(struct buf *line, uint64_t number, size_t width)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[sizeof(digits) - ++n] = (char)('0' + number % 10);
		number /= 10;
	} while (number || n < width);
	buf_append(line, digits + sizeof(digits) - n, n);
}

static void put_seconds(struct buf *line, int64_t ns)
{
	uint64_t micros = ns > 0 ? (uint64_t)ns / 1000 : 0;

	put_number(line, micros / 1000000, 1);
	buf_putc(line, '.');
	put_number(line, micros % 1000000, 6);
}

/* The Gregorian date of a day since 1970: years are counted from March, so that the leap day is
 * their last. */
static void date_of_day(uint64_t day, unsigned *ret_year, unsigned *ret_month, unsigned *ret_mday)
{
	uint64_t from_zero = day + 719468; /* days from 0000-03-01 to 1970-01-01 */
	uint64_t era = from_zero / 146097; /* 400 years */
	uint64_t of_era = from_zero % 146097;
	uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * of_year + 2) / 153; /* 0: March */

	*ret_mday = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
	*ret_month = (unsigned)(month < 10 ? month + 3 : month - 9);
	*ret_year = (unsigned)(year + era * 400 + (month >= 10));
}

/* "02/Jan/2026:03:04:05 +0000" */
static void put_combined_time(struct buf *line, int64_t now_ns)
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	uint64_t now = now_ns > 0 ? (uint64_t)(now_ns / NS_PER_SEC) : 0;
	unsigned year = 0, month = 0, mday = 0;

	date_of_day(now / 86400, &year, &month, &mday);
	put_number(line, mday, 2);
	buf_putc(line, '/');
	buf_append(line, months[month - 1], 3);
	buf_putc(line, '/');
	put_number(line, year, 4);
	buf_putc(line, ':');
	put_number(line, now / 3600 % 24, 2);
	buf_putc(line, ':');
	put_number(line, now / 60 % 60, 2);
	buf_putc(line, ':');
	put_number(line, now % 60, 2);
	buf_append(line, " +0000", 6);
}

static void put_json(struct buf *line, const char *name, struct str value)
{
	autobuf struct buf escaped = {0};

	if (!text_is_utf8(value)) { /* JSON has no way to say a byte: RFC 8259, 8.1 */
		text_escape(&escaped, value);
		value = buf_str(&escaped);
	}
	buf_printf(line, ",\"%s\":", name);
	json_write_text(line, value);
}

static void put_json_if(struct buf *line, const char *name, const char *value)
{
	if (value && value[0])
		put_json(line, name, shown(value));
}

static void begin_json(struct buf *line, int64_t now_ns, const char *level, const char *message)
{
	char now[CLOCK_TEXT_MAX];
	clock_format_rfc3339(now_ns, now);
	buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", now, level);
	json_write_text(line, str_of(message));
}

static void access_json(struct buf *line, const struct api_event *event, int64_t now_ns)
{
	begin_json(line, now_ns, "info", "access");
	put_json_if(line, "address", event->address);
	put_json_if(line, "account", event->account);
	put_json_if(line, "method", event->method);
	put_json_if(line, "path", event->path);
	buf_printf(line, ",\"status\":%d,\"sent\":%llu,\"received\":%llu,\"seconds\":%.6f",
		   event->status, (unsigned long long)event->sent,
		   (unsigned long long)event->received,
		   (double)event->duration_ns / (double)NS_PER_SEC);
	put_json_if(line, "route", event->route);
	put_json_if(line, "repository", event->repository);
	put_json_if(line, "reference", event->reference);
	put_json_if(line, "agent", event->user_agent);
	if (event->was_cut)
		buf_puts(line, ",\"cut\":true");
	buf_puts(line, "}\n");
}

void access_line(struct buf *line, const struct api_event *event, int64_t now_ns, bool json)
{
	buf_reserve(line, ROOM_OF_A_LINE);
	if (json) {
		access_json(line, event, now_ns);
		return;
	}
	put_word(line, shown(event->address));
	buf_puts(line, " - ");
	put_word(line, shown(event->account));
	buf_puts(line, " [");
	put_combined_time(line, now_ns);
	buf_puts(line, "] \"");
	put_quoted(line, shown(event->method ? event->method : "-"));
	buf_putc(line, ' ');
	put_quoted(line, shown(event->path ? event->path : "-"));
	buf_puts(line, " HTTP/1.1\" ");
	put_number(line, (uint64_t)event->status, 1);
	buf_putc(line, ' ');
	put_number(line, event->sent, 1);
	buf_puts(line, " \"-\" \"");
	put_quoted(line, shown(event->user_agent ? event->user_agent : "-"));
	buf_puts(line, "\" ");
	put_seconds(line, event->duration_ns);
	buf_puts(line, event->was_cut ? " cut\n" : "\n");
}

void audit_line(struct buf *line, const struct api_event *event, int64_t now_ns, bool json)
{
	const struct {
		const char *name, *value;
	} words[] = {
		{"account", event->account ? event->account : "?"},
		{"address", event->address},
		{"repository", event->repository},
		{"reference", event->reference},
		{"detail", event->detail},
		{"agent", event->user_agent},
	};

	if (json) {
		begin_json(line, now_ns, "info", "audit");
		put_json_if(line, "event", event->audit);
		buf_printf(line, ",\"status\":%d", event->status);
	} else {
		char now[CLOCK_TEXT_MAX];
		clock_format_rfc3339(now_ns, now);
		buf_printf(line, "audit: %s time=%s status=%d", event->audit, now, event->status);
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!words[i].value || (!words[i].value[0] && i > 0))
			continue;
		if (json) {
			put_json(line, words[i].name, shown(words[i].value));
			continue;
		}
		buf_printf(line, " %s=", words[i].name);
		put_word(line, shown(words[i].value));
	}
	buf_puts(line, json ? "}\n" : "\n");
}

void fault_line(struct buf *line, const struct api_event *event, const char *cause, int64_t now_ns,
		bool json)
{
	if (json) {
		begin_json(line, now_ns, "error", "request failed");
		put_json_if(line, "method", event->method);
		put_json_if(line, "path", event->path);
		buf_printf(line, ",\"status\":%d", event->status);
		put_json_if(line, "cause", cause);
		buf_puts(line, "}\n");
		return;
	}
	buf_puts(line, "error: ");
	put_quoted(line, shown(event->method));
	buf_putc(line, ' ');
	put_quoted(line, shown(event->path));
	buf_printf(line, ": %d: ", event->status);
	put_quoted(line, shown(cause));
	buf_putc(line, '\n');
}
