/* check_layers.c - unpacked layers against their records, and leases against what they hold.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "store/check_private.h"

#include "base/banned.h"

/* What the image at `digest` knows of the layer: enough to unpack it again. */
static bool image_tells(struct store *store, const struct digest *digest,
			const struct digest *chain_id, struct layer_meta *ret_meta)
{
	cleanup(manifest_done) struct manifest manifest = {0};
	cleanup(image_config_done) struct image_config config = {0};
	struct err why = {0};
	struct layer_meta meta = {0};
	bool is_read = store_read_manifest(store, digest, &manifest, &why) == 0 &&
		       store_read_config(store, &manifest.config.digest, &config, &why) == 0 &&
		       config.n_diff_ids == manifest.n_layers;

	err_clear(&why);
	for (size_t i = 0; is_read && i < config.n_diff_ids; i++) {
		meta.parent = meta.chain_id;
		meta.diff_id = config.diff_ids[i];
		meta.chain_id = digest_chain(i ? &meta.parent : NULL, &meta.diff_id);
		meta.blob = manifest.layers[i].digest;
		meta.blob_bytes = manifest.layers[i].size;
		if (digest_eq(&meta.chain_id, chain_id)) {
			*ret_meta = meta;
			return true;
		}
	}
	return false;
}

static int meta_of_images(struct check *check, const struct digest *chain_id,
			  struct layer_meta *ret_meta, bool *ret_found, struct err *err)
{
	autostrlist struct strlist records = {0};

	*ret_found = false;
	if (record_list(check->store, "images", &records, err))
		return -1;
	for (size_t i = 0; i < records.n && !*ret_found; i++) {
		struct digest digest;
		*ret_found = digest_of_name(records.items[i], &digest) &&
			     image_tells(check->store, &digest, chain_id, ret_meta);
	}
	return 0;
}

/* Unpacks a dropped layer again when its blob is there. A failure leaves it dropped: the next run
 * that needs it says why. */
static int unpack_again(struct check *check, const struct layer_meta *meta, struct err *err)
{
	struct err why = {0};

	if (!check->options->unpack || !digest_is_set(&meta->blob) ||
	    !store_has_blob(check->store, &meta->blob, NULL))
		return 0;
	if (check->options->unpack(check->store, meta, check->options->arg, &why) == 0)
		return 0;
	if (why.kind == ERR_SYSTEM) { /* a full disk, a signal: the rest would fare no better */
		err_move(err, &why);
		return -1;
	}
	err_clear(&why);
	return 0;
}

static int repair_layer(struct check *check, const char *path, const struct digest *chain_id,
			const struct layer_meta *meta, struct err *err)
{
	struct store_path buried;
	struct layer_meta known = *meta;
	bool is_known = digest_is_set(&meta->chain_id);

	if (dead_bury(check->store, path, &buried, err))
		return -1;
	strlist_add(&check->buried, buried.text);
	if (!is_known && meta_of_images(check, chain_id, &known, &is_known, err))
		return -1;
	return is_known ? unpack_again(check, &known, err) : 0;
}

/* Unpacking the blob again needs room and rights: their lack says nothing about the layer. */
static int content_fault(struct check *check, const struct layer_meta *meta, char **ret_fault,
			 struct err *err)
{
	autoerr struct err why = {0};

	if (!check->options->verify_layer || !digest_is_set(&meta->blob) ||
	    !store_has_blob(check->store, &meta->blob, NULL) ||
	    check->options->verify_layer(check->store, meta, ret_fault, check->options->arg,
					 &why) >= 0)
		return 0;
	if (why.kind == ERR_SYSTEM) {
		err_move(err, &why);
		return err_wrap(err, "comparing layer %s with its blob", meta->chain_id.text);
	}
	*ret_fault = xstrdup(err_text(&why));
	return 0;
}

/* What is wrong with the layer, or NULL; ret_meta stays unset when it could not be read. */
static int layer_fault(struct check *check, const struct digest *chain_id,
		       struct layer_meta *ret_meta, char **ret_fault, struct err *err)
{
	struct store_path fs = layer_dir_path(chain_id, "/fs");
	autoerr struct err why = {0};
	struct stat st;
	struct layer_meta meta;

