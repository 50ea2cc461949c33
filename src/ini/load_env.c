/* load_env.c - [env], [env:x] and the environment of each service.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>

#include "base/io.h"
#include "ini/limits.h"
#include "ini/loader_private.h"
#include "ini/parse.h"

#include "base/banned.h"

/* One NAME = value of an [env] section into env; env is what the value may use. */
static void variable_read(struct loader *loader, const struct entry_line *entry,
			  struct variables *env, const struct variables *lookup)
{
	autobuf struct buf first = {.max = LIMIT_INI_VALUE}, text = {.max = LIMIT_INI_VALUE};
	autoerr struct err err = {0};
	if (!loader_is_circus(loader) && !is_variable_name(str_of(entry->key))) {
		problem_add(&loader->problems, entry->key_pos,
			    "'%s' is no name of a variable (letters, digits, _)", entry->key);
		return;
	}
	if (loader_is_circus(loader)) {
		circus_env_fill(entry->value, lookup, &first);
		circus_dollar_fill(buf_text(&first), &loader->daemon, &text);
	} else if (variables_fill(entry->value, lookup, &text, &err)) {
		problem_take(&loader->problems, entry->value_pos, entry->key, &err);
		return;
	}
	if (buf_check(&text, "the value", &err)) {
		problem_take(&loader->problems, entry->value_pos, entry->key, &err);
		return;
	}
	variables_set(&loader->model->arena, env, entry->key, buf_text(&text), entry->key_pos);
}

/* unset = NAME, GLOB* */
static bool is_unset(const struct loader *loader, const struct entry_line *entry)
{
	return !loader_is_circus(loader) && text_eq(entry->key, "unset");
}

static void unset_read(struct loader *loader, const struct entry_line *entry, struct variables *env)
{
	struct text_list names = {0};
	struct key row = {.type = &type_list};
	struct value value = {.arena = &loader->arena, .text = entry->value};
	autoerr struct err err = {0};
	if (type_list.parse(&row, &value, &names, &err))
		problem_take(&loader->problems, entry->value_pos, entry->key, &err);
	for (size_t i = 0; i < names.n; i++)
		variables_unset(env, names.items[i]);
}

/* The same name twice in one section is a mistake, except in circus, where the first counts. */
static bool is_first(struct loader *loader, const struct section *section,
		     const struct entry_line *entry)
{
	const struct entry_line *first = section_entry(section, entry->key);
	if (first == entry || is_unset(loader, entry))
		return true;
	if (!loader_is_circus(loader))
		problem_add(&loader->problems, entry->key_pos,
			    "'%s' is given twice, first at %s:%u:%u", entry->key,
			    first->key_pos.file, first->key_pos.line, first->key_pos.column);
	return false;
}

/* Values may use what is in env so far, unless that is only for others: of circus' [env], what the
 * daemon was given. */
static void section_apply(struct loader *loader, const struct section *section,
			  struct variables *env, const struct variables *below, bool only_below)
{
	struct variables lookup;
	for (const struct entry_line *entry = section->entries; entry; entry = entry->next) {
		if (!is_first(loader, section, entry))
			continue;
		lookup = *env;
		lookup.below = below;
		if (only_below)
			lookup = *below;
		if (is_unset(loader, entry))
			unset_read(loader, entry, env);
		else
			variable_read(loader, entry, env, &lookup);
	}
}

/* ---- NAME_FILE: the value stands in a file ---- */

static void file_variable_read(struct loader *loader, const char *name, struct src_pos pos)
{
	autofree char *file_name = xasprintf("%s_FILE", name);
	const char *path = variables_get(&loader->daemon, str_of(file_name));
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	if (!is_variable_name(str_of(name))) {
		problem_add(&loader->problems, pos, "'%s' is no name of a variable", name);
		return;
	}
	if (!path || !*path)
		return;
	const char *given = variables_get(&loader->daemon, str_of(name));
	if (given && *given) {
		problem_add(&loader->problems, pos, "both '%s' and '%s' are set: use one", name,
			    file_name);
		return;
	}
	if (load_file(path, LIMIT_INI_VALUE, false, &text, &err)) {
		problem_take(&loader->problems, pos, file_name, &err);
		return;
	}
	if (text.len && memchr(text.ptr, '\0', text.len)) {
		problem_add(&loader->problems, pos, "%s: a NUL byte in '%s'", file_name, path);
		return;
	}
	if (text.len && text.ptr[text.len - 1] == '\n') /* an editor's; others may be meant */
		buf_truncate(&text, text.len - 1);
	/* The children get one of the two. */
	variables_unset(&loader->daemon, file_name);
	variables_set(&loader->model->arena, &loader->daemon, name, buf_text(&text),
		      (struct src_pos){.file = arena_strdup(&loader->model->arena, path)});
}

