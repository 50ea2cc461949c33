/* regex.c - Python's `re` on PCRE2, with bounds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * PCRE2's own match limit counts from nothing at every position of the text, and does not count
 * what one item runs over. So each item of a pattern is compiled with a callout
 * (pcre2callout(3)), which counts itself and the way that was gone since the last one. */
#include "value/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/encode.h"
#include "value/limits.h"
#include "value/regex_private.h"

#include "base/banned.h"

#define CACHE_SLOTS      64 /* patterns kept a run: by their hash */
#define BYTES_PER_STEP   16 /* what one item runs over in the time of a callout */
#define STEPS_PER_CHARGE 2  /* a callout is that much faster than a node of a template */

struct regex {
	struct regex_run *run;
	struct str pattern;
	unsigned flags; /* as asked for */
	pcre2_code *code;
	struct regex_groups groups;
};

/* What all patterns of a heap share. */
struct regex_run {
	struct heap *heap;
	pcre2_general_context *memory;
	pcre2_compile_context *compile;
	pcre2_match_context *match;
	pcre2_match_data *found;
	struct regex *slots[CACHE_SLOTS];
};

struct budget {
	uint64_t used, max;
	size_t last; /* position of the last callout */
};

/* PCRE2 frees only what it made for a moment: in the heap it stays until the run's end. */
static void *heap_malloc(PCRE2_SIZE size, void *heap)
{
	return heap_alloc(heap, size);
}

static void heap_free(void *piece, void *heap) {}

static int count_step(pcre2_callout_block *block, void *arg)
{
	struct budget *budget = arg;
	size_t here = block->current_position;
	size_t way = here > budget->last ? here - budget->last : 0;

	budget->last = here;
	budget->used += 1 + way / BYTES_PER_STEP;
	return budget->used > budget->max ? PCRE2_ERROR_CALLOUT : 0;
}

static struct regex_run *run_of(struct heap *heap)
{
	struct regex_run *run = heap->regexes;

	if (run)
		return run;
	run = heap_alloc(heap, sizeof(*run));
	run->heap = heap;
	run->memory = pcre2_general_context_create(heap_malloc, heap_free, heap);
	run->compile = pcre2_compile_context_create(run->memory);
	run->match = pcre2_match_context_create(run->memory);
	run->found = pcre2_match_data_create(REGEX_GROUPS_MAX, run->memory);
	pcre2_set_newline(run->compile, PCRE2_NEWLINE_LF);
	pcre2_set_heap_limit(run->match, LIMIT_REGEX_HEAP >> 10);
	pcre2_set_match_limit(run->match, UINT32_MAX); /* the budget's */
	pcre2_set_depth_limit(run->match, UINT32_MAX); /* the heap's */
	heap->regexes = run;
	return run;
}

static uint32_t options_of(unsigned flags)
{
	uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;

	if (flags & REGEX_BYTES)
		options &= ~PCRE2_UTF;
	options |= flags & (REGEX_ASCII | REGEX_BYTES) ? 0 : PCRE2_UCP;
	options |= flags & REGEX_IGNORECASE ? PCRE2_CASELESS : 0;
	options |= flags & REGEX_MULTILINE ? PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX : 0;
	options |= flags & REGEX_DOTALL ? PCRE2_DOTALL : 0;
	return options;
}

static struct regex **slot_of(struct regex_run *run, struct str pattern, unsigned flags)
{
	uint32_t hash = 2166136261U ^ flags; /* FNV-1a */

	for (size_t i = 0; i < pattern.len; i++)
		hash = (hash ^ (unsigned char)pattern.ptr[i]) * 16777619U;
	return &run->slots[hash % CACHE_SLOTS];
}

static int pcre_error(int code, enum err_kind kind, const char *what, struct err *err)
{
	PCRE2_UCHAR text[128];

	pcre2_get_error_message(code, text, sizeof(text));
	return err_set(err, kind, "%s: %s", what, (const char *)text);
}

int regex_compile(struct heap *heap, struct str pattern, unsigned flags, struct regex **ret_regex,
		  struct err *err)
{
	struct regex_run *run = run_of(heap);
	struct regex **slot = slot_of(run, pattern, flags);
	autobuf struct buf translated = {0};
	unsigned all_flags = flags;
	int code;
	PCRE2_SIZE offset;

