/* belt.c - a ring of blocks between one producer and the threads that hash, compress and write.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Counters tell how many blocks each stage has done; all of them, `is_packed` and `failure` are
 * under the lock. A block's bytes belong to the stages that its number has not passed yet:
 *
 *   n_written, n_hashed <= n_filled <= n_written, n_hashed + n_slots        n_claimed <= n_filled
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "layer/compress_private.h"
#include "layer/limits.h"

#include "base/banned.h"

struct slot {
	uint8_t *bytes; /* BELT_BLOCK_BYTES, made at first use */
	size_t len;
	struct buf packed;
	bool is_packed;
};

struct belt {
	struct writer writer;
	struct writer *out;
	struct belt_options options;
	struct slot *slots;
	size_t n_slots;
	size_t room_used; /* of the block being filled; the producer's alone */
	uint64_t n_bytes;

	pthread_mutex_t lock;
	pthread_cond_t moved; /* something above changed */
	uint64_t n_filled, n_hashed, n_claimed, n_written;
	bool has_ended, is_stopped;
	struct err failure;

	pthread_t threads[LIMIT_COMPRESS_THREADS + 2];
	size_t n_threads;
};

static struct slot *slot_at(struct belt *belt, uint64_t i)
{
	return &belt->slots[i % belt->n_slots];
}

static void belt_lock(struct belt *belt)
{
	pthread_mutex_lock(&belt->lock);
}

static void belt_unlock(struct belt *belt)
{
	pthread_mutex_unlock(&belt->lock);
}

static void belt_changed(struct belt *belt)
{
	pthread_cond_broadcast(&belt->moved);
}

/* The first failure stays; all threads stop. */
static void belt_fail(struct belt *belt, struct err *err)
{
	belt_lock(belt);
	if (err_is_set(&belt->failure))
		err_clear(err);
	else
		err_move(&belt->failure, err);
	belt->is_stopped = true;
	belt_changed(belt);
	belt_unlock(belt);
}

static bool slot_is_there(struct belt *belt, uint64_t i)
{
	return i < belt->n_filled;
}

static bool slot_is_ready(struct belt *belt, uint64_t i)
{
	return i < belt->n_filled && (!belt->options.codec || slot_at(belt, i)->is_packed);
}

/* Waits until block i has come that far. False: it never will. */
static bool belt_wait(struct belt *belt, uint64_t i, bool (*has_come)(struct belt *, uint64_t))
{
	belt_lock(belt);
	while (!belt->is_stopped && !has_come(belt, i) && !(belt->has_ended && i >= belt->n_filled))
		pthread_cond_wait(&belt->moved, &belt->lock);
	bool came = !belt->is_stopped && has_come(belt, i);
	belt_unlock(belt);
	return came;
}

static void belt_count(struct belt *belt, uint64_t *counter)
{
	belt_lock(belt);
	++*counter;
	belt_changed(belt);
	belt_unlock(belt);
}

static void *hash_run(void *arg)
{
	struct belt *belt = arg;
	for (uint64_t i = 0; belt_wait(belt, i, slot_is_there); i++) {
		const struct slot *slot = slot_at(belt, i);
		hash_update(belt->options.hash, slot->bytes, slot->len);
		belt_count(belt, &belt->n_hashed);
	}
	return NULL;
}

static int slot_pack(struct belt *belt, struct slot *slot, void *state, struct err *err)
{
	buf_truncate(&slot->packed, 0);
	return belt->options.codec->block(state, slot->bytes, slot->len, &slot->packed, err);
}

static int slot_write(struct belt *belt, const struct slot *slot, struct err *err)
{
	if (belt->options.codec)
		return writer_write(belt->out, slot->packed.ptr, slot->packed.len, err);
	return writer_write(belt->out, slot->bytes, slot->len, err);
}

