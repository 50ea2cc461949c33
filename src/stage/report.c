/* report.c - a record as one HTML page: timeline, weights, log; nothing is loaded from anywhere.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/size.h"
#include "base/vec.h"
#include "stage/record_private.h"

#include "base/banned.h"

#define LIMIT_REPORT \
	((size_t)64 << 20) /* bytes of the page: escaping can make the log five times as long */

static const char style[] =
	"body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
	"color:#1c2330;background:#fbfbf9}"
	"h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .6rem;border-bottom:1px solid #d8d8d0}"
	"p.verdict{font-size:1.05rem;margin:.2rem 0 1rem}.ok{color:#1d6b3a}.bad{color:#a3211b}"
	"code,pre,td.n{font-family:ui-monospace,monospace;font-size:.86rem}"
	"table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.18rem .6rem .18rem 0;vertical-align:top}"
	"th{font-weight:600;color:#667}td.n,th.n{text-align:right;white-space:nowrap}"
	"tr:nth-child(even) td{background:#f2f2ec}#timeline td{vertical-align:middle}"
	".bar{height:.75rem;background:#3f6fa8;border-radius:2px;min-width:2px}.bar.failed{background:#a3211b}"
	".bar.cached{background:#9aa7b5}.lane{background:#ecece4;width:100%;border-radius:2px}"
	".columns{display:grid;grid-template-columns:1fr 1fr;gap:2rem}@media(max-width:50rem){.columns{display:block}}"
	"pre{background:#14181f;color:#dfe3ea;padding:1rem;overflow:auto;max-height:40rem;white-space:pre-wrap}";

static void put_text(struct buf *out, const char *text)
{
	html_escape(out, str_of(text ? text : ""));
}

static void put_head(struct buf *out, const struct record *record, const char *image,
		     const char *failure)
{
	buf_puts(out,
		 "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
	put_text(out, image);
	buf_printf(out, " - staged build</title><style>%s</style></head><body>\n<h1>", style);
	put_text(out, image);
	buf_puts(out, "</h1>\n");
	if (failure) {
		buf_puts(out, "<p class=\"verdict bad\">failed: ");
		put_text(out, failure);
	} else {
		buf_printf(out, "<p class=\"verdict ok\">%s <code>",
			   record->cached ? "nothing changed:" : "built:");
		put_text(out, record->digest);
		buf_puts(out, "</code>");
	}
	buf_puts(out, "</p>\n");
}

static int64_t whole_ns(const struct record *record)
{
	int64_t whole = 1;
	vec_foreach(step, &record->steps)
		if (step->began_ns + step->duration_ns > whole)
			whole = step->began_ns + step->duration_ns;
	return whole;
}

static void put_timeline(struct buf *out, const struct record *record)
{
	double whole = (double)whole_ns(record);

	buf_puts(
		out,
		"<h2>Timeline</h2>\n<table id=\"timeline\"><tr><th>step</th><th class=\"n\">seconds</th>"
		"<th style=\"width:60%\"></th></tr>\n");
	vec_foreach(step, &record->steps) {
		buf_puts(out, "<tr><td>");
		put_text(out, step->name);
		buf_printf(
			out,
			"</td><td class=\"n\">%.2f</td><td><div class=\"lane\"><div class=\"bar%s%s\" "
			"style=\"margin-left:%.2f%%;width:%.2f%%\"></div></div></td></tr>\n",
			(double)step->duration_ns / (double)NS_PER_SEC,
			step->failed ? " failed" : "", step->cached ? " cached" : "",
			100.0 * (double)step->began_ns / whole,
			100.0 * (double)step->duration_ns / whole);
	}
	buf_puts(out, "</table>\n");
}

static void put_weights(struct buf *out, const char *title, const char *id,
			const struct record_weight *weights, size_t n)
{
	char size[SIZE_TEXT_MAX];

	buf_printf(out, "<div><h2>%s</h2>\n<table id=\"%s\">\n", title, id);
	for (size_t i = 0; i < n && weights[i].bytes; i++) {
		size_format(weights[i].bytes, size);
		buf_printf(out, "<tr><td class=\"n\">%s</td><td><code>/", size);
		put_text(out, weights[i].path);
		buf_puts(out, "</code></td></tr>\n");
	}
	buf_puts(out, "</table></div>\n");
}

static int heavier_first(const void *a, const void *b)
{
	const struct record_weight *x = a, *y = b;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->path, y->path);
}

static void put_layer(struct buf *out, const struct record *record)
{
	struct {
		struct record_weight *items;
		size_t n, cap;
	} directories = {0};
	const char *path;
	void *bytes;

	for (size_t i = 0; map_next(&record->directories, &i, &path, &bytes);)
		vec_push(&directories, {(char *)path, (uintptr_t)bytes});
	vec_sort(&directories, heavier_first);
	buf_printf(
		out,
		"<h2>Layer</h2>\n<p>%llu added, %llu changed, %llu deleted</p>\n<div class=\"columns\">\n",
		(unsigned long long)record->n_changes[CHANGE_ADDED],
		(unsigned long long)record->n_changes[CHANGE_MODIFIED],
		(unsigned long long)record->n_changes[CHANGE_DELETED]);
	put_weights(out, "Largest directories", "directories", directories.items,
		    directories.n < RECORD_LARGEST ? directories.n : RECORD_LARGEST);
	put_weights(out, "Largest files", "files", record->files, record->n_files);
	buf_puts(out, "</div>\n");
	vec_done(&directories);
}

static void put_settings(struct buf *out, const struct record *record)
{
	buf_puts(out, "<h2>Settings</h2>\n<table id=\"settings\">\n");
	vec_foreach(value, &record->values) {
		buf_puts(out, "<tr><td>");
		put_text(out, value->name);
		buf_puts(out, "</td><td><code>");
		put_text(out, value->text);
		buf_puts(out, "</code></td></tr>\n");
	}
	buf_puts(out, "</table>\n");
}

static void put_log(struct buf *out, const struct record *record)
{
	buf_printf(out, "<h2>Log</h2>\n<pre id=\"log\">%s", record->log_is_cut ? "…\n" : "");
	autobuf struct buf clean = {.max = LIMIT_REPORT};
	for (struct str rest = buf_str(&record->log); rest.ptr && rest.len;) {
		text_escape(&clean, str_cut(&rest, '\n'));
		buf_putc(&clean, '\n');
	}
	html_escape(out, buf_str(&clean));
	buf_puts(out, "</pre>\n</body></html>\n");
}

int record_report(const struct record *record, const char *path, const char *image,
		  const char *failure, struct err *err)
{
	autobuf struct buf page = {.max = LIMIT_REPORT};

	put_head(&page, record, image ? image : "", failure);
	put_timeline(&page, record);
	if (record->n_changes[CHANGE_ADDED] + record->n_changes[CHANGE_MODIFIED] +
	    record->n_changes[CHANGE_DELETED])
		put_layer(&page, record);
	put_settings(&page, record);
	put_log(&page, record);
	if (buf_check(&page, "the report", err))
		return -1;
	return file_write_at(AT_FDCWD, path, buf_text(&page), page.len, 0644, FILE_NO_SYNC, err);
}