	if (*slot && (*slot)->flags == flags && str_eq((*slot)->pattern, pattern)) {
		*ret_regex = *slot;
		return 0;
	}
	if (pattern.len > LIMIT_REGEX_PATTERN)
		return err_set(err, ERR_LIMIT, "a pattern of more than %d KiB",
			       LIMIT_REGEX_PATTERN >> 10);
	if (!text_is_utf8(pattern))
		return err_set(err, ERR_INPUT, "a pattern that is not UTF-8");
	struct regex *regex = heap_alloc(heap, sizeof(*regex));
	regex->run = run;
	regex->pattern = (struct str){heap_strdup(heap, pattern), pattern.len};
	regex->flags = flags;
	if (regex_translate(regex->pattern, &all_flags, &translated, &regex->groups, err))
		return -1;
	heap->steps += pattern.len / STEPS_PER_CHARGE;
	regex->code = pcre2_compile((PCRE2_SPTR)buf_text(&translated), translated.len,
				    options_of(all_flags), &code, &offset, run->compile);
	if (!regex->code)
		return pcre_error(code, ERR_INPUT, "bad pattern", err);
	*slot = regex;
	*ret_regex = regex;
	return 0;
}

size_t regex_n_groups(const struct regex *regex)
{
	return regex->groups.n;
}

int regex_group_named(const struct regex *regex, struct str name)
{
	return regex_groups_find(&regex->groups, name);
}

const struct regex_groups *regex_groups(const struct regex *regex)
{
	return &regex->groups;
}

static void match_fill(const struct regex *regex, struct str text, struct regex_match *ret_match)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->run->found);

	ret_match->n_groups = regex->groups.n;
	ret_match->start = ends[0];
	ret_match->end = ends[1];
	for (size_t i = 0; i < ret_match->n_groups; i++) {
		size_t start = ends[2 * i];
		ret_match->groups[i] = (struct str){0};
		if (start != PCRE2_UNSET)
			ret_match->groups[i] =
				(struct str){text.ptr + start, ends[2 * i + 1] - start};
	}
}

static int match_at(const struct regex *regex, struct str text, size_t from, uint32_t options,
		    struct budget *budget, struct regex_match *ret_match, struct err *err)
{
	struct regex_run *run = regex->run;

	if (from > text.len)
		return 0;
	budget->last = from;
	pcre2_set_callout(run->match, count_step, budget);
	int found = pcre2_match(regex->code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, from,
				options, run->found, run->match);
	if (found == PCRE2_ERROR_NOMATCH)
		return 0;
	if (found == PCRE2_ERROR_CALLOUT || found == PCRE2_ERROR_HEAPLIMIT ||
	    found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT)
		return err_set(err, ERR_LIMIT, "the pattern '%.*s' needs too many steps",
			       STR_ARG(regex->pattern));
	if (found < 0)
		return pcre_error(found, ERR_INPUT, "matching", err);
	match_fill(regex, text, ret_match);
	return 1;
}

static struct budget budget_for(struct str text)
{
	return (struct budget){.max = LIMIT_REGEX_STEPS + BYTES_PER_STEP * (uint64_t)text.len};
}

static int charge(const struct regex *regex, const struct budget *budget, struct err *err)
{
	regex->run->heap->steps += budget->used / STEPS_PER_CHARGE;
	return heap_step(regex->run->heap, err);
}

int regex_search(const struct regex *regex, struct str text, size_t from, bool anchored,
		 struct regex_match *ret_match, struct err *err)
{
	struct budget budget = budget_for(text);
	int found =
		match_at(regex, text, from, anchored ? PCRE2_ANCHORED : 0, &budget, ret_match, err);

	return found >= 0 && charge(regex, &budget, err) ? -1 : found;
}

int regex_each(const struct regex *regex, struct str text, regex_each_fn *each, void *arg,
	       struct err *err)
{
	struct budget budget = budget_for(text);
	struct regex_match match;
	uint32_t options = 0; /* the first call looks whether it
				 is UTF-8 */
	int found;

	for (size_t from = 0;
	     (found = match_at(regex, text, from, options, &budget, &match, err)) > 0;
	     from = match.end) {
		if (each(arg, &match, err))
			return -1;
		/* An empty match may follow a full
		 * one, but not another empty one
		 * (re.sub since Python 3.7). */
		options = PCRE2_NO_UTF_CHECK |
			  (match.start == match.end ? PCRE2_NOTEMPTY_ATSTART : 0);
	}
	return found < 0 ? -1 : charge(regex, &budget, err);
}

void regex_escape(struct str text, struct buf *buf)
{
	static const char special[] = "()[]{}?*+-|^$\\.&~# \t\n\r\v\f";

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] && strchr(special, text.ptr[i]))
			buf_putc(buf, '\\');
		buf_putc(buf, text.ptr[i]);
	}
}
