/* fields.h - decode tables: the keys of a map to the fields of a struct, errors with places.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strlist.h"
#include "doc/node.h"

enum field_type {
	FIELD_TEXT,    /* char *: owned copy (xstrdup); null gives NULL */
	FIELD_BOOL,    /* bool */
	FIELD_INT,     /* int64_t */
	FIELD_TEXTS,   /* struct strlist */
	FIELD_MAPPING, /* struct strlist of "KEY=VALUE", in the order of the text */
	FIELD_KEYS,    /* struct strlist of the keys of a map ({"80/tcp": {}}) */
};

struct field {
	const char *name;
	size_t offset;
	enum field_type type;
	bool required;
	bool omit_zero; /* as Go's omitempty: false, 0 and "" are not written; "" is read as NULL */
};

#define FIELD_CHECK(s, m, type) \
	(offsetof(s, m) +       \
	 0 * sizeof(char[1 - 2 * !__builtin_types_compatible_p(__typeof__(((s *)0)->m), type)]))
#define F_TEXT(s, m, key, ...)                                                                    \
	{                                                                                         \
		.name = key, .type = FIELD_TEXT, .offset = FIELD_CHECK(s, m, char *), __VA_ARGS__ \
	}
#define F_BOOL(s, m, key, ...)                                                                  \
	{                                                                                       \
		.name = key, .type = FIELD_BOOL, .offset = FIELD_CHECK(s, m, bool), __VA_ARGS__ \
	}
#define F_INT(s, m, key, ...)                                                                     \
	{                                                                                         \
		.name = key, .type = FIELD_INT, .offset = FIELD_CHECK(s, m, int64_t), __VA_ARGS__ \
	}
#define F_TEXTS(s, m, key, ...)                                                                \
	{                                                                                      \
		.name = key, .type = FIELD_TEXTS, .offset = FIELD_CHECK(s, m, struct strlist), \
		__VA_ARGS__                                                                    \
	}
#define F_MAPPING(s, m, key, ...)                                                                \
	{                                                                                        \
		.name = key, .type = FIELD_MAPPING, .offset = FIELD_CHECK(s, m, struct strlist), \
		__VA_ARGS__                                                                      \
	}
#define F_KEYS(s, m, key, ...)                                                                \
	{                                                                                     \
		.name = key, .type = FIELD_KEYS, .offset = FIELD_CHECK(s, m, struct strlist), \
		__VA_ARGS__                                                                   \
	}

/* Lists of "KEY=VALUE" cannot hold a key with "=": decoding one is ERR_INPUT.
 * A table ends with {0}. Keys that the table does not name are left alone (FIELDS_OPEN) or are
 * ERR_INPUT with the nearest name (FIELDS_STRICT). `out` must be zeroed; on failure what was filled
 * is freed. null counts as absent. */
enum fields_mode { FIELDS_OPEN, FIELDS_STRICT };
int fields_decode(const struct field *table, enum fields_mode mode, const struct node *map,
		  void *out, struct err *err) must_check;
/* The struct as a map: absent texts and empty lists are left out. */
struct node *fields_encode(struct arena *arena, const struct field *table, const void *object);
void fields_copy(const struct field *table, void *dst, const void *src); /* dst is replaced */
void fields_done(const struct field *table, void *object);
