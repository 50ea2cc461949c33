/* request.h - one request on its way through the API: what it names, who asks, what went wrong.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Made in `begin`, freed in `ended`; it belongs to the thread that has the exchange. */
#pragma once

#include "api/api.h"
#include "api/routes.h"
#include "api/token_memory.h"
#include "registry/name.h"

struct api_state { /* immutable and shared: what a reload replaces */
	atomic_uint refs;
	struct access_policy *policy;
	struct api_settings settings; /* .fields points to the list below */
	struct strlist fields;
	struct buf block; /* header fields of every answer */
};
struct api_state *api_state_of(struct api *api); /* a new reference */
void api_state_unref(struct api_state *state);
struct registry *api_registry(struct api *api);

struct request {
	struct api *api;
	struct http_exchange *x;
	struct api_state *state;
	struct route route;
	const struct action *action;
	char repository[REPOSITORY_NAME_MAX + 1];
	char reference[DIGEST_TEXT_MAX]; /* tag, digest or upload's ID */
	struct digest digest;            /* unset: the reference is no digest */
	char *source;                    /* the repository that a mount takes from; NULL: none */
	struct caller caller;
	bool has_address; /* caller.ip is filled */
	bool is_admitted; /* who calls was found and may do it */
	bool is_gathered; /* the body is in memory */
	unsigned retry_seconds;
	struct problems problems;
	struct err cause;  /* for the log, when the fault is ours */
	const char *audit; /* NULL: nothing */
	char *detail;      /* of the audit line; no secrets */
};

/* Each says why and returns -1. */
int request_problem(struct request *request, enum problem_code code, const char *fmt, ...)
	printf_like(3, 4); /* fmt NULL: the code's own words */
/* What an inner failure means; takes the error for the log when the cause is ours. */
int request_fail(struct request *request, struct err *err, enum problem_code missing);
/* "name" and what else was named as the problem's detail. */
int request_unknown(struct request *request, enum problem_code code);
/* 401 with the challenge for all that the action needs. */
int request_challenge(struct request *request, const char *error);

/* Sends the problems. */
void request_answer_problems(struct request *request);
/* An answer without a body. */
int request_answer_empty(struct request *request, int status);
int request_answer_json(struct request *request, const char *type, const struct buf *json);

bool request_knows(const struct request *request, const char *etag); /* If-None-Match names it */
bool request_is_head(const struct request *request);
bool request_may(const struct request *request, const char *repository, const char *action);
bool request_may_act(const struct request *request);          /* what the action needs */
void request_note(struct request *request, const char *text); /* the audit line's detail */

/* A value of the query: NULL absent. -1: it does not decode, or is too long. */
int request_query(struct request *request, const char *name, char **ret_value) must_check;
/* ?n= and ?last=. *ret_n: at most the page's limit; *ret_last NULL: from the start. */
int request_page(struct request *request, size_t *ret_n, char **ret_last) must_check;
/* Link to what follows `last` in /v2/PATH; n 0, artifact_type NULL: not told. */
void request_link_next(struct request *request, const char *path, size_t n, const char *last,
		       const char *artifact_type);

/* The whole body, at most max bytes, into `buf` or as a view of what was gathered. */
int request_body(struct request *request, size_t max, enum problem_code too_large, struct buf *buf,
		 struct str *ret_body) must_check;
/* What http_read_body said: malformed 400, slow 408, gone. */
int request_body_failed(struct request *request, struct err *err);

/* The handlers of the table in routes.c. */
bool index_page_peek(struct request *request);
bool base_peek(struct request *request);
bool manifest_peek(struct request *request);
int manifest_get(struct request *request);
int manifest_put(struct request *request);
int manifest_delete(struct request *request);
bool blob_peek(struct request *request);
int blob_get(struct request *request);
int blob_delete(struct request *request);
int uploads_post(struct request *request);
int upload_get(struct request *request);
int upload_patch(struct request *request);
int upload_put(struct request *request);
int upload_delete(struct request *request);
int tags_get(struct request *request);
int catalog_get(struct request *request);
int referrers_get(struct request *request);
int token_get(struct request *request);
int token_post(struct request *request);
