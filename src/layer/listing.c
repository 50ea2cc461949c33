/* listing.c - the names in one directory, sorted bytewise, read in one go.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/vec.h"
#include "layer/limits.h"

#include "base/banned.h"

#define LISTING_FIRST_BYTES ((size_t)16 << 10) /* most directories fit into the first call */

static int item_compare(const void *a, const void *b)
{
	return strcmp(((const struct listing_item *)a)->name,
		      ((const struct listing_item *)b)->name);
}

static int records_read(int dirfd, char **ret_records, size_t *ret_len, struct err *err)
{
	size_t cap = LISTING_FIRST_BYTES, len = 0;
	autofree char *records = xmalloc(cap);

	for (;;) {
		ssize_t got = getdents64(dirfd, records + len, cap - len);
		if (got < 0)
			return err_sys(err, "reading a directory");
		if (got == 0)
			break;
		len += (size_t)got;
		if (len > LIMIT_DIRECTORY_BYTES)
			return err_set(err, ERR_LIMIT, "a directory has more names than we accept");
		/* getdents64 wants room for one whole record, else EINVAL. */
		if (cap - len < sizeof(struct dirent64)) {
			cap *= 4;
			records = xrealloc(records, cap);
		}
	}
	*ret_records = steal(&records);
	*ret_len = len;
	return 0;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static void item_add(struct listing *listing, const struct dirent64 *record)
{
	if (!is_dots(record->d_name))
		vec_push(listing, {.name = record->d_name, .type = record->d_type});
}

int listing_read(int dirfd, struct listing *ret_listing, struct err *err)
{
	struct listing listing = {0};
	size_t len = 0;

	if (lseek(dirfd, 0, SEEK_SET) < 0)
		return err_sys(err, "rewinding a directory");
	if (records_read(dirfd, &listing.records, &len, err))
		return -1;
	for (size_t pos = 0; pos < len;) {
		const struct dirent64 *record = (const void *)(listing.records + pos);
		pos += record->d_reclen;
		item_add(&listing, record);
	}
	vec_sort(&listing, item_compare);
	*ret_listing = listing;
	return 0;
}

const struct listing_item *listing_find(const struct listing *listing, const char *name)
{
	struct listing_item key = {.name = name};

	return listing->n ? bsearch(&key, listing->items, listing->n, sizeof(key), item_compare)
			  : NULL;
}

void listing_done(struct listing *listing)
{
	vec_done(listing);
	free(listing->records);
	listing->records = NULL;
}

int listing_open(int dirfd, const char *name, int *ret_fd, struct err *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "opening directory '%s'", name);
	*ret_fd = fd;
	return 0;
}
