/* number_text.c - numbers as text.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

void int_print(int64_t number, struct buf *buf)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		digits[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		digits[--at] = '-';
	buf_append(buf, digits + at, sizeof(digits) - at);
}

/* The least number of digits that read back as the same number, and where the point is:
 * 0.d1d2d3… times 10^point. digits: 18 bytes. */
int float_digits(double number, char digits[FLOAT_DIGITS], int *ret_point)
{
	char text[40];
	int n = 0;

	for (int precision = 0; precision < 17; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, number);
		if (strtod(text, NULL) == number)
			break;
	}
	for (const char *p = text; *p && *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	*ret_point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	digits[n] = '\0';
	return n;
}

/* As repr(float): from 1e16 on and below 1e-4 with an exponent. */
void float_print(double number, struct buf *buf)
{
	char digits[FLOAT_DIGITS];
	int n, point;

	if (signbit(number) && number == number)
		buf_putc(buf, '-');
	if (!isfinite(number)) {
		buf_puts(buf, number != number ? "nan" : "inf");
		return;
	}
	n = float_digits(fabs(number), digits, &point);
	if (number != 0 && (point > 16 || point < -3)) {
		buf_putc(buf, digits[0]);
		if (n > 1)
			buf_printf(buf, ".%s", digits + 1);
		buf_printf(buf, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
	} else if (point <= 0) {
		buf_printf(buf, "0.%.*s%s", -point, "0000", digits);
	} else if (n <= point) {
		buf_printf(buf, "%s%.*s.0", digits, point - n, "00000000000000000");
	} else {
		buf_printf(buf, "%.*s.%s", point, digits, digits + point);
	}
}