	*ret_fault = NULL;
	if (store_layer_meta(check->store, chain_id, &meta, &why)) {
		*ret_fault =
			xstrdup(why.kind == ERR_MISSING ? "it has no meta.json" : err_text(&why));
		return 0;
	}
	*ret_meta = meta;
	struct digest expected =
		digest_chain(digest_is_set(&meta.parent) ? &meta.parent : NULL, &meta.diff_id);
	if (!digest_eq(&expected, chain_id))
		*ret_fault = xstrdup("its parent and its content do not make this layer");
	else if (fstatat(check->store->fd, fs.text, &st, AT_SYMLINK_NOFOLLOW) ||
		 !S_ISDIR(st.st_mode))
		*ret_fault = xstrdup("it has no files");
	else if (digest_is_set(&meta.parent) && !store_has_layer(check->store, &meta.parent))
		*ret_fault = xasprintf("its parent is not there: %s", meta.parent.text);
	else if (!check->options->quick || check->options->repair)
		return content_fault(check, &meta, ret_fault, err);
	return 0;
}

static int check_layer(struct check *check, const char *name, struct err *err)
{
	struct store_path path = path_format("layers/%s", name);
	bool repair = check->options->repair;
	struct layer_meta meta = {0};
	struct digest chain_id;
	struct store_path buried;

	if (!digest_of_name(name, &chain_id)) {
		if (repair && dead_bury(check->store, path.text, &buried, err))
			return -1;
		if (repair)
			strlist_add(&check->buried, buried.text);
		check_tell(check, xstrdup(path.text), xstrdup("its name is no digest"), repair);
		return 0;
	}
	char *fault;
	if (layer_fault(check, &chain_id, &meta, &fault, err))
		return -1;
	if (!fault)
		return 0;
	if (repair && repair_layer(check, path.text, &chain_id, &meta, err)) {
		free(fault);
		return -1;
	}
	check_tell(check, xasprintf("layer %s", chain_id.text), fault, repair);
	return 0;
}

int check_layers(struct check *check, struct err *err)
{
	uint64_t n_repaired;

	/* A layer that was dropped takes its children along: once more until none goes. */
	do {
		autostrlist struct strlist names = {0};
		n_repaired = check->result.n_repaired;
		if (record_list(check->store, "layers", &names, err))
			return -1;
		check->result.n_layers = names.n;
		for (size_t i = 0; i < names.n; i++)
			if (check_layer(check, names.items[i], err))
				return -1;
	} while (check->result.n_repaired > n_repaired);
	return 0;
}

/* ---- leases ---- */

struct lease_check {
	struct check *check;
	struct buf kept; /* the lines that hold something */
	char *fault;     /* of the first that does not */
};

static int check_line(bool is_layer, const struct digest *digest, void *arg, struct err *err)
{
	struct lease_check *lease = arg;
	struct store *store = lease->check->store;
	const char *kind = is_layer ? "layer" : "blob";

	(void)err;
	if (is_layer ? store_has_layer(store, digest) : store_has_blob(store, digest, NULL))
		buf_printf(&lease->kept, "%s %s\n", kind, digest->text);
	else if (!lease->fault)
		lease->fault = xasprintf("it holds a %s that is not there: %s", kind, digest->text);
	return 0;
}

static int check_lease(struct check *check, const char *name, struct err *err)
{
	struct store_path path = path_format("leases/%s", name);
	struct lease_check lease = {.check = check, .kept = {.max = LIMIT_STORE_LEASE}};
	struct err why = {0};
	bool repair = check->options->repair;
	int result = 0;

	if (lease_read(check->store, name, check_line, &lease, &why) && !lease.fault)
		lease.fault = xstrdup(err_text(&why));
	err_clear(&why);
	if (lease.fault && repair)
		result = record_write(check->store, path.text, buf_text(&lease.kept),
				      lease.kept.len, 0600, RECORD_SYNC, err);
	if (lease.fault && result == 0)
		check_tell(check, xasprintf("lease %s", name), lease.fault, repair);
	else
		free(lease.fault);
	buf_done(&lease.kept);
	return result;
}

/* Only those that outlive their processes: a living owner may be about to bring what it noted. */
int check_leases(struct check *check, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(check->store, "leases", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (text_starts(names.items[i], LEASE_HELD) &&
		    check_lease(check, names.items[i], err))
			return -1;
	return 0;
}
