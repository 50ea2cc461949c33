/* load_section.c - the entries of one section into a struct, by its table of keys.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/limits.h"
#include "ini/loader_private.h"

#include "base/banned.h"

/* An entry on its way: which row reads it. */
struct reading {
	const struct entry_line *entry;
	const struct key *key; /* NULL: nobody */
};

static const char *kind_name(unsigned kind)
{
	return kind == KEY_JOB ? "job" : kind == KEY_CRON ? "cron" : "service";
}

static bool is_known_elsewhere(const struct section_target *target, const char *name)
{
	for (const char *const *prefix = target->known; prefix && *prefix; prefix++) {
		if (text_starts(name, *prefix))
			return true;
	}
	return false;
}

static void unknown_key(struct loader *loader, const struct entry_line *entry,
			const struct section_target *target)
{
	if (is_known_elsewhere(target, entry->key))
		return;
	bool is_free = target->ret_unknown != NULL;
	const char *nearest = key_nearest(target->table, entry->key, loader->model->vocabulary);
	bool is_wrong =
		!loader_is_circus(loader) || loader->options->strict || loader->model->init.strict;
	autobuf struct buf text = {0};
	buf_printf(&text, "unknown key '%s'", entry->key);
	if (nearest)
		buf_printf(&text, ", nearest '%s'", nearest);
	if (!is_wrong)
		buf_puts(&text, is_free ? ", kept for $(circus.…)" : ", ignoring it");
	if (is_wrong)
		problem_add(&loader->problems, entry->key_pos, "%s", buf_text(&text));
	else
		warning_add(&loader->problems, entry->key_pos, "%s", buf_text(&text));
	if (is_free) {
		struct arena *arena = &loader->model->arena;
		text_list_add(arena, target->ret_unknown, arena_strdup(arena, entry->key));
		text_list_add(arena, target->ret_unknown, arena_strdup(arena, entry->value));
	}
}

/* The text that the key's type reads; NULL: reported. */
static const char *value_fill(struct loader *loader, const struct entry_line *entry,
			      const struct key *key, const struct section_target *target)
{
	autobuf struct buf text = {.max = LIMIT_INI_VALUE};
	autoerr struct err err = {0};
	if (loader_is_circus(loader)) {
		if (!strchr(entry->value, '('))
			return entry->value;
		circus_env_fill(entry->value, target->env, &text);
		if (buf_check(&text, "the value", &err))
			problem_take(&loader->problems, entry->value_pos, entry->key, &err);
		return arena_strdup(&loader->arena, buf_text(&text));
	}
	if (key->type->splits || (key->flags & KEY_VERBATIM) || !strchr(entry->value, '$'))
		return entry->value;
	if (variables_fill(entry->value, target->env, &text, &err)) {
		problem_take(&loader->problems, entry->value_pos, entry->key, &err);
		return NULL;
	}
	return arena_strdup(&loader->arena, buf_text(&text));
}

static void entry_apply(struct loader *loader, const struct reading *reading,
			const struct section_target *target)
{
	const struct entry_line *entry = reading->entry;
	const struct key *key = reading->key;
	autoerr struct err err = {0};
	if (target->kind && (key->flags & KEY_KINDS) && !(key->flags & target->kind)) {
		problem_add(&loader->problems, entry->key_pos, "'%s' is no key of a %s", entry->key,
			    kind_name(target->kind));
		return;
	}
	const char *text = value_fill(loader, entry, key, target);
	if (!text)
		return;
	if ((key->flags & KEY_IGNORED) && !text_eq(text, "") &&
	    !str_is_nocase(str_of(text), "false") && !str_is_nocase(str_of(text), "no") &&
	    !str_is_nocase(str_of(text), "off") && !text_eq(text, "0"))
		warning_add(&loader->problems, entry->key_pos, "'%s' has no effect here",
			    entry->key);
	struct value value = {.arena = &loader->model->arena,
			      .text = text,
			      .env = loader_is_circus(loader) ? NULL : target->env,
			      .is_circus = loader_is_circus(loader)};
	if (key_parse(key, &value, target->object, &err))
		problem_take(&loader->problems, entry->value_pos, entry->key, &err);
}

