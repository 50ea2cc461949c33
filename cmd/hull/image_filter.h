/* image_filter.h - --filter of images and of prune, to what src/image asks for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd.h"
#include "filter.h"
#include "image/image.h"

struct image_filter_words { /* owns what an image_filter borrows */
	struct filters filters;
	struct strlist references, labels, no_labels;
};
void image_filter_words_done(struct image_filter_words *words);
extern const char *const image_list_filters[];  /* of `images` */
extern const char *const image_prune_filters[]; /* of prunes that take images */
extern const char *const container_prune_filters[];
/* `known` is one of the above. before= and since= name images; until= is a time or an age. */
int image_filter_parse(struct store *store, const struct strlist *texts, const char *const *known,
		       struct image_filter_words *ret_words, struct image_filter *ret_filter,
		       struct err *err) must_check;
/* "2026-01-02T03:04:05Z", "2026-01-02", seconds since 1970, or an age as "24h". */
int time_parse(const char *text, int64_t *ret_ns, struct err *err) must_check;
