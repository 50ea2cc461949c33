/* cache.c - what a step depends on, and what it led to before.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   cache/build/<key>   "CHAIN-ID BLOB CREATED-NS", or "- - CREATED-NS": nothing was changed */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/vec.h"
#include "build/build_private.h"
#include "build/limits.h"
#include "layer/content.h"

#include "base/banned.h"

#define KEY_FORMAT      "1"
#define STAT_CACHE      "build-stat"
#define STAT_MIN_BYTES  (1 << 20)        /* smaller files are read sooner than looked up */
#define STAT_SETTLED_NS (2 * NS_PER_SEC) /* a file changed so recently may change unseen */

void key_add(struct key *key, const char *name, const char *value)
{
	hash_update(key->hash, name, strlen(name) + 1);
	hash_update(key->hash, value ? "=" : "-", 1);
	if (value)
		hash_update(key->hash, value, strlen(value) + 1);
}

void key_add_list(struct key *key, const char *name, const struct strlist *values)
{
	autofree char *n = xasprintf("%zu", values->n);

	key_add(key, name, n);
	for (size_t i = 0; i < values->n; i++)
		key_add(key, "", values->items[i]);
}

void key_begin(struct key *key, const struct build *build, const struct tip *tip, const char *kind)
{
	autofree char *clamp = xasprintf("%" PRId64, build->clamp_ns);
	const struct digest *chain = tip_chain(tip);

	key->hash = hash_new(HASH_SHA256);
	key_add(key, "format", KEY_FORMAT);
	key_add(key, "kind", kind);
	key_add(key, "below", chain ? chain->text : NULL);
	key_add(key, "compression", compression_name(build->options->compression));
	key_add(key, "clamp", clamp);
}

void key_done(struct key *key)
{
	hash_free(key->hash);
	key->hash = NULL;
}

static void key_final(struct key *key, char hex[65])
{
	uint8_t bytes[HASH_MAX_SIZE];

	hash_hex(bytes, hash_final(key->hash, bytes), hex);
	key_done(key);
}

/* ---- answers ---- */

static bool answer_decode(const char *text, struct answer *answer)
{
	autoerr struct err ignored = {0};
	struct str rest = str_of(text);
	struct str chain = str_cut(&rest, ' ');
	struct str blob = str_cut(&rest, ' ');

	answer->has_layer = !str_is(chain, "-");
	if (!str_to_i64(rest, &answer->created_ns))
		return false;
	return !answer->has_layer || (!digest_parse(chain, &answer->layer.chain_id, &ignored) &&
				      !digest_parse(blob, &answer->layer.blob, &ignored));
}

/* The layer may have been swept since: then the answer is none. */
static int answer_verify(struct build *build, struct answer *answer, struct err *err)
{
	struct store *store = build->engine->store;
	struct digest blob = answer->layer.blob;
	uint64_t blob_bytes = 0;

	if (!answer->has_layer)
		return 0;
	if (lease_add_layer(build->lease, &answer->layer.chain_id, err) ||
	    lease_add_blob(build->lease, &blob, err) ||
	    store_layer_meta(store, &answer->layer.chain_id, &answer->layer, err))
		return -1;
	if (!store_has_blob(store, &blob, &blob_bytes))
		return err_set(err, ERR_MISSING, "blob %s", blob.text);
	answer->layer.blob = blob;
	answer->layer.blob_bytes = blob_bytes;
	return 0;
}

static int answer_find(struct build *build, const char *key, bool *ret_found,
		       struct answer *ret_answer, struct err *err)
{
	autoerr struct err why = {0};
	autofree char *text = NULL;
	struct answer answer = {0};

	*ret_found = false;
	if (build->options->no_cache)
		return 0;
	if (store_cache_get(build->engine->store, BUILD_CACHE, key, &text, &why) ||
	    !answer_decode(text, &answer) || answer_verify(build, &answer, &why)) {
		if (!err_is_set(&why) || why.kind == ERR_MISSING || why.kind == ERR_CORRUPT)
			return 0;
		err_move(err, &why);
		return -1;
	}
	*ret_found = true;
	*ret_answer = answer;
	return 0;
}

static int answer_keep(struct build *build, const char *key, const struct answer *answer,
		       struct err *err)
{
	autofree char *text =
		xasprintf("%s %s %" PRId64, answer->has_layer ? answer->layer.chain_id.text : "-",
			  answer->has_layer ? answer->layer.blob.text : "-", answer->created_ns);
	return store_cache_put(build->engine->store, BUILD_CACHE, key, text, err);
}

static int answer_make(struct step *step, const char *key, make_fn make, void *arg,
		       struct answer *ret_answer, struct err *err)
{
	struct answer answer = {.created_ns = step->build->created_ns};

