/* fuzz_head.c - a head says the same however its bytes arrive, and nothing outside of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define MAX_FIELDS 16

struct outcome {
	enum head_state state;
	struct http_head head;
	struct http_field fields[MAX_FIELDS];
	size_t len;
	const char *why;
};

static void parse(struct str text, size_t step, struct outcome *got)
{
	size_t scanned = 0;
	size_t len = 0;

	*got = (struct outcome){.state = HEAD_PARTIAL};
	while (got->state == HEAD_PARTIAL && len < text.len) {
		len = text.len - len > step ? len + step : text.len;
		got->state = head_parse((struct str){text.ptr, len}, got->fields, MAX_FIELDS,
					&scanned, &got->head, &got->len, &got->why);
		assert(scanned <= len);
	}
}

static void check_view(struct str whole, struct str view)
{
	assert(view.ptr);
	assert(view.len == 0 ||
	       (view.ptr >= whole.ptr && view.ptr + view.len <= whole.ptr + whole.len));
}

static void check_head(struct str text, const struct outcome *got)
{
	const struct http_head *head = &got->head;
	struct str whole = {text.ptr, got->len};

	assert(got->len >= 4 && got->len <= text.len);
	assert(str_ends(whole, STR("\r\n\r\n")));
	assert(head->target.len > 0 && (*head->target.ptr == '/' || *head->target.ptr == '*'));
	assert(!memchr(head->target.ptr, ' ', head->target.len));
	assert(head->body_length >= HTTP_BODY_CHUNKED);
	assert(head_count(head, "Host") <= 1 && head_count(head, "Host") >= head->minor);
	assert(head_count(head, "Content-Length") + head_count(head, "Transfer-Encoding") <= 1);
	for (size_t i = 0; i < head->n_fields; i++) {
		check_view(whole, head->fields[i].name);
		check_view(whole, head->fields[i].value);
		assert(head->fields[i].name.len > 0);
		assert(!memchr(head->fields[i].value.ptr, '\n', head->fields[i].value.len));
		assert(!memchr(head->fields[i].value.ptr, '\0', head->fields[i].value.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str text = {(const char *)bytes, len};
	struct outcome whole;
	struct outcome cut;

	parse(text, len, &whole);
	parse(text, 1, &cut);
	assert(whole.state == cut.state && whole.len == cut.len);
	assert(text_eq(whole.why, cut.why));
	if (whole.state != HEAD_DONE) {
		assert(!whole.why == (whole.state == HEAD_PARTIAL));
		return 0;
	}
	assert(whole.head.method == cut.head.method && whole.head.minor == cut.head.minor);
	assert(str_eq(whole.head.target, cut.head.target));
	assert(str_eq(whole.head.host, cut.head.host));
	assert(whole.head.keep_alive == cut.head.keep_alive);
	assert(whole.head.expects_continue == cut.head.expects_continue);
	assert(whole.head.body_length == cut.head.body_length);
	assert(whole.head.n_fields == cut.head.n_fields);
	check_head(text, &whole);
	return 0;
}
