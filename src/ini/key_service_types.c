/* key_service_types.c - values that only services have: edges, limits, statuses, streams, hooks.
 * SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "ini/key.h"
#include "ini/limits.h"
#include "ini/parse.h"

#include "base/banned.h"

static void *field_of(const struct key *key, void *object)
{
	return (char *)object + key->offset;
}

static const void *const_field_of(const struct key *key, const void *object)
{
	return (const char *)object + key->offset;
}

/* The next part of a list by commas and white space; false at the end. */
static bool part_next(const char **text, struct str *ret_part)
{
	static const char between[] = ", \t\r\n";
	*text += strspn(*text, between);
	*ret_part = (struct str){*text, strcspn(*text, between)};
	*text += ret_part->len;
	return ret_part->len > 0;
}

/* ---- edges: "db, cache:healthy" ---- */

static const char *const edge_names[] = {
	[EDGE_STARTED] = "started",
	[EDGE_READY] = "ready",
	[EDGE_HEALTHY] = "healthy",
	[EDGE_DONE] = "done",
	NULL,
};

/* A name may hold a colon (circus): only a known condition is cut off. */
static int edge_parse(struct arena *arena, struct str part, struct edge_spec *edge, struct err *err)
{
	edge->when = edge->needed ? EDGE_READY : EDGE_STARTED;
	const char *colon = memrchr(part.ptr, ':', part.len);
	if (colon) {
		struct str when = {colon + 1, part.len - (size_t)(colon - part.ptr) - 1};
		for (int i = 0; edge_names[i]; i++) {
			if (str_is(when, edge_names[i])) {
				edge->when = (enum edge_when)i;
				edge->has_when = true;
			}
		}
		if (!edge->has_when)
			return err_set(err, ERR_INPUT,
				       "'%.*s' is none of started, ready, healthy, done",
				       STR_ARG(when));
		part.len = (size_t)(colon - part.ptr);
	}
	if (!part.len)
		return err_set(err, ERR_INPUT, "a condition without the name of a service");
	edge->name = arena_str(arena, part);
	return 0;
}

static int edges_parse(const struct key *key, const struct value *value, void *object,
		       struct err *err)
{
	struct service_spec *spec = object;
	struct str part;
	for (const char *text = value->text; part_next(&text, &part);) {
		struct edge_spec edge = {.needed = key->min};
		if (spec->n_edges == LIMIT_INI_EDGES)
			return err_set(err, ERR_LIMIT, "more than %d services are named",
				       LIMIT_INI_EDGES);
		if (edge_parse(value->arena, part, &edge, err))
			return -1;
		struct edge_spec *edges =
			arena_alloc(value->arena, (spec->n_edges + 1) * sizeof(*edges));
		if (spec->n_edges)
			memcpy(edges, spec->edges, spec->n_edges * sizeof(*edges));
		edges[spec->n_edges++] = edge;
		spec->edges = edges;
	}
	return 0;
}

static void edges_write(const struct key *key, const void *object, struct buf *out)
{
	const struct service_spec *spec = object;
	const char *between = "";
	for (size_t i = 0; i < spec->n_edges; i++) {
		const struct edge_spec *edge = &spec->edges[i];
		if (edge->needed != (key->min != 0))
			continue;
		buf_printf(out, "%s%s:%s", between, edge->name, edge_names[edge->when]);
		between = ", ";
	}
}

const struct key_type type_edges = {"services", .parse = edges_parse, .write = edges_write};

/* ---- rlimit_NAME = soft[:hard] ---- */

static bool limit_parse(struct str text, rlim_t *ret_limit)
{
	/* circus: an empty value is no limit; -1 is the number of RLIM_INFINITY. */
	if (!text.len || str_is(text, "-1") || str_is_nocase(text, "infinity") ||
	    str_is_nocase(text, "unlimited")) {
		*ret_limit = RLIM_INFINITY;
		return true;
	}
	uint64_t number;
	autofree char *copy = str_dup(text);
	autoerr struct err err = {0};
	if (parse_bytes(copy, &number, &err))
		return false;
	*ret_limit = (rlim_t)number;
	return true;
}

