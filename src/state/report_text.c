/* report_text.c - results for people, in the reference's layout.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/report.h"
#include "state/report_private.h"
#include "value/list.h"

#include "base/banned.h"

#define LABEL_WIDTH    9  /* "Succeeded" */
#define WARNING_WIDTH  80 /* columns */
#define COMMENT_INDENT 14

static const char green[] = "\033[0;32m", cyan[] = "\033[0;36m", red[] = "\033[0;31m",
		  light_red[] = "\033[0;1;31m", yellow[] = "\033[0;1;33m", plain[] = "\033[0;0m";

struct reporting {
	struct world *world;
	const struct report_options *options;
	struct buf *buf;
	size_t n_true, n_false, n_none, n_changed, n_warned;
	double total_ms;
};

static void color(const struct reporting *reporting, const char *code)
{
	if (reporting->options->color)
		buf_puts(reporting->buf, code);
}

static bool has_changes(const struct result *result)
{
	return result->changes.kind == VALUE_DICT && result->changes.dict->n;
}

/* ---- one state ---- */

static const char *state_color(const struct result *result)
{
	if (result->result == RESULT_FALSE)
		return red;
	if (result->result == RESULT_NONE)
		return yellow;
	return has_changes(result) ? cyan : green;
}

static void duration_write(struct buf *buf, const struct result *result)
{
	float_print(result->duration_ms, buf);
	buf_puts(buf, " ms");
}

static const char *result_name(const struct reporting *reporting, const struct result *result)
{
	const char *name = result->name_of_tag ? result->name_of_tag : result->name;

	return reporting->options->by_id ? result->id : name;
}

/* One a line. */
static void warnings_join(const struct result *result, struct buf *text)
{
	for (size_t i = 0; i < result->warnings->n; i++) {
		struct value item = result->warnings->items[i];
		buf_puts(text, i ? "\n" : "");
		if (value_is_string(item))
			buf_append_str(text, value_bytes(item));
	}
}

static void terse_write(struct reporting *reporting, const struct result *result)
{
	const char *word = has_changes(result) ? "Changed" : "Clean";
	struct buf *buf = reporting->buf;
	char started[RESULT_STARTED];

	if (result->result == RESULT_FALSE)
		word = "Failed";
	else if (result->result == RESULT_NONE)
		word = "Differs";
	if (result->warnings) {
		color(reporting, light_red);
		buf_puts(buf, "Warnings:\n");
		warnings_join(result, buf);
		color(reporting, plain);
	}
	buf_putc(buf, ' ');
	color(reporting, state_color(result));
	buf_printf(buf, " Name: %s - Function: %s.%s - Result: %s", result_name(reporting, result),
		   result->state, result->fun, word);
	if (!result->has_no_state) {
		buf_printf(buf, " - Started: %s - Duration: ", result_started(result, started));
		duration_write(buf, result);
	}
	color(reporting, plain);
	buf_putc(buf, '\n');
}

/* One line of the block: the label ends in column 13. */
static void label(struct reporting *reporting, const struct result *result, const char *name,
		  struct str text)
{
	buf_puts(reporting->buf, "    ");
	color(reporting, state_color(result));
	buf_printf(reporting->buf, "%8s: %.*s", name, STR_ARG(text));
	color(reporting, plain);
	buf_putc(reporting->buf, '\n');
}

static void comment_write(struct reporting *reporting, const struct result *result)
{
	autobuf struct buf text = {0};
	struct str rest = str_trim(result->comment);

	while (rest.ptr) {
		struct str one = str_cut(&rest, '\n');
		buf_append_str(&text, one);
		if (rest.ptr)
			buf_printf(&text, "\n%*s", COMMENT_INDENT, "");
	}
	label(reporting, result, "Comment", buf_str(&text));
}

