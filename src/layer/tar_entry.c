/* tar_entry.c - what a header, and those in front of it, say about an entry.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/vec.h"
#include "layer/acl.h"
#include "layer/limits.h"
#include "layer/tar_private.h"

#include "base/banned.h"

void tar_advance_done(struct tar_advance *advance)
{
	pax_done(&advance->pax);
	free(advance->gnu_path);
	free(advance->gnu_link);
}

static const struct tar_form forms[] = {
	{ENTRY_FILE, '0', true},      {ENTRY_FILE, '\0', true},     {ENTRY_FILE, '7', true},
	{ENTRY_FILE, 'S', true},      {ENTRY_HARDLINK, '1', false}, {ENTRY_SYMLINK, '2', false},
	{ENTRY_CHAR, '3', false},     {ENTRY_BLOCK, '4', false},    {ENTRY_DIRECTORY, '5', false},
	{ENTRY_DIRECTORY, 'D', true}, /* GNU's incremental dumps list names there */
	{ENTRY_FIFO, '6', false},
};

static const struct tar_form *form_of(char flag)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (forms[i].flag == flag)
			return &forms[i];
	}
	return NULL;
}

/* The name: PAX before GNU before the header's own, which ustar may have cut in two. */
static char *raw_path(const struct tar_header *header, const struct tar_advance *advance)
{
	const struct pax *pax = &advance->pax;
	const char *said = pax->sparse_name ? pax->sparse_name : pax->path;
	if (!said)
		said = advance->gnu_path;
	if (said)
		return xstrdup(said);
	static const size_t prefix_len[] = {
		[TAR_V7] = 0,
		[TAR_USTAR] = sizeof(header->prefix),
		[TAR_STAR] = 131, /* times follow */
		[TAR_GNU] = 0,    /* times and a sparse map */
	};
	struct str prefix = tar_field_text(header->prefix, prefix_len[tar_header_magic(header)]);
	struct str name = tar_field_text(header->name, sizeof(header->name));
	return xasprintf("%.*s%s%.*s", STR_ARG(prefix), prefix.len ? "/" : "", STR_ARG(name));
}

static int target_of(const struct tar_header *header, const struct tar_advance *advance,
		     struct entry *entry, struct err *err)
{
	if (entry->type != ENTRY_SYMLINK && entry->type != ENTRY_HARDLINK)
		return 0;
	const char *said = advance->pax.link_path ? advance->pax.link_path : advance->gnu_link;
	struct str raw = said ? str_of(said) : tar_field_text(header->link, sizeof(header->link));
	if (raw.len == 0)
		return err_set(err, ERR_CORRUPT, "the link leads nowhere");
	if (entry->type == ENTRY_HARDLINK)
		return tar_path_clean(raw, "link target", &entry->target, err);
	if (raw.len >= LIMIT_PATH_BYTES)
		return err_set(err, ERR_LIMIT, "the target of the link is too long");
	entry->target = str_dup(raw);
	return 0;
}

int tar_field_number(const char *field, size_t len, const char *what, uint64_t max,
		     uint64_t *ret_value, struct err *err)
{
	int64_t value;
	if (!tar_number_parse(field, len, &value) || value < 0 || (uint64_t)value > max)
		return err_set(err, ERR_CORRUPT, "the %s in a header is not valid", what);
	*ret_value = (uint64_t)value;
	return 0;
}

static int id_of(bool is_said, uint32_t said, const char *field, size_t len, uint32_t *ret_id,
		 struct err *err)
{
	uint64_t id = said;
	/* the largest means "leave it" to chown(2) */
	if (!is_said && tar_field_number(field, len, "owner", UINT32_MAX - 1, &id, err))
		return -1;
	if (id == UINT32_MAX)
		return err_set(err, ERR_CORRUPT, "the owner in an extended header is not valid");
	*ret_id = (uint32_t)id;
	return 0;
}

static int mtime_of(const struct tar_header *header, const struct pax *pax, int64_t *ret_ns,
		    struct err *err)
{
	int64_t seconds = 0;
	if (pax->has_mtime) {
		*ret_ns = pax->mtime_ns;
		return 0;
	}
	if (!tar_number_parse(header->mtime, sizeof(header->mtime), &seconds))
		return err_set(err, ERR_CORRUPT, "the time in a header is not valid");
	if (__builtin_mul_overflow(seconds, NS_PER_SEC, ret_ns))
		*ret_ns = seconds < 0 ? -INT64_MAX : INT64_MAX;
	return 0;
}

