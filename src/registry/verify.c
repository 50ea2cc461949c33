/* verify.c - content read again, and put aside when it is not what its digest says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/verify.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "registry/index_collect.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

#define CHUNK_BYTES (128u << 10) /* read and hashed at once */
#define BATCH_BLOBS 100u

/* Keeps a stream of bytes below a rate, by sleeping. */
struct pace {
	uint64_t bytes_per_second; /* 0: unbounded */
	int64_t start_ns;
	uint64_t bytes;
};

static void sleep_ns(int64_t ns)
{
	struct timespec left = {ns / NS_PER_SEC, ns % NS_PER_SEC};

	while (nanosleep(&left, &left))
		;
}

/* In naps, so that a stop does not wait. */
static void pace_wait(struct registry *registry, struct pace *pace, size_t bytes)
{
	if (!pace || !pace->bytes_per_second)
		return;
	pace->bytes += bytes;
	int64_t due_ns = pace->start_ns + (int64_t)((double)pace->bytes * (double)NS_PER_SEC /
						    (double)pace->bytes_per_second);
	for (;;) {
		int64_t left_ns = due_ns - clock_monotonic_ns();
		if (left_ns <= 0 || registry_should_stop(registry))
			return;
		sleep_ns(left_ns < NS_PER_SEC / 10 ? left_ns : NS_PER_SEC / 10);
	}
}

static int open_reader(struct registry *registry, const struct digest *digest,
		       struct reader **ret_reader, uint64_t *ret_size, struct err *err)
{
	struct blob_body body = {.fd = -1};

	if (STORE(registry, blob_open, digest, &body, err))
		return -1;
	free(body.url);
	*ret_size = body.size;
	if (body.fd < 0)
		return STORE(registry, blob_reader, digest, 0, body.size, ret_reader, err);
	*ret_reader = reader_of_fd(body.fd);
	return 0;
}

static int read_blob(struct registry *registry, const struct digest *digest, struct pace *pace,
		     char **ret_fault, struct err *err)
{
	autoreader struct reader *reader = NULL;
	autofree uint8_t *chunk = xmalloc(CHUNK_BYTES);
	uint64_t size = 0, got = 0;
	bool known = false;
	uint64_t known_size = 0;

	if (open_reader(registry, digest, &reader, &size, err))
		return -1;
	autohash struct hash *hash = hash_new(digest_algo(digest));
	while (!registry_should_stop(registry)) {
		ssize_t n = reader_read(reader, chunk, CHUNK_BYTES, err);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		hash_update(hash, chunk, (size_t)n);
		got += (uint64_t)n;
		pace_wait(registry, pace, (size_t)n);
	}
	if (registry_should_stop(registry))
		return err_set(err, ERR_SYSTEM, "stopped");
	struct digest real = digest_of_hash(hash, digest_algo(digest));
	autoerr struct err why = {0};
	if (digest_eq(&real, digest))
		return 0;
	if (index_blob_size(registry->index, digest, &known, &known_size, &why) == 0 && known &&
	    known_size != got)
		*ret_fault = xasprintf("it has %llu bytes instead of %llu", (unsigned long long)got,
				       (unsigned long long)known_size);
	else
		*ret_fault = xasprintf("its content is '%s'", real.text);
	return 0;
}

int verify_blob(struct registry *registry, const struct digest *digest, char **ret_fault,
		struct err *err)
{
	return read_blob(registry, digest, NULL, ret_fault, err);
}

