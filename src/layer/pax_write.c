/* pax_write.c - the extended records of an entry: what ustar has no room or no field for.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "layer/tar_private.h"

#include "base/banned.h"

#define OCTAL_MAX(digits) (((uint64_t)1 << (3 * (digits))) - 1) /* in a field one byte longer */
#define ID_MAX            OCTAL_MAX(7)
#define SIZE_AND_TIME_MAX OCTAL_MAX(11)

static size_t n_digits(size_t value)
{
	size_t n = 1;
	for (; value >= 10; value /= 10)
		n++;
	return n;
}

/* The length counts its own digits: one more digit may make one more. */
void pax_append(struct buf *buf, const char *key, const char *key_rest, const void *value,
		size_t len)
{
	size_t rest = strlen(key) + strlen(key_rest) + len + strlen(" =\n");
	size_t total = rest + n_digits(rest);
	if (n_digits(total) > n_digits(rest))
		total = rest + n_digits(total);
	buf_printf(buf, "%zu %s%s=", total, key, key_rest);
	buf_append(buf, value, len);
	buf_putc(buf, '\n');
}

static void append_text(struct buf *buf, const char *key, const char *text)
{
	pax_append(buf, key, "", text, strlen(text));
}

static void append_number(struct buf *buf, const char *key, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, value);
	append_text(buf, key, text);
}

/* "-1.5": sign, seconds, and as many decimals as it takes. */
static void append_time(struct buf *buf, int64_t ns)
{
	uint64_t distance = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t fraction = distance % (uint64_t)NS_PER_SEC;
	char text[40];
	int len = snprintf(text, sizeof(text), "%s%" PRIu64, ns < 0 ? "-" : "",
			   distance / (uint64_t)NS_PER_SEC);
	if (fraction) {
		len += snprintf(text + len, sizeof(text) - (size_t)len, ".%09" PRIu64, fraction);
		while (text[len - 1] == '0')
			text[--len] = '\0';
	}
	append_text(buf, "mtime", text);
}

/* A name with '=' cannot stand in a key: libarchive's encoded form can say it. */
static bool needs_encoding(const struct xattr *xattr)
{
	return strchr(xattr->name, '=') != NULL;
}

static void append_xattrs(struct buf *buf, const struct xattrs *xattrs)
{
	for (size_t i = 0; i < xattrs->n; i++) { /* "LIBARCHIVE" sorts before "SCHILY" */
		if (!needs_encoding(&xattrs->items[i]))
			continue;
		autobuf struct buf name = {0}, value = {0};
		xattr_encode(&xattrs->items[i], &name, &value);
		pax_append(buf, "LIBARCHIVE.xattr.", buf_text(&name), buf_text(&value), value.len);
	}
	for (size_t i = 0; i < xattrs->n; i++) {
		const struct xattr *xattr = &xattrs->items[i];
		if (!needs_encoding(xattr))
			pax_append(buf, "SCHILY.xattr.", xattr->name, xattr->value, xattr->len);
	}
}

static bool link_fits(const char *target)
{
	size_t len = strlen(target);
	bool fits = len <= sizeof(((struct tar_header *)NULL)->link);
	for (size_t i = 0; i < len && fits; i++)
		fits = !(target[i] & 0x80);
	return fits;
}

/* In the order of the keys. hdrcharset, because values are UTF-8 unless it says otherwise. */
void pax_of_entry(const struct entry *entry, const char *stored_path, bool path_fits,
		  struct buf *buf)
{
	bool has_target = entry->type == ENTRY_SYMLINK || entry->type == ENTRY_HARDLINK;
	const char *path = path_fits ? NULL : stored_path;
	const char *target = has_target && !link_fits(entry->target) ? entry->target : NULL;
	append_xattrs(buf, &entry->xattrs);
	if (entry->gid > ID_MAX)
		append_number(buf, "gid", entry->gid);
	if ((path && !text_is_utf8(str_of(path))) || (target && !text_is_utf8(str_of(target))))
		append_text(buf, "hdrcharset", "BINARY");
	if (target)
		append_text(buf, "linkpath", target);
	if (entry->mtime_ns < 0 || entry->mtime_ns % NS_PER_SEC != 0 ||
	    (uint64_t)(entry->mtime_ns / NS_PER_SEC) > SIZE_AND_TIME_MAX)
		append_time(buf, entry->mtime_ns);
	if (path)
		append_text(buf, "path", path);
	if (entry->type == ENTRY_FILE && entry->size > SIZE_AND_TIME_MAX)
		append_number(buf, "size", entry->size);
	if (entry->uid > ID_MAX)
		append_number(buf, "uid", entry->uid);
}
