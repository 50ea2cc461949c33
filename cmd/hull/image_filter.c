/* image_filter.c - the filters of images: names, labels, times.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image_filter.h"

#include "base/clock.h"

#include "base/banned.h"

const char *const image_list_filters[] = {"before",    "dangling", "label", "label!",
					  "reference", "since",    "until", NULL};
const char *const image_prune_filters[] = {"dangling", "label", "label!", "until", NULL};

const char *const container_prune_filters[] = {"label", "label!", "until", NULL};

void image_filter_words_done(struct image_filter_words *words)
{
	filters_done(&words->filters);
	strlist_done(&words->references);
	strlist_done(&words->labels);
	strlist_done(&words->no_labels);
}

int time_parse(const char *text, int64_t *ret_ns, struct err *err)
{
	struct str whole = str_of(text);
	autofree char *midnight = xasprintf("%sT00:00:00Z", text);
	autofree char *utc = xasprintf("%sZ", text);
	uint64_t seconds;
	int64_t age;

	if (clock_parse_rfc3339(whole, ret_ns) || clock_parse_rfc3339(str_of(midnight), ret_ns) ||
	    clock_parse_rfc3339(str_of(utc), ret_ns))
		return 0;
	if (str_to_u64(whole, &seconds) && seconds < INT64_MAX / NS_PER_SEC) {
		*ret_ns = (int64_t)seconds * NS_PER_SEC;
		return 0;
	}
	if (clock_parse_duration(whole, &age)) {
		*ret_ns = clock_now_ns() - age;
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "'%s' is neither a time (2026-01-02T03:04:05Z) nor an age (24h)", text);
}

struct parsing {
	struct store *store;
	struct image_filter_words *words;
	struct image_filter *filter;
};

static int parse_dangling(struct parsing *parsing, const char *value, struct err *err)
{
	static const char *const yes[] = {"true", "1", "t", NULL}, *const no[] = {"false", "0", "f",
										  NULL};

	for (size_t i = 0; yes[i]; i++) {
		if (text_eq(value, yes[i]) || text_eq(value, no[i])) {
			parsing->filter->dangling =
				text_eq(value, yes[i]) ? IMAGE_DANGLING : IMAGE_NAMED;
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, "filter 'dangling' is true or false, not '%s'", value);
}

static int parse_label(struct parsing *parsing, const char *value, struct err *err)
{
	(void)err;
	strlist_add(&parsing->words->labels, value);
	return 0;
}

static int parse_no_label(struct parsing *parsing, const char *value, struct err *err)
{
	(void)err;
	strlist_add(&parsing->words->no_labels, value);
	return 0;
}

static int parse_reference(struct parsing *parsing, const char *value, struct err *err)
{
	(void)err;
	strlist_add(&parsing->words->references, value);
	return 0;
}

static int parse_before(struct parsing *parsing, const char *value, struct err *err)
{
	cleanup(image_done) struct image image = {0};

	if (store_find_image(parsing->store, value, &image, err))
		return -1;
	return image_created_at(parsing->store, &image, &parsing->filter->before_ns, err);
}

static int parse_since(struct parsing *parsing, const char *value, struct err *err)
{
	cleanup(image_done) struct image image = {0};

	if (store_find_image(parsing->store, value, &image, err))
		return -1;
	return image_created_at(parsing->store, &image, &parsing->filter->since_ns, err);
}

static int parse_until(struct parsing *parsing, const char *value, struct err *err)
{
	return time_parse(value, &parsing->filter->before_ns, err);
}

static const struct {
	const char *key;
	int (*parse)(struct parsing *parsing, const char *value, struct err *err);
} parsers[] = {
	{"before", parse_before},   {"dangling", parse_dangling},   {"label", parse_label},
	{"label!", parse_no_label}, {"reference", parse_reference}, {"since", parse_since},
	{"until", parse_until},
};

static int parse_one(struct parsing *parsing, const char *key, const char *value, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(parsers); i++)
		if (text_eq(key, parsers[i].key))
			return parsers[i].parse(parsing, value, err);
	return 0;
}

int image_filter_parse(struct store *store, const struct strlist *texts, const char *const *known,
		       struct image_filter_words *ret_words, struct image_filter *ret_filter,
		       struct err *err)
{
	struct parsing parsing = {.store = store, .words = ret_words, .filter = ret_filter};
	struct filters *filters = &ret_words->filters;

	if (filters_parse(texts, known, filters, err))
		return -1;
	for (size_t i = 0; i < filters->keys.n; i++)
		if (parse_one(&parsing, filters->keys.items[i], filters->values.items[i], err))
			return -1;
	ret_filter->references = &ret_words->references;
	ret_filter->labels = &ret_words->labels;
	ret_filter->no_labels = &ret_words->no_labels;
	return 0;
}
