/* lipsum.c - text without a meaning, to fill pages with.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "tmpl/filter_private.h"

#include "base/banned.h"

static const char *const words[] = {
	"lorem",    "ipsum",     "dolor",    "sit",        "amet",      "consectetur", "elit",
	"sed",      "eiusmod",   "tempor",   "incididunt", "labore",    "dolore",      "magna",
	"aliqua",   "enim",      "minim",    "veniam",     "quis",      "nostrud",     "ullamco",
	"laboris",  "nisi",      "aliquip",  "commodo",    "consequat", "duis",        "aute",
	"irure",    "voluptate", "velit",    "esse",       "cillum",    "fugiat",      "nulla",
	"pariatur", "sint",      "occaecat", "cupidatat",  "proident",  "sunt",        "culpa",
	"officia",  "deserunt",  "mollit",   "anim",       "laborum",
};

static uint64_t number_below(uint64_t n)
{
	uint64_t number;

	random_bytes(&number, sizeof(number));
	return n ? number % n : 0;
}

static void paragraph_write(struct buf *buf, uint64_t n_words)
{
	bool begins = true;

	for (uint64_t i = 0; i < n_words; i++) {
		const char *word = words[number_below(ARRAY_LEN(words))];
		bool is_last = i + 1 == n_words, ends = is_last || number_below(12) == 0;
		size_t at = buf->len;
		buf_puts(buf, word);
		if (begins && buf->len > at)
			buf->ptr[at] = (char)(word[0] & ~0x20); /* upper case */
		if (ends)
			buf_putc(buf, '.');
		else if (number_below(7) == 0)
			buf_putc(buf, ',');
		if (!is_last)
			buf_putc(buf, ' ');
		begins = ends;
	}
}

int global_lipsum(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"n", PARAM_OPTIONAL},
					      {"html", PARAM_OPTIONAL},
					      {"min", PARAM_OPTIONAL},
					      {"max", PARAM_OPTIONAL},
					      {NULL}};
	autobuf struct buf text = text_buf();
	struct value v[4];
	int64_t n, min, max;
	bool html;

	if (call_bind(call, "generate_lorem_ipsum", params, v, err) || arg_int(v[0], 5, &n, err) ||
	    arg_bool(call->heap, v[1], true, &html, err) || arg_int(v[2], 20, &min, err) ||
	    arg_int(v[3], 100, &max, err))
		return -1;
	if (min < 0 || max <= min || max > LIMIT_RANGE)
		return err_set(err, ERR_INPUT, "empty range for randrange() (%lld, %lld)",
			       (long long)min, (long long)max);
	for (int64_t i = 0; i < n && !text.overflowed; i++) {
		buf_puts(&text, i == 0 ? "" : html ? "\n" : "\n\n");
		buf_puts(&text, html ? "<p>" : "");
		paragraph_write(&text, (uint64_t)min + number_below((uint64_t)(max - min)));
		buf_puts(&text, html ? "</p>" : "");
	}
	if (text_give(call->heap, &text, ret_value, err))
		return -1;
	if (html)
		ret_value->flags |= VALUE_MARKUP;
	return 0;
}
