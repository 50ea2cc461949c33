/* draw.c - events to bytes. Talk goes to stderr, the result and JSON events to stdout.
 * SPDX-License-Identifier: Apache-2.0 */
#include "draw.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/size.h"
#include "base/vec.h"
#include "doc/json.h"

#include "base/banned.h"

#define TICK_US 100000 /* between two drawings of the live line */

/* The colours of the original's messages. */
#define RED    "\033[31;01m"
#define PURPLE "\033[35;01m"
#define CYAN   "\033[36;01m"
#define YELLOW "\033[33;01m"
#define GREEN  "\033[32;01m"
#define PLAIN  "\033[0m"
#define CLEAR  "\r\033[K"

struct drawn_step {
	char *name;
	int64_t duration_ns;
	uint64_t files, bytes;
	bool cached, failed;
};

struct draw {
	struct progress progress;
	enum draw_mode mode;
	bool colour;
	pthread_mutex_t lock;
	pthread_t ticker;
	bool is_ticking, must_stop;
	char *running; /* name of the step that runs */
	int64_t began_ns;
	unsigned frame;
	bool at_line_start;
	struct {
		struct drawn_step *items;
		size_t n, cap;
	} steps;
};

static const char *paint(const struct draw *draw, const char *colour)
{
	return draw->colour ? colour : "";
}

static void live_line(struct draw *draw)
{
	static const char *const frames[] = {"|", "/", "-", "\\"};
	if (draw->mode != DRAW_TERMINAL || !draw->running || !draw->at_line_start)
		return;
	double seconds = (double)(clock_monotonic_ns() - draw->began_ns) / (double)NS_PER_SEC;
	fprintf(stderr, CLEAR "%s%s%s %s %.1fs", paint(draw, CYAN),
		frames[draw->frame++ % ARRAY_LEN(frames)], paint(draw, PLAIN), draw->running,
		seconds);
	fflush(stderr);
}

static void clear_live_line(struct draw *draw)
{
	if (draw->mode == DRAW_TERMINAL && draw->running)
		fputs(CLEAR, stderr);
}

static void *tick(void *arg)
{
	struct draw *draw = arg;
	for (;;) {
		usleep(TICK_US);
		pthread_mutex_lock(&draw->lock);
		bool stop = draw->must_stop;
		if (!stop)
			live_line(draw);
		pthread_mutex_unlock(&draw->lock);
		if (stop)
			return NULL;
	}
}

static void show_banner(struct draw *draw, const char *text)
{
	char line[80];
	size_t width = strlen(text) < sizeof(line) - 5 ? strlen(text) + 4 : sizeof(line) - 1;
	memset(line, '*', width);
	line[width] = '\0';
	fprintf(stderr, "\n%s%s\n* %s\n%s%s\n", paint(draw, YELLOW), line, text, line,
		paint(draw, PLAIN));
}

static void show_log(struct draw *draw, struct str text)
{
	if (!text.len)
		return;
	fwrite(text.ptr, 1, text.len, stderr);
	draw->at_line_start = text.ptr[text.len - 1] == '\n';
}

static void finish_line(struct draw *draw)
{
	if (!draw->at_line_start)
		fputc('\n', stderr);
	draw->at_line_start = true;
}

static void show_end(struct draw *draw, const struct progress_event *event)
{
	double seconds = (double)event->duration_ns / (double)NS_PER_SEC;
	const char *verdict = event->failed ? "failed" : event->cached ? "cached" : "done";
	fprintf(stderr, "%s%s: %s%s %.2fs\n", paint(draw, event->failed ? RED : PURPLE),
		event->name, verdict, paint(draw, PLAIN), seconds);
}

/* The one line that another program may want to read. */
static void show_result(const struct draw *draw, const struct progress_event *event)
{
	if (draw->mode == DRAW_QUIET) {
		printf("%s\n", event->text);
	} else {
		bool colour = isatty(STDOUT_FILENO) && draw->colour;
		printf("%s%s%s %s%s\n", colour ? GREEN : "", event->name, colour ? PLAIN : "",
		       event->text, event->cached ? " (nothing changed)" : "");
	}
	fflush(stdout);
}

static void show(struct draw *draw, const struct progress_event *event)
{
	if (event->kind != PROGRESS_LOG)
		finish_line(draw);
	switch (event->kind) {
	case PROGRESS_BANNER: show_banner(draw, event->text); break;
	case PROGRESS_VALUE:
		fprintf(stderr, "%s%s%s: %s%s%s\n", paint(draw, YELLOW), event->name,
			paint(draw, PLAIN), paint(draw, CYAN), event->text, paint(draw, PLAIN));
		break;
	case PROGRESS_BEGIN:
		if (draw->mode == DRAW_PLAIN)
			fprintf(stderr, "%s ...\n", event->name);
		break;
	case PROGRESS_LOG: show_log(draw, (struct str){event->text, event->len}); break;
	case PROGRESS_COMMAND:
		fprintf(stderr, "%s+ %s%s\n", paint(draw, GREEN), event->text, paint(draw, PLAIN));
		break;
	case PROGRESS_WARNING:
		fprintf(stderr, "%swarning:%s %s%s%s\n", paint(draw, YELLOW), paint(draw, PLAIN),
			event->name ? event->name : "", event->name ? ": " : "",
			event->text ? event->text : "");
		break;
	case PROGRESS_END: show_end(draw, event); break;
	case PROGRESS_RESULT: show_result(draw, event); break;
	}
}

