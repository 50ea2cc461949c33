/* compile_private.h - high data: what SLS files say, before it becomes a list of states.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "base/strlist.h"
#include "state/compile.h"

struct high_arg {
	const char *name;
	struct marked *value;
	struct src_pos at;
	uint32_t item; /* arguments written in one list item share it */
	bool adds;     /* of `extend`: to the requisites that are there */
};

struct high_args {
	struct high_arg *items;
	size_t n, cap;
};

struct high_function { /* "managed", by a dot or as a bare word */
	const char *name;
	struct src_pos at;
};

struct high_id;
struct declaration;

struct declarations {
	struct declaration **items;
	size_t n, cap;
};

struct declaration { /* one state module under one ID */
	struct high_id *id;
	const char *state; /* "file" */
	struct src_pos at;
	struct {
		struct high_function *items;
		size_t n, cap;
	} functions;
	struct high_args args;
	struct high_args used; /* of `use`: added when all are known */
	struct {               /* of require_in and its kin: the same */
		struct requisite *items;
		size_t n, cap;
	} required;
	uint32_t n_items;
	int64_t order; /* by definition */
	bool has_order;
};

struct high_id {
	const char *id, *sls;
	struct src_pos at;
	struct declarations declarations;
	bool is_excluded;
};

struct extension { /* one ID below `extend` */
	const char *id, *sls;
	struct marked *body;
	struct src_pos at;
};

struct exclusion {
	const char *pattern; /* a glob for SLS, exact for IDs */
	bool is_id;
};

struct high {
	struct world *world;
	struct heap *heap;
	struct arena *arena; /* the heap's */
	const struct compile_options *options;
	struct diags *findings;
	struct {
		struct high_id **items;
		size_t n, cap;
	} ids;
	struct map by_id;
	struct {
		struct extension *items;
		size_t n, cap;
	} extensions;
	struct {
		struct exclusion *items;
		size_t n, cap;
	} exclusions;
	struct map seen;  /* SLS names */
	struct map texts; /* file → struct str *: what findings quote */
	size_t n_sls, n_chunks;
	int64_t next_order;
	struct strlist available; /* all SLS, when a glob asked for them */
	bool is_listed;
};

/* What a name among the arguments means to the engine. */
enum keyword_kind {
	KEY_NONE,      /* an argument of the state */
	KEY_REQUISITE, /* .requisite */
	KEY_REQUISITE_IN,
	KEY_CONDITION, /* onlyif, unless, creates, check_cmd, retry, failhard… */
	KEY_IGNORED,   /* known, without effect here */
	KEY_SHARED,    /* the engine's and the state's: runas, umask */
	KEY_REFUSED,
};

struct engine_keyword {
	const char *name;
	enum keyword_kind kind;
	enum requisite_kind requisite;
};
/* NULL: none of the engine's. */
const struct engine_keyword *engine_keyword_find(const char *name);

/* An error with its place and the lines around it. */
void compile_error(struct high *high, struct src_pos at, const char *fmt, ...) printf_like(3, 4);
void compile_quote(struct high *high, struct diag *diag);

/* Lists grow in compile_lists.c. */
void args_add(struct high_args *args, struct high_arg arg);
void functions_add(struct declaration *declaration, const char *name, struct src_pos at);
void required_add(struct declaration *declaration, struct requisite requisite);
void requisites_add(struct chunk *chunk, struct requisite requisite);
void low_add(struct low_list *low, struct chunk *chunk);
void declarations_add(struct declarations *list, struct declaration *declaration);
/* Under the argument an item number of its own: what comes later is no part of another's item. */
void declaration_add_arg(struct declaration *declaration, struct high_arg arg);

/* compile_sls.c: reads, renders and parses one SLS and what it includes. */
void high_read(struct high *high, const char *sls, struct src_pos asked_at, unsigned depth);
/* compile_high.c */
void high_declare(struct high *high, const char *sls, const struct marked *root);
void high_number(struct high *high, const char *sls, size_t first);
void high_verify(struct high *high);
void declaration_take_list(struct high *high, struct declaration *declaration,
			   const struct marked *list);
struct declaration *declaration_new(struct high *high, struct high_id *id, const char *state,
				    struct src_pos at);
struct declaration *declaration_find(const struct high_id *id, const char *state);
struct high_id *high_find(const struct high *high, const char *id);
/* compile_extend.c */
void high_extend(struct high *high);
void high_exclude(struct high *high);
/* The one declaration of `state` whose `name` is that; NULL: none or several. */
struct declaration *high_find_named(const struct high *high, const char *state, const char *name,
				    size_t *ret_n);
void compile_error_extend(struct high *high, struct src_pos at, const char *id, const char *sls);
/* compile_requisite_in.c */
void high_requisite_in(struct high *high);
/* One item of a requisite list. 1: taken; 0: nothing (null); -1: an error was told. */
int requisite_read(struct high *high, const struct high_id *id, const char *key,
		   enum requisite_kind kind, const struct marked *item,
		   struct requisite *ret_requisite);
/* compile_chunk.c: the state exists, its arguments fit. quiet: the same was told before. */
void chunk_check(struct high *high, struct chunk *chunk, bool quiet);
/* compile_low.c */
void high_to_low(struct high *high, struct low_list *low);
/* compile_requisites.c */
void low_link(struct high *high, struct low_list *low);
void low_check_requisites(struct high *high, struct low_list *low);