static void origins_keep(struct loader *loader, const struct reading *readings, size_t n,
			 const struct section_target *target)
{
	struct key_origin *origins = arena_alloc(&loader->model->arena, (n + 1) * sizeof(*origins));
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		struct src_pos pos = readings[i].entry->key_pos;
		if (!readings[i].key)
			continue;
		origins[kept++] = (struct key_origin){
			.file = pos.file,
			.line = pos.line,
			.column = (uint16_t)(pos.column < UINT16_MAX ? pos.column : UINT16_MAX),
			.row = (uint16_t)(readings[i].key - target->table)};
	}
	*target->ret_origins = origins;
	*target->ret_n_origins = kept;
}

/* A key that is there twice: circus takes the first, ours are lists or wrong. */
static bool is_repeated(struct loader *loader, const struct reading *readings, size_t n,
			const struct reading *now, bool is_first_pass)
{
	if (now->key->flags & KEY_APPENDS && !loader_is_circus(loader))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (readings[i].key != now->key)
			continue;
		struct src_pos first = readings[i].entry->key_pos;
		if (!loader_is_circus(loader) && !is_first_pass)
			problem_add(&loader->problems, now->entry->key_pos,
				    "'%s' is given twice, first at %s:%u:%u", now->entry->key,
				    first.file, first.line, first.column);
		return true;
	}
	return false;
}

static bool is_asked_for(const struct key *key, const struct section_target *target)
{
	return (!target->only || (key->flags & target->only)) && !(key->flags & target->without);
}

/* What was given for a row; what had to be given is missed. */
static void row_read(struct loader *loader, const struct section *section,
		     const struct section_target *target, const struct reading *readings, size_t n,
		     const struct key *key)
{
	bool is_given = false;
	if (!is_asked_for(key, target))
		return;
	for (size_t i = 0; i < n; i++) {
		if (readings[i].key == key) {
			entry_apply(loader, &readings[i], target);
			is_given = true;
		}
	}
	bool is_required = (key->flags & KEY_REQUIRED) &&
			   (!(key->flags & KEY_KINDS) || (key->flags & target->kind));
	if (!is_given && is_required)
		problem_add(&loader->problems, section->pos, "[%s%s%s] needs '%s'", section->kind,
			    section->name ? ":" : "", section->name ? section->name : "",
			    key->name);
}

void section_read(struct loader *loader, const struct section *section,
		  const struct section_target *target)
{
	struct reading *readings =
		arena_alloc(&loader->arena, (section->n_entries + 1) * sizeof(*readings));
	size_t n = 0;
	for (const struct entry_line *entry = section->entries; entry; entry = entry->next) {
		struct reading now = {
			entry, key_find(target->table, entry->key, loader->model->vocabulary)};
		if (!now.key && !target->only)
			unknown_key(loader, entry, target);
		if (now.key && !is_repeated(loader, readings, n, &now, target->only))
			readings[n++] = now;
	}
	for (const struct key *key = target->table; key->name; key++)
		row_read(loader, section, target, readings, n, key);
	if (target->ret_origins)
		origins_keep(loader, readings, n, target);
}

bool section_is_skipped(const struct loader *loader, const struct section *section)
{
	return loader_is_circus(loader) && !section->entries;
}

const struct entry_line *section_entry(const struct section *section, const char *key)
{
	const struct entry_line *entry = section->entries;
	while (entry && !text_eq(entry->key, key))
		entry = entry->next;
	return entry;
}

const struct section *section_find(const struct loader *loader, const char *kind, const char *name)
{
	const struct section *section = loader->sections.first;
	while (section && !(text_eq(section->kind, kind) && text_eq(section->name, name)))
		section = section->next;
	return section;
}

struct src_pos origin_find(const struct key_origin *origins, size_t n, const struct key *table,
			   const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (text_eq(table[origins[i].row].name, name))
			return (struct src_pos){origins[i].file, origins[i].line,
						origins[i].column};
	}
	return (struct src_pos){0};
}
