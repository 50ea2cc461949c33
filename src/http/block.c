/* block.c - buffers and exchanges, kept by the loop for the next request.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "http/connection_private.h"

#include "base/banned.h"

struct block *block_take(struct http_loop *loop)
{
	struct block *block = loop->spare_blocks;

	if (block) {
		loop->spare_blocks = block->next;
		loop->n_spare_blocks--;
	} else {
		block = xmalloc(sizeof(*block) + LIMIT_HTTP_BLOCK);
		block->cap = LIMIT_HTTP_BLOCK;
	}
	block->next = NULL;
	block->start = block->len = 0;
	return block;
}

void block_give(struct http_loop *loop, struct block **at)
{
	struct block *block = steal(at);

	if (!block)
		return;
	if (block->cap != LIMIT_HTTP_BLOCK || loop->n_spare_blocks >= LIMIT_HTTP_SPARE) {
		free(block);
		return;
	}
	block->next = loop->spare_blocks;
	loop->spare_blocks = block;
	loop->n_spare_blocks++;
}

struct block *block_grow(struct block *block, size_t cap)
{
	block = xrealloc(block, sizeof(*block) + cap);
	block->cap = cap;
	return block;
}

static void exchange_free(struct http_exchange *x)
{
	buf_done(&x->path_text);
	buf_done(&x->gathered);
	buf_done(&x->extra);
	buf_done(&x->copy);
	free(x);
}

struct http_exchange *exchange_take(struct connection *conn)
{
	struct http_loop *loop = conn->loop;
	size_t n_fields = conn->settings->limits.head_fields;
	struct http_exchange *x = loop->spare_exchanges;

	if (x) {
		loop->spare_exchanges = x->next;
		loop->n_spare_exchanges--;
	}
	if (!x || x->n_fields_max < n_fields) {
		if (x) /* made under a limit of fewer fields */
			exchange_free(x);
		x = xcalloc(1, sizeof(*x) + n_fields * sizeof(x->fields[0]));
		x->n_fields_max = n_fields;
		x->answer.fd = -1;
		x->extra.max = LIMIT_HTTP_ANSWER_FIELDS;
		x->copy.max = SIZE_MAX / 2; /* our own bytes: the caller has bounded them */
	}
	x->next = NULL;
	x->conn = conn;
	return x;
}

/* What lived for this request alone; texts keep their memory while it is small. */
static void buf_rest(struct buf *buf)
{
	if (buf->cap > LIMIT_HTTP_BLOCK)
		buf_done(buf);
	else
		buf_truncate(buf, 0);
	buf->overflowed = false;
}

void exchange_release(struct http_exchange *x)
{
	struct answer *answer = &x->answer;
	void (*release)(void *arg) = answer->release;
	int fd = answer->fd;

	answer->release = NULL;
	answer->fd = -1;
	if (release)
		release(answer->arg);
	else if (answer->kind == ANSWER_FILE && fd >= 0)
		close(fd);
}

void exchange_give(struct http_exchange *x)
{
	struct http_loop *loop = x->conn->loop;

	exchange_release(x);
	err_clear(&x->reader.failure);
	block_give(loop, &x->held);
	if (x->gathered_counted)
		atomic_fetch_sub(&loop->server->gathered_bytes, steal(&x->gathered_counted));
	if (loop->n_spare_exchanges >= LIMIT_HTTP_SPARE) {
		exchange_free(x);
		return;
	}
	buf_rest(&x->path_text);
	buf_done(&x->gathered);
	buf_rest(&x->extra);
	buf_rest(&x->copy);
	x->answer = (struct answer){.fd = -1};
	x->has_head = x->must_close = x->is_gathered = false;
	x->path = x->query = x->gathered_view = x->gathered_rest = (struct str){NULL, 0};
	x->context = NULL;
	x->gather_max = 0;
	x->received = 0;
	x->next = loop->spare_exchanges;
	loop->spare_exchanges = x;
	loop->n_spare_exchanges++;
}

void spare_done(struct http_loop *loop)
{
	while (loop->spare_blocks) {
		struct block *block = loop->spare_blocks;
		loop->spare_blocks = block->next;
		free(block);
	}
	while (loop->spare_exchanges) {
		struct http_exchange *x = loop->spare_exchanges;
		loop->spare_exchanges = x->next;
		exchange_free(x);
	}
}
