/* writer_async.c - writer.h's writer_async: an inner writer on a thread of its own.
 * SPDX-License-Identifier: Apache-2.0
 *
 *      producer fills            thread empties
 *   blocks[(first + n_full) % N]  blocks[first]
 *
 * The block being filled is the producer's alone, those that are full are the thread's; only
 * `first`, `n_full` and the flags are shared, under the mutex. */
#include "base/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#include "base/banned.h"

struct block {
	char *bytes; /* LIMIT_ASYNC_BLOCK_SIZE */
	size_t len;
};

struct async_writer {
	struct writer writer;
	struct writer *inner;
	bool has_thread; /* to be joined; without one, bytes go straight through */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct block blocks[LIMIT_ASYNC_BLOCKS];
	unsigned first; /* the oldest full block */
	unsigned n_full;
	bool is_complete;         /* no block will follow */
	bool is_abandoned;        /* what is left need not be written */
	struct err inner_failure; /* set: the thread has ended */
};

static struct block *block_to_fill(struct async_writer *self)
{
	return &self->blocks[(self->first + self->n_full) % LIMIT_ASYNC_BLOCKS];
}

/* The next full block; NULL: nothing more to do. The mutex is held. */
static struct block *wait_for_full(struct async_writer *self)
{
	while (self->n_full == 0 && !self->is_complete && !self->is_abandoned)
		pthread_cond_wait(&self->changed, &self->mutex);
	return self->n_full == 0 || self->is_abandoned ? NULL : &self->blocks[self->first];
}

static void *empty_blocks(void *arg)
{
	struct async_writer *self = arg;
	struct block *block;

	pthread_mutex_lock(&self->mutex);
	while ((block = wait_for_full(self))) {
		struct err err = {0};
		pthread_mutex_unlock(&self->mutex);
		int result = writer_write(self->inner, block->bytes, block->len, &err);
		pthread_mutex_lock(&self->mutex);
		if (result) {
			self->inner_failure = err;
			pthread_cond_signal(&self->changed);
			break;
		}
		block->len = 0;
		self->first = (self->first + 1) % LIMIT_ASYNC_BLOCKS;
		self->n_full--;
		pthread_cond_signal(&self->changed);
	}
	pthread_mutex_unlock(&self->mutex);
	return NULL;
}

static int inner_err(const struct async_writer *self, struct err *err)
{
	return err_set(err, self->inner_failure.kind, "%s", err_text(&self->inner_failure));
}

/* The block with room, once there is one. */
static int wait_for_room(struct async_writer *self, struct block **ret_block, struct err *err)
{
	int result = 0;

	pthread_mutex_lock(&self->mutex);
	while (self->n_full == LIMIT_ASYNC_BLOCKS && !err_is_set(&self->inner_failure))
		pthread_cond_wait(&self->changed, &self->mutex);
	if (err_is_set(&self->inner_failure))
		result = inner_err(self, err);
	else
		*ret_block = block_to_fill(self);
	pthread_mutex_unlock(&self->mutex);
	return result;
}

static void hand_over(struct async_writer *self)
{
	pthread_mutex_lock(&self->mutex);
	self->n_full++;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->mutex);
}

static int async_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct async_writer *self = (struct async_writer *)writer;
	const char *pos = data;

	if (!self->has_thread)
		return writer_write(self->inner, data, len, err);
	while (len > 0) {
		struct block *block = NULL;
		if (wait_for_room(self, &block, err))
			return -1;
		if (!block->bytes)
			block->bytes = xmalloc(LIMIT_ASYNC_BLOCK_SIZE);
		size_t room = LIMIT_ASYNC_BLOCK_SIZE - block->len;
		size_t n = len < room ? len : room;
		memcpy(block->bytes + block->len, pos, n);
		block->len += n;
		pos += n;
		len -= n;
		if (block->len == LIMIT_ASYNC_BLOCK_SIZE)
			hand_over(self);
	}
	return 0;
}

static void end_thread(struct async_writer *self, bool abandon)
{
	if (!self->has_thread)
		return;
	pthread_mutex_lock(&self->mutex);
	self->is_complete = true;
	self->is_abandoned = abandon;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->mutex);
	pthread_join(self->thread, NULL);
	self->has_thread = false;
}

static int async_finish(struct writer *writer, struct err *err)
{
	struct async_writer *self = (struct async_writer *)writer;

	if (self->has_thread) {
		struct block *block = NULL;
		if (wait_for_room(self, &block, err))
			return -1;
		if (block->len > 0)
			hand_over(self);
		end_thread(self, false);
	}
	if (err_is_set(&self->inner_failure))
		return inner_err(self, err);
	return writer_finish(self->inner, err);
}

static void async_close(struct writer *writer)
{
	struct async_writer *self = (struct async_writer *)writer;

	end_thread(self, true);
	writer_close(self->inner);
	for (size_t i = 0; i < ARRAY_LEN(self->blocks); i++)
		free(self->blocks[i].bytes);
	err_clear(&self->inner_failure);
	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->mutex);
	free(self);
}

static const struct writer_ops async_ops = {
	.write = async_write,
	.finish = async_finish,
	.close = async_close,
};

struct writer *writer_async(struct writer *inner)
{
	struct async_writer *self = xcalloc(1, sizeof(*self));
	sigset_t all;
	sigset_t old;

	self->writer.ops = &async_ops;
	self->inner = inner;
	pthread_mutex_init(&self->mutex, NULL);
	pthread_cond_init(&self->changed, NULL);

	/* Signals are the main thread's business. SIGPIPE stays with who writes: blocked, it is
	 * EPIPE. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	self->has_thread = pthread_create(&self->thread, NULL, empty_blocks, self) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return &self->writer;
}