static int device_of(const struct tar_header *header, const struct pax *pax, struct entry *entry,
		     struct err *err)
{
	uint64_t major = pax->major, minor = pax->minor;
	if (entry->type != ENTRY_CHAR && entry->type != ENTRY_BLOCK)
		return 0;
	if (!pax->has_major && tar_field_number(header->major, sizeof(header->major), "device",
						UINT32_MAX, &major, err))
		return -1;
	if (!pax->has_minor && tar_field_number(header->minor, sizeof(header->minor), "device",
						UINT32_MAX, &minor, err))
		return -1;
	entry->major = (uint32_t)major;
	entry->minor = (uint32_t)minor;
	return 0;
}

/* Version and three entries: what the mode says anyway. GNU tar writes it beside a default ACL. */
#define ACL_OF_MODE_BYTES (4 + 3 * 8u)

/* A textual ACL, for archives of tools that write no other. */
static int acl_of(const char *text, const char *name, struct xattrs *xattrs, struct err *err)
{
	if (!text || xattrs_get(xattrs, name))
		return 0;
	autobuf struct buf bytes = {0};
	if (acl_from_text(str_of(text), &bytes, err))
		return -1;
	bool is_mode = bytes.len == ACL_OF_MODE_BYTES && text_eq(name, XATTR_ACL_ACCESS);
	if (bytes.len && !is_mode)
		xattrs_set(xattrs, name, bytes.ptr, bytes.len);
	return 0;
}

/* Takes them out of pax. Binary records win; symbolic links have no ACLs. */
static int xattrs_of(struct pax *pax, struct entry *entry, struct err *err)
{
	entry->xattrs = steal(&pax->xattrs);
	vec_foreach(xattr, &pax->encoded_xattrs) {
		if (!xattrs_get(&entry->xattrs, xattr->name))
			xattrs_set(&entry->xattrs, xattr->name, xattr->value, xattr->len);
	}
	if (acl_of(pax->acl_access, XATTR_ACL_ACCESS, &entry->xattrs, err) ||
	    acl_of(pax->acl_default, XATTR_ACL_DEFAULT, &entry->xattrs, err))
		return -1;
	return 0;
}

static int attributes_of(const struct tar_header *header, struct pax *pax, struct entry *entry,
			 struct err *err)
{
	uint64_t mode = 0;
	if (tar_field_number(header->mode, sizeof(header->mode), "mode", INT64_MAX, &mode, err))
		return -1;
	entry->mode = (uint32_t)mode & 07777; /* v7 kept the type there too */
	if (id_of(pax->has_uid, pax->uid, header->uid, sizeof(header->uid), &entry->uid, err) ||
	    id_of(pax->has_gid, pax->gid, header->gid, sizeof(header->gid), &entry->gid, err) ||
	    mtime_of(header, pax, &entry->mtime_ns, err) || device_of(header, pax, entry, err))
		return -1;
	return xattrs_of(pax, entry, err);
}

int tar_entry_fill(const struct tar_header *header, struct tar_advance *advance,
		   struct entry *entry, const struct tar_form **ret_form, struct err *err)
{
	const struct tar_form *form = form_of(header->type);
	if (!form)
		return err_set(err, ERR_CORRUPT, "unknown type %d", (unsigned char)header->type);
	autofree char *raw = raw_path(header, advance);
	if (tar_path_clean(str_of(raw), "path", &entry->path, err))
		return -1;
	entry->type = form->type;
	if (entry->type == ENTRY_FILE && text_ends(raw, "/")) /* v7 had no type for directories */
		entry->type = ENTRY_DIRECTORY;
	if (entry->path[0] == '\0' && entry->type != ENTRY_DIRECTORY)
		return err_set(err, ERR_CORRUPT, "an entry has no name");
	if (target_of(header, advance, entry, err) ||
	    attributes_of(header, &advance->pax, entry, err))
		return err_wrap(err, "'%s'", entry->path);
	*ret_form = form;
	return 0;
}
