/* event_line.c - lines of the access log and of the audit trail.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/event_line.h"

#include "base/clock.h"
#include "base/encode.h"
#include "doc/json.h"
#include "service/limits.h"

#include "base/banned.h"

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

/* "2026-01-02T03:04:05.6Z" as "02/Jan/2026:03:04:05 +0000". */
static void put_combined_time(struct buf *line, int64_t now_ns)
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char text[CLOCK_TEXT_MAX];
	uint64_t month = 1;

	clock_format_rfc3339(now_ns, text);
	if (!str_to_u64((struct str){text + 5, 2}, &month) || month < 1 || month > 12)
		month = 1;
	buf_printf(line, "%.2s/%s/%.4s:%.8s +0000", text + 8, months[month - 1], text, text + 11);
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
	buf_printf(line, " HTTP/1.1\" %d %llu \"-\" \"", event->status,
		   (unsigned long long)event->sent);
	put_quoted(line, shown(event->user_agent ? event->user_agent : "-"));
	buf_printf(line, "\" %.6f%s\n", (double)event->duration_ns / (double)NS_PER_SEC,
		   event->was_cut ? " cut" : "");
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
