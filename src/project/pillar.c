/* pillar.c - pillar files: templates of YAML, what they include, and where their texts stand.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/vec.h"
#include "project/limits.h"
#include "project/project_private.h"
#include "tmpl/engine.h"
#include "tmpl/limits.h"
#include "value/yaml.h"

#include "base/banned.h"

struct reader {
	struct loading *loading;
	int rootfd;
	const char *dir; /* of included files; NULL: they are not allowed */
	size_t n_files;
	struct dict *seen; /* paths: each is read once */
};

static int read_tree(struct reader *reader, const char *path, struct dict **ret_pillar);

/* ---- one file ---- */

/* A volume's files are others' to make: a FIFO in the place of one must not hold a start. */
static int open_beneath(int rootfd, const char *path, int *ret_fd, struct err *err)
{
	autoclose int fd = -1;
	struct stat st;

	if (beneath_open(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err))
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a regular file", path);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int open_file(int rootfd, const char *path, int *ret_fd, struct err *err)
{
	if (rootfd != AT_FDCWD)
		return open_beneath(rootfd, path, ret_fd, err);
	bool is_stdin = text_eq(path, "-");
	*ret_fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			   : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *ret_fd < 0 ? file_err(err, "opening", path) : 0;
}

static int read_source(struct reader *reader, const char *path, struct str *ret_text,
		       bool *ret_exists)
{
	struct loading *loading = reader->loading;
	struct world *world = loading->world;
	autoclose int fd = -1;
	autobuf struct buf text = {.max = LIMIT_TEMPLATE};
	autoerr struct err err = {0};

	if (open_file(reader->rootfd, path, &fd, &err)) {
		if (err.kind != ERR_MISSING)
			return diag_take(loading->diag, (struct src_pos){path, 0, 0}, &err);
		*ret_exists = false;
		return 0;
	}
	if (io_read_all(fd, &text, &err))
		return diag_take(loading->diag, (struct src_pos){path, 0, 0}, &err);
	*ret_text = (struct str){heap_strdup(world->heap, buf_str(&text)), text.len};
	*ret_exists = true;
	return 0;
}

/* What the user wrote around the place, with its secrets registered: whoever prints masks them. */
static int quote(struct loading *loading, const char *path, struct str source)
{
	secrets_scan_text(&loading->world->secrets, source);
	if (text_eq(loading->diag->at.file, path))
		diag_quote(loading->diag, source);
	return -1;
}

/* What the template is called: files of .salt as state files name them, so that "./x" is beside. */
static const char *template_name(const struct loading *loading, const char *path)
{
	const struct project *project = loading->project;
	size_t len = strlen(project->salt_root);

	if (!len || !text_starts(path, project->salt_root) || path[len] != '/')
		return path;
	return heap_printf(loading->world->heap, "makina-projects/%s%s", project->name, path + len);
}

static int parse(struct loading *loading, const char *path, struct str source,
		 struct marked **ret_root)
{
	struct world *world = loading->world;
	struct rendered rendered = {0};
	struct marked_options options = {.file = path,
					 .place = rendered_place,
					 .place_arg = &rendered,
					 .warnings = loading->warnings};

	if (engine_render_text(&world->engine, template_name(loading, path), path, source, NULL,
			       &rendered, loading->diag)) {
		rendered_done(&rendered);
		return quote(loading, path, source);
	}
	int failed =
		marked_parse(&world->heap->arena, rendered.text, &options, ret_root, loading->diag);
	if (failed)
		secrets_scan_text(&world->secrets, rendered.text);
	rendered_done(&rendered);
	return failed ? quote(loading, path, source) : 0;
}

/* ---- include ---- */

/* "a.b", ".b" and "makina-projects.NAME.b" are files below the directory. */
static const char *included_path(struct reader *reader, struct str name, const char *suffix)
{
	struct heap *heap = reader->loading->world->heap;
	const char *prefix =
		heap_printf(heap, "makina-projects.%s.", reader->loading->project->name);

	if (str_starts(name, str_of(prefix)))
		name = (struct str){name.ptr + strlen(prefix), name.len - strlen(prefix)};
	while (name.len && *name.ptr == '.')
		name = (struct str){name.ptr + 1, name.len - 1};
	char *path = heap_printf(heap, "%s/%.*s", reader->dir, STR_ARG(name));
	for (char *at = path + strlen(reader->dir) + 1; *at; at++)
		if (*at == '.')
			*at = '/';
	return heap_printf(heap, "%s%s", path, suffix);
}

static int include_one(struct reader *reader, const struct marked *name, struct dict **pillar)
{
	static const char *const suffixes[] = {".sls", "/init.sls"};
	struct diag *diag = reader->loading->diag;

	if (name->kind != MARKED_STRING || !name->text.len)
		return diag_set(diag, ERR_INPUT, name->at, "'include' takes names, not %s",
				marked_kind_name(name->kind));
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		struct dict *included = NULL;
		const char *path = included_path(reader, name->text, suffixes[i]);
		if (dict_get(reader->seen, path))
			return 0;
		if (read_tree(reader, path, &included))
			return -1;
		if (!included)
			continue;
		*pillar = dict_merge(reader->loading->world->heap, *pillar, included);
		return 0;
	}
	return diag_set(diag, ERR_MISSING, name->at, "there is no pillar '%.*s' in '%s'",
			STR_ARG(name->text), reader->dir);
}

