/* limits.h - how long, how many, how slow: what a client may ask of the HTTP engine.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Empty lines in front of a request line that are passed over (RFC 9112, 2.2): old clients end a
 * body with one that its length does not count. */
#define LIMIT_HTTP_LEADING_BREAKS 4
/* Digits of a chunk's size: 16 say all that 64 bits can. */
#define LIMIT_HTTP_CHUNK_DIGITS   16
/* Bytes of chunk extensions and trailers that no content pays for: each byte of content takes back
 * one. A signature in each chunk stays far below, a body of nothing but extensions does not. */
#define LIMIT_HTTP_CHUNK_EXTRA    4096

/* Defaults of struct http_limits. Bytes and fields of a head: what other servers take, and a
 * bearer token of a few KiB fits. */
#define LIMIT_HTTP_HEAD_BYTES   ((size_t)32 << 10)
#define LIMIT_HTTP_HEAD_FIELDS  100
/* ms: keep-alive, as common proxies hold theirs; a head is one packet; a pause in a body outlasts
 * a dozen lost packets. */
#define LIMIT_HTTP_IDLE_MS      75000
#define LIMIT_HTTP_HEAD_MS      15000
#define LIMIT_HTTP_BODY_MS      30000
/* Bytes a second: slower than any modem is somebody who holds threads on purpose. */
#define LIMIT_HTTP_BODY_RATE    1024
/* In all: at 64 KiB each a gigabyte; of one address: an office behind one. */
#define LIMIT_HTTP_CONNECTIONS  16384
#define LIMIT_HTTP_PER_ADDRESS  1024
/* Threads hold one upload each; what waits longer than this queue is told to come again. */
#define LIMIT_HTTP_POOL_THREADS 256
#define LIMIT_HTTP_POOL_QUEUE   1024
#define LIMIT_HTTP_LOOPS        256

/* Bytes of a connection's buffer: 16 KiB of a small file (or a TLS record) and a head before it. */
#define LIMIT_HTTP_BLOCK           ((size_t)20 << 10)
/* Bytes of a body that are copied behind the head, so that one call sends both. */
#define LIMIT_HTTP_SMALL_BODY      ((size_t)16 << 10)
/* Buffers and exchanges that a loop keeps for the next request: 1.5 MiB. */
#define LIMIT_HTTP_SPARE           64
/* Bytes of an answer's fields: all that we add ourselves. */
#define LIMIT_HTTP_ANSWER_FIELDS   ((size_t)64 << 10)
/* Bytes of Server and Date. */
#define LIMIT_HTTP_STAMP           256
/* Bytes of files moved at once where sendfile cannot: four TLS records. */
#define LIMIT_HTTP_SCRATCH         ((size_t)64 << 10)
/* Pipelined requests answered by one write, and those of one connection in one turn of the loop. */
#define LIMIT_HTTP_BATCH           32
#define LIMIT_HTTP_TURN_REQUESTS   64
/* Bytes one connection sends in a turn; then the others are due. */
#define LIMIT_HTTP_TURN_BYTES      ((size_t)1 << 20)
/* Connections accepted, and events heard, in one turn. */
#define LIMIT_HTTP_TURN_ACCEPTS    64
#define LIMIT_HTTP_TURN_EVENTS     256
/* ms without accepting when the kernel has no descriptor or memory left. */
#define LIMIT_HTTP_ACCEPT_PAUSE_MS 100
/* Bytes and ms for which a rest of a body is passed over to keep the connection. */
#define LIMIT_HTTP_DISCARD_BYTES   ((uint64_t)256 << 10)
#define LIMIT_HTTP_DISCARD_MS      5000
/* The same after our side is closed: a client that writes a large body must find the answer. */
#define LIMIT_HTTP_LINGER_BYTES    ((uint64_t)64 << 20)
#define LIMIT_HTTP_LINGER_MS       5000
/* ms that a connection which has not said anything yet is waited for when the server drains. */
#define LIMIT_HTTP_DRAIN_FRESH_MS  1000
/* Bytes of a gathered body when nobody said: a manifest. */
#define LIMIT_HTTP_GATHER          ((size_t)4 << 20)
/* Bytes of all gathered bodies together: what else a crowd of clients could make us hold. */
#define LIMIT_HTTP_GATHER_TOTAL    ((size_t)256 << 20)
/* Bytes from which on a body is read straight into the reader's memory. */
#define LIMIT_HTTP_DIRECT_READ     4096
/* ms that a thread of the pool waits for more work, bytes of its stack (sanitizers need more). */
#define LIMIT_HTTP_POOL_IDLE_MS    10000
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMIT_HTTP_POOL_STACK ((size_t)2 << 20)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LIMIT_HTTP_POOL_STACK ((size_t)2 << 20)
#endif
#endif
#ifndef LIMIT_HTTP_POOL_STACK
#define LIMIT_HTTP_POOL_STACK ((size_t)256 << 10)
#endif
/* Waiting connections that the kernel holds for us. */
#define LIMIT_HTTP_BACKLOG 1024