static void show_json(const struct progress_event *event)
{
	static const char *const kinds[] = {
		[PROGRESS_BANNER] = "banner",   [PROGRESS_VALUE] = "value",
		[PROGRESS_BEGIN] = "begin",     [PROGRESS_LOG] = "log",
		[PROGRESS_COMMAND] = "command", [PROGRESS_WARNING] = "warning",
		[PROGRESS_END] = "end",         [PROGRESS_RESULT] = "result",
	};
	autoarena struct arena arena = {0};
	autobuf struct buf line = {0}, clean = {0};
	char when[CLOCK_TEXT_MAX];
	struct node *map = node_new(&arena, NODE_MAP);

	clock_format_rfc3339(clock_now_ns(), when);
	node_set_text(&arena, map, "time", when);
	node_set_text(&arena, map, "event", kinds[event->kind]);
	if (event->step)
		node_set_text(&arena, map, "step", event->step);
	if (event->name)
		node_set_text(&arena, map, "name", event->name);
	if (event->text) {
		struct str text = {event->text,
				   event->kind == PROGRESS_LOG ? event->len : strlen(event->text)};
		buf_append_str(&clean, text);
		node_set_text(&arena, map, "text", buf_text(&clean));
	}
	if (event->kind == PROGRESS_END || event->kind == PROGRESS_RESULT) {
		node_set(&arena, map, "cached", node_new_bool(&arena, event->cached));
		node_set(&arena, map, "failed", node_new_bool(&arena, event->failed));
		node_set(&arena, map, "ms", node_new_int(&arena, event->duration_ns / 1000000));
		node_set(&arena, map, "files", node_new_int(&arena, (int64_t)event->files));
		node_set(&arena, map, "bytes", node_new_int(&arena, (int64_t)event->bytes));
	}
	json_write(&line, map, JSON_COMPACT);
	printf("%s\n", buf_text(&line));
	fflush(stdout);
}

static void keep_step(struct draw *draw, const struct progress_event *event)
{
	struct drawn_step *step = vec_add(&draw->steps);
	*step = (struct drawn_step){xstrdup(event->name), event->duration_ns, event->files,
				    event->bytes,         event->cached,      event->failed};
}

static void tell(const struct progress_event *event, void *arg)
{
	struct draw *draw = arg;

	pthread_mutex_lock(&draw->lock);
	clear_live_line(draw);
	if (event->kind == PROGRESS_END) {
		free(draw->running);
		draw->running = NULL;
		keep_step(draw, event);
	}
	if (draw->mode == DRAW_JSON)
		show_json(event);
	else if (draw->mode != DRAW_QUIET)
		show(draw, event);
	else if (event->kind == PROGRESS_RESULT)
		show_result(draw, event);
	if (event->kind == PROGRESS_BEGIN) {
		free(draw->running);
		draw->running = xstrdup(event->name);
		draw->began_ns = clock_monotonic_ns();
	}
	live_line(draw);
	pthread_mutex_unlock(&draw->lock);
}

struct draw *draw_new(enum draw_mode mode)
{
	struct draw *draw = xcalloc(1, sizeof(*draw));
	bool terminal = isatty(STDERR_FILENO);

	if (mode == DRAW_AUTO)
		mode = terminal ? DRAW_TERMINAL : DRAW_PLAIN;
	draw->mode = mode;
	draw->colour = terminal && !getenv("NO_COLOR");
	draw->at_line_start = true;
	draw->progress = (struct progress){tell, draw};
	pthread_mutex_init(&draw->lock, NULL);
	draw->is_ticking =
		mode == DRAW_TERMINAL && pthread_create(&draw->ticker, NULL, tick, draw) == 0;
	return draw;
}

const struct progress *draw_progress(struct draw *draw)
{
	return &draw->progress;
}

void draw_table(struct draw *draw)
{
	char bytes[SIZE_TEXT_MAX];
	double total = 0;

	if (draw->mode == DRAW_JSON || draw->mode == DRAW_QUIET || !draw->steps.n)
		return;
	fprintf(stderr, "\n%-34s %9s %9s %10s\n", "step", "seconds", "files", "bytes");
	vec_foreach(step, &draw->steps) {
		size_format(step->bytes, bytes);
		fprintf(stderr, "%-34s %9.2f", step->name,
			(double)step->duration_ns / (double)NS_PER_SEC);
		if (step->files || step->bytes)
			fprintf(stderr, " %9llu %10s", (unsigned long long)step->files, bytes);
		fprintf(stderr, "%s\n", step->failed ? " failed" : step->cached ? " cached" : "");
		total += (double)step->duration_ns / (double)NS_PER_SEC;
	}
	fprintf(stderr, "%-34s %9.2f\n", "total", total);
}

void draw_free(struct draw *draw)
{
	if (!draw)
		return;
	if (draw->is_ticking) {
		pthread_mutex_lock(&draw->lock);
		draw->must_stop = true;
		clear_live_line(draw);
		pthread_mutex_unlock(&draw->lock);
		pthread_join(draw->ticker, NULL);
	}
	vec_foreach(step, &draw->steps)
		free(step->name);
	vec_done(&draw->steps);
	free(draw->running);
	pthread_mutex_destroy(&draw->lock);
	free(draw);
}