	step->build->is_cached = false;
	if (make(step, arg, &answer.layer, err))
		return -1;
	answer.has_layer = answer.layer.n_entries > 0;
	if (answer_keep(step->build, key, &answer, err))
		return -1;
	*ret_answer = answer;
	return 0;
}

static int put_on_tip(struct step *step, const struct answer *answer, const char *created_by,
		      struct err *err)
{
	struct tip *tip = &step->stage->tip;
	char created[CLOCK_TEXT_MAX];

	if (tip->layers.n == LIMIT_STEP_LAYERS)
		return err_at(err, step->instruction->pos, "the image has more than %u layers",
			      LIMIT_STEP_LAYERS);
	clock_format_rfc3339(answer->created_ns, created);
	if (answer->has_layer) {
		tip_add_layer(tip, &answer->layer);
		step->build->n_files += answer->layer.n_entries;
		step->build->n_bytes += answer->layer.content_bytes;
		image_config_add_layer(&tip->config, &answer->layer.diff_id);
	}
	image_config_add_history(&tip->config, created, created_by, BUILD_COMMENT,
				 !answer->has_layer);
	return 0;
}

int cache_answer(struct step *step, struct key *key, const char *created_by, make_fn make,
		 void *arg, struct err *err)
{
	struct build *build = step->build;
	autoclose int lock = -1;
	char hex[65];
	bool found = false;
	struct answer answer = {0};

	key_final(key, hex);
	build->n_steps++;
	if (answer_find(build, hex, &found, &answer, err))
		return -1;
	if (!found && store_lock_key(build->engine->store, hex, true, &lock, NULL, err))
		return -1;
	if (!found && answer_find(build, hex, &found, &answer, err)) /* somebody else made it */
		return -1;
	if (!found && answer_make(step, hex, make, arg, &answer, err))
		return -1;
	build->n_cached += found;
	return put_on_tip(step, &answer, created_by, err);
}

/* ---- whole images ---- */

/* Times are left out: an image that differs in nothing else is the one that was made before. */
static void image_key(const struct build *build, const struct tip *tip, char hex[65])
{
	struct image_config timeless = {0};
	struct key key;
	size_t len;

	image_config_copy(&timeless, &tip->config);
	for (size_t i = 0; i < timeless.n_history; i++) {
		free(timeless.history[i].created);
		timeless.history[i].created = NULL;
	}
	free(timeless.created);
	timeless.created = NULL;
	autofree char *text = image_config_write(&timeless, &len);
	image_config_done(&timeless);
	key_begin(&key, build, tip, "image");
	key_add(&key, "config", text);
	for (size_t i = 0; i < tip->layers.n; i++)
		key_add(&key, "blob", tip->layers.items[i].blob.text);
	key_final(&key, hex);
}

int cache_find_image(struct build *build, const struct tip *tip, char key[65],
		     struct image *ret_image, struct err *err)
{
	struct store *store = build->engine->store;
	autofree char *digest = NULL;

	image_key(build, tip, key);
	if (build->options->no_cache)
		return err_set(err, ERR_MISSING, "the cache is not used");
	if (store_cache_get(store, BUILD_CACHE, key, &digest, err))
		return -1;
	return store_find_image(store, digest, ret_image, err);
}

int cache_keep_image(struct build *build, const char *key, const struct image *image,
		     struct err *err)
{
	return store_cache_put(build->engine->store, BUILD_CACHE, key, image->manifest.digest.text,
			       err);
}

/* ---- large files ---- */

static bool stat_key(const struct stat *st, char hex[65])
{
	int64_t changed_ns = (int64_t)st->st_ctim.tv_sec * NS_PER_SEC + st->st_ctim.tv_nsec;

	if (st->st_size < STAT_MIN_BYTES || clock_now_ns() - changed_ns < STAT_SETTLED_NS)
		return false;
	autofree char *text = xasprintf("%ju %ju %ju %jd.%09ld %jd.%09ld", (uintmax_t)st->st_dev,
					(uintmax_t)st->st_ino, (uintmax_t)st->st_size,
					(intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
					(intmax_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	sha256_hex(text, strlen(text), hex);
	return true;
}

int cache_file_digest(struct build *build, int fd, struct digest *ret_digest, struct err *err)
{
	struct store *store = build->engine->store;
	autohash struct hash *hash = hash_new(HASH_SHA256);
	autoerr struct err ignored = {0};
	autofree char *known = NULL;
	char key[65];
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(err, "looking at an archive");
	bool is_settled = stat_key(&st, key);
	if (is_settled && !store_cache_get(store, STAT_CACHE, key, &known, &ignored) &&
	    !digest_parse(str_of(known), ret_digest, &ignored))
		return 0;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "going to the start of an archive");
	if (content_hash(fd, (uint64_t)st.st_size, hash, err))
		return -1;
	*ret_digest = digest_of_hash(hash, HASH_SHA256);
	return is_settled ? store_cache_put(store, STAT_CACHE, key, ret_digest->text, err) : 0;
}