static const struct rlimit_spec *rlimit_find(const struct service_spec *spec, int resource)
{
	for (size_t i = 0; i < spec->n_rlimits; i++) {
		if (spec->rlimits[i].resource == resource)
			return &spec->rlimits[i];
	}
	return NULL;
}

static int rlimit_parse(const struct key *key, const struct value *value, void *object,
			struct err *err)
{
	struct service_spec *spec = object;
	struct str hard = str_of(value->text), soft = str_trim(str_cut(&hard, ':'));
	struct rlimit_spec limit = {.resource = (int)key->min};
	hard = str_trim(hard);
	bool is_good = limit_parse(soft, &limit.soft);
	limit.hard = limit.soft;
	if (hard.ptr)
		is_good = is_good && limit_parse(hard, &limit.hard);
	if (!is_good)
		return err_set(err, ERR_INPUT, "'%s' is no limit like 1024, 512:4096 or infinity",
			       value->text);
	if (limit.hard != RLIM_INFINITY && (limit.soft == RLIM_INFINITY || limit.soft > limit.hard))
		return err_set(err, ERR_INPUT, "'%s': the soft limit is above the hard one",
			       value->text);
	struct rlimit_spec *limits =
		arena_alloc(value->arena, (spec->n_rlimits + 1) * sizeof(*limits));
	size_t n = 0;
	for (size_t i = 0; i < spec->n_rlimits; i++) {
		if (spec->rlimits[i].resource != limit.resource)
			limits[n++] = spec->rlimits[i];
	}
	limits[n++] = limit;
	spec->rlimits = limits;
	spec->n_rlimits = n;
	return 0;
}

static void limit_write(struct buf *out, rlim_t limit)
{
	if (limit == RLIM_INFINITY)
		buf_puts(out, "infinity");
	else
		buf_printf(out, "%llu", (unsigned long long)limit);
}

static void rlimit_write(const struct key *key, const void *object, struct buf *out)
{
	const struct rlimit_spec *limit = rlimit_find(object, (int)key->min);
	if (!limit)
		return;
	limit_write(out, limit->soft);
	buf_putc(out, ':');
	limit_write(out, limit->hard);
}

const struct key_type type_rlimit = {"limit", .parse = rlimit_parse, .write = rlimit_write};

/* ---- exit statuses that are no failure: "0 3-5 TERM" ---- */

static bool status_parse(struct str text, unsigned *ret_status)
{
	uint64_t number;
	if (str_to_u64(text, &number)) {
		*ret_status = (unsigned)number;
		return number <= 255;
	}
	autofree char *name = str_dup(text);
	autoerr struct err err = {0};
	int signal;
	if (parse_signal(name, &signal, &err))
		return false;
	*ret_status = 128 + (unsigned)signal;
	return true;
}

static int success_parse(const struct key *key, const struct value *value, void *object,
			 struct err *err)
{
	uint64_t *bits = field_of(key, object), sum[4] = {0};
	struct str part;
	for (const char *text = value->text; part_next(&text, &part);) {
		unsigned first = 0, last;
		struct str last_text = part;
		bool is_number = part.ptr[0] >= '0' && part.ptr[0] <= '9';
		struct str first_text = is_number ? str_cut(&last_text, '-') : part;
		bool is_good = status_parse(first_text, &first);
		last = first;
		if (is_good && is_number && last_text.ptr)
			is_good = status_parse(last_text, &last) && first <= last;
		if (!is_good)
			return err_set(err, ERR_INPUT,
				       "'%.*s' is no exit status (0 to 255), range or signal",
				       STR_ARG(part));
		for (; first <= last; first++)
			sum[first / 64] |= UINT64_C(1) << first % 64;
	}
	memcpy(bits, sum, sizeof(sum));
	return 0;
}

static void success_write(const struct key *key, const void *object, struct buf *out)
{
	const uint64_t *bits = const_field_of(key, object);
	size_t start = out->len;
	for (unsigned i = 0; i < 256; i++) {
		if (bits[i / 64] >> i % 64 & 1)
			buf_printf(out, "%s%u", out->len > start ? ", " : "", i);
	}
}

const struct key_type type_success = {"statuses", .parse = success_parse, .write = success_write};

/* ---- capabilities(7), by number ---- */

