/* fuzz_url.c - what decodes is clean, and escapes to something that decodes to itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "base/encode.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_clean(const struct buf *decoded)
{
	assert(text_is_utf8(buf_str(decoded)));
	for (size_t i = 0; i < decoded->len; i++)
		assert((unsigned char)decoded->ptr[i] >= 0x20 && decoded->ptr[i] != 0x7f);
}

static void check_path(struct str path)
{
	autobuf struct buf decoded = {0};

	if (!url_decode_path(path, &decoded)) {
		assert(decoded.len == 0);
		return;
	}
	check_clean(&decoded);
	assert(decoded.len <= path.len);
	assert(!strstr(buf_text(&decoded), "/../") && !strstr(buf_text(&decoded), "/./"));
	assert(!strstr(buf_text(&decoded), "//"));
	assert(!str_ends(buf_str(&decoded), STR("/..")) && !str_is(buf_str(&decoded), ".."));
}

static void check_form(struct str text)
{
	autobuf struct buf decoded = {0};
	autobuf struct buf escaped = {0};
	autobuf struct buf again = {0};

	if (!url_decode_form(text, &decoded)) {
		assert(decoded.len == 0);
		return;
	}
	check_clean(&decoded);
	url_escape(&escaped, buf_str(&decoded));
	bool taken = url_decode_form(buf_str(&escaped), &again);
	assert(taken && str_eq(buf_str(&again), buf_str(&decoded)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str path;
	struct str query;
	struct str name;
	struct str value;

	url_split((struct str){(const char *)bytes, len}, &path, &query);
	check_path(path);
	check_form(path);
	for (struct str rest = query; url_next_pair(&rest, &name, &value);) {
		autobuf struct buf key = {0};
		autobuf struct buf found = {0};
		check_form(name);
		check_form(value);
		if (url_decode_form(name, &key))
			assert(url_query_get(query, buf_text(&key), &found) != URL_ABSENT);
	}
	return 0;
}
