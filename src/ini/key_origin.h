/* key_origin.h - where a key of a section was given.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

struct key_origin {
	const char *file;
	uint32_t line;
	uint16_t column; /* UINT16_MAX: there or behind */
	uint16_t row;    /* of the key table of its section kind */
};
