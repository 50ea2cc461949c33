/* index.c - the index's file: opening, connections, statements, and what to do with a damaged one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/log.h"
#include "registry/index_private.h"

#include "base/banned.h"

#define BUSY_TIMEOUT_MS 5000
#define TEXT_OF(x)      #x
#define STRINGIFY(x)    TEXT_OF(x)

/* NORMAL: after a power cut the file is whole but may lack the last changes; the walk brings them
 * back from the tree, which is durable. */
static const char settings[] = "PRAGMA journal_mode=WAL;"
			       "PRAGMA synchronous=NORMAL;"
			       "PRAGMA foreign_keys=OFF;"
			       "PRAGMA temp_store=MEMORY;"
			       "PRAGMA journal_size_limit=16777216;"
			       "PRAGMA cache_size=-1024;";

static const char schema[] =
	"CREATE TABLE repositories(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE tags(repo INTEGER NOT NULL, tag TEXT NOT NULL, digest BLOB NOT NULL,"
	" PRIMARY KEY(repo, tag)) WITHOUT ROWID;"
	"CREATE INDEX tags_digest ON tags(digest, repo);"
	"CREATE TABLE manifests(id INTEGER PRIMARY KEY, repo INTEGER NOT NULL,"
	" digest BLOB NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL, subject BLOB,"
	" artifact_type TEXT, annotations TEXT, pushed_at INTEGER NOT NULL,"
	" held_at INTEGER NOT NULL, last_pull INTEGER NOT NULL DEFAULT 0);"
	"CREATE UNIQUE INDEX manifests_digest ON manifests(digest, repo);"
	"CREATE INDEX manifests_repo ON manifests(repo);"
	"CREATE INDEX manifests_subject ON manifests(repo, subject, digest)"
	" WHERE subject IS NOT NULL;"
	"CREATE TABLE parts(digest BLOB NOT NULL, repo INTEGER NOT NULL, manifest BLOB NOT NULL,"
	" kind INTEGER NOT NULL, PRIMARY KEY(digest, repo, manifest, kind)) WITHOUT ROWID;"
	"CREATE INDEX parts_manifest ON parts(repo, manifest);"
	"CREATE TABLE links(digest BLOB NOT NULL, repo INTEGER NOT NULL, since INTEGER NOT NULL,"
	" PRIMARY KEY(digest, repo)) WITHOUT ROWID;"
	"CREATE INDEX links_repo ON links(repo);"
	"CREATE TABLE blobs(digest BLOB PRIMARY KEY, size INTEGER NOT NULL,"
	" state INTEGER NOT NULL DEFAULT 0, condemned_at INTEGER NOT NULL DEFAULT 0,"
	" verified_at INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
	"CREATE INDEX blobs_condemned ON blobs(condemned_at) WHERE state != 0;"
	"CREATE INDEX blobs_verified ON blobs(verified_at);"
	"PRAGMA application_id=" STRINGIFY(INDEX_APPLICATION) ";"
							      "PRAGMA user_version=" STRINGIFY(
								      INDEX_SCHEMA) ";";

/* Touches the root of every table and of its indexes: cheap, whatever the size of the store. */
static const char probe[] = "SELECT max(id) FROM repositories;"
			    "SELECT tag FROM tags LIMIT 1;"
			    "SELECT max(digest) FROM tags;"
			    "SELECT max(id) FROM manifests;"
			    "SELECT max(digest) FROM manifests;"
			    "SELECT max(digest) FROM parts;"
			    "SELECT max(digest) FROM links;"
			    "SELECT max(digest) FROM blobs;"
			    "SELECT max(verified_at) FROM blobs;";

static int sql_err(sqlite3 *db, int code, const char *doing, struct err *err)
{
	const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);

	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return err_set(err, ERR_CORRUPT, "index: %s: %s", doing, text);
	case SQLITE_FULL: errno = ENOSPC; return err_sys(err, "index: %s", doing);
	default: break;
	}
	return err_set(err, ERR_SYSTEM, "index: %s: %s", doing, text);
}

unsigned index_generation(struct index_file *index)
{
	return atomic_load(&index->generation);
}

void index_distrust(struct index_file *index)
{
	atomic_fetch_add(&index->generation, 1);
}

static int note_failure(struct index_file *index, sqlite3 *db, int code, const char *doing,
			struct err *err)
{
	sql_err(db, code, doing, err);
	if (err->kind == ERR_CORRUPT && !atomic_exchange(&index->is_damaged, true))
		index_distrust(index);
	return -1;
}

static void connection_init(struct index_connection *connection)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&connection->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

