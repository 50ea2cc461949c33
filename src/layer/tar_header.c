/* tar_header.c - numbers, texts and checksums in a tar header.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/tar_private.h"

#include <string.h>

#include "base/banned.h"

enum tar_magic tar_header_magic(const struct tar_header *header)
{
	if (memcmp(header->magic, "ustar  ", 8) == 0)
		return TAR_GNU;
	if (memcmp(header->magic, "ustar", 6) != 0)
		return TAR_V7;
	/* star: the last bytes of the block say so; times stand at the end of the prefix */
	if (memcmp(header->pad + sizeof(header->pad) - 4, "tar", 4) == 0)
		return TAR_STAR;
	return TAR_USTAR;
}

/* The sum counts its own field as spaces. Old writers summed signed bytes. */
static void checksums(const struct tar_header *header, int64_t *ret_unsigned, int64_t *ret_signed)
{
	const unsigned char *bytes = (const unsigned char *)header;
	const size_t at = offsetof(struct tar_header, checksum);
	int64_t as_unsigned = 0, as_signed = 0;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		unsigned char byte = i - at < sizeof(header->checksum) ? ' ' : bytes[i];
		as_unsigned += byte;
		as_signed += (signed char)byte;
	}
	*ret_unsigned = as_unsigned;
	*ret_signed = as_signed;
}

bool tar_checksum_is_right(const struct tar_header *header)
{
	int64_t stored, as_unsigned, as_signed;
	if (!tar_number_parse(header->checksum, sizeof(header->checksum), &stored))
		return false;
	checksums(header, &as_unsigned, &as_signed);
	return stored == as_unsigned || stored == as_signed;
}

void tar_checksum_set(struct tar_header *header)
{
	int64_t as_unsigned, as_signed;
	checksums(header, &as_unsigned, &as_signed);
	/* six digits, NUL, space: as all have written it since v7 */
	tar_number_format(header->checksum, sizeof(header->checksum) - 1, (uint64_t)as_unsigned);
	header->checksum[sizeof(header->checksum) - 1] = ' ';
}

/* GNU: the first byte is 0x80 or, of negative numbers, 0xff; the others are big-endian. */
static bool base256_parse(const char *field, size_t len, int64_t *ret_value)
{
	const unsigned char *bytes = (const unsigned char *)field;
	bool is_negative = bytes[0] & 0x40;
	uint64_t value = is_negative ? UINT64_MAX : 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = bytes[i];
		if (i == 0) /* without the mark, its sign extended */
			byte = (unsigned char)((byte & 0x7f) | (is_negative ? 0x80 : 0));
		bool overflows = (int64_t)value > INT64_MAX >> 8 || (int64_t)value < INT64_MIN >> 8;
		if (overflows)
			return false;
		value = value << 8 | byte;
	}
	*ret_value = (int64_t)value;
	return true;
}

bool tar_number_parse(const char *field, size_t len, int64_t *ret_value)
{
	if (field[0] & 0x80)
		return base256_parse(field, len, ret_value);
	struct str text = tar_field_text(field, len);
	while (text.len && text.ptr[0] == ' ') {
		text.ptr++;
		text.len--;
	}
	while (text.len && text.ptr[text.len - 1] == ' ')
		text.len--;
	int64_t value = 0; /* at most 12 digits of 3 bits: never too large */
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '7')
			return false;
		value = value << 3 | (text.ptr[i] - '0');
	}
	*ret_value = value;
	return true;
}

bool tar_number_format(char *field, size_t len, uint64_t value)
{
	size_t n_digits = len - 1;
	bool fits = value >> (3 * n_digits) == 0;
	uint64_t left = fits ? value : 0;
	field[n_digits] = '\0';
	for (size_t i = n_digits; i-- > 0; left >>= 3)
		field[i] = (char)('0' + (left & 7));
	return fits;
}

struct str tar_field_text(const char *field, size_t len)
{
	return (struct str){field, strnlen(field, len)};
}
