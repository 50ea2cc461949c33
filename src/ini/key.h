/* key.h - the keys of each section kind as tables: reading, writing and comparing walk them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ini/model.h"
#include "ini/variables.h"

struct key;

/* A value on its way into a struct. */
struct value {
	struct arena *arena; /* of what stays */
	const char *text;
	const struct variables *env; /* for ${NAME} in words; NULL: they stay as they are */
	bool is_circus;
};

/* How values are read and written. `write` gives the text that `parse` would read again. */
struct key_type {
	const char *name; /* as the manual calls it: "duration" */
	bool is_bare;     /* JSON without quotes */
	bool splits;      /* into words: ${NAME} is replaced in each word, never split again */
	int (*parse)(const struct key *key, const struct value *value, void *object,
		     struct err *err);
	void (*write)(const struct key *key, const void *object, struct buf *out);
};

/* A word and what it stands for; tables end with {0}. The first with a value is the one written. */
struct key_choice {
	const char *name;
	int64_t value;
};

enum key_flags {
	KEY_DAEMON = 1 << 0, /* none of the three: in every kind of service */
	KEY_JOB = 1 << 1,
	KEY_CRON = 1 << 2,
	KEY_NATIVE_ONLY = 1 << 3, /* a free option in circus' files */
	KEY_CIRCUS_ONLY = 1 << 4,
	KEY_APPENDS = 1 << 5,      /* given twice: both count */
	KEY_BOTH_STREAMS = 1 << 6, /* offset is in `out`, `errors` gets the same */
	KEY_ENVIRONMENT = 1 << 7,  /* decides the environment that other values use */
	KEY_VERBATIM = 1 << 8,     /* ${NAME} is replaced later: it may be the shell's */
	KEY_FILE_ONLY = 1 << 9,    /* cannot be changed while running */
	KEY_REQUIRED = 1 << 10,
	KEY_ABSOLUTE = 1 << 11, /* a path from the root */
	KEY_SECRET = 1 << 12,   /* never shown */
	KEY_IGNORED =
		1 << 13, /* circus: known and without effect; a warning when it is not empty */
	KEY_AT_START = 1 << 14, /* of [init]: a reload only tells that it is another */
};
#define KEY_KINDS (KEY_DAEMON | KEY_JOB | KEY_CRON)

/* Rows are many: small numbers in small fields. */
struct key {
	const char *name;
	const char *circus; /* there it is called so (here too); NULL: `name` */
	const struct key_type *type;
	const char *standard; /* the default; NULL: as zeroed */
	const struct key_choice *choices;
	int32_t min; /* of numbers; else what the type needs to know */
	uint32_t max;
	uint16_t offset;
	uint16_t flags; /* enum key_flags */
};

extern const struct key_type type_text, type_path, type_bool, type_int, type_id, type_port,
	type_duration, type_bytes, type_signal, type_mode, type_choice, type_choice_bool,
	type_words, type_list, type_probe, type_ignored;
extern const struct key_type type_edges, type_rlimit, type_success, type_capabilities, type_ready,
	type_log, type_log_both, type_hook, type_cron, type_wait_probe;
extern const struct key_type type_respawn, type_send_hup, type_stream_class, type_log_period,
	type_endpoint;

/* The tables; each ends with a row without name. */
extern const struct key service_keys[], init_keys[], circus_keys[], socket_keys[], user_keys[],
	group_keys[], dir_keys[], copy_keys[], template_keys[], wait_keys[], keys_keys[],
	command_keys[], launch_keys[];
#define SERVICE_KEYS_MAX 160 /* a test counts the rows */

/* The row that a vocabulary calls `name`, or NULL. */
const struct key *key_find(const struct key *table, const char *name, enum vocabulary vocabulary);
/* How a vocabulary calls a row; NULL: it does not know it. */
const char *key_name(const struct key *key, enum vocabulary vocabulary);
const char *key_nearest(const struct key *table, const char *name, enum vocabulary vocabulary);
int key_parse(const struct key *key, const struct value *value, void *object,
	      struct err *err) must_check;
/* The text form; "" for what nobody gave. */
void key_write(const struct key *key, const void *object, struct buf *out);
/* Defaults of a table into a zeroed struct. */
void keys_set_standard(const struct key *table, struct arena *arena, void *object);