static void connection_close(struct index_connection *connection)
{
	for (size_t i = 0; i < connection->n_known; i++)
		sqlite3_finalize(connection->known[i].statement);
	connection->n_known = 0;
	sqlite3_close(steal(&connection->db));
}

/* Through the descriptor, so that the index stays where the storage is. */
static char *file_path(const struct index_file *index)
{
	return xasprintf("/proc/self/fd/%d/%s", index->dirfd, index->name);
}

static int connection_open(struct index_connection *connection, const char *path, struct err *err)
{
	int code = sqlite3_open_v2(path, &connection->db,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
				   NULL);

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(connection->db, BUSY_TIMEOUT_MS);
	if (code == SQLITE_OK)
		code = sqlite3_exec(connection->db, settings, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		return 0;
	sql_err(connection->db, code, "opening", err);
	connection_close(connection);
	return -1;
}

static int read_number(sqlite3 *db, const char *sql, int *ret_number, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*ret_number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? 0 : sql_err(db, code, sql, err);
}

/* ERR_CORRUPT: not an index, of another schema, or damaged where it is looked at. */
static int check_sound(sqlite3 *db, struct err *err)
{
	int application = 0, version = 0;

	if (read_number(db, "PRAGMA application_id", &application, err) ||
	    read_number(db, "PRAGMA user_version", &version, err))
		return -1;
	if (application != INDEX_APPLICATION || version != INDEX_SCHEMA)
		return err_set(err, ERR_CORRUPT, "index: of schema %d, not %d", version,
			       INDEX_SCHEMA);
	int code = sqlite3_exec(db, probe, NULL, NULL, NULL);
	if (code != SQLITE_OK) /* a missing table, too, is damage */
		return err_set(err, ERR_CORRUPT, "index: %s", sqlite3_errmsg(db));
	return sqlite3_db_readonly(db, "main") == 1
		       ? err_set(err, ERR_DENIED, "index: it cannot be written")
		       : 0;
}

static int make_schema(sqlite3 *db, struct err *err)
{
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(db, schema, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return code == SQLITE_OK ? 0 : sql_err(db, code, "making its tables", err);
}

/* One damaged file is kept to look at; its log goes. */
static int put_aside(const struct index_file *index, struct err *err)
{
	static const char *const beside[] = {"-wal", "-shm", "-journal"};
	autofree char *aside = xasprintf("%s.damaged", index->name);

	if (renameat(index->dirfd, index->name, index->dirfd, aside) && errno != ENOENT)
		return err_sys(err, "putting '%s' aside", index->name);
	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		autofree char *name = xasprintf("%s%s", index->name, beside[i]);
		if (unlinkat(index->dirfd, name, 0) && errno != ENOENT)
			return err_sys(err, "removing '%s'", name);
	}
	return 0;
}

static int open_existing(struct index_file *index, const char *path, struct err *err)
{
	struct stat st;

	if (fstatat(index->dirfd, index->name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(err, "index");
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return err_set(err, ERR_CORRUPT, "index: empty");
	if (connection_open(&index->writer, path, err))
		return -1;
	if (check_sound(index->writer.db, err) == 0)
		return 0;
	connection_close(&index->writer);
	return -1;
}

static int open_new(struct index_file *index, const char *path, struct err *err)
{
	if (put_aside(index, err))
		return -1;
	autoclose int fd = openat(index->dirfd, index->name,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "making '%s'", index->name);
	if (connection_open(&index->writer, path, err))
		return -1;
	if (make_schema(index->writer.db, err) == 0)
		return 0;
	connection_close(&index->writer);
	return -1;
}

static int open_in_memory(struct index_file *index, struct err *err)
{
	index->in_memory = true;
	if (connection_open(&index->writer, ":memory:", err))
		return -1;
	return make_schema(index->writer.db, err);
}

static int open_writer(struct index_file *index, enum index_state *ret_state, struct err *err)
{
	autofree char *path = file_path(index);
	autoerr struct err why = {0};

	*ret_state = INDEX_EMPTY;
	if (index->dirfd < 0)
		return open_in_memory(index, err);
	if (open_existing(index, path, &why) == 0) {
		*ret_state = INDEX_SOUND;
		return 0;
	}
	log_debug("%s: making it anew", err_text(&why));
	err_clear(&why);
	if (open_new(index, path, &why) == 0)
		return 0;
	/* A cache that cannot be kept is still a cache: the service goes on without the file. */
	log_debug("%s: keeping it in memory", err_text(&why));
	return open_in_memory(index, err);
}

int index_file_open(int dirfd, const char *name, struct index_file **ret_index,
		    enum index_state *ret_state, struct err *err)
{
	struct index_file *index = xcalloc(1, sizeof(*index));

	index->dirfd = dirfd;
	index->name = xstrdup(name);
	atomic_store(&index->generation, 1);
	connection_init(&index->writer);
	for (size_t i = 0; i < INDEX_READERS; i++)
		connection_init(&index->readers[i]);
	if (open_writer(index, ret_state, err)) {
		index_file_close(index);
		return -1;
	}
	*ret_index = index;
	return 0;
}

void index_file_close(struct index_file *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < INDEX_READERS; i++) {
		connection_close(&index->readers[i]);
		pthread_mutex_destroy(&index->readers[i].lock);
	}
	connection_close(&index->writer); /* last: it takes the log into the file */
	pthread_mutex_destroy(&index->writer.lock);
	free(index->name);
	free(index);
}

int index_file_copy(struct index_file *index, struct index_file **ret_copy, struct err *err)
{
	struct index_file *copy = NULL;
	enum index_state state;

	if (index_file_open(-1, "copy", &copy, &state, err))
		return -1;
	connection_close(&copy->writer);
	int code = sqlite3_open_v2("", &copy->writer.db, /* "": a temporary file of its own */
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
				   NULL);
	pthread_mutex_lock(&index->writer.lock);
	sqlite3_backup *backup = code == SQLITE_OK ? sqlite3_backup_init(copy->writer.db, "main",
									 index->writer.db, "main")
						   : NULL;
	if (backup) {
		sqlite3_backup_step(backup, -1);
		code = sqlite3_backup_finish(backup);
	} else {
		code = code == SQLITE_OK ? sqlite3_errcode(copy->writer.db) : code;
	}
	pthread_mutex_unlock(&index->writer.lock);
	if (code != SQLITE_OK) {
		sql_err(NULL, code, "copying", err);
		index_file_close(copy);
		return -1;
	}
	*ret_copy = copy;
	return 0;
}

/* In place of a damaged file comes an empty one; everybody waits as long as that takes. */
static int renew(struct index_file *index, struct err *err)
{
	enum index_state state;
	int result = 0;

	pthread_mutex_lock(&index->writer.lock);
	for (size_t i = 0; i < INDEX_READERS; i++)
		pthread_mutex_lock(&index->readers[i].lock);
	if (atomic_load(&index->is_damaged)) {
		for (size_t i = 0; i < INDEX_READERS; i++)
			connection_close(&index->readers[i]);
		connection_close(&index->writer);
		autoerr struct err why = {0};
		if (!index->in_memory && put_aside(index, &why))
			log_debug("%s", err_text(&why));
		result = open_writer(index, &state, err);
		if (result == 0)
			atomic_store(&index->is_damaged, false);
	}
	for (size_t i = INDEX_READERS; i-- > 0;)
		pthread_mutex_unlock(&index->readers[i].lock);
	pthread_mutex_unlock(&index->writer.lock);
	return result;
}

struct index_value value_text(const char *text)
{
	return (struct index_value){.kind = text ? VALUE_TEXT : VALUE_NULL, .text = text};
}

struct index_value value_int(int64_t number)
{
	return (struct index_value){.kind = VALUE_INT, .number = number};
}

struct index_value value_digest(const struct digest *digest)
{
	struct index_value value = {.kind = VALUE_NULL};

	if (!digest || !digest_is_set(digest))
		return value;
	struct str hex = str_of(digest_hex(digest));
	value.kind = VALUE_DIGEST;
	value.bytes[0] = (uint8_t)digest_algo(digest);
	hex_decode(hex, value.bytes + 1);
	value.len = 1 + hex.len / 2;
	return value;
}

static const char *algo_prefix(uint8_t algo)
{
	return algo == HASH_SHA512 ? "sha512:" : "sha256:";
}

bool row_digest(sqlite3_stmt *row, int column, struct digest *ret_digest)
{
	const uint8_t *bytes = sqlite3_column_blob(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);

	*ret_digest = (struct digest){0};
	if (!bytes || bytes[0] > HASH_SHA512 || len != 1 + hash_size(bytes[0]))
		return false;
	const char *prefix = algo_prefix(bytes[0]);
	memcpy(ret_digest->text, prefix, strlen(prefix));
	hex_encode(bytes + 1, len - 1, ret_digest->text + strlen(prefix));
	return true;
}

const char *row_text(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

static int find_statement(struct index_connection *connection, const char *sql,
			  sqlite3_stmt **ret_statement)
{
	for (size_t i = 0; i < connection->n_known; i++)
		if (connection->known[i].sql == sql) {
			*ret_statement = connection->known[i].statement;
			return SQLITE_OK;
		}
	if (connection->n_known ==
	    CONNECTION_STATEMENTS) /* more than we have: the last makes room */
		sqlite3_finalize(connection->known[--connection->n_known].statement);

	int code = sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
				      ret_statement, NULL);
	if (code == SQLITE_OK) {
		connection->known[connection->n_known].sql = sql;
		connection->known[connection->n_known++].statement = *ret_statement;
	}
	return code;
}

static int bind(sqlite3_stmt *statement, int at, const struct index_value *value)
{
	switch (value->kind) {
	case VALUE_INT: return sqlite3_bind_int64(statement, at, value->number);
	case VALUE_TEXT: return sqlite3_bind_text(statement, at, value->text, -1, SQLITE_STATIC);
	case VALUE_DIGEST:
		return sqlite3_bind_blob(statement, at, value->bytes, (int)value->len,
					 SQLITE_STATIC);
	default: return sqlite3_bind_null(statement, at);
	}
}

static int run(struct index_connection *connection, const char *sql,
	       const struct index_value *values, size_t n, index_row_fn *told, void *arg)
{
	sqlite3_stmt *statement = NULL;
	int code = find_statement(connection, sql, &statement);

	for (size_t i = 0; code == SQLITE_OK && i < n; i++)
		code = bind(statement, (int)i + 1, &values[i]);
	if (code != SQLITE_OK)
		return code;
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		if (told && !told(statement, arg))
			break;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int mend(struct index_file *index, struct err *err)
{
	return atomic_load(&index->is_damaged) ? renew(index, err) : 0;
}

/* A free one, or the turn's; opened when it is used first. */
static int take_reader(struct index_file *index, struct index_connection **ret_connection,
		       struct err *err)
{
	struct index_connection *connection = &index->writer;

	if (mend(index, err))
		return -1;
	if (index->in_memory) {
		pthread_mutex_lock(&connection->lock);
		*ret_connection = connection;
		return 0;
	}
	unsigned turn = atomic_fetch_add(&index->turn, 1);
	for (unsigned i = 0; i < INDEX_READERS; i++) {
		connection = &index->readers[(turn + i) % INDEX_READERS];
		if (pthread_mutex_trylock(&connection->lock) == 0)
			break;
		connection = NULL;
	}
	if (!connection) {
		connection = &index->readers[turn % INDEX_READERS];
		pthread_mutex_lock(&connection->lock);
	}
	if (!connection->db) {
		autofree char *path = file_path(index);
		if (connection_open(connection, path, err)) {
			pthread_mutex_unlock(&connection->lock);
			return -1;
		}
	}
	*ret_connection = connection;
	return 0;
}

int index_read(struct index_file *index, const char *sql, const struct index_value *values,
	       size_t n, index_row_fn *told, void *arg, struct err *err)
{
	struct index_connection *connection = NULL;

	if (take_reader(index, &connection, err))
		return -1;
	int code = run(connection, sql, values, n, told, arg);
	if (code != SQLITE_OK)
		note_failure(index, connection->db, code, "asking", err);
	pthread_mutex_unlock(&connection->lock);
	return code == SQLITE_OK ? 0 : -1;
}

struct index_txn *index_begin(struct index_file *index)
{
	struct index_txn *txn = xcalloc(1, sizeof(*txn));

	txn->index = index;
	if (mend(index, &txn->failure))
		return txn;
	pthread_mutex_lock(&index->writer.lock);
	txn->connection = &index->writer;
	index_run(txn, "BEGIN IMMEDIATE", NULL, 0);
	return txn;
}

void index_run(struct index_txn *txn, const char *sql, const struct index_value *values, size_t n)
{
	if (err_is_set(&txn->failure))
		return;
	int code = run(txn->connection, sql, values, n, NULL, NULL);
	if (code != SQLITE_OK)
		note_failure(txn->index, txn->connection->db, code, "changing", &txn->failure);
}

int index_end(struct index_txn *txn, struct err *err)
{
	index_run(txn, "COMMIT", NULL, 0);

	bool failed = err_is_set(&txn->failure);
	if (txn->connection) {
		if (failed && !sqlite3_get_autocommit(txn->connection->db))
			sqlite3_exec(txn->connection->db, "ROLLBACK", NULL, NULL, NULL);
		pthread_mutex_unlock(&txn->connection->lock);
	}
	if (failed)
		err_move(err, &txn->failure);
	free(txn);
	return failed ? -1 : 0;
}
