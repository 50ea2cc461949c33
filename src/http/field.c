/* field.c - ranges, entity tags, media types and credentials.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/field.h"

#include <string.h>

#include "base/encode.h"

#include "base/banned.h"

static bool is_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0;
}

/* A position beyond 64 bits is beyond everything there is. */
static uint64_t position(struct str digits)
{
	uint64_t value;

	return str_to_u64(digits, &value) ? value : UINT64_MAX;
}

static enum range_state suffix_range(uint64_t wanted, uint64_t size, uint64_t *ret_start,
				     uint64_t *ret_len)
{
	if (!wanted)
		return RANGE_OUTSIDE;
	if (!size) /* satisfied by nothing, which 206 cannot say */
		return RANGE_WHOLE;
	*ret_len = wanted < size ? wanted : size;
	*ret_start = size - *ret_len;
	return RANGE_PART;
}

enum range_state range_parse(struct str value, uint64_t size, uint64_t *ret_start,
			     uint64_t *ret_len)
{
	struct str last = value;
	struct str unit = str_cut(&last, '=');

	if (!last.ptr || !str_is_nocase(unit, "bytes"))
		return RANGE_WHOLE;
	last = str_trim_blanks(last);
	struct str first = str_cut(&last, '-');
	if (!last.ptr)
		return RANGE_WHOLE;
	if (!first.len)
		return is_digits(last) ? suffix_range(position(last), size, ret_start, ret_len)
				       : RANGE_WHOLE;
	if (!is_digits(first) || (last.len && !is_digits(last)))
		return RANGE_WHOLE;

	uint64_t start = position(first);
	uint64_t end = last.len ? position(last) : UINT64_MAX;
	if (end < start || start >= size) /* backwards: the conformance suite wants it told */
		return RANGE_OUTSIDE;
	*ret_start = start;
	*ret_len = (end < size - 1 ? end : size - 1) - start + 1;
	return RANGE_PART;
}

bool content_range_parse(struct str value, uint64_t *ret_start, uint64_t *ret_end)
{
	struct str range = value;
	uint64_t start;
	uint64_t end;

	if (range.len > 6 && str_is_nocase((struct str){range.ptr, 6}, "bytes ")) {
		range.ptr += 6;
		range.len -= 6;
	}
	struct str total = range;
	struct str last = str_cut(&total, '/');
	if (total.ptr && !is_digits(total) && !str_is(total, "*"))
		return false;

	struct str first = str_cut(&last, '-');
	if (!is_digits(first) || !is_digits(last) || !str_to_u64(first, &start) ||
	    !str_to_u64(last, &end) || end < start)
		return false;
	*ret_start = start;
	*ret_end = end;
	return true;
}

/* The next element of a list (RFC 9110, 5.6.1): a comma inside quotes is content. A backslash
 * escapes in quoted strings, and is an ordinary byte of entity tags (8.8.3). */
static bool next_element(struct str *rest, bool escapes, char separator, struct str *ret_element)
{
	bool quoted = false;
	size_t i = 0;

	if (!rest->ptr)
		return false;
	for (; i < rest->len && (quoted || rest->ptr[i] != separator); i++) {
		if (rest->ptr[i] == '"')
			quoted = !quoted;
		else if (quoted && escapes && rest->ptr[i] == '\\' && i + 1 < rest->len)
			i++;
	}
	*ret_element = str_trim_blanks((struct str){rest->ptr, i});
	*rest = i < rest->len ? (struct str){rest->ptr + i + 1, rest->len - i - 1}
			      : (struct str){0};
	return true;
}

bool etag_matches(struct str list, struct str etag)
{
	struct str tag;

	if (str_is(str_trim_blanks(list), "*"))
		return true;
	while (next_element(&list, false, ',', &tag)) {
		if (str_starts(tag, STR("W/"))) /* weak comparison: 13.1.2 */
			tag = (struct str){tag.ptr + 2, tag.len - 2};
		/* Without quotes it is no entity tag, and clients of registries send it. */
		if (tag.len >= 2 && *tag.ptr == '"' && tag.ptr[tag.len - 1] == '"')
			tag = (struct str){tag.ptr + 1, tag.len - 2};
		if (tag.len && str_eq(tag, etag))
			return true;
	}
	return false;
}

