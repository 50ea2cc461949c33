/* test_fixture.h - a real server with a registry in a scratch directory, and a client that is blunt
 * enough to send anything. SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/map.h"
#include "testing/test.h"

struct seen { /* an api_event, kept */
	int status;
	char *account, *audit, *detail, *route, *repository, *address, *cause, *path;
};
struct seen_vec {
	pthread_mutex_t lock;
	struct seen *items;
	size_t n, cap;
};
struct api_test {
	struct arena arena; /* of replies and words */
	struct registry *registry;
	struct guard *guard;
	struct accounts *accounts;
	struct key *key;
	struct api *api;
	struct http_server *server;
	unsigned port;
	struct map words; /* "{blob}" in requests and expectations */
	/* Only when the server has stopped. Not on the stack: a failed test leaves the server
	 * alone. */
	struct seen_vec *seen;
};
struct api_test_options {
	const char *users, *acl; /* JSON; NULL users: open to everybody */
	const char *prefix;      /* of the token service */
	const struct token_trust *trusts;
	size_t n_trusts;
	const struct strlist *proxies;
	const char *real_ip_header;
	int64_t real_ip_pos;
	const char *basic_realm;
	bool hsts;
	struct storage *storage; /* taken; NULL: a tree in a scratch directory */
	size_t cache_bytes;      /* of manifests; 0: the default */
	struct api_settings settings;
};
/* admin, alice, bob and the anonymous: alice has alice/ and writes team/, bob reads team/,
 * everybody reads public/, who is logged in asks for the catalog. */
extern const struct api_test_options test_with_users;
void api_test_start(struct api_test *test, const struct api_test_options *options);
void api_test_stop(struct api_test *test); /* the server; what was seen may be looked at */
void api_test_end(struct api_test *test);
#define autotest cleanup(api_test_end)

struct reply {
	int status;
	const char *head; /* all fields, "Name: value\r\n…" */
	struct str body;
};
/* `line`: "GET /v2/"; fields: "Name: value\r\n…" or NULL; body.ptr NULL: no Content-Length. Words
 * in braces are replaced in all of it. */
struct reply test_call(struct api_test *test, const char *line, const char *fields,
		       struct str body);
/* As it stands, to the end of the connection; `then_close`: no more is sent, but it is read. */
struct reply test_send(struct api_test *test, struct str bytes);
const char *reply_field(struct api_test *test, const struct reply *reply, const char *name);
void test_word(struct api_test *test, const char *name, const char *value);
const char *test_expand(struct api_test *test, const char *text);

/* One request and what must come back. */
struct row {
	const char *name, *line, *fields, *body;
	int status;
	const char *want_fields; /* "Name: value\n…": each must be there; "Name: -": must not */
	const char *want_body;   /* a part of it; NULL: any */
	const char *keep;        /* remember Location as this word */
};
void test_rows(struct api_test *test, const struct row *rows, size_t n);
#define TEST_ROWS(test, rows) test_rows(test, rows, ARRAY_LEN(rows))

/* Pushes the blob by POST + PUT; returns its digest. */
const char *test_push_blob(struct api_test *test, const char *repository, struct str bytes,
			   const char *fields);
/* Config {}, one layer; tagged; the words config, layer, manifest and manifest-body are set. */
void test_push_image(struct api_test *test, const char *repository, const char *tag,
		     const char *fields);
/* "Authorization: Bearer …\r\n" for these scopes, asked for with Basic credentials; account NULL:
 * anonymous. */
const char *test_login(struct api_test *test, const char *account, const char *password,
		       const char *query);
const char *test_basic(struct api_test *test, const char *account, const char *password);
