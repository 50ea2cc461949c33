/* acl.c - POSIX ACLs between the kernel's bytes and the text of getfacl(1).
 * SPDX-License-Identifier: Apache-2.0
 *
 *   bytes = u32 version (2), then of each entry u16 tag, u16 permissions, u32 id; little endian
 *   text  = entries separated by commas or newlines; '#' starts a comment up to the line's end
 *   entry = [ "default:" | "d:" ] TAG ":" [ ID ] ":" PERMISSIONS [ ":" ID ]
 *
 * The last ID is star's: a numeric one behind a name. Names alone cannot be known here. */
#include "base/acl.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/vec.h"

#include "base/banned.h"

#define ACL_VERSION 2u
#define ACL_NO_ID   UINT32_MAX /* ACL_UNDEFINED_ID */

struct acl_entry { /* struct posix_acl_xattr_entry */
	uint16_t tag, permissions;
	uint32_t id;
};

/* The kernel wants entries in the order of their tags, those with an id by it. */
static const struct tag {
	uint16_t value; /* linux/posix_acl.h */
	bool has_id;
	const char *name, *letter;
} tags[] = {
	{0x01, false, "user", "u"}, {0x02, true, "user", "u"},  {0x04, false, "group", "g"},
	{0x08, true, "group", "g"}, {0x10, false, "mask", "m"}, {0x20, false, "other", "o"},
};
#define TAG_USER_OBJ  0x01
#define TAG_GROUP_OBJ 0x04
#define TAG_MASK      0x10
#define TAG_OTHER     0x20
#define ID_TAGS       (0x02 | 0x08)

static int text_refuse(struct str entry, const char *why, struct err *err)
{
	autobuf struct buf quoted = {0};
	text_escape(&quoted, entry);
	return err_set(err, ERR_CORRUPT, "ACL entry '%s' %s", buf_text(&quoted), why);
}

static const struct tag *tag_find(struct str name, bool has_id)
{
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		bool is_named = str_is(name, tags[i].name) || str_is(name, tags[i].letter);
		if (is_named && tags[i].has_id == has_id)
			return &tags[i];
	}
	return NULL;
}

/* "rwx", "r-x", "rx" (any order, dashes mean nothing), or one octal digit. */
static bool permissions_parse(struct str text, uint16_t *ret_permissions)
{
	static const char letters[] = "xwr"; /* bit 0, 1, 2 */
	uint16_t permissions = 0;
	if (text.len == 1 && text.ptr[0] >= '0' && text.ptr[0] <= '7') {
		*ret_permissions = (uint16_t)(text.ptr[0] - '0');
		return true;
	}
	for (size_t i = 0; i < text.len; i++) {
		const char *letter = memchr(letters, text.ptr[i], sizeof(letters) - 1);
		if (letter)
			permissions |= (uint16_t)(1u << (letter - letters));
		else if (text.ptr[i] != '-')
			return false;
	}
	*ret_permissions = permissions;
	return text.len > 0;
}

static bool id_parse(struct str text, uint32_t *ret_id)
{
	uint64_t id;
	if (!str_to_u64(text, &id) || id >= ACL_NO_ID)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

/* Names of users are looked up nowhere: this machine's are not the image's. */
static int entry_parse(struct str text, struct acl_entry *ret_entry, struct err *err)
{
	struct str rest = text;
	struct str name = str_trim(str_cut(&rest, ':'));
	if (str_is(name, "default") || str_is(name, "d"))
		name = str_trim(str_cut(&rest, ':'));
	struct str qualifier = {0};
	/* "mask:r-x" and "other:r-x" may leave the empty qualifier out */
	if (rest.ptr && memchr(rest.ptr, ':', rest.len))
		qualifier = str_trim(str_cut(&rest, ':'));
	struct str permissions = str_trim(str_cut(&rest, ':'));
	struct str number = rest.ptr ? str_trim(rest) : qualifier;
	const struct tag *tag = tag_find(name, qualifier.len > 0);
	if (!tag || !permissions_parse(permissions, &ret_entry->permissions))
		return text_refuse(text, "is malformed", err);
	ret_entry->tag = tag->value;
	ret_entry->id = ACL_NO_ID;
	if (tag->has_id && !id_parse(number, &ret_entry->id))
		return text_refuse(text, "has a name but no number", err);
	return 0;
}

static int entry_compare(const void *left, const void *right)
{
	const struct acl_entry *a = left, *b = right;
	if (a->tag != b->tag)
		return a->tag < b->tag ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* posix_acl_valid() of the kernel: the three of the mode once each, a mask when there are ids. */
static bool acl_is_valid(const struct acl_entry *entries, size_t n)
{
	const unsigned must = TAG_USER_OBJ | TAG_GROUP_OBJ | TAG_OTHER;
	unsigned seen = 0;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && entry_compare(&entries[i - 1], &entries[i]) >= 0)
			return false;
		seen |= entries[i].tag;
	}
	return (seen & must) == must && (!(seen & ID_TAGS) || seen & TAG_MASK);
}

