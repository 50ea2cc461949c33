/* load_boot.c - [init], sockets and what is made before anything starts.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "ini/limits.h"
#include "ini/loader_private.h"

#include "base/banned.h"

enum name_rule { NAME_NONE, NAME_WORD, NAME_PATH };

/* NOLINTBEGIN(bugprone-macro-parentheses): offsetof takes a type and a member */
/* A kind of section whose structs stand in an array of the model. */
static const struct section_kind {
	const char *kind;
	const struct key *keys;
	size_t size;      /* of one struct */
	size_t items, n;  /* in struct model; NAME_NONE: items is the struct itself */
	size_t name, pos; /* in the struct */
	size_t origins, n_origins;
	enum name_rule rule;
	bool in_circus;
} kinds[] = {
#define KIND(word, type, array, field, keys_table, name_rule, circus_too)                       \
	{                                                                                       \
		.kind = word, .keys = keys_table, .size = sizeof(struct type),                  \
		.items = offsetof(struct model, array), .n = offsetof(struct model, n_##array), \
		.name = offsetof(struct type, field), .pos = offsetof(struct type, pos),        \
		.origins = offsetof(struct type, origins),                                      \
		.n_origins = offsetof(struct type, n_origins), .rule = name_rule,               \
		.in_circus = circus_too                                                         \
	}
	KIND("socket", socket_spec, sockets, name, socket_keys, NAME_WORD, true),
	KIND("user", user_spec, users, name, user_keys, NAME_WORD, false),
	KIND("group", group_spec, groups, name, group_keys, NAME_WORD, false),
	KIND("dir", dir_spec, dirs, path, dir_keys, NAME_PATH, false),
	KIND("copy", copy_spec, copies, dest, copy_keys, NAME_PATH, false),
	KIND("template", template_spec, templates, dest, template_keys, NAME_PATH, false),
	KIND("wait", wait_spec, waits, name, wait_keys, NAME_WORD, false),
	KIND("keys", keys_spec, keys, user, keys_keys, NAME_WORD, false),
	KIND("command", command_spec, commands, name, command_keys, NAME_WORD, false),
	{.kind = "init",
	 .keys = init_keys,
	 .items = offsetof(struct model, init),
	 .pos = offsetof(struct init_settings, pos),
	 .origins = offsetof(struct init_settings, origins),
	 .n_origins = offsetof(struct init_settings, n_origins),
	 .rule = NAME_NONE},
	{.kind = "launch",
	 .keys = launch_keys,
	 .items = offsetof(struct model, launch),
	 .pos = offsetof(struct launch_spec, pos),
	 .origins = offsetof(struct launch_spec, origins),
	 .n_origins = offsetof(struct launch_spec, n_origins),
	 .rule = NAME_NONE},
};
/* NOLINTEND(bugprone-macro-parentheses) */

#define FIELD(type, object, offset) (*(type *)(void *)((char *)(object) + (offset)))

/* Every section kind of a vocabulary, for "nearest". */
static const char *const native_kinds[] = {"init", "service", "job",    "cron", "socket",   "env",
					   "user", "group",   "dir",    "copy", "template", "wait",
					   "keys", "command", "launch", NULL};
static const char *const circus_kinds[] = {"circus", "watcher", "env", "socket", "plugin", NULL};

static bool is_among(const char *const *names, const char *name)
{
	while (*names && !text_eq(*names, name))
		names++;
	return *names;
}

static void kind_check(struct loader *loader, const struct section *section)
{
	bool is_circus = loader_is_circus(loader);
	const char *const *own = is_circus ? circus_kinds : native_kinds;
	const char *name = section->name ? section->name : "";
	const char *colon = section->name ? ":" : "";
	if (is_among(own, section->kind))
		return;
	if (is_among(is_circus ? native_kinds : circus_kinds, section->kind)) {
		problem_add(&loader->problems, section->pos,
			    "[%s%s%s] does not go with circus' sections", section->kind, colon,
			    name);
		return;
	}
	const char *nearest = str_nearest(section->kind, own);
	bool is_wrong = !is_circus || loader->options->strict || loader->model->init.strict;
	(is_wrong ? problem_add : warning_add)(&loader->problems, section->pos,
					       "unknown section '%s'%s%s%s%s", section->kind,
					       nearest ? ", nearest '" : "", nearest ? nearest : "",
					       nearest ? "'" : "", is_wrong ? "" : ", ignoring it");
}

static void section_load(struct loader *loader, const struct section_kind *kind,
			 const struct section *section, void *object)
{
	struct section_target target = {
		.table = kind->keys,
		.object = object,
		.env = &loader->global,
		.ret_origins = &FIELD(struct key_origin *, object, kind->origins),
		.ret_n_origins = &FIELD(size_t, object, kind->n_origins),
	};
	FIELD(struct src_pos, object, kind->pos) = section->pos;
	section_read(loader, section, &target);
}

static bool name_is_good(struct loader *loader, const struct section_kind *kind,
			 const struct section *section)
{
	if (kind->rule == NAME_NONE) {
		if (section->name)
			problem_add(&loader->problems, section->pos, "[%s] has no name",
				    section->kind);
		return !section->name;
	}
	if (!section->name) {
		problem_add(&loader->problems, section->pos, "[%s] needs a name: [%s:%s]",
			    section->kind, section->kind,
			    kind->rule == NAME_PATH ? "/PATH" : "NAME");
		return false;
	}
	if (kind->rule == NAME_PATH && section->name[0] != '/') {
		problem_add(&loader->problems, section->pos, "'%s' is no absolute path",
			    section->name);
		return false;
	}
	return true;
}

static size_t sections_count(const struct loader *loader, const char *kind)
{
	size_t n = 0;
	for (const struct section *section = loader->sections.first; section;
	     section = section->next)
		n += text_eq(section->kind, kind);
	return n;
}

static void array_load(struct loader *loader, const struct section_kind *kind)
{
	struct arena *arena = &loader->model->arena;
	size_t n = 0, max = sections_count(loader, kind->kind);
	if (!max)
		return;
	char *items = arena_alloc(arena, max * kind->size);
	for (const struct section *section = loader->sections.first; section;
	     section = section->next) {
		if (!text_eq(section->kind, kind->kind) || section_is_skipped(loader, section) ||
		    !name_is_good(loader, kind, section))
			continue;
		char *object = items + n++ * kind->size;
		keys_set_standard(kind->keys, arena, object);
		FIELD(const char *, object, kind->name) = arena_strdup(arena, section->name);
		section_load(loader, kind, section, object);
	}
	FIELD(void *, loader->model, kind->items) = items;
	FIELD(size_t, loader->model, kind->n) = n;
}

static void single_load(struct loader *loader, const struct section_kind *kind)
{
	void *object = (char *)loader->model + kind->items;
	if (kind->keys == circus_keys)
		keys_set_standard(init_keys, &loader->model->arena, object);
	keys_set_standard(kind->keys, &loader->model->arena, object);
	for (const struct section *section = loader->sections.first; section;
	     section = section->next) {
		if (text_eq(section->kind, kind->kind) && name_is_good(loader, kind, section))
			section_load(loader, kind, section, object);
	}
}

/* ---- sockets and waits: what their keys mean together ---- */

static void socket_settle(struct loader *loader, struct socket_spec *socket)
{
	struct src_pos port = origin_find(socket->origins, socket->n_origins, socket_keys, "port");
	if (loader_is_circus(loader)) { /* circus lowers the names */
		char *name = arena_strdup(&loader->model->arena, socket->name);
		for (char *p = name; *p; p++) {
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
		}
		socket->name = name;
	}
	if (socket->path)
		socket->family = AF_UNIX;
	if (socket->family == AF_UNIX) {
		if (!socket->path)
			problem_add(&loader->problems, socket->pos, "[socket:%s] needs 'path'",
				    socket->name);
		else if (socket->path[0] != '/' && socket->path[0] != '@' &&
			 !loader_is_circus(loader))
			problem_add(&loader->problems, socket->pos,
				    "path: '%s' is neither absolute nor @abstract", socket->path);
		else if (strlen(socket->path) > LIMIT_SOCKET_PATH)
			problem_add(&loader->problems, socket->pos,
				    "path: '%s' has more than %d bytes", socket->path,
				    LIMIT_SOCKET_PATH);
		return;
	}
	if (socket->family == AF_UNSPEC)
		socket->family = socket->host && strchr(socket->host, ':') ? AF_INET6 : AF_INET;
	if (!socket->host)
		socket->host = socket->family == AF_INET6 ? "::1" : "127.0.0.1";
	if (!port.line && !loader_is_circus(loader))
		problem_add(&loader->problems, socket->pos, "[socket:%s] needs 'port' or 'path'",
			    socket->name);
}

/* circus opens them in this order: it gives their descriptors the same numbers. */
static void sockets_sort(struct model *model)
{
	for (size_t i = 1; i < model->n_sockets; i++) {
		struct socket_spec moved = model->sockets[i];
		size_t at = i;
		for (; at && strcmp(model->sockets[at - 1].name, moved.name) > 0; at--)
			model->sockets[at] = model->sockets[at - 1];
		model->sockets[at] = moved;
	}
}

void load_boot_sections(struct loader *loader)
{
	struct model *model = loader->model;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct section_kind kind = kinds[i];
		if (loader_is_circus(loader) && text_eq(kind.kind, "init")) {
			kind.kind = "circus";
			kind.keys = circus_keys;
		} else if (loader_is_circus(loader) && !kind.in_circus && kind.rule != NAME_NONE) {
			continue;
		}
		if (kind.rule == NAME_NONE)
			single_load(loader, &kind);
		else
			array_load(loader, &kind);
	}
	/* Behind [circus], which may make this strict. */
	for (const struct section *section = loader->sections.first; section;
	     section = section->next)
		kind_check(loader, section);
	for (size_t i = 0; i < model->n_sockets; i++)
		socket_settle(loader, &model->sockets[i]);
	if (loader_is_circus(loader))
		sockets_sort(model);
	for (size_t i = 0; i < model->n_waits; i++) {
		if (model->waits[i].probe.kind == PROBE_NONE)
			problem_add(&loader->problems, model->waits[i].pos,
				    "[wait:%s] needs one of tcp, unix, http, file, command",
				    model->waits[i].name);
	}
}
