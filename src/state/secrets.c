/* secrets.c - the registered texts, and how they are found in what is printed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A table by the first four bytes of each text: a place where none can begin costs one look. */
#include "state/secrets.h"

#include <stdlib.h>

#include "base/encode.h"
#include "base/vec.h"
#include "state/secrets_private.h"

#include "base/banned.h"

#define MASK "***"

_Static_assert(SECRET_MIN == sizeof(uint32_t), "texts are found by their first word");

static void add_form(void *arg, struct str form)
{
	struct secrets *secrets = arg;

	if (form.len < SECRET_MIN || form.len > UINT32_MAX)
		return;
	*vec_add(&secrets->texts) = (struct str){xmemdup(form.ptr, form.len), form.len};
	secrets->is_indexed = false;
}

/* The frame of a PEM block is the same for everybody. */
static bool is_frame(struct str line)
{
	return str_starts(line, STR("-----"));
}

static void add_line(struct secrets *secrets, struct str line)
{
	line = str_trim(line);
	if (line.len >= SECRET_MIN && !is_frame(line))
		secret_forms(line, add_form, secrets);
}

void secrets_add(struct secrets *secrets, struct str text)
{
	autobuf struct buf base64 = {.max = SIZE_MAX / 2};
	struct str trimmed = str_trim(text), rest = trimmed;

	if (trimmed.len < SECRET_MIN)
		return;
	base64_encode(&base64, text.ptr, text.len);
	while (base64.len && base64.ptr[base64.len - 1] == '=') /* some leave it away */
		buf_truncate(&base64, base64.len - 1);
	add_form(secrets, buf_str(&base64));
	while (rest.ptr)
		add_line(secrets, str_cut(&rest, '\n'));
}

/* ---- the index ---- */

static uint32_t first_word(const char *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static size_t bucket_of(const struct secrets *secrets, const char *bytes)
{
	return (first_word(bytes) * UINT32_C(0x9e3779b1)) >> 16 & (secrets->n_buckets - 1);
}

static int longer_first(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	if (x->len != y->len)
		return x->len > y->len ? -1 : 1;
	return memcmp(x->ptr, y->ptr, x->len);
}

static void drop_doubles(struct secrets *secrets)
{
	size_t n = 0;

	for (size_t i = 0; i < secrets->texts.n; i++) {
		struct str text = secrets->texts.items[i];
		if (n && str_eq(secrets->texts.items[n - 1], text))
			free((char *)text.ptr);
		else
			secrets->texts.items[n++] = text;
	}
	secrets->texts.n = n;
}

static void make_index(struct secrets *secrets)
{
	size_t n_buckets = 256;

	vec_sort(&secrets->texts, longer_first);
	drop_doubles(secrets);
	while (n_buckets < secrets->texts.n * 4 && n_buckets < 65536)
		n_buckets *= 2;
	free(secrets->buckets);
	free(secrets->next);
	secrets->buckets = xcalloc(n_buckets, sizeof(*secrets->buckets));
	secrets->next = xcalloc(secrets->texts.n, sizeof(*secrets->next));
	secrets->n_buckets = n_buckets;
	/* The last put in is the first found: the longest. */
	for (size_t i = secrets->texts.n; i-- > 0;) {
		size_t bucket = bucket_of(secrets, secrets->texts.items[i].ptr);
		secrets->next[i] = secrets->buckets[bucket];
		secrets->buckets[bucket] = (uint32_t)i + 1;
	}
	secrets->is_indexed = true;
}

/* How many bytes at the front of the text are a secret. */
static size_t match(const struct secrets *secrets, struct str text)
{
	uint32_t i = secrets->buckets[bucket_of(secrets, text.ptr)];

	for (; i; i = secrets->next[i - 1])
		if (str_starts(text, secrets->texts.items[i - 1]))
			return secrets->texts.items[i - 1].len;
	return 0;
}

void secrets_mask(struct secrets *secrets, struct str text, struct buf *buf)
{
	size_t shown = 0; /* bytes that are in the buffer already */

	if (!secrets->texts.n) {
		buf_append_str(buf, text);
		return;
	}
	if (!secrets->is_indexed)
		make_index(secrets);
	for (size_t i = 0; i + SECRET_MIN <= text.len;) {
		size_t len = match(secrets, (struct str){text.ptr + i, text.len - i});
		if (!len) {
			i++;
			continue;
		}
		buf_append(buf, text.ptr + shown, i - shown);
		buf_puts(buf, MASK);
		shown = i += len;
	}
	buf_append(buf, text.ptr + shown, text.len - shown);
}

void secrets_done(struct secrets *secrets)
{
	vec_foreach(text, &secrets->texts)
		free((char *)text->ptr);
	vec_done(&secrets->texts);
	free(secrets->buckets);
	free(secrets->next);
	*secrets = (struct secrets){.key_pattern = secrets->key_pattern};
}