static void changes_write(struct reporting *reporting, const struct result *result)
{
	struct world *world = reporting->world;
	struct buf *buf = reporting->buf;

	color(reporting, state_color(result));
	buf_puts(buf, "     Changes:   ");
	if (has_changes(result)) {
		buf_putc(buf, '\n');
		report_nested(world->heap,
			      secrets_mask_value(&world->secrets, world->heap, result->changes),
			      COMMENT_INDENT, reporting->options->color, buf);
	}
	color(reporting, plain);
	buf_putc(buf, '\n');
}

static void warnings_write(struct reporting *reporting, const struct result *result)
{
	struct buf *buf = reporting->buf;
	autobuf struct buf text = {0};

	if (!result->warnings)
		return;
	reporting->n_warned++;
	warnings_join(result, &text);
	buf_puts(buf, "   ");
	color(reporting, light_red);
	buf_puts(buf, " Warnings: ");
	report_wrap(buf_str(&text), COMMENT_INDENT, WARNING_WIDTH, buf);
	color(reporting, plain);
	buf_putc(buf, '\n');
}

static void block_write(struct reporting *reporting, const struct result *result)
{
	static const char *const words[] = {
		[RESULT_TRUE] = "True", [RESULT_FALSE] = "False", [RESULT_NONE] = "None"};
	struct buf *buf = reporting->buf;
	char started[RESULT_STARTED];
	autobuf struct buf text = {0};
	const char *name = result_name(reporting, result);

	color(reporting, state_color(result));
	buf_puts(buf, "----------");
	color(reporting, plain);
	buf_putc(buf, '\n');
	label(reporting, result, "ID", str_of(result->id));
	buf_printf(&text, "%s.%s", result->state, result->fun);
	label(reporting, result, "Function", buf_str(&text));
	if (!text_eq(result->id, name))
		label(reporting, result, "Name", str_of(name));
	label(reporting, result, "Result", str_of(words[result->result]));
	comment_write(reporting, result);
	if (!result->has_no_state) {
		label(reporting, result, "Started", str_of(result_started(result, started)));
		buf_truncate(&text, 0);
		duration_write(&text, result);
		label(reporting, result, "Duration", buf_str(&text));
	}
	changes_write(reporting, result);
	warnings_write(reporting, result);
}

static bool is_terse(const struct reporting *reporting, const struct result *result)
{
	switch (reporting->options->detail) {
	case REPORT_TERSE: return true;
	case REPORT_MIXED: return result->result != RESULT_FALSE;
	case REPORT_CHANGES: return result->result == RESULT_TRUE && !has_changes(result);
	case REPORT_FULL: break;
	}
	return false;
}

static void state_write(struct reporting *reporting, const struct result *result)
{
	bool is_clean = result->result == RESULT_TRUE && !has_changes(result);

	reporting->n_true += result->result == RESULT_TRUE;
	reporting->n_false += result->result == RESULT_FALSE;
	reporting->n_none += result->result == RESULT_NONE;
	reporting->n_changed += has_changes(result);
	reporting->total_ms += result->duration_ms;
	if (is_clean && reporting->options->hide_clean)
		return;
	if (is_terse(reporting, result))
		terse_write(reporting, result);
	else
		block_write(reporting, result);
}

/* ---- the summary ---- */

static int digits(size_t n)
{
	int count = 1;

	while (n >= 10) {
		n /= 10;
		count++;
	}
	return count;
}

static int counts_width(const struct reporting *reporting, size_t n_results)
{
	const size_t counts[] = {reporting->n_true, reporting->n_false, reporting->n_none,
				 reporting->n_warned};
	int widest = 0;

	for (size_t i = 0; n_results && i < ARRAY_LEN(counts); i++)
		if (counts[i] && digits(counts[i]) > widest)
			widest = digits(counts[i]);
	return LABEL_WIDTH + widest + 2;
}