/* The next block that nobody compresses yet; false: there will be none. */
static bool block_claim(struct belt *belt, uint64_t *ret_i)
{
	belt_lock(belt);
	while (!belt->is_stopped && !belt->has_ended && belt->n_claimed == belt->n_filled)
		pthread_cond_wait(&belt->moved, &belt->lock);
	bool got = !belt->is_stopped && belt->n_claimed < belt->n_filled;
	if (got)
		*ret_i = belt->n_claimed++;
	belt_unlock(belt);
	return got;
}

static void *pack_run(void *arg)
{
	struct belt *belt = arg;
	const struct block_codec *codec = belt->options.codec;
	void *state = codec->state_new(belt->options.level);
	uint64_t i;
	while (block_claim(belt, &i)) {
		struct err err = {0};
		struct slot *slot = slot_at(belt, i);
		if (slot_pack(belt, slot, state, &err)) {
			belt_fail(belt, &err);
			break;
		}
		belt_lock(belt);
		slot->is_packed = true;
		belt_changed(belt);
		belt_unlock(belt);
	}
	codec->state_free(state);
	return NULL;
}

static void *write_run(void *arg)
{
	struct belt *belt = arg;
	for (uint64_t i = 0; belt_wait(belt, i, slot_is_ready); i++) {
		struct err err = {0};
		struct slot *slot = slot_at(belt, i);
		if (slot_write(belt, slot, &err)) {
			belt_fail(belt, &err);
			break;
		}
		belt_lock(belt);
		slot->is_packed = false;
		belt->n_written++;
		belt_changed(belt);
		belt_unlock(belt);
	}
	return NULL;
}

/* Signals stay with the thread that expects them. */
static int thread_start(struct belt *belt, void *(*run)(void *), struct err *err)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&belt->threads[belt->n_threads], NULL, run, belt);
	int number = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (number) {
		errno = number;
		return err_sys(err, "starting a thread");
	}
	belt->n_threads++;
	return 0;
}

static int threads_start(struct belt *belt, struct err *err)
{
	if (belt->n_threads)
		return 0;
	int n = belt->options.codec ? compress_threads(belt->options.threads) : 0;
	for (int i = 0; i < n; i++) {
		if (thread_start(belt, pack_run, err))
			return -1;
	}
	if (belt->options.hash && thread_start(belt, hash_run, err))
		return -1;
	return thread_start(belt, write_run, err);
}

static void threads_join(struct belt *belt)
{
	for (size_t i = 0; i < belt->n_threads; i++)
		pthread_join(belt->threads[i], NULL);
	belt->n_threads = 0;
}

static int failure_repeat(struct belt *belt, struct err *err)
{
	belt_lock(belt);
	int failed = 0;
	if (err_is_set(&belt->failure))
		failed = err_set(err, belt->failure.kind, "%s", err_text(&belt->failure));
	belt_unlock(belt);
	return failed;
}

/* Waits until the block to fill is free. */
static int slot_free_wait(struct belt *belt, struct err *err)
{
	belt_lock(belt);
	for (;;) {
		uint64_t done = belt->n_written;
		if (belt->options.hash && belt->n_hashed < done)
			done = belt->n_hashed;
		if (belt->is_stopped || belt->n_filled < done + belt->n_slots)
			break;
		pthread_cond_wait(&belt->moved, &belt->lock);
	}
	belt_unlock(belt);
	return failure_repeat(belt, err);
}

static void block_submit(struct belt *belt)
{
	slot_at(belt, belt->n_filled)->len = belt->room_used;
	belt->room_used = 0;
	belt_count(belt, &belt->n_filled);
}