static const char *const capability_names[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

static int capability_number(struct str name)
{
	if (name.len > 4 && str_is_nocase((struct str){name.ptr, 4}, "CAP_"))
		name = (struct str){name.ptr + 4, name.len - 4};
	for (size_t i = 0; i < ARRAY_LEN(capability_names); i++) {
		if (str_is_nocase(name, capability_names[i]))
			return (int)i;
	}
	return -1;
}

static int capability_error(struct str name, struct err *err)
{
	const char *known[ARRAY_LEN(capability_names) + 1] = {NULL};
	memcpy(known, capability_names, sizeof(capability_names));
	autofree char *word = str_dup(name);
	for (char *p = word; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	const char *nearest = str_nearest(text_starts(word, "CAP_") ? word + 4 : word, known);
	return err_set(err, ERR_INPUT, "'%.*s' is no capability%s%s%s", STR_ARG(name),
		       nearest ? ", nearest '" : "", nearest ? nearest : "", nearest ? "'" : "");
}

static int capabilities_parse(const struct key *key, const struct value *value, void *object,
			      struct err *err)
{
	struct capability_sets sets = {0};
	struct str part;
	const char *text = text_eq(value->text, "none") ? "" : value->text;
	while (part_next(&text, &part)) {
		bool is_ambient = part.len && part.ptr[0] == '+';
		struct str name = {part.ptr + is_ambient, part.len - is_ambient};
		if (str_is(part, "all")) {
			sets.kept = UINT64_MAX;
			continue;
		}
		int number = capability_number(name);
		if (number < 0)
			return capability_error(name, err);
		sets.kept |= UINT64_C(1) << number;
		if (is_ambient)
			sets.ambient |= UINT64_C(1) << number;
	}
	*(struct capability_sets *)field_of(key, object) = sets;
	return 0;
}

static void capabilities_write(const struct key *key, const void *object, struct buf *out)
{
	const struct capability_sets *sets = const_field_of(key, object);
	bool is_all = sets->kept == UINT64_MAX;
	const char *between = is_all ? ", " : "";
	if (is_all || !sets->kept)
		buf_puts(out, is_all ? "all" : "none");
	for (size_t i = 0; i < ARRAY_LEN(capability_names); i++) {
		bool is_ambient = sets->ambient >> i & 1;
		if (!is_ambient && (is_all || !(sets->kept >> i & 1)))
			continue;
		buf_printf(out, "%s%s%s", between, is_ambient ? "+" : "", capability_names[i]);
		between = ", ";
	}
}

const struct key_type type_capabilities = {"capabilities", .parse = capabilities_parse,
					   .write = capabilities_write};

/* ---- ready = started | notify | fd:N | a probe ---- */

static int ready_parse(const struct key *key, const struct value *value, void *object,
		       struct err *err)
{
	struct service_spec *spec = object;
	struct probe_spec probe = {0};
	enum ready_kind kind = READY_PROBE;
	int64_t fd = -1;
	(void)key;
	if (text_eq(value->text, "started") || text_eq(value->text, "notify")) {
		kind = text_eq(value->text, "notify") ? READY_NOTIFY : READY_STARTED;
	} else if (text_starts(value->text, "fd:")) {
		kind = READY_DESCRIPTOR;
		if (!str_to_i64(str_of(value->text + 3), &fd) || fd < 3 || fd > LIMIT_READY_FD)
			return err_set(err, ERR_INPUT, "'%s' is no descriptor from fd:3 to fd:%d",
				       value->text, LIMIT_READY_FD);
	} else if (parse_probe(value->arena, value->text, &probe, err)) {
		return err_wrap(err, "neither started, notify nor fd:N");
	}
	spec->ready = kind;
	spec->ready_fd = (int)fd;
	spec->ready_probe = probe;
	return 0;
}

static void ready_write(const struct key *key, const void *object, struct buf *out)
{
	const struct service_spec *spec = object;
	(void)key;
	switch (spec->ready) {
	case READY_STARTED: buf_puts(out, "started"); break;
	case READY_NOTIFY: buf_puts(out, "notify"); break;
	case READY_DESCRIPTOR: buf_printf(out, "fd:%d", spec->ready_fd); break;
	case READY_PROBE: buf_puts(out, spec->ready_probe.text); break;
	}
}

const struct key_type type_ready = {"readiness", .parse = ready_parse, .write = ready_write};

/* ---- hooks: words, in front "-" when failures are ignored ---- */

/* circus: "text,true" */
static struct str flag_cut(struct str text, bool *ret_ignore)
{
	const char *comma = text.len ? memrchr(text.ptr, ',', text.len) : NULL;
	if (!comma)
		return text;
	struct str flag =
		str_trim((struct str){comma + 1, text.len - (size_t)(comma - text.ptr) - 1});
	autofree char *word = str_dup(flag);
	autoerr struct err err = {0};
	if (parse_bool(word, ret_ignore, &err))
		return text;
	return (struct str){text.ptr, (size_t)(comma - text.ptr)};
}

static int hook_parse(const struct key *key, const struct value *value, void *object,
		      struct err *err)
{
	struct hook_spec *field = field_of(key, object), hook = {0};
	struct str text = str_of(value->text);
	bool is_exec = str_starts(text, STR("exec:"));
	if (value->is_circus && text.len && !is_exec)
		return err_set(err, ERR_INPUT,
			       "'%s' is Python, which is not run here; write exec:/path ARGS",
			       value->text);
	if (value->is_circus)
		text = flag_cut(text, &hook.ignore_errors);
	if (is_exec)
		text = str_trim((struct str){text.ptr + 5, text.len - 5});
	if (text.len && text.ptr[0] == '-') {
		hook.ignore_errors = true;
		text = (struct str){text.ptr + 1, text.len - 1};
	}
	autofree char *command = str_dup(text);
	struct value words = *value;
	words.text = command;
	struct key row = {.type = &type_words};
	if (type_words.parse(&row, &words, &hook.words, err))
		return -1;
	*field = hook;
	return 0;
}

static void hook_write(const struct key *key, const void *object, struct buf *out)
{
	const struct hook_spec *field = const_field_of(key, object);
	struct key row = {.type = &type_words};
	if (field->ignore_errors)
		buf_putc(out, '-');
	type_words.write(&row, &field->words, out);
}

const struct key_type type_hook = {"hook", .splits = true, .parse = hook_parse,
				   .write = hook_write};

/* ---- schedule ---- */

static int cron_parse(const struct key *key, const struct value *value, void *object,
		      struct err *err)
{
	struct service_spec *spec = object;
	(void)key;
	if (parse_cron(value->text, &spec->table, err))
		return -1;
	spec->table_text = arena_strdup(value->arena, value->text);
	return 0;
}

static void cron_write(const struct key *key, const void *object, struct buf *out)
{
	const struct service_spec *spec = object;
	(void)key;
	buf_puts(out, spec->table_text ? spec->table_text : "");
}

const struct key_type type_cron = {"schedule", .parse = cron_parse, .write = cron_write};

/* ---- circus: two keys that are one of ours ---- */

static int respawn_parse(const struct key *key, const struct value *value, void *object,
			 struct err *err)
{
	struct service_spec *spec = object;
	bool respawn;
	(void)key;
	if (parse_bool(value->text, &respawn, err))
		return -1;
	spec->restart = respawn ? RESTART_ALWAYS : RESTART_NEVER;
	return 0;
}

static void respawn_write(const struct key *key, const void *object, struct buf *out)
{
	const struct service_spec *spec = object;
	(void)key;
	buf_puts(out, spec->restart == RESTART_NEVER ? "false" : "true");
}

const struct key_type type_respawn = {"bool", .is_bare = true, .parse = respawn_parse,
				      .write = respawn_write};

static int send_hup_parse(const struct key *key, const struct value *value, void *object,
			  struct err *err)
{
	struct service_spec *spec = object;
	bool send_hup;
	(void)key;
	if (parse_bool(value->text, &send_hup, err))
		return -1;
	if (send_hup)
		spec->reload = RELOAD_SIGNAL;
	else if (spec->reload == RELOAD_SIGNAL)
		spec->reload = RELOAD_OVERLAP;
	return 0;
}

static void send_hup_write(const struct key *key, const void *object, struct buf *out)
{
	const struct service_spec *spec = object;
	(void)key;
	buf_puts(out, spec->reload == RELOAD_SIGNAL ? "true" : "false");
}

const struct key_type type_send_hup = {"bool", .is_bare = true, .parse = send_hup_parse,
				       .write = send_hup_write};
