/* config_private.h - tables of keys, and the two formats that are made of them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/fields.h"
#include "service/config.h"

struct reading { /* one file on its way into the struct */
	struct registry_config *config;
	const char *dir;     /* absolute: what relative paths are relative to */
	bool null_is_absent; /* the reference registry reads a null as nothing said */
	/* Sections that need each other are looked at when all is read. */
	const struct node *users, *acl, *auth_file, *compat;
	/* Of the reference registry's format. */
	const struct node *htpasswd_path, *http_addr;
	bool http_is_unix, purging_is_off;
};
struct key;
typedef int key_fn(const struct key *key, const struct node *node, struct reading *reading,
		   struct err *err);
struct key {
	const char *name;
	key_fn *take;
	size_t offset;             /* of the field in struct registry_config */
	const struct key *section; /* take_section: the keys of the map; ends with {0} */
	const char *const *words;  /* take_word: what may be said; ends with NULL */
	const char *why;           /* take_refused, take_warned: what to tell */
};
#define K(key_name, fn, member, type, ...)                                               \
	{                                                                                \
		.name = (key_name), .take = (fn),                                        \
		.offset = FIELD_CHECK(struct registry_config, member, type), __VA_ARGS__ \
	}
#define K_TEXT(key_name, member)     K(key_name, take_text, member, const char *)
#define K_BOOL(key_name, member)     K(key_name, take_bool, member, bool)
#define K_SIZE(key_name, member)     K(key_name, take_size, member, uint64_t)
#define K_COUNT(key_name, member)    K(key_name, take_count, member, size_t)
#define K_DURATION(key_name, member) K(key_name, take_duration, member, int64_t)
#define K_EVERY(key_name, member)    K(key_name, take_every, member, int64_t)
#define K_MS(key_name, member)       K(key_name, take_ms, member, int64_t)
#define K_SECTION(key_name, keys)                                           \
	{                                                                   \
		.name = (key_name), .take = take_section, .section = (keys) \
	}
#define K_REFUSED(key_name, text)                                       \
	{                                                               \
		.name = (key_name), .take = take_refused, .why = (text) \
	}
#define K_WARNED(key_name, text)                                       \
	{                                                              \
		.name = (key_name), .take = take_warned, .why = (text) \
	}
#define K_IGNORED(key_name)                              \
	{                                                \
		.name = (key_name), .take = take_ignored \
	}

/* All keys of the map; an unknown one is ERR_INPUT with the nearest name. */
int keys_take(const struct key *keys, const struct node *map, struct reading *reading,
	      struct err *err) must_check;
const struct key *keys_find(const struct key *keys, struct str name);
/* The text of a scalar as it was written ("1.2" stays that); NULL: a list, a map, null. */
const char *scalar_text(const struct node *node);
/* The path a text names, relative to the file's directory; in the arena. */
const char *path_of(struct reading *reading, const char *text);
int expect_text(const struct key *key, const struct node *node, const char **ret_text,
		struct err *err) must_check;
void warn_at(struct reading *reading, struct src_pos pos, const char *fmt, ...) printf_like(3, 4);

key_fn take_text, take_path, take_bool, take_size, take_count, take_int, take_word;
key_fn take_duration; /* more than nothing */
key_fn take_every;    /* also "off", false and 0: never */
key_fn take_ms, take_seconds;
key_fn take_texts; /* one text, or a list of them */
key_fn take_section, take_refused, take_warned, take_ignored;

int own_take(const struct node *root, struct reading *reading, struct err *err) must_check;
bool own_has_key(struct str name);
int distribution_take(const struct node *root, struct reading *reading, struct err *err) must_check;
bool distribution_has_key(struct str name);
/* REGISTRY_A_B=value sets a.b in the tree; *root may become a map. */
int env_apply(struct arena *arena, char *const *env, struct node *root, struct reading *reading,
	      struct err *err) must_check;
/* Whether an address can be listened on, by its form; takes "tcp" and "unix" addresses. */
int address_check(const char *text, struct src_pos pos, struct err *err) must_check;
/* One of `proxies`: "192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "unix". */
int proxy_check(const char *text, struct src_pos pos, struct err *err) must_check;
int listen_add(struct reading *reading, const char *text, struct src_pos pos, bool is_plain,
	       struct err *err) must_check;
/* "Name: value" for each answer, when both are fit for a header (RFC 9110, 5.1 and 5.5). */
int field_add(struct reading *reading, const char *name, const char *value, struct src_pos pos,
	      struct err *err) must_check;
/* Loads users, certificates and keys, and checks what the file does not say in one place. */
int config_finish(const struct node *root, struct reading *reading, struct err *err) must_check;
