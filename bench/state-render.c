/* state-render.c - renders one template many times in one process, for bench/state.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   state-render TEMPLATE CONTEXT.json N
 *
 * Prints two numbers: microseconds a render with everything made anew (heap, engine, parsing,
 * context), and with one engine that has parsed the template before. Each is the median of N, so
 * that what else the machine does counts little. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/io.h"
#include "tmpl/engine.h"
#include "value/json.h"

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fail(const char *what)
{
	fprintf(stderr, "state-render: %s\n", what);
	exit(1);
}

static struct dict *context_of(struct heap *heap, struct str json)
{
	struct value v;
	autoerr struct err err = {0};

	if (value_from_json(heap, json, &v, &err) || v.kind != VALUE_DICT)
		fail(err_text(&err));
	return v.dict;
}

static void render(struct engine *engine, struct str text, struct dict *context)
{
	struct rendered rendered = {0};
	autodiag struct diag diag = {0};

	if (engine_render_text(engine, "t", "t", text, context, &rendered, &diag))
		fail(diag.message);
	rendered_done(&rendered);
}

static int compare_doubles(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static double median(double *times, int n)
{
	qsort(times, (size_t)n, sizeof(*times), compare_doubles);
	return times[n / 2];
}

static double anew(struct str text, struct str json, double *times, int n)
{
	for (int i = 0; i < n; i++) {
		double start = now_us();
		autoheap struct heap heap = {0};
		struct engine engine = {.heap = &heap};
		engine_init(&engine);
		render(&engine, text, context_of(&heap, json));
		engine_done(&engine);
		times[i] = now_us() - start;
	}
	return median(times, n);
}

struct text_loader {
	struct str text;
};

static int load(void *arg, struct heap *heap, const char *name, const char *from,
		struct template_source *ret_source, struct err *err)
{
	const struct text_loader *loader = arg;

	*ret_source = (struct template_source){"t", "t", loader->text};
	return 0;
}

static double again(struct str text, struct str json, double *times, int n)
{
	autoheap struct heap heap = {.max_steps = UINT64_MAX};
	struct text_loader loader = {text};
	struct engine engine = {.heap = &heap, .loader = {.load = load, .arg = &loader}};
	autodiag struct diag diag = {0};
	struct dict *context = context_of(&heap, json);

	engine_init(&engine);
	for (int i = 0; i < n; i++) {
		double start = now_us();
		struct rendered rendered = {0};
		if (engine_render(&engine, "t", context, &rendered, &diag))
			fail(diag.message);
		rendered_done(&rendered);
		times[i] = now_us() - start;
	}
	engine_done(&engine);
	return median(times, n);
}

int main(int argc, char **argv)
{
	autobuf struct buf text = {0}, json = {0};
	autoerr struct err err = {0};

	if (argc != 4 || file_read_at(AT_FDCWD, argv[1], 0, &text, &err) ||
	    file_read_at(AT_FDCWD, argv[2], 0, &json, &err))
		fail(argc != 4 ? "TEMPLATE CONTEXT.json N" : err_text(&err));
	int n = atoi(argv[3]);
	if (n < 1)
		fail("N is at least 1");
	autofree double *times = xcalloc((size_t)n, sizeof(*times));
	printf("%.2f %.2f\n", anew(buf_str(&text), buf_str(&json), times, n),
	       again(buf_str(&text), buf_str(&json), times, n));
	return 0;
}