/* Whether the parameters say q=0 in one of its spellings: "0", "0.", "0.000". */
static bool is_refused(struct str parameters)
{
	struct str parameter;

	while (next_element(&parameters, true, ';', &parameter)) {
		struct str value = parameter;
		struct str name = str_trim_blanks(str_cut(&value, '='));
		if (!str_is_nocase(name, "q"))
			continue;
		value = str_trim_blanks(value);
		if (!value.len || *value.ptr != '0')
			return false;
		for (size_t i = 1; i < value.len; i++)
			if (value.ptr[i] != (i == 1 ? '.' : '0'))
				return false;
		return true;
	}
	return false;
}

/* How closely a media range names the type: 0 not, 1 by any, 2 by its first half, 3 wholly. */
static int closeness(struct str range, struct str type)
{
	struct str second = type;
	struct str first = str_cut(&second, '/');

	if (str_is(range, "*/*"))
		return 1;
	if (range.len == first.len + 2 && str_ends(range, STR("/*")))
		return strncasecmp(range.ptr, first.ptr, first.len) == 0 ? 2 : 0;
	return range.len == type.len && strncasecmp(range.ptr, type.ptr, type.len) == 0 ? 3 : 0;
}

bool accept_takes(struct str accept, const char *type)
{
	struct str element;
	int best = 0;
	bool taken = false;

	if (!str_trim_blanks(accept).len)
		return true;
	while (next_element(&accept, true, ',', &element)) {
		struct str parameters = element;
		struct str range = str_trim_blanks(str_cut(&parameters, ';'));
		int close = closeness(range, str_of(type));
		if (!close || close < best)
			continue;
		/* The closest range decides (RFC 9110, 12.5.1); of equals, the one that takes. */
		taken = (close == best && taken) || !is_refused(parameters);
		best = close;
	}
	return taken;
}

/* What follows the scheme (RFC 9110, 11.4); {NULL, 0}: another scheme. */
static struct str credentials(struct str authorization, const char *scheme)
{
	struct str rest = authorization;

	if (!str_is_nocase(str_cut(&rest, ' '), scheme) || !rest.ptr)
		return (struct str){0};
	return str_trim_blanks(rest);
}

static bool has_control(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return true;
	return false;
}

bool basic_parse(struct str authorization, struct buf *user, struct buf *password)
{
	struct str encoded = credentials(authorization, "Basic");
	autobuf struct buf decoded = {0};

	if (!encoded.len || !base64_decode(&decoded, encoded))
		return false;
	struct str rest = buf_str(&decoded);
	struct str name = str_cut(&rest, ':');
	bool is_good = rest.ptr && !has_control(name) && !has_control(rest) && text_is_utf8(name);
	if (is_good) {
		buf_append_str(user, name);
		buf_append_str(password, rest);
		is_good = !user->overflowed && !password->overflowed;
	}
	explicit_bzero(decoded.ptr, decoded.len);
	return is_good;
}

/* RFC 6750, 2.1. By a table: a token is long, and its letters are no pattern to a predictor. */
static bool is_token68(struct str text)
{
	static const bool letters[256] = {
		['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
		['-'] = true,         ['.'] = true,         ['_'] = true,
		['~'] = true,         ['+'] = true,         ['/'] = true,
	};
	bool is_good = true;

	while (text.len && text.ptr[text.len - 1] == '=')
		text.len--;
	for (size_t i = 0; i < text.len; i++)
		is_good &= letters[(unsigned char)text.ptr[i]];
	return is_good && text.len > 0;
}

struct str bearer_parse(struct str authorization)
{
	struct str token = credentials(authorization, "Bearer");

	return is_token68(token) ? token : (struct str){0};
}

/* RFC 9110, 5.6.7; by hand, as strftime speaks the locale's language. */
void http_date(int64_t seconds, char out[HTTP_DATE_MAX])
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const int64_t last = INT64_C(253402300799); /* the end of the year 9999 */
	time_t time = (time_t)(seconds < 0 ? 0 : seconds > last ? last : seconds);
	struct tm tm;

	gmtime_r(&time, &tm);
	snprintf(out, HTTP_DATE_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		 tm.tm_mday, months[tm.tm_mon], (tm.tm_year + 1900) % 10000, tm.tm_hour, tm.tm_min,
		 tm.tm_sec);
}
