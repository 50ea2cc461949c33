/* report_value.c - results as values and as JSON, masked.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/report.h"
#include "state/report_private.h"
#include "value/json.h"
#include "value/list.h"

#include "base/banned.h"

const char *result_started(const struct result *result, char text[RESULT_STARTED])
{
	struct tm local;

	if (!localtime_r(&result->started.tv_sec, &local))
		local = (struct tm){0};
	snprintf(text, RESULT_STARTED, "%02d:%02d:%02d.%06ld", local.tm_hour, local.tm_min,
		 local.tm_sec, result->started.tv_nsec / 1000);
	return text;
}

static struct value tag_of(struct heap *heap, const struct result *result)
{
	return value_printf(heap, "%s_|-%s_|-%s_|-%s", result->state, result->id,
			    result->name_of_tag ? result->name_of_tag : result->name, result->fun);
}

static struct value result_truth(const struct result *result)
{
	return result->result == RESULT_NONE ? value_none()
					     : value_bool(result->result == RESULT_TRUE);
}

static struct value masked(struct world *world, struct value v)
{
	return secrets_mask_value(&world->secrets, world->heap, v);
}

/* The names that are ours are no keys of the user's: a command that is called `pwd` is no secret.
 */
static struct value result_value(struct world *world, const struct result *result)
{
	struct heap *heap = world->heap;
	struct dict *dict = dict_new(heap);
	char started[RESULT_STARTED];

	dict_set(heap, dict, "name", masked(world, value_cstr(heap, result->name)));
	dict_set(heap, dict, "changes", masked(world, result->changes));
	dict_set(heap, dict, "result", result_truth(result));
	dict_set(heap, dict, "comment", masked(world, value_view(result->comment)));
	if (result->skip_watch)
		dict_set(heap, dict, "skip_watch", value_bool(true));
	if (result->did_not_run)
		dict_set(heap, dict, "__state_ran__", value_bool(false));
	if (result->warnings)
		dict_set(heap, dict, "warnings", masked(world, value_of_list(result->warnings)));
	if (!result->has_no_state)
		dict_set(heap, dict, "__sls__", masked(world, value_cstr(heap, result->sls)));
	dict_set(heap, dict, "__run_num__", value_int(result->run_num));
	if (result->has_no_state)
		return value_of_dict(dict);
	dict_set(heap, dict, "start_time", value_cstr(heap, result_started(result, started)));
	dict_set(heap, dict, "duration", value_float(result->duration_ms));
	dict_set(heap, dict, "__id__", masked(world, value_cstr(heap, result->id)));
	return value_of_dict(dict);
}

struct value report_value(struct world *world, const struct results *results)
{
	struct heap *heap = world->heap;
	struct dict *top = dict_new(heap), *tags = dict_new(heap);

	if (results->errors.n) {
		struct list *texts = list_new(heap, results->errors.n);
		for (size_t i = 0; i < results->errors.n; i++)
			list_push(heap, texts, value_cstr(heap, results->errors.items[i]));
		dict_set(heap, top, "local", masked(world, value_of_list(texts)));
	} else {
		for (size_t i = 0; i < results->n; i++)
			dict_put(heap, tags, masked(world, tag_of(heap, results->items[i])),
				 result_value(world, results->items[i]));
		dict_set(heap, top, "local", value_of_dict(tags));
	}
	return value_of_dict(top);
}

void report_json(struct world *world, const struct results *results,
		 const struct report_options *options, struct buf *buf)
{
	struct value_json_options json = {.indent = options->json_indent};
	autoerr struct err err = {0};
	size_t begin = buf->len;

	if (value_to_json(world->heap, report_value(world, results), &json, buf, &err)) {
		buf_truncate(buf, begin);
		buf_puts(buf, "{}"); /* as the reference, for what JSON cannot say */
	}
	buf_putc(buf, '\n');
}
