/* verify.c - content read again, and put aside when it is not what its digest says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/verify.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

#define CHUNK_BYTES (128u << 10) /* read and hashed at once */

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
