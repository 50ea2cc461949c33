/* log_flow.c - from the bytes of a stream to the batches of its sink.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A sink without room stops a LOG_BLOCK stream in the middle of what it has read: the rest is held
 * with the sink and goes on when there is room. Only one stream can be in that place. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "init/logs_private.h"

#include "base/banned.h"

/* ---- the carry of a partial line ---- */

static bool carry_get(struct logs *logs, struct log_carry *carry)
{
	for (int i = 0; !carry->bytes && i < SPARE_CARRIES; i++)
		carry->bytes = steal(&logs->spare_carries[i]);
	if (!carry->bytes)
		carry->bytes = log_map(LIMIT_LOG_LINE);
	return carry->bytes != NULL;
}

void log_carry_release(struct logs *logs, struct log_carry *carry)
{
	for (int i = 0; carry->bytes && i < SPARE_CARRIES; i++)
		if (!logs->spare_carries[i])
			logs->spare_carries[i] = steal(&carry->bytes);
	log_unmap(carry->bytes, LIMIT_LOG_LINE);
	*carry = (struct log_carry){0};
}

/* ---- from bytes to the sink ---- */

static void head_now(struct log_stream *stream, struct log_head *head)
{
	struct log_origin origin = {stream->service, stream->stream, stream->pid};

	log_clock_set(&stream->logs->clock, clock_now_ns());
	log_head_make(head, stream->spec, &origin, &stream->logs->clock);
}

/* One that drops its lines may always; one that waits needs room for all that one batch can be. */
bool log_stream_may_write(const struct log_stream *stream)
{
	return stream->spec->overflow == LOG_DROP ||
	       (!stream->sink->is_blocked &&
		log_sink_has_room(stream->sink, LIMIT_LOG_BATCH + LIMIT_LOG_LONGEST));
}

static uint64_t count_lines(const char *text, size_t len)
{
	uint64_t n = 0;

	for (const char *at = text; (at = memchr(at, '\n', len - (size_t)(at - text))); at++)
		n++;
	return n;
}

void log_stream_tell_dropped(struct log_stream *stream)
{
	struct log_head head;
	char text[64], out[LIMIT_LOG_HEAD + 128];

	if (!stream->dropped || !log_sink_has_room(stream->sink, sizeof(out)))
		return;
	int len = snprintf(text, sizeof(text), "[hull-init: %" PRIu64 " lines dropped]",
			   stream->dropped);
	head_now(stream, &head);
	stream->dropped = 0;
	struct log_line line = {.text = {text, (size_t)len}};
	log_sink_put(stream->sink, out, log_format_line(&head, &line, out));
}

static void offer(struct log_stream *stream, const char *text, size_t len)
{
	if (stream->is_skipping) {
		const char *newline = memchr(text, '\n', len);
		if (!newline)
			return;
		stream->is_skipping = false;
		stream->dropped++;
		len -= (size_t)(newline + 1 - text);
		text = newline + 1;
	}
	if (!len)
		return;
	log_stream_tell_dropped(stream);
	size_t taken = stream->dropped ? 0 : log_sink_offer(stream->sink, text, len);
	if (taken == len)
		return;
	stream->dropped += count_lines(text + taken, len - taken);
	stream->is_skipping = text[len - 1] != '\n';
}

void log_stream_send(struct log_stream *stream, const char *text, size_t len)
{
	if (!len)
		return;
	if (stream->spec->overflow == LOG_DROP)
		offer(stream, text, len);
	else
		log_sink_put(stream->sink, text, len);
	stream->is_mid_line = text[len - 1] != '\n';
}

/* Lines into batches, as long as the sink has room; what then is left stays in *rest. */
void log_stream_take(struct log_stream *stream, struct str *rest)
{
	char *batch = stream->logs->batch;
	struct log_head head;
	struct log_line line;
	size_t len = 0;

	head_now(stream, &head);
	while (log_line_take(&stream->carry, rest, &line)) {
		len += log_format_line(&head, &line, batch + len);
		if (stream->tap)
			stream->tap(stream, line.text.ptr, line.text.len);
		if (len < LIMIT_LOG_BATCH)
			continue;
		log_stream_send(stream, batch, len);
		len = 0;
		if (!log_stream_may_write(stream))
			return;
	}
	log_stream_send(stream, batch, len);
	if (!rest->len) {
		if (!stream->carry.len && stream->carry.bytes)
			log_carry_release(stream->logs, &stream->carry);
		return;
	}
	if (carry_get(stream->logs, &stream->carry)) {
		log_line_keep(&stream->carry, *rest);
	} else { /* no memory: the line is cut here */
		line = (struct log_line){.text = *rest, .is_piece = true};
		log_stream_send(stream, batch, log_format_line(&head, &line, batch));
	}
	rest->len = 0;
}

/* The end of a line that gets no more: a newline belongs to it. */
void log_stream_end(struct log_stream *stream)
{
	struct log_carry *carry = &stream->carry;
	struct log_line line = {.text = STR("")};
	struct log_head head;

	if (carry->len > carry->taken)
		line.text = (struct str){carry->bytes + carry->taken, carry->len - carry->taken};
	if (!log_stream_may_write(stream) || (!line.text.len && !stream->is_mid_line))
		return;
	head_now(stream, &head);
	if (stream->tap && line.text.len)
		stream->tap(stream, line.text.ptr, line.text.len);
	log_stream_send(stream, stream->logs->batch,
			log_format_line(&head, &line, stream->logs->batch));
	log_ring_put(stream->ring, "\n", 1);
	log_carry_release(stream->logs, carry);
}

/* ---- a sink that is full ---- */

void log_stream_hold(struct log_stream *stream, struct str rest)
{
	struct log_sink *sink = stream->sink;

	memmove(sink->held, rest.ptr, rest.len);
	sink->held_start = 0;
	sink->held_end = rest.len;
	sink->held_by = stream;
}

void log_stream_take_held(struct log_sink *sink)
{
	struct log_stream *stream = sink->held_by;
	struct str rest = {sink->held + sink->held_start, sink->held_end - sink->held_start};

	if (!stream)
		return;
	sink->held_by = NULL;
	log_stream_take(stream, &rest);
	if (rest.len)
		log_stream_hold(stream, rest);
	else
		sink->held_start = sink->held_end = 0;
	if (!log_stream_may_write(stream))
		log_sink_block(sink);
}
