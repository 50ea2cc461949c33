/* check.c - is the store sound: every record, every reference, every byte.
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the ground up, so that a repair below is seen by what stands on it: blobs, then the images
 * that need them, the names that point to images, the index that follows names; then unpacked
 * layers, and the leases that hold them. */
#include "store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/check_private.h"

#include "base/banned.h"

void check_tell(struct check *check, char *what, char *wrong, bool repaired)
{
	struct check_finding finding = {what, wrong, repaired};

	check->result.n_findings++;
	if (repaired)
		check->result.n_repaired++;
	if (check->fn)
		check->fn(&finding, check->arg);
	free(what);
	free(wrong);
}

int check_drop(struct check *check, const char *path, bool *ret_gone, struct err *err)
{
	*ret_gone = false;
	if (!check->options->repair)
		return 0;
	if (unlinkat(check->store->fd, path, 0) && errno != ENOENT)
		return err_sys(err, "removing '%s'", path);
	*ret_gone = true;
	return 0;
}

static int check_oci_layout(struct check *check, struct err *err)
{
	static const char expected[] = STORE_OCI_LAYOUT;
	autobuf struct buf text = {0};
	struct err why = {0};
	bool repair = check->options->repair;

	if (record_read(check->store, "oci/oci-layout", LIMIT_STORE_RECORD, &text, &why) == 0 &&
	    text_eq(buf_text(&text), expected))
		return 0;
	err_clear(&why);
	if (repair && record_write(check->store, "oci/oci-layout", expected, strlen(expected), 0644,
				   RECORD_SYNC, err))
		return -1;
	check_tell(check, xstrdup("oci/oci-layout"), xstrdup("it does not say version 1.0.0"),
		   repair);
	return 0;
}

static int count_garbage(struct check *check, struct err *err)
{
	cleanup(dead_list_done) struct dead_list dead = {0};

	if (dead_collect(check->store, check->options->repair, &dead, err))
		return -1;
	for (size_t i = 0; i < dead.n; i++) {
		uint64_t bytes;
		if (usage_of(check->store, dead.items[i].path, &bytes, err))
			return -1;
		check->result.garbage_bytes += bytes;
	}
	return 0;
}

static int check_records(struct check *check, struct err *err)
{
	autoclose int names = -1;

	if (store_lock_names(check->store, &names, err))
		return -1;
	if (check_images(check, err) || check_names(check, err))
		return -1;
	return check_index(check, err);
}

static int check_all(struct check *check, struct err *err)
{
	if (check_oci_layout(check, err) || check_blobs(check, err) || check_records(check, err) ||
	    check_layers(check, err) || check_leases(check, err))
		return -1;
	return count_garbage(check, err);
}

/* Callbacks publish layers and blobs while we hold the lock that these would wait for. */
static int check_alone(struct check *check, struct err *err)
{
	autoclose int lock = -1;
	int result;

	if (store_lock_exclusive(check->store, &lock, err))
		return -1;
	atomic_store(&check->store->is_exclusive, true);
	result = check_all(check, err);
	atomic_store(&check->store->is_exclusive, false);
	return result;
}

static int check_beside_others(struct check *check, struct err *err)
{
	autoclose int lock = -1;

	if (store_lock_shared(check->store, &lock, err))
		return -1;
	return check_all(check, err);
}

static void check_done(struct check *check)
{
	strlist_done(&check->buried);
}

int store_check(struct store *store, const struct check_options *options, check_fn fn, void *arg,
		struct check_result *ret_result, struct err *err)
{
	cleanup(check_done) struct check check = {
		.store = store, .options = options, .fn = fn, .arg = arg};

	/* What a killed writer left to be done is no finding. */
	index_heal(store);
	if (options->repair ? check_alone(&check, err) : check_beside_others(&check, err))
		return err_wrap(err, "checking the store '%s'", store->root);
	for (size_t i = 0; i < check.buried.n; i++)
		if (dead_remove_tree(store, check.buried.items[i], err))
			return -1;
	*ret_result = check.result;
	return 0;
}
