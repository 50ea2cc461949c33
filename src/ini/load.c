/* load.c - init files to a model: which files, in which order, and what becomes of their errors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/load.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "ini/limits.h"
#include "ini/loader_private.h"
#include "ini/parse.h"

#include "base/banned.h"

struct model *model_new(const char *const *env)
{
	struct model *model = xcalloc(1, sizeof(*model));
	struct text_list list = {0};
	size_t n = 0;
	for (; env && env[n]; n++)
		text_list_add(&model->arena, &list, arena_strdup(&model->arena, env[n]));
	if (!list.items)
		list.items = arena_alloc(&model->arena, sizeof(*list.items));
	model->env = list.items;
	model->env_origins = arena_alloc(&model->arena, (n + 1) * sizeof(*model->env_origins));
	keys_set_standard(init_keys, &model->arena, &model->init);
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	struct arena arena = model->arena;
	free(model);
	arena_done(&arena);
}

struct service_spec *model_add_service(struct model *model, const char *name)
{
	size_t n = model->n_services;
	struct service_spec *services = arena_alloc(&model->arena, (n + 1) * sizeof(*services));
	if (n)
		memcpy(services, model->services, n * sizeof(*services));
	model->services = services;
	model->n_services = n + 1;
	struct service_spec *spec = &services[n];
	spec->name = arena_strdup(&model->arena, name);
	service_set_standard(model, spec);
	service_settle(spec, model->vocabulary);
	service_copy_env(model, spec, spec->copy_env);
	return spec;
}

void service_copy_env(struct model *model, struct service_spec *spec, bool copy_env)
{
	spec->copy_env = copy_env;
	spec->base_env =
		copy_env ? model->env : arena_alloc(&model->arena, sizeof(*spec->base_env));
	spec->base_env_origins = copy_env ? model->env_origins : NULL;
	service_build_env(model, spec);
}

/* ---- one load ---- */

static void loader_begin(struct loader *loader, const struct load_options *options,
			 enum vocabulary vocabulary)
{
	*loader = (struct loader){.options = options};
	loader->model = xcalloc(1, sizeof(*loader->model));
	loader->model->vocabulary = vocabulary;
	loader->problems.arena = &loader->model->arena;
}

static void loader_end(struct loader *loader)
{
	sections_done(&loader->sections);
	arena_done(&loader->arena);
	model_free(loader->model);
}

static const char *text_add(struct loader *loader, const char *name, struct str text)
{
	struct model *model = loader->model;
	char *file = arena_strdup(&model->arena, name);
	text_list_add(&model->arena, &model->files, file);
	sections_read(&loader->sections, file, text);
	return file;
}

/* [circus] strict, before anything depends on it. */
static void strict_read(struct loader *loader)
{
	const struct section *section = section_find(loader, "circus", NULL);
	const struct entry_line *entry = section ? section_entry(section, "strict") : NULL;
	autoerr struct err err = {0};
	bool strict;
	if (entry && !parse_bool(entry->value, &strict, &err))
		loader->model->init.strict = strict;
}

static int errors_tell(struct loader *loader, struct err *err)
{
	const struct text_list *errors = &loader->problems.errors;
	for (size_t i = 0; loader->options->errors && i < errors->n; i++)
		strlist_add(loader->options->errors, errors->items[i]);
	return err_set(err, ERR_INPUT, "%s", errors->items[0]);
}

/* Sections to a model. The loader's model is given away on success. */
static int loader_finish(struct loader *loader, struct model **ret_model, struct err *err)
{
	if (loader->problems.errors.n)
		return errors_tell(loader, err);
	strict_read(loader);
	load_environment(loader);
	load_boot_sections(loader);
	load_services(loader);
	if (loader_is_circus(loader))
		load_plugins(loader);
	load_check(loader);
	if (loader->problems.errors.n)
		return errors_tell(loader, err);
	loader->model->warnings = loader->problems.warnings;
	*ret_model = steal(&loader->model);
	return 0;
}

int model_load_texts(const struct load_options *options, const struct ini_text *texts, size_t n,
		     struct model **ret_model, struct err *err)
{
	enum vocabulary vocabulary = n ? text_vocabulary(texts[0].text) : VOCABULARY_NATIVE;
	cleanup(loader_end) struct loader loader;
	loader_begin(&loader, options, vocabulary);
	sections_init(&loader.sections, &loader.arena, &loader.problems, vocabulary);
	for (size_t i = 0; i < n; i++) {
		const char *file = text_add(&loader, texts[i].name, texts[i].text);
		if (!i)
			loader.model->file = file;
	}
	return loader_finish(&loader, ret_model, err);
}

/* ---- files ---- */

/* Never waits for somebody to open the other end of a FIFO; one that was named may be read. */
int load_file(const char *path, size_t max, bool is_found, struct buf *ret_text, struct err *err)
{
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	autobuf struct buf text = {.max = max};
	struct stat st;
	if (fd < 0)
		return file_err(err, "opening", path);
	if (fstat(fd, &st))
		return file_err(err, "examining", path);
	if (S_ISDIR(st.st_mode) || (is_found && !S_ISREG(st.st_mode)))
		return err_set(err, ERR_SYSTEM, "reading '%s': not a regular file", path);
	if (io_read_all(fd, &text, err))
		return err_wrap(err, "reading '%s'", path);
	buf_done(ret_text);
	*ret_text = steal(&text);
	return 0;
}

