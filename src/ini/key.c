/* key.c - rows of the key tables: finding, reading, writing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/key.h"

#include <assert.h>

#include "base/banned.h"

const char *key_name(const struct key *key, enum vocabulary vocabulary)
{
	unsigned elsewhere = vocabulary == VOCABULARY_CIRCUS ? KEY_NATIVE_ONLY : KEY_CIRCUS_ONLY;
	if (key->flags & elsewhere)
		return NULL;
	return vocabulary == VOCABULARY_CIRCUS && key->circus ? key->circus : key->name;
}

const struct key *key_find(const struct key *table, const char *name, enum vocabulary vocabulary)
{
	bool is_circus = vocabulary == VOCABULARY_CIRCUS;
	for (const struct key *key = table; key->name; key++) {
		const char *own = key_name(key, vocabulary);
		if (!own)
			continue;
		if (text_eq(own, name) || (!is_circus && key->circus && text_eq(key->circus, name)))
			return key;
		/* circus: rlimit_NOFILE */
		if (key->type == &type_rlimit && is_circus && str_is_nocase(str_of(name), own))
			return key;
	}
	return NULL;
}

const char *key_nearest(const struct key *table, const char *name, enum vocabulary vocabulary)
{
	const char *names[SERVICE_KEYS_MAX + 1];
	size_t n = 0;
	for (const struct key *key = table; key->name && n < SERVICE_KEYS_MAX; key++) {
		const char *own = key_name(key, vocabulary);
		if (own)
			names[n++] = own;
	}
	names[n] = NULL;
	return str_nearest(name, names);
}

int key_parse(const struct key *key, const struct value *value, void *object, struct err *err)
{
	if (key->type->parse(key, value, object, err))
		return -1;
	if (!(key->flags & KEY_BOTH_STREAMS))
		return 0;
	struct key twin = *key;
	twin.offset += offsetof(struct service_spec, errors) - offsetof(struct service_spec, out);
	return key->type->parse(&twin, value, object, err);
}

void key_write(const struct key *key, const void *object, struct buf *out)
{
	key->type->write(key, object, out);
}

void keys_set_standard(const struct key *table, struct arena *arena, void *object)
{
	for (const struct key *key = table; key->name; key++) {
		struct value value = {.arena = arena, .text = key->standard};
		autoerr struct err err = {0};
		if (key->standard && key_parse(key, &value, object, &err))
			assert(!"a default of a key table parses");
	}
}