/* Looked at once more when nobody holds it: a push may just have repaired it. */
static int quarantine_alone(struct registry *registry, const struct digest *digest, struct err *err)
{
	autofree char *fault = NULL;

	if (verify_blob(registry, digest, &fault, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	if (!fault)
		return 0;
	if (STORE(registry, blob_quarantine, digest, err) && err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	memory_forget_name(registry->sizes, digest->text);
	memory_forget_name(registry->files, digest->text);
	memory_forget_name(registry->manifests, digest->text);
	struct index_txn *txn = index_begin(registry->index);
	index_remove_blob(txn, digest);
	registry_end_change(registry, txn);
	return 0;
}

int registry_quarantine(struct registry *registry, const struct digest *digest, struct err *err)
{
	pin_wait_alone(&registry->pins, digest);
	int failed = quarantine_alone(registry, digest, err);
	pin_end_alone(&registry->pins, digest);
	return failed;
}

struct verifying {
	struct registry *registry;
	const struct verify_options *options;
	struct verify_result *result;
	struct pace pace;
};

static void tell(const struct verifying *verifying, const struct index_thing *thing,
		 const char *fault)
{
	if (verifying->options->told)
		verifying->options->told(&thing->digest, thing->size, fault,
					 verifying->options->arg);
}

static int note_verified(struct verifying *verifying, const struct index_thing *thing,
			 struct err *err)
{
	struct index_txn *txn = index_begin(verifying->registry->index);

	index_note_verified(txn, &thing->digest, clock_now_ns());
	return index_end(txn, err);
}

/* The index knows it and the tree does not: told once, then forgotten. */
static int note_missing(struct verifying *verifying, const struct index_thing *thing,
			struct err *err)
{
	struct registry *registry = verifying->registry;
	uint64_t size;
	autoerr struct err why = {0};

	pin_wait_alone(&registry->pins, &thing->digest);
	bool is_missing =
		STORE(registry, blob_stat, &thing->digest, &size, &why) && why.kind == ERR_MISSING;
	int failed = 0;
	if (is_missing) {
		memory_forget_name(registry->sizes, thing->digest.text);
		memory_forget_name(registry->files, thing->digest.text);
		struct index_txn *txn = index_begin(registry->index);
		index_remove_blob(txn, &thing->digest);
		failed = index_end(txn, err);
	}
	pin_end_alone(&registry->pins, &thing->digest);
	if (!is_missing)
		return note_verified(verifying, thing, err);
	if (!failed && !thing->is_condemned) {
		verifying->result->missing++;
		tell(verifying, thing, "it is not there");
	}
	return failed;
}

static int verify_one(struct verifying *verifying, const struct index_thing *thing, struct err *err)
{
	autofree char *fault = NULL;
	autoerr struct err why = {0};

	if (read_blob(verifying->registry, &thing->digest, &verifying->pace, &fault, &why)) {
		if (registry_should_stop(verifying->registry)) {
			err_move(err, &why);
			return -1;
		}
		if (why.kind == ERR_MISSING)
			return note_missing(verifying, thing, err);
		/* The disk may do better next time: nothing is put aside. */
		verifying->result->corrupt++;
		tell(verifying, thing, err_text(&why));
		return note_verified(verifying, thing, err);
	}
	verifying->result->blobs++;
	verifying->result->bytes += thing->size;
	if (!fault)
		return note_verified(verifying, thing, err);
	verifying->result->corrupt++;
	if (registry_quarantine(verifying->registry, &thing->digest, err))
		return -1;
	tell(verifying, thing, fault);
	return 0;
}

int registry_verify(struct registry *registry, const struct verify_options *options,
		    struct verify_result *ret_result, struct err *err)
{
	struct verify_result result = {0};
	struct verifying verifying = {
		registry, options, &result, {options->bytes_per_second, clock_monotonic_ns(), 0}};
	int64_t before_ns = options->not_since_ns ? options->not_since_ns : clock_now_ns();
	int failed = registry_ensure_walked(registry, err);
	size_t n = 0;

	while (!failed) {
		struct index_things things = {0};
		failed = index_unverified(registry->index, before_ns, BATCH_BLOBS, &things, err);
		for (size_t i = 0; i < things.n && !failed; i++)
			failed = verify_one(&verifying, &things.items[i], err);
		n = things.n;
		index_things_done(&things);
		if (!n)
			break;
	}
	*ret_result = result;
	return failed;
}