static int file_add(struct loader *loader, const char *path, struct err *err)
{
	autobuf struct buf text = {0};
	if (loader->model->files.n == LIMIT_INI_FILES)
		return err_set(err, ERR_LIMIT, "more than %d init files", LIMIT_INI_FILES);
	if (load_file(path, LIMIT_INI_FILE, true, &text, err))
		return -1;
	text_add(loader, path, buf_str(&text));
	return 0;
}

/* Files of a directory whose names match, sorted. *ret_n: how many; a missing directory has none.
 */
static int dir_add(struct loader *loader, const char *dir, const char *glob, size_t *ret_n,
		   struct err *err)
{
	autostrlist struct strlist names = {0};
	*ret_n = 0;
	if (dir_list(AT_FDCWD, dir, &names, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		bool is_hidden = names.items[i][0] == '.' && glob[0] != '.';
		if (is_hidden || !str_glob(glob, names.items[i]))
			continue;
		autofree char *path = path_join(dir, names.items[i]);
		if (file_add(loader, path, err))
			return -1;
		++*ret_n;
	}
	return 0;
}

static char *dir_of(const char *path)
{
	size_t n = (size_t)(path_base(path) - path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n ? xstrndup(path, n) : xstrdup(".");
}

/* init.ini has init.d beside it, web.ini has web.d. */
static int native_files_add(struct loader *loader, const char *main_file, struct err *err)
{
	size_t n = strlen(main_file), found;
	if (text_ends(main_file, ".ini"))
		n -= 4;
	autofree char *dir = xasprintf("%.*s.d", (int)n, main_file);
	return dir_add(loader, dir, "*.ini", &found, err);
}

/* One word of include: a path or a pattern in its last part. */
static int include_add(struct loader *loader, const char *base, struct str word, struct src_pos pos,
		       struct err *err)
{
	autofree char *text = str_dup(word);
	autofree char *path = text[0] == '/' ? xstrdup(text) : path_join(base, text);
	autofree char *dir = dir_of(path);
	size_t n;
	if (dir[strcspn(dir, "*?[")])
		return err_set(err, ERR_INPUT,
			       "%s:%u:%u: include: only the last part of '%s' may "
			       "be a pattern",
			       pos.file, pos.line, pos.column, text);
	if (dir_add(loader, dir, path_base(path), &n, err))
		return -1;
	if (!n)
		warning_add(&loader->problems, pos, "include: no file is '%s'", path);
	return 0;
}

static int include_dir_add(struct loader *loader, const char *base, struct str word,
			   struct src_pos pos, struct err *err)
{
	autofree char *text = str_dup(word);
	autofree char *path = text[0] == '/' ? xstrdup(text) : path_join(base, text);
	size_t n;
	if (dir_add(loader, path, "*.ini", &n, err))
		return -1;
	if (!n)
		warning_add(&loader->problems, pos, "include_dir: no file is '%s/*.ini'", path);
	return 0;
}

/* include, then include_dir, of the main file alone. */
static int circus_files_add(struct loader *loader, const char *main_file, struct err *err)
{
	static const struct {
		const char *key;
		int (*add)(struct loader *loader, const char *base, struct str word,
			   struct src_pos pos, struct err *err);
	} rows[] = {{"include", include_add}, {"include_dir", include_dir_add}};
	const struct section *section = section_find(loader, "circus", NULL);
	autofree char *base = dir_of(main_file);
	/* What the main file says, before other files add to the section. */
	const struct entry_line *entries[ARRAY_LEN(rows)];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		entries[i] = section ? section_entry(section, rows[i].key) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autobuf struct buf text = {.max = LIMIT_INI_VALUE};
		if (!entries[i])
			continue;
		struct variables env = variables_of(&loader->arena, loader->options->env, NULL);
		circus_env_fill(entries[i]->value, &env, &text);
		const char *p = buf_text(&text) + strspn(buf_text(&text), " \t\n");
		for (; *p; p += strspn(p, " \t\n")) {
			struct str word = {p, strcspn(p, " \t\n")};
			if (rows[i].add(loader, base, word, entries[i]->value_pos, err))
				return -1;
			p += word.len;
		}
	}
	return 0;
}

static int files_read(struct loader *loader, const char *file, struct err *err)
{
	autobuf struct buf text = {0};
	enum vocabulary vocabulary = VOCABULARY_NATIVE;
	if (load_file(file, LIMIT_INI_FILE, false, &text, err)) {
		/* Nobody asked for this one: there may be init.d alone, or nothing. */
		if (err->kind != ERR_MISSING || loader->options->file)
			return -1;
		err_clear(err);
		sections_init(&loader->sections, &loader->arena, &loader->problems, vocabulary);
	} else {
		vocabulary = text_vocabulary(buf_str(&text));
		loader->model->vocabulary = vocabulary;
		sections_init(&loader->sections, &loader->arena, &loader->problems, vocabulary);
		loader->model->file = text_add(loader, file, buf_str(&text));
	}
	return vocabulary == VOCABULARY_CIRCUS ? circus_files_add(loader, file, err)
					       : native_files_add(loader, file, err);
}

int model_load(const struct load_options *options, struct model **ret_model, struct err *err)
{
	cleanup(loader_end) struct loader loader;
	loader_begin(&loader, options, VOCABULARY_NATIVE);
	if (files_read(&loader, options->file ? options->file : INIT_FILE, err)) {
		if (options->errors)
			strlist_add(options->errors, err_text(err));
		return -1;
	}
	return loader_finish(&loader, ret_model, err);
}