int belt_room(struct belt *belt, uint8_t **ret_ptr, size_t *ret_len, struct err *err)
{
	if (belt->room_used == BELT_BLOCK_BYTES) {
		if (threads_start(belt, err)) {
			struct err failure = {0};
			err_set(&failure, err->kind, "%s", err_text(err));
			belt_fail(belt, &failure);
			return -1;
		}
		block_submit(belt);
	}
	if (belt->room_used == 0 && slot_free_wait(belt, err))
		return -1;
	struct slot *slot = slot_at(belt, belt->n_filled);
	if (!slot->bytes)
		slot->bytes = xmalloc(BELT_BLOCK_BYTES);
	*ret_ptr = slot->bytes + belt->room_used;
	*ret_len = BELT_BLOCK_BYTES - belt->room_used;
	return 0;
}

void belt_added(struct belt *belt, size_t len)
{
	assert(len <= BELT_BLOCK_BYTES - belt->room_used);
	belt->room_used += len;
	belt->n_bytes += len;
}

uint64_t belt_bytes(const struct belt *belt)
{
	return belt->n_bytes;
}

static int belt_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct belt *belt = (struct belt *)writer;
	for (const uint8_t *pos = data; len;) {
		uint8_t *room;
		size_t n;
		if (belt_room(belt, &room, &n, err))
			return -1;
		n = n < len ? n : len;
		memcpy(room, pos, n);
		belt_added(belt, n);
		pos += n;
		len -= n;
	}
	return 0;
}

/* All in one block: no thread is worth its start. */
static int block_alone(struct belt *belt, struct err *err)
{
	struct slot *slot = slot_at(belt, 0);
	const struct block_codec *codec = belt->options.codec;
	slot->len = belt->room_used;
	if (belt->options.hash)
		hash_update(belt->options.hash, slot->bytes, slot->len);
	if (codec) {
		void *state = codec->state_new(belt->options.level);
		int failed = slot_pack(belt, slot, state, err);
		codec->state_free(state);
		if (failed)
			return -1;
	}
	return slot_write(belt, slot, err);
}

static int belt_finish(struct writer *writer, struct err *err)
{
	struct belt *belt = (struct belt *)writer;
	if (belt->n_threads == 0) {
		if (failure_repeat(belt, err) || block_alone(belt, err))
			return -1;
		return writer_finish(belt->out, err);
	}
	if (belt->room_used)
		block_submit(belt);
	belt_lock(belt);
	belt->has_ended = true;
	belt_changed(belt);
	belt_unlock(belt);
	threads_join(belt);
	if (failure_repeat(belt, err))
		return -1;
	return writer_finish(belt->out, err);
}

static void belt_close(struct writer *writer)
{
	struct belt *belt = (struct belt *)writer;
	belt_lock(belt);
	belt->is_stopped = true;
	belt_changed(belt);
	belt_unlock(belt);
	threads_join(belt);
	writer_close(belt->out);
	for (size_t i = 0; i < belt->n_slots; i++) {
		free(belt->slots[i].bytes);
		buf_done(&belt->slots[i].packed);
	}
	free(belt->slots);
	err_clear(&belt->failure);
	pthread_cond_destroy(&belt->moved);
	pthread_mutex_destroy(&belt->lock);
	free(belt);
}

static const struct writer_ops belt_ops = {
	.write = belt_write,
	.finish = belt_finish,
	.close = belt_close,
};

#define SPARE_BLOCKS 4u /* being filled, hashed, written, and one between */

struct belt *belt_new(struct writer *out, const struct belt_options *options)
{
	struct belt *belt = xcalloc(1, sizeof(*belt));
	belt->writer.ops = &belt_ops;
	belt->out = out;
	belt->options = *options;
	belt->n_slots = SPARE_BLOCKS;
	if (options->codec) /* each thread has one in work and one waiting */
		belt->n_slots += 2 * (size_t)compress_threads(options->threads);
	belt->slots = xcalloc(belt->n_slots, sizeof(*belt->slots));
	pthread_mutex_init(&belt->lock, NULL);
	pthread_cond_init(&belt->moved, NULL);
	return belt;
}

struct writer *belt_writer(struct belt *belt)
{
	return &belt->writer;
}
