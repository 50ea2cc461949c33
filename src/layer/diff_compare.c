/* diff_compare.c - whether two files differ in anything that a layer carries.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Content is read whenever all else is equal: a time that was set back hides nothing. */
#include "base/str.h"
#include "layer/attributes.h"
#include "layer/content.h"
#include "layer/diff_private.h"

#include "base/banned.h"

/* Other tools store whole seconds: then only those can be compared. */
static bool times_equal(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return false;
	return a->st_mtim.tv_nsec == b->st_mtim.tv_nsec || a->st_mtim.tv_nsec == 0 ||
	       b->st_mtim.tv_nsec == 0;
}

static bool stats_equal(const struct stat *a, const struct stat *b, bool with_time)
{
	bool is_device = S_ISCHR(a->st_mode) || S_ISBLK(a->st_mode);
	bool has_size = S_ISREG(a->st_mode) || S_ISLNK(a->st_mode);

	return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       (!is_device || a->st_rdev == b->st_rdev) &&
	       (!has_size || a->st_size == b->st_size) && (!with_time || times_equal(a, b));
}

static int xattrs_differ(const struct diff_side *mine, const struct diff_side *theirs,
			 struct err *err)
{
	struct xattrs a = {0}, b = {0};
	int failed = xattrs_read_at(mine->dirfd, mine->name, &a, err) ||
		     xattrs_read_at(theirs->dirfd, theirs->name, &b, err);
	int differ = failed ? -1 : !xattrs_eq(&a, &b);

	xattrs_done(&a);
	xattrs_done(&b);
	return differ;
}

static int targets_differ(const struct diff_side *mine, const struct diff_side *theirs,
			  struct err *err)
{
	struct entry a = {0}, b = {0};
	int failed = attributes_read(mine->dirfd, mine->name, mine->st, &a, err) < 0 ||
		     attributes_read(theirs->dirfd, theirs->name, theirs->st, &b, err) < 0;
	int differ = failed ? -1 : !text_eq(a.target, b.target);

	entry_clear(&a);
	entry_clear(&b);
	return differ;
}

static int contents_differ(const struct diff_side *mine, const struct diff_side *theirs,
			   struct err *err)
{
	autoclose int a = -1, b = -1;

	if (content_open(mine->dirfd, mine->name, mine->st, &a, err) ||
	    content_open(theirs->dirfd, theirs->name, theirs->st, &b, err))
		return -1;
	int equal = content_compare(a, b, (uint64_t)mine->st->st_size, err);
	return equal < 0 ? -1 : !equal;
}

int diff_compare(const struct diff_side *mine, const struct diff_side *theirs, bool with_time,
		 struct err *err)
{
	if (!stats_equal(mine->st, theirs->st, with_time))
		return 1;
	int differ = xattrs_differ(mine, theirs, err);
	if (differ != 0)
		return differ;
	if (S_ISLNK(mine->st->st_mode))
		return targets_differ(mine, theirs, err);
	return S_ISREG(mine->st->st_mode) ? contents_differ(mine, theirs, err) : 0;
}