static void acl_write(const struct acl_entry *entries, size_t n, struct buf *bytes)
{
	uint32_t version = htole32(ACL_VERSION);
	buf_append(bytes, &version, sizeof(version));
	for (size_t i = 0; i < n; i++) {
		struct acl_entry entry = {htole16(entries[i].tag), htole16(entries[i].permissions),
					  htole32(entries[i].id)};
		buf_append(bytes, &entry, sizeof(entry));
	}
}

/* The next entry of the text without comment and white space; false: no more. */
static bool entry_cut(struct str *rest, struct str *line, struct str *ret_entry)
{
	for (;;) {
		while (line->ptr) {
			*ret_entry = str_trim(str_cut(line, ','));
			if (ret_entry->len)
				return true;
		}
		if (!rest->ptr)
			return false;
		struct str whole = str_cut(rest, '\n');
		*line = str_cut(&whole, '#');
	}
}

#define ACL_ENTRIES_MAX ((LIMIT_ACL_BYTES - sizeof(uint32_t)) / sizeof(struct acl_entry))

struct acl_entries {
	struct acl_entry *items;
	size_t n, cap;
};

static void acl_entries_done(struct acl_entries *acl)
{
	vec_done(acl);
}

static int entry_add(struct acl_entries *acl, struct str word, struct err *err)
{
	struct acl_entry entry;
	if (entry_parse(word, &entry, err))
		return -1;
	if (acl->n == ACL_ENTRIES_MAX)
		return err_set(err, ERR_LIMIT, "an ACL has more than %zu entries", acl->n);
	vec_push(acl, entry);
	return 0;
}

int acl_from_text(struct str text, struct buf *ret_bytes, struct err *err)
{
	cleanup(acl_entries_done) struct acl_entries acl = {0};
	struct str rest = text, line = {0}, word;
	while (entry_cut(&rest, &line, &word)) {
		if (entry_add(&acl, word, err))
			return -1;
	}
	vec_sort(&acl, entry_compare);
	if (acl.n && !acl_is_valid(acl.items, acl.n))
		return err_set(err, ERR_CORRUPT, "an ACL lacks or repeats an entry");
	buf_truncate(ret_bytes, 0);
	if (acl.n)
		acl_write(acl.items, acl.n, ret_bytes);
	return 0;
}

void acl_of_mode(uint32_t mode, struct buf *ret_bytes)
{
	const struct acl_entry entries[] = {
		{TAG_USER_OBJ, mode >> 6 & 7, ACL_NO_ID},
		{TAG_GROUP_OBJ, mode >> 3 & 7, ACL_NO_ID},
		{TAG_OTHER, mode & 7, ACL_NO_ID},
	};

	buf_truncate(ret_bytes, 0);
	acl_write(entries, ARRAY_LEN(entries), ret_bytes);
}

static const struct tag *tag_of(uint16_t value)
{
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		if (tags[i].value == value)
			return &tags[i];
	}
	return NULL;
}

static bool entry_print(const struct acl_entry *entry, const char *prefix, struct buf *out)
{
	const struct tag *tag = tag_of(le16toh(entry->tag));
	unsigned permissions = le16toh(entry->permissions);
	if (!tag || permissions > 7)
		return false;
	buf_printf(out, "%s%s:", prefix, tag->name);
	if (tag->has_id)
		buf_printf(out, "%" PRIu32, le32toh(entry->id));
	buf_printf(out, ":%c%c%c\n", permissions & 4 ? 'r' : '-', permissions & 2 ? 'w' : '-',
		   permissions & 1 ? 'x' : '-');
	return true;
}

int acl_to_text(const void *bytes, size_t len, const char *prefix, struct buf *out, struct err *err)
{
	uint32_t version;
	size_t before = out->len;
	bool is_good =
		len >= sizeof(version) && (len - sizeof(version)) % sizeof(struct acl_entry) == 0;
	if (is_good) {
		memcpy(&version, bytes, sizeof(version));
		is_good = le32toh(version) == ACL_VERSION;
	}
	for (size_t at = sizeof(version); is_good && at < len; at += sizeof(struct acl_entry)) {
		struct acl_entry entry;
		memcpy(&entry, (const char *)bytes + at, sizeof(entry));
		is_good = entry_print(&entry, prefix, out);
	}
	if (is_good)
		return 0;
	buf_truncate(out, before);
	return err_set(err, ERR_CORRUPT, "the bytes of an ACL are malformed");
}