static void file_variables_read(struct loader *loader)
{
	const struct section *section = section_find(loader, "init", NULL);
	const struct entry_line *entry = section ? section->entries : NULL;
	for (; entry; entry = entry->next) {
		struct text_list names = {0};
		struct key row = {.type = &type_list};
		struct value value = {.arena = &loader->arena, .text = entry->value};
		autoerr struct err err = {0};
		if (!text_eq(entry->key, "file_variables"))
			continue;
		if (type_list.parse(&row, &value, &names, &err))
			problem_take(&loader->problems, entry->value_pos, entry->key, &err);
		for (size_t i = 0; i < names.n; i++)
			file_variable_read(loader, names.items[i], entry->value_pos);
	}
}

void load_environment(struct loader *loader)
{
	struct model *model = loader->model;
	loader->daemon.arena = &loader->arena;
	for (const char *const *item = loader->options->env; item && *item; item++)
		variables_append(&loader->daemon, arena_strdup(&model->arena, *item),
				 (struct src_pos){0});
	if (!loader_is_circus(loader))
		file_variables_read(loader);
	variables_copy(&loader->arena, &loader->global, &loader->daemon);
	loader->given.arena = &loader->arena;
	const struct section *section = section_find(loader, "env", NULL);
	if (section) {
		section_apply(loader, section, &loader->global, &loader->daemon,
			      loader_is_circus(loader));
		/* The same once more without what was inherited. */
		for (size_t i = 0; i < loader->global.n; i++) {
			const struct variable *item = &loader->global.items[i];
			if (item->pos.line)
				variables_add(&loader->given, item->assignment, item->pos);
		}
	}
	model->env = variables_array(&model->arena, &loader->global, &model->env_origins);
	loader->given_array =
		variables_array(&model->arena, &loader->given, &loader->given_origins);
}

/* ---- services ---- */

static bool name_matches(struct str patterns, const char *name)
{
	while (patterns.ptr) {
		autofree char *pattern = str_dup(str_trim(str_cut(&patterns, ',')));
		if (*pattern && str_glob(pattern, name))
			return true;
	}
	return false;
}

static void virtualenv_apply(struct loader *loader, struct variables *env, const char *path)
{
	const char *old = variables_get(env, STR("PATH"));
	autofree char *value =
		xasprintf("%s/bin:%s", path, old ? old : "/usr/local/bin:/usr/bin:/bin");
	variables_set(&loader->model->arena, env, "PATH", value, (struct src_pos){0});
	variables_set(&loader->model->arena, env, "VIRTUAL_ENV", path, (struct src_pos){0});
}

void load_service_environment(struct loader *loader, struct service_spec *spec,
			      struct variables *ret_env)
{
	struct model *model = loader->model;
	const struct variables *base = spec->copy_env ? &loader->global : &loader->given;
	bool is_own = spec->virtualenv;
	variables_copy(&loader->arena, ret_env, base);
	for (const struct section *section = loader->sections.first; section;
	     section = section->next) {
		if (!text_eq(section->kind, "env") || !section->name ||
		    !name_matches(str_of(section->name), spec->name))
			continue;
		section_apply(loader, section, ret_env, &loader->global, false);
		is_own = true;
	}
	if (spec->virtualenv)
		virtualenv_apply(loader, ret_env, spec->virtualenv);
	spec->base_env = spec->copy_env ? model->env : loader->given_array;
	spec->base_env_origins = spec->copy_env ? model->env_origins : loader->given_origins;
	if (is_own)
		spec->base_env = variables_array(&model->arena, ret_env, &spec->base_env_origins);
	service_build_env(model, spec);
	for (size_t i = 0; i < spec->own_env.n; i++)
		variables_add(ret_env, spec->own_env.items[i], spec->pos);
	ret_env->below = &loader->global;
}

static bool matches_any(const struct model *model, const char *pattern)
{
	for (size_t i = 0; i < model->n_services; i++) {
		if (str_glob(pattern, model->services[i].name))
			return true;
	}
	return false;
}

void check_environment_sections(struct loader *loader)
{
	for (const struct section *section = loader->sections.first; section;
	     section = section->next) {
		if (!text_eq(section->kind, "env") || !section->name)
			continue;
		for (struct str rest = str_of(section->name); rest.ptr;) {
			autofree char *pattern = str_dup(str_trim(str_cut(&rest, ',')));
			if (*pattern && !matches_any(loader->model, pattern))
				warning_add(&loader->problems, section->pos,
					    "no service is named '%s'", pattern);
		}
	}
}