static void count_write(const struct reporting *reporting, const char *name, size_t n, int width,
			const char *code)
{
	color(reporting, code);
	buf_printf(reporting->buf, "%s: %*zu", name, width - (int)strlen(name) - 2, n);
	color(reporting, plain);
}

static void succeeded_write(const struct reporting *reporting, int width)
{
	struct buf *buf = reporting->buf;

	count_write(reporting, "Succeeded", reporting->n_true + reporting->n_none, width, green);
	if (reporting->n_none || reporting->n_changed) {
		buf_puts(buf, " (");
		if (reporting->n_none) {
			color(reporting, yellow);
			buf_printf(buf, "unchanged=%zu", reporting->n_none);
			color(reporting, plain);
		}
		if (reporting->n_none && reporting->n_changed)
			buf_puts(buf, ", ");
		if (reporting->n_changed) {
			color(reporting, green);
			buf_printf(buf, "changed=%zu", reporting->n_changed);
			color(reporting, plain);
		}
		buf_putc(buf, ')');
	}
	buf_putc(buf, '\n');
}

static void rule_write(struct buf *buf, int width)
{
	for (int i = 0; i < width; i++)
		buf_putc(buf, '-');
}

static void summary_write(struct reporting *reporting, size_t n_results)
{
	struct buf *buf = reporting->buf;
	int width = counts_width(reporting, n_results);
	bool in_seconds = reporting->total_ms > 999;

	color(reporting, cyan);
	buf_puts(buf, "\nSummary for local\n");
	rule_write(buf, width);
	color(reporting, plain);
	buf_putc(buf, '\n');
	succeeded_write(reporting, width);
	count_write(reporting, "Failed", reporting->n_false, width,
		    reporting->n_false ? red : cyan);
	buf_putc(buf, '\n');
	if (reporting->n_warned) {
		count_write(reporting, "Warnings", reporting->n_warned, width, light_red);
		buf_putc(buf, '\n');
	}
	color(reporting, cyan);
	rule_write(buf, width);
	buf_printf(buf, "\nTotal states run: %*zu", width - 7, n_results);
	color(reporting, plain);
	buf_putc(buf, '\n');
	color(reporting, cyan);
	buf_printf(buf, "Total run time: %*.3f %s", width - 5,
		   in_seconds ? reporting->total_ms / 1000 : reporting->total_ms,
		   in_seconds ? "s" : "ms");
	color(reporting, plain);
	buf_putc(buf, '\n');
}

static void errors_write(struct reporting *reporting, const struct results *results)
{
	struct buf *buf = reporting->buf;

	buf_puts(buf, "    ");
	color(reporting, light_red);
	buf_puts(buf, "Data failed to compile:");
	color(reporting, plain);
	buf_putc(buf, '\n');
	for (size_t i = 0; i < results->errors.n; i++) {
		color(reporting, light_red);
		buf_printf(buf, "----------\n    %s", results->errors.items[i]);
		color(reporting, plain);
		buf_putc(buf, '\n');
	}
}

/* The last one that is not well gives the colour of all. */
static const char *title_color(const struct results *results)
{
	const char *code = results->errors.n ? light_red : green;

	for (size_t i = 0; i < results->n; i++)
		if (results->items[i]->result != RESULT_TRUE)
			code = state_color(results->items[i]);
	return code;
}

void report_text(struct world *world, const struct results *results,
		 const struct report_options *options, struct buf *buf)
{
	autobuf struct buf text = {.max = buf->max};
	struct reporting reporting = {.world = world, .options = options, .buf = &text};

	color(&reporting, title_color(results));
	buf_puts(&text, "local:");
	color(&reporting, plain);
	buf_putc(&text, '\n');
	if (results->errors.n) {
		errors_write(&reporting, results);
	} else {
		for (size_t i = 0; i < results->n; i++)
			state_write(&reporting, results->items[i]);
		summary_write(&reporting, results->n);
	}
	secrets_mask(&world->secrets, buf_str(&text), buf);
}