static int include_all(struct reader *reader, const struct marked *root, struct dict **pillar)
{
	const struct marked *names = marked_get(root, "include");

	if (!names || names->kind == MARKED_NULL)
		return 0;
	if (names->kind != MARKED_LIST)
		return diag_set(reader->loading->diag, ERR_INPUT, names->at,
				"'include' must be a list, not %s", marked_kind_name(names->kind));
	for (size_t i = 0; i < names->list.n; i++)
		if (include_one(reader, names->list.items[i], pillar))
			return -1;
	return 0;
}

/* ---- a file and what it includes ---- */

static int take_root(struct reader *reader, struct marked *root, struct dict **ret_pillar)
{
	struct heap *heap = reader->loading->world->heap;
	struct dict *included = dict_new(heap);

	if (root->kind != MARKED_MAP && root->kind != MARKED_NULL)
		return diag_set(reader->loading->diag, ERR_INPUT, root->at,
				"a pillar must be a mapping, not %s", marked_kind_name(root->kind));
	struct dict *own =
		root->kind == MARKED_MAP ? value_from_marked(heap, root).dict : dict_new(heap);
	if (reader->dir) {
		if (include_all(reader, root, &included))
			return -1;
		if (dict_get(own, "include")) {
			own = dict_copy(heap, own);
			dict_remove(own, value_literal("include"), NULL);
		}
	}
	*ret_pillar = included->n ? dict_merge(heap, included, own) : own;
	return 0;
}

/* The first file that has one: the volume's is read before the image's, that before the sample. */
static void take_pattern(struct world *world, const struct dict *pillar)
{
	const struct value *pattern = dict_get(pillar, "secrets_pattern");

	if (!world->secrets.key_pattern && pattern && pattern->kind == VALUE_STRING && pattern->len)
		world->secrets.key_pattern = heap_strdup(world->heap, value_bytes(*pattern));
}

static int read_tree(struct reader *reader, const char *path, struct dict **ret_pillar)
{
	struct loading *loading = reader->loading;
	struct heap *heap = loading->world->heap;
	struct str source = {0};
	struct marked *root = NULL;
	bool exists = false;

	if (read_source(reader, path, &source, &exists))
		return -1;
	if (!exists)
		return 0;
	if (++reader->n_files > LIMIT_PILLAR_FILES)
		return diag_set(loading->diag, ERR_LIMIT, (struct src_pos){path, 0, 0},
				"a pillar includes more than %d files", LIMIT_PILLAR_FILES);
	dict_set(heap, reader->seen, path, value_bool(true));
	if (parse(loading, path, source, &root))
		return -1;
	vec_push(&loading->documents, {root, path});
	if (take_root(reader, root, ret_pillar))
		return quote(loading, path, source);
	take_pattern(loading->world, *ret_pillar);
	secrets_scan(&loading->world->secrets, value_of_dict(*ret_pillar));
	if (root->kind == MARKED_MAP &&
	    settings_check(loading->project->name, root, !reader->dir, loading->diag))
		return quote(loading, path, source);
	return 0;
}

int pillar_read(struct loading *loading, int rootfd, const char *path, const char *dir,
		struct dict **ret_pillar)
{
	struct reader reader = {.loading = loading,
				.rootfd = rootfd,
				.dir = dir,
				.seen = dict_new(loading->world->heap)};

	return read_tree(&reader, path, ret_pillar);
}

int pillar_load(struct world *world, const char *path, struct diags *warnings, struct diag *diag)
{
	struct project nobody = {.name = "", .salt_root = ""};
	struct loading loading = {
		.world = world, .project = &nobody, .warnings = warnings, .diag = diag};
	const char *base = path_base(path);
	struct dict *pillar = NULL;
	const char *dir = base == path ? "."
				       : heap_strdup(world->heap,
						     (struct str){path, (size_t)(base - path) - 1});
	int failed = pillar_read(&loading, AT_FDCWD, path, dir, &pillar);

	vec_done(&loading.documents);
	if (failed)
		return -1;
	if (!pillar)
		return diag_set(diag, ERR_MISSING, (struct src_pos){0}, "no pillar '%s'", path);
	dict_clear(world->pillar);
	dict_update(world->heap, world->pillar, pillar);
	return 0;
}

/* ---- places ---- */

static bool find_text(const struct marked *node, const char *text, struct src_pos *ret_at)
{
	if (node->kind == MARKED_STRING && node->text.ptr == text) {
		*ret_at = node->at;
		return true;
	}
	if (node->kind == MARKED_LIST)
		for (size_t i = 0; i < node->list.n; i++)
			if (find_text(node->list.items[i], text, ret_at))
				return true;
	if (node->kind == MARKED_MAP)
		for (size_t i = 0; i < node->map.n; i++)
			if (find_text(node->map.items[i].value, text, ret_at))
				return true;
	return false;
}

/* Values of the files are views of the trees' texts: the same bytes, the same place. */
struct src_pos pillar_place(const struct loading *loading, const char *text)
{
	struct src_pos at = {0};

	vec_foreach(document, &loading->documents)
		if (find_text(document->root, text, &at))
			return at;
	return at;
}
