/* scope.h - what somebody asks for and what somebody was given: "repository:a/b:pull,push".
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, spec/auth/scope.md. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/strlist.h"
#include "doc/node.h"

struct access {                 /* one resource and actions on it */
	char *type;             /* "repository", "registry" */
	char *class;            /* "plugin" of "repository(plugin)"; NULL: none */
	char *name;             /* "team/app", "catalog"; may hold a port: "host:5000/a" */
	struct strlist actions; /* sorted, no doubles */
};
struct access_vec {
	struct access *items;
	size_t n, cap;
};
/* One scope: three parts, or four when the name holds a port. Appends. ERR_INPUT, ERR_LIMIT. */
int scope_parse(struct str text, struct access_vec *ret_accesses, struct err *err) must_check;
/* Blank-separated scopes; an empty text has none, an empty part is ERR_INPUT. */
int scope_parse_all(struct str text, struct access_vec *ret_accesses, struct err *err) must_check;
void access_vec_add(struct access_vec *accesses, const char *type, const char *name,
		    const char *action); /* joins one that is there */
bool access_vec_has(const struct access_vec *accesses, const char *type, const char *name,
		    const char *action); /* "*" among the actions grants all */
void access_vec_text(const struct access_vec *accesses, struct buf *buf); /* as in a challenge */
void access_vec_done(struct access_vec *accesses);
#define autoaccess cleanup(access_vec_done)
/* The "access" claim of a token and back. */
struct node *access_vec_encode(struct arena *arena, const struct access_vec *accesses);
int access_vec_decode(const struct node *list, struct access_vec *ret_accesses,
		      struct err *err) must_check;
