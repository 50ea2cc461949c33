/* letters.c - characters as templates tell them apart: white space, parts of names.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Names follow Unicode's annex 31 closely enough for names that people write: beyond ASCII all is a
 * letter but the blocks of punctuation, symbols, pictures and private use. */
#include "tmpl/letters.h"

#include "value/unicode.h"

#include "base/banned.h"

struct range32 {
	uint32_t first, last;
};

/* Sorted. */
static const struct range32 no_letters[] = {
	{0x80, 0xa9},     {0xab, 0xb4},       {0xb6, 0xb6},       {0xb8, 0xb9},
	{0xbb, 0xbf},     {0xd7, 0xd7},       {0xf7, 0xf7},       {0x37e, 0x37e},
	{0x589, 0x58a},   {0x5be, 0x5be},     {0x60c, 0x60d},     {0x61b, 0x61f},
	{0x964, 0x965},   {0x1680, 0x1680},   {0x2000, 0x203e},   {0x2041, 0x2053},
	{0x2055, 0x2070}, {0x2074, 0x207e},   {0x2080, 0x208f},   {0x20a0, 0x20cf},
	{0x2190, 0x2bff}, {0x2e00, 0x2fff},   {0x3000, 0x3004},   {0x3008, 0x3020},
	{0x3030, 0x3030}, {0xd800, 0xf8ff},   {0xfe10, 0xfe1f},   {0xfe30, 0xfe32},
	{0xfe45, 0xfe4c}, {0xfe50, 0xfe6f},   {0xfeff, 0xfeff},   {0xff00, 0xff0f},
	{0xff1a, 0xff20}, {0xff3b, 0xff3e},   {0xff40, 0xff40},   {0xff5b, 0xff65},
	{0xfff0, 0xffff}, {0x1f000, 0x1faff}, {0xe0000, 0xe00ff}, {0xe01f0, UINT32_MAX},
};
/* May stand in a name but not begin it: digits and marks that people meet. Sorted. */
static const struct range32 no_starts[] = {
	{'0', '9'},       {0xb7, 0xb7},     {0x300, 0x36f},   {0x660, 0x669},
	{0x966, 0x96f},   {0x203f, 0x2040}, {0x2054, 0x2054}, {0x20d0, 0x20ff},
	{0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xff10, 0xff19}, {0xe0100, 0xe01ef},
};
static const struct range32 spaces[] = {
	{'\t', '\r'},     {0x1c, ' '},      {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
	{0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

static bool is_in(uint32_t character, const struct range32 *ranges, size_t n)
{
	for (size_t low = 0; low < n;) {
		size_t middle = low + (n - low) / 2;
		if (character < ranges[middle].first)
			n = middle;
		else if (character > ranges[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

size_t space_length(const char *text, const char *end)
{
	uint32_t c = 0;

	if (text >= end)
		return 0;
	if ((unsigned char)*text < 0x80)
		return is_in((unsigned char)*text, spaces, ARRAY_LEN(spaces));
	size_t len = utf8_decode(text, (size_t)(end - text), &c);
	return is_in(c, spaces, ARRAY_LEN(spaces)) ? len : 0;
}

const char *space_skip(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\n'))
		text++;
	for (size_t len; (len = space_length(text, end)) > 0;)
		text += len;
	return text;
}

struct str space_trim_end(struct str s)
{
	while (s.len) {
		size_t start = s.len - 1; /* of the last character */
		while (start > 0 && s.len - start < 4 &&
		       ((unsigned char)s.ptr[start] & 0xc0) == 0x80)
			start--;
		if (space_length(s.ptr + start, s.ptr + s.len) != s.len - start)
			break;
		s.len = start;
	}
	return s;
}

bool space_only(struct str s)
{
	return s.len && space_skip(s.ptr, s.ptr + s.len) == s.ptr + s.len;
}

static bool is_ascii_name(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '_';
}

size_t name_length(const char *text)
{
	size_t len = 0;

	for (;;) {
		unsigned char byte = (unsigned char)text[len];
		uint32_t c = 0;

		while (is_ascii_name(byte))
			byte = (unsigned char)text[++len];
		if (byte < 0x80)
			break;
		size_t n = utf8_decode(text + len, strnlen(text + len, 4), &c);
		if (is_in(c, no_letters, ARRAY_LEN(no_letters)) ||
		    (!len && is_in(c, no_starts, ARRAY_LEN(no_starts))))
			break;
		len += n;
	}
	return len && text[0] >= '0' && text[0] <= '9' ? 0 : len;
}
