/* format_private.h - format specifications:
 * [[fill]align][sign][z][#][0][width][,|_][.precision][type] SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <string.h>

#include "value/format.h"
#include "value/value_private.h"

struct format_spec {
	struct str fill;
	char align; /* < > = ^, 0: what is usual for the type */
	char sign;  /* + - or a blank, 0: as - */
	bool no_negative_zero;
	bool alternate;
	char grouping;     /* , or _ or 0 */
	int64_t width;     /* characters; 0: as it comes */
	int64_t precision; /* < 0: none */
	uint32_t type;     /* 0: none */
};

static inline bool format_type_in(const struct format_spec *spec, const char *types)
{
	return spec->type && spec->type < 0x80 && strchr(types, (int)spec->type);
}

/* A number taken to pieces: sign, base, digits, and what follows them. */
struct format_pieces {
	char sign; /* 0: none */
	const char *prefix;
	struct str digits;
	struct str rest; /* ".50e+03%" */
};

/* `type_name` for "Invalid format specifier 'x' for object of type 'int'". */
int format_spec_parse(struct str text, const char *type_name, struct format_spec *ret_spec,
		      struct err *err) must_check;
int format_text(const struct format_spec *spec, struct str text, struct buf *buf,
		struct err *err) must_check;
void format_fill(struct buf *buf, struct str fill, int64_t n); /* n times; < 0: nothing */
/* With padding, and separators between the digits. */
int format_lay_out(const struct format_spec *spec, const struct format_pieces *pieces,
		   struct buf *buf, struct err *err) must_check;
int format_whole(const struct format_spec *spec, int64_t number, struct buf *buf,
		 struct err *err) must_check;
int format_float(const struct format_spec *spec, double number, struct buf *buf,
		 struct err *err) must_check;
/* The digits of |number| as `type` (e f g and their capitals, 0: as repr) wants them; "inf", "nan".
 */
void format_float_digits(double number, char type, int64_t precision, bool alternate,
			 struct buf *buf);
/* ascii(v): what is not ASCII in the repr is escaped. */
int format_ascii(struct heap *heap, struct value v, struct buf *buf, struct err *err) must_check;
