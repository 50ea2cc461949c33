/* fuzz_field.c - values of fields: what is understood lies within its bounds.
 * SPDX-License-Identifier: Apache-2.0
 * The first byte chooses the parser. */
#include <assert.h>
#include <stdint.h>

#include "base/encode.h"
#include "http/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_range(struct str value)
{
	static const uint64_t sizes[] = {0, 1, 10, 4096, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint64_t start;
		uint64_t n;
		if (range_parse(value, sizes[i], &start, &n) == RANGE_PART)
			assert(n > 0 && start < sizes[i] && n <= sizes[i] - start);
	}
}

static void check_content_range(struct str value)
{
	autobuf struct buf again = {0};
	uint64_t start;
	uint64_t end;
	uint64_t start_again;
	uint64_t end_again;

	if (!content_range_parse(value, &start, &end))
		return;
	assert(start <= end);
	buf_printf(&again, "bytes %ju-%ju/*", (uintmax_t)start, (uintmax_t)end);
	bool taken = content_range_parse(buf_str(&again), &start_again, &end_again);
	assert(taken && start == start_again && end == end_again);
}

/* Whatever stands in front, a tag at the end of a list is found, unless a quote is open. */
static void check_etag(struct str value)
{
	autobuf struct buf list = {0};
	size_t n_quotes = 0;

	(void)etag_matches(value, STR("sha256:ab"));
	for (size_t i = 0; i < value.len; i++)
		n_quotes += value.ptr[i] == '"';
	buf_append_str(&list, value);
	buf_puts(&list, ", W/\"sha256:ab\"");
	if (n_quotes % 2 == 0)
		assert(etag_matches(buf_str(&list), STR("sha256:ab")));
}

static void check_accept(struct str value)
{
	bool any = accept_takes(value, "application/json");
	autobuf struct buf list = {0};

	buf_puts(&list, "application/json, ");
	buf_append_str(&list, value);
	assert(accept_takes(buf_str(&list), "application/json"));
	(void)any;
}

static void check_basic(struct str value)
{
	autobuf struct buf user = {0};
	autobuf struct buf password = {0};
	autobuf struct buf pair = {0};
	autobuf struct buf text = {0};

	if (!basic_parse(value, &user, &password)) {
		assert(user.len == 0 && password.len == 0);
		return;
	}
	assert(!memchr(buf_text(&user), ':', user.len) && text_is_utf8(buf_str(&user)));
	buf_printf(&pair, "%s:%s", buf_text(&user), buf_text(&password));
	buf_puts(&text, "Basic ");
	base64_encode(&text, buf_text(&pair), pair.len);
	buf_truncate(&user, 0);
	buf_truncate(&password, 0);
	assert(basic_parse(buf_str(&text), &user, &password));
	assert(pair.len == user.len + 1 + password.len);
}

static void check_bearer(struct str value)
{
	struct str token = bearer_parse(value);

	assert(!token.ptr || (token.len > 0 && token.ptr > value.ptr &&
			      token.ptr + token.len <= value.ptr + value.len));
}

static void (*const checks[])(struct str value) = {
	check_range, check_content_range, check_etag, check_accept, check_basic, check_bearer,
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len)
		checks[bytes[0] % ARRAY_LEN(checks)](
			(struct str){(const char *)bytes + 1, len - 1});
	return 0;
}
