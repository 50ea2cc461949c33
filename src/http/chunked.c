/* chunked.c - one state a byte of framing, one run for the content of a chunk.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   chunked-body = *( size [ ext ] CRLF data CRLF ) 1*"0" [ ext ] CRLF *( field CRLF ) CRLF
 *
 * What readers are known to differ in is refused: bare CR or LF, blanks behind a size, sizes that
 * overflow, a trailer line that is no field or continues the one before. */
#include "http/chunked.h"

#include <string.h>

#include "base/mem.h"
#include "http/limits.h"

#include "base/banned.h"

enum state {
	AT_SIZE, /* zero: the start */
	AT_EXTENSION_BLANK,
	AT_EXTENSION,
	AT_SIZE_LF,
	AT_CONTENT,
	AT_CONTENT_CR,
	AT_CONTENT_LF,
	AT_TRAILER,
	AT_TRAILER_NAME,
	AT_TRAILER_VALUE,
	AT_TRAILER_LF,
	AT_LAST_LF,
	AT_END,
	AT_ERROR,
};

static int hex_value(unsigned char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool is_text(unsigned char byte)
{
	return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

static bool is_name(unsigned char byte)
{
	return byte > ' ' && byte < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", byte);
}

static enum state take_extra(struct chunked *chunked, enum state next)
{
	return ++chunked->n_extra > LIMIT_HTTP_CHUNK_EXTRA ? AT_ERROR : next;
}

static enum state take_size(struct chunked *chunked, unsigned char byte)
{
	int digit = hex_value(byte);

	if (digit >= 0) {
		if (++chunked->n_digits > LIMIT_HTTP_CHUNK_DIGITS)
			return AT_ERROR;
		chunked->left = chunked->left << 4 | (unsigned)digit;
		return AT_SIZE;
	}
	/* More than INT64_MAX: other readers hold it in a signed number. */
	if (!chunked->n_digits || chunked->left > INT64_MAX)
		return AT_ERROR;
	switch (byte) {
	case '\r': return AT_SIZE_LF;
	case ';': return take_extra(chunked, AT_EXTENSION);
	case ' ':
	case '\t': return take_extra(chunked, AT_EXTENSION_BLANK);
	default: return AT_ERROR;
	}
}

/* RFC 9112, 7.1.1: blanks may stand in front of ";" and nowhere else behind the size. */
static enum state take_extension_blank(struct chunked *chunked, unsigned char byte)
{
	if (byte == ';')
		return take_extra(chunked, AT_EXTENSION);
	return byte == ' ' || byte == '\t' ? take_extra(chunked, AT_EXTENSION_BLANK) : AT_ERROR;
}

static enum state take_extension(struct chunked *chunked, unsigned char byte)
{
	if (byte == '\r')
		return AT_SIZE_LF;
	return is_text(byte) ? take_extra(chunked, AT_EXTENSION) : AT_ERROR;
}

static enum state take_size_lf(struct chunked *chunked, unsigned char byte)
{
	if (byte != '\n')
		return AT_ERROR;
	if (!chunked->left)
		return AT_TRAILER;
	chunked->n_extra -= chunked->n_extra < chunked->left ? chunked->n_extra : chunked->left;
	return AT_CONTENT;
}

static enum state take_content_lf(struct chunked *chunked, unsigned char byte)
{
	chunked->n_digits = 0;
	return byte == '\n' ? AT_SIZE : AT_ERROR;
}

static enum state take_trailer(struct chunked *chunked, unsigned char byte)
{
	if (byte == '\r')
		return AT_LAST_LF;
	return is_name(byte) ? take_extra(chunked, AT_TRAILER_NAME) : AT_ERROR;
}

static enum state take_trailer_name(struct chunked *chunked, unsigned char byte)
{
	if (byte == ':')
		return take_extra(chunked, AT_TRAILER_VALUE);
	return is_name(byte) ? take_extra(chunked, AT_TRAILER_NAME) : AT_ERROR;
}

static enum state take_trailer_value(struct chunked *chunked, unsigned char byte)
{
	if (byte == '\r')
		return AT_TRAILER_LF;
	return is_text(byte) ? take_extra(chunked, AT_TRAILER_VALUE) : AT_ERROR;
}

static enum state take_content_cr(struct chunked *chunked, unsigned char byte)
{
	return byte == '\r' ? AT_CONTENT_LF : AT_ERROR;
}

static enum state take_trailer_lf(struct chunked *chunked, unsigned char byte)
{
	return byte == '\n' ? AT_TRAILER : AT_ERROR;
}

static enum state take_last_lf(struct chunked *chunked, unsigned char byte)
{
	return byte == '\n' ? AT_END : AT_ERROR;
}

static enum state (*const take[])(struct chunked *chunked, unsigned char byte) = {
	[AT_SIZE] = take_size,
	[AT_EXTENSION_BLANK] = take_extension_blank,
	[AT_EXTENSION] = take_extension,
	[AT_SIZE_LF] = take_size_lf,
	[AT_CONTENT] = NULL, /* whole runs, in chunked_next */
	[AT_CONTENT_CR] = take_content_cr,
	[AT_CONTENT_LF] = take_content_lf,
	[AT_TRAILER] = take_trailer,
	[AT_TRAILER_NAME] = take_trailer_name,
	[AT_TRAILER_VALUE] = take_trailer_value,
	[AT_TRAILER_LF] = take_trailer_lf,
	[AT_LAST_LF] = take_last_lf,
};

enum chunked_result chunked_next(struct chunked *chunked, const char *in, size_t len,
				 size_t *ret_used, size_t *ret_at, size_t *ret_len)
{
	size_t i = 0;

	*ret_at = *ret_len = 0;
	while (i < len && chunked->state != AT_CONTENT && chunked->state < AT_END) {
		chunked->state = (int)take[chunked->state](chunked, (unsigned char)in[i]);
		i++;
	}
	if (chunked->state == AT_CONTENT && i < len) {
		*ret_at = i;
		*ret_len = chunked->left < len - i ? (size_t)chunked->left : len - i;
		chunked->left -= *ret_len;
		i += *ret_len;
		if (!chunked->left)
			chunked->state = AT_CONTENT_CR;
	}
	*ret_used = i;
	if (chunked->state == AT_ERROR)
		return CHUNKED_BAD;
	return chunked->state == AT_END ? CHUNKED_END : CHUNKED_MORE;
}

uint64_t chunked_content(const struct chunked *chunked)
{
	return chunked->state == AT_CONTENT ? chunked->left : 0;
}
