/* record.c - listening to a build: its steps with times, the end of its log, the weight of its
 * layer. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/vec.h"
#include "stage/record_private.h"

#include "base/banned.h"

static struct record_step *open_step(struct record *record, const struct progress_event *event)
{
	if (!record->steps.n)
		return NULL;
	struct record_step *last = &record->steps.items[record->steps.n - 1];
	return last->is_open && text_eq(last->step, event->step) ? last : NULL;
}

static void begin(struct record *record, const struct progress_event *event)
{
	struct record_step *step = vec_add(&record->steps);
	step->step = xstrdup(event->step);
	step->name = xstrdup(event->name);
	step->began_ns = clock_monotonic_ns() - record->began_ns;
	step->is_open = true;
}

static void end(struct record *record, const struct progress_event *event)
{
	struct record_step *step = open_step(record, event);
	if (!step)
		return;
	step->is_open = false;
	step->duration_ns = event->duration_ns;
	step->failed = event->failed;
	step->cached = event->cached;
	step->files = event->files;
	step->bytes = event->bytes;
}

/* The newest part of the log is what explains a failure. */
static void keep_log(struct record *record, struct str text)
{
	struct buf *log = &record->log;
	if (text.len > LIMIT_RECORD_LOG)
		return;
	if (log->len + text.len > LIMIT_RECORD_LOG) {
		size_t excess = log->len + text.len - LIMIT_RECORD_LOG + LIMIT_RECORD_LOG / 4;
		buf_consume(log, excess < log->len ? excess : log->len);
		record->log_is_cut = true;
	}
	buf_append_str(log, text);
}

static void keep_value(struct record *record, const struct progress_event *event)
{
	struct record_value *value = vec_add(&record->values);
	value->name = xstrdup(event->name);
	value->text = xstrdup(event->text);
}

static void hear(const struct progress_event *event, void *arg)
{
	struct record *record = arg;
	autofree char *line = NULL;

	switch (event->kind) {
	case PROGRESS_BEGIN: begin(record, event); break;
	case PROGRESS_END: end(record, event); break;
	case PROGRESS_VALUE: keep_value(record, event); break;
	case PROGRESS_LOG: keep_log(record, (struct str){event->text, event->len}); break;
	case PROGRESS_BANNER: line = xasprintf("== %s\n", event->text); break;
	case PROGRESS_COMMAND: line = xasprintf("+ %s\n", event->text); break;
	case PROGRESS_WARNING:
		line = xasprintf("warning: %s: %s\n", event->name ? event->name : "",
				 event->text ? event->text : "");
		break;
	case PROGRESS_RESULT:
		free(record->digest);
		record->digest = xstrdup(event->text);
		record->cached = event->cached;
		break;
	}
	if (line)
		keep_log(record, str_of(line));
	progress_tell(record->inner, event);
}

struct record *record_new(const struct progress *inner)
{
	struct record *record = xcalloc(1, sizeof(*record));
	record->inner = inner;
	record->began_ns = clock_monotonic_ns();
	record->log.max = LIMIT_RECORD_LOG;
	record->own = (struct progress){hear, record};
	return record;
}

const struct progress *record_progress(struct record *record)
{
	return &record->own;
}

/* A sorted list of at most RECORD_LARGEST. */
static void keep_largest(struct record *record, const char *path, uint64_t bytes)
{
	size_t i = record->n_files;
	if (i == RECORD_LARGEST && record->files[i - 1].bytes >= bytes)
		return;
	if (i == RECORD_LARGEST)
		free(record->files[--i].path);
	else
		record->n_files++;
	for (; i > 0 && record->files[i - 1].bytes < bytes; i--)
		record->files[i] = record->files[i - 1];
	record->files[i] = (struct record_weight){xstrdup(path), bytes};
}

/* Every directory above the file carries its weight. */
static void weigh_directories(struct record *record, const char *path, uint64_t bytes)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		autofree char *dir = xstrndup(path, (size_t)(slash - path));
		uintptr_t so_far = (uintptr_t)map_get(&record->directories, dir);
		map_set(&record->directories, dir, (void *)(so_far + bytes));
	}
}

int record_observe(const struct change *change, void *arg, struct err *err)
{
	struct record *record = arg;

	record->n_changes[change->kind]++;
	if (!change->entry || change->entry->type != ENTRY_FILE)
		return 0;
	keep_largest(record, change->path, change->entry->size);
	weigh_directories(record, change->path, change->entry->size);
	return 0;
}

void record_free(struct record *record)
{
	if (!record)
		return;
	vec_foreach(step, &record->steps) {
		free(step->step);
		free(step->name);
	}
	vec_foreach(value, &record->values) {
		free(value->name);
		free(value->text);
	}
	for (size_t i = 0; i < record->n_files; i++)
		free(record->files[i].path);
	vec_done(&record->steps);
	vec_done(&record->values);
	map_done(&record->directories);
	buf_done(&record->log);
	free(record->digest);
	free(record);
}
