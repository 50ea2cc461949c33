/* index_private.h - the index from inside: connections, statements, rows.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "registry/index.h"

#define INDEX_APPLICATION 0x48756c6c /* "Hull" in the file's header */
#define INDEX_SCHEMA      1          /* another number: the file is made anew */

/* States of a blob. Condemned: nothing needs it; dead: its removal has begun. */
enum blob_state { BLOB_LIVE, BLOB_CONDEMNED, BLOB_DEAD };

#define CONNECTION_STATEMENTS 64u
#define INDEX_READERS         4u

struct index_connection {
	pthread_mutex_t lock; /* recursive: a transaction may ask */
	sqlite3 *db;          /* NULL: not opened yet */
	struct {
		const char *sql; /* a literal; compared by address */
		sqlite3_stmt *statement;
	} known[CONNECTION_STATEMENTS];
	size_t n_known;
};

struct index_file {
	int dirfd;
	char *name;
	bool in_memory; /* then the writer serves the readers too */
	atomic_bool is_damaged;
	atomic_uint generation, turn;
	struct index_connection writer, readers[INDEX_READERS];
};

struct index_txn {
	struct index_file *index;
	struct index_connection *connection;
	struct err failure;
};

/* What stands for the ?1, ?2, … of a statement. */
#define DIGEST_BYTES_MAX (1 + HASH_MAX_SIZE)
struct index_value {
	enum { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_DIGEST } kind;
	int64_t number;
	const char *text;
	uint8_t bytes[DIGEST_BYTES_MAX]; /* algorithm, then the hash: sorts as the text does */
	size_t len;
};
struct index_value value_text(const char *text); /* borrowed; NULL gives null */
struct index_value value_int(int64_t number);
struct index_value value_digest(const struct digest *digest); /* NULL or unset gives null */
#define VALUES(...)                                \
	(const struct index_value[]){__VA_ARGS__}, \
		sizeof((const struct index_value[]){__VA_ARGS__}) / sizeof(struct index_value)

/* One row. Returns false when that is enough. */
typedef bool index_row_fn(sqlite3_stmt *row, void *arg);
int index_read(struct index_file *index, const char *sql, const struct index_value *values,
	       size_t n, index_row_fn *told, void *arg, struct err *err) must_check;
void index_run(struct index_txn *txn, const char *sql, const struct index_value *values, size_t n);
bool row_digest(sqlite3_stmt *row, int column, struct digest *ret_digest); /* false: null */
const char *row_text(sqlite3_stmt *row, int column);                       /* NULL: null */

#define REPO_ID "(SELECT id FROM repositories WHERE name=?1)"
