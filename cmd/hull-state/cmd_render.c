/* cmd_render.c - hull-state render: one template to stdout.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "mapping.h"
#include "scene.h"

#include "base/banned.h"

struct render_opts {
	struct scene_opts scene;
	const char *context, *settings, *undefined;
	struct strlist variables;
	bool trim_blocks, lstrip_blocks, keep_trailing_newline, autoescape, salt;
};

static const struct opt render_opts[] = {
	{0, "context", OPT_STRING, offsetof(struct render_opts, context), "FILE",
	 "Variables of the template (a mapping, YAML or JSON)"},
	{0, "var", OPT_LIST, offsetof(struct render_opts, variables), "NAME=TEXT",
	 "One more variable"},
	{0, "pillar", OPT_STRING, offsetof(struct render_opts, scene.pillar), "FILE",
	 "The pillar: with salt, grains and opts as state files see them"},
	{0, "salt", OPT_FLAG, offsetof(struct render_opts, salt), NULL,
	 "salt, grains, pillar and opts as state files see them"},
	{0, "root", OPT_STRING, offsetof(struct render_opts, scene.root), "DIR",
	 "The project or tree that --salt is about"},
	{0, "grains", OPT_STRING, offsetof(struct render_opts, scene.grains), "FILE",
	 "Grains over those found (YAML or JSON)"},
	{0, "undefined", OPT_STRING, offsetof(struct render_opts, undefined), "MODE",
	 "What is undefined: strict (default), default, chainable or debug"},
	{0, "trim-blocks", OPT_FLAG, offsetof(struct render_opts, trim_blocks), NULL,
	 "The newline behind a tag is dropped"},
	{0, "lstrip-blocks", OPT_FLAG, offsetof(struct render_opts, lstrip_blocks), NULL,
	 "Blanks in front of a tag are dropped"},
	{0, "keep-trailing-newline", OPT_FLAG, offsetof(struct render_opts, keep_trailing_newline),
	 NULL, "The newline at the end of the template is kept"},
	{0, "autoescape", OPT_FLAG, offsetof(struct render_opts, autoescape), NULL,
	 "Expressions are escaped for HTML"},
	{0, "settings", OPT_STRING, offsetof(struct render_opts, settings), "FILE",
	 "Options by the names of Jinja's Environment, as JSON"},
	{0},
};

/* ---- settings ---- */

static const struct {
	const char *name; /* as the option has it */
	const char *type; /* as Jinja names it */
	enum undefined_mode mode;
} undefined_modes[] = {
	{"strict", "StrictUndefined", UNDEFINED_STRICT},
	{"default", "Undefined", UNDEFINED_DEFAULT},
	{"chainable", "ChainableUndefined", UNDEFINED_CHAINED},
	{"debug", "DebugUndefined", UNDEFINED_DEBUG},
};

static int undefined_mode(const char *word, enum undefined_mode *ret_mode, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(undefined_modes); i++)
		if (text_eq(word, undefined_modes[i].name) ||
		    text_eq(word, undefined_modes[i].type)) {
			*ret_mode = undefined_modes[i].mode;
			return 0;
		}
	return err_set(err, ERR_INPUT, "undefined is strict, default, chainable or debug, not '%s'",
		       word);
}

static const struct {
	const char *name; /* of Jinja's Environment */
	size_t offset;    /* in struct engine */
	bool is_text;
} settings[] = {
	{"block_start_string", offsetof(struct engine, syntax.block_start), true},
	{"block_end_string", offsetof(struct engine, syntax.block_end), true},
	{"variable_start_string", offsetof(struct engine, syntax.variable_start), true},
	{"variable_end_string", offsetof(struct engine, syntax.variable_end), true},
	{"comment_start_string", offsetof(struct engine, syntax.comment_start), true},
	{"comment_end_string", offsetof(struct engine, syntax.comment_end), true},
	{"line_statement_prefix", offsetof(struct engine, syntax.line_statement), true},
	{"line_comment_prefix", offsetof(struct engine, syntax.line_comment), true},
	{"newline_sequence", offsetof(struct engine, syntax.newline), true},
	{"trim_blocks", offsetof(struct engine, syntax.trim_blocks), false},
	{"lstrip_blocks", offsetof(struct engine, syntax.lstrip_blocks), false},
	{"keep_trailing_newline", offsetof(struct engine, syntax.keep_trailing_newline), false},
};

/* A row of the table; false: it is none of the syntax. */
static bool set_syntax(struct engine *engine, struct str name, struct value v)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		char *field = (char *)engine + settings[i].offset;
		if (!str_is(name, settings[i].name))
			continue;
		if (settings[i].is_text && v.kind == VALUE_STRING)
			*(const char **)field = heap_strdup(engine->heap, value_bytes(v));
		else if (!settings[i].is_text && v.kind == VALUE_BOOL)
			*(bool *)field = v.boolean;
		else
			return v.kind == VALUE_NONE;
		return true;
	}
	return false;
}

static int set_one(struct engine *engine, struct str name, struct value v, struct err *err)
{
	if (set_syntax(engine, name, v))
		return 0;
	if (str_is(name, "undefined") && v.kind == VALUE_STRING)
		return undefined_mode(heap_strdup(engine->heap, value_bytes(v)),
				      &engine->heap->undefined, err);
	if (str_is(name, "autoescape") && v.kind == VALUE_BOOL) {
		engine->autoescape = v.boolean;
		return 0;
	}
	return err_set(err, ERR_INPUT, "setting '%.*s' is unknown, or its value is no such thing",
		       STR_ARG(name));
}

/* What is wrong with a file is in *diag, what is wrong with a word in *err. */
static int set_all(struct engine *engine, const struct render_opts *opts, struct diag *diag,
		   struct err *err)
{
	struct dict *given;

	engine->syntax.trim_blocks = opts->trim_blocks;
	engine->syntax.lstrip_blocks = opts->lstrip_blocks;
	engine->syntax.keep_trailing_newline = opts->keep_trailing_newline;
	engine->autoescape = opts->autoescape;
	if (opts->undefined && undefined_mode(opts->undefined, &engine->heap->undefined, err))
		return -1;
	if (!opts->settings)
		return 0;
	if (mapping_read(engine->heap, opts->settings, &given, diag))
		return -1;
	dict_foreach(entry, given)
	{
		if (entry->key.kind == VALUE_STRING &&
		    set_one(engine, value_bytes(entry->key), entry->value, err))
			return err_wrap(err, "%s", opts->settings);
	}
	return 0;
}

static int read_context(struct heap *heap, const struct render_opts *opts,
			struct dict **ret_context, struct diag *diag, struct err *err)
{
	struct dict *context = dict_new(heap);

	if (opts->context && mapping_read(heap, opts->context, &context, diag))
		return -1;
	for (size_t i = 0; i < opts->variables.n; i++) {
		struct str text = str_of(opts->variables.items[i]);
		struct str name = str_cut(&text, '=');
		if (!text.ptr || !name.len)
			return err_set(err, ERR_INPUT, "--var takes NAME=TEXT, not '%s'",
				       opts->variables.items[i]);
		dict_put(heap, context, value_text(heap, name), value_text(heap, text));
	}
	*ret_context = context;
	return 0;
}

/* ---- templates beside the template ---- */

struct folder {
	int dirfd;
	const char *path;     /* as it was given; "" the working directory */
	struct loader behind; /* what state files see; load NULL: nothing */
};

/* "./x" and "../x" lie beside the template that asks; all else in the folder. */
static const char *name_within(struct heap *heap, const char *name, const char *from)
{
	const char *slash = from ? strrchr(from, '/') : NULL;
	bool is_relative = text_starts(name, "./") || text_starts(name, "../");

	if (!is_relative || !slash)
		return name;
	return heap_printf(heap, "%.*s/%s", (int)(slash - from), from, name);
}

/* Without "." and ".." and double slashes: equal files have equal names. */
static const char *name_normal(struct heap *heap, const char *name)
{
	struct str rest = str_of(name);
	char *normal = heap_strdup(heap, STR("")), *end;

	while (rest.ptr) {
		struct str part = str_cut(&rest, '/');
		if (!part.len || str_is(part, "."))
			continue;
		if (!str_is(part, "..")) {
			normal = heap_printf(heap, "%s%s%.*s", normal, *normal ? "/" : "",
					     STR_ARG(part));
			continue;
		}
		end = strrchr(normal, '/');
		*(end ? end : normal) = '\0';
	}
	return normal;
}

static int folder_load(void *arg, struct heap *heap, const char *name, const char *from,
		       struct template_source *ret_source, struct err *err)
{
	const struct folder *folder = arg;
	const char *normal = name_normal(heap, name_within(heap, name, from));
	autobuf struct buf text = {0};
	autoclose int fd = -1;
	struct stat st;

	/* O_NONBLOCK: a pipe must not hold us. */
	if (beneath_open(folder->dirfd, normal, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err)) {
		if (err->kind != ERR_MISSING || !folder->behind.load)
			return -1;
		err_clear(err);
		return folder->behind.load(folder->behind.arg, heap, name, from, ret_source, err);
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a regular file", normal);
	if (io_read_all(fd, &text, err))
		return err_wrap(err, "reading '%s'", normal);
	*ret_source = (struct template_source){
		normal,
		*folder->path ? heap_printf(heap, "%s/%s", folder->path, normal) : normal,
		{heap_strdup(heap, buf_str(&text)), text.len}};
	return 0;
}

static void folder_close(struct folder *folder)
{
	mem_close_at(&folder->dirfd);
}

static int folder_open(struct folder *folder, struct heap *heap, const char *template,
		       struct err *err)
{
	const char *slash = strrchr(template, '/');
	struct str dir = {template, slash ? (size_t)(slash - template) : 0};

	folder->path = slash == template ? "/" : heap_strdup(heap, dir);
	return dir_open_at(AT_FDCWD, *folder->path ? folder->path : ".", &folder->dirfd, err);
}

/* ---- the command ---- */

static int render_with(const struct tool *tool, struct world *world, struct engine *engine,
		       const struct render_opts *opts, const char *template, struct err *err)
{
	cleanup(folder_close) struct folder folder = {.dirfd = -1, .behind = engine->loader};
	autobuf struct buf text = {0};
	struct rendered rendered = {0};
	autodiag struct diag diag = {0};
	struct dict *context = NULL;
	bool is_stdin = text_eq(template, "-");

	if (set_all(engine, opts, &diag, err) ||
	    read_context(engine->heap, opts, &context, &diag, err)) {
		if (!diag.severity)
			return -1;
		tool_tell_one(tool, world, &diag);
		return EXIT_NOT_COMPILED;
	}
	if (tool_read(template, &text, err) ||
	    folder_open(&folder, engine->heap, is_stdin ? "" : template, err))
		return -1;
	engine->loader.load = folder_load;
	engine->loader.arg = &folder;
	engine->loader.describe = NULL;
	const char *name = is_stdin ? NULL : path_base(template);
	if (engine_render_text(engine, name, is_stdin ? "<stdin>" : template, buf_str(&text),
			       context, &rendered, &diag)) {
		tool_tell_one(tool, world, &diag);
		return EXIT_NOT_COMPILED;
	}
	rendered_done(&rendered);
	return tool_print(rendered.text, err) ? -1 : EXIT_DONE;
}

static int render_in_scene(const struct tool *tool, const struct render_opts *opts,
			   const char *template, struct err *err)
{
	struct scene scene;
	struct diags findings = {0};
	int status = scene_open(&scene, &opts->scene, NULL, SCENE_READS, &findings, err);

	tool_tell(tool, &scene.world, &findings);
	diags_clear(&findings);
	if (status == 0)
		status = render_with(tool, &scene.world, &scene.world.engine, opts, template, err);
	scene_close(&scene);
	return status;
}

static int render_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	const struct tool *tool = context;
	const struct render_opts *opts = opts_ptr;
	struct heap heap = {0};
	struct engine engine = {.heap = &heap};

	if (opts->salt || opts->scene.pillar)
		return render_in_scene(tool, opts, argv[0], err);
	engine_init(&engine);
	int status = render_with(tool, NULL, &engine, opts, argv[0], err);
	engine_done(&engine);
	heap_done(&heap);
	return status;
}

const struct command cmd_render = {
	.name = "render",
	.args = "TEMPLATE|-",
	.summary = "Render one template to stdout",
	.details =
		"Imports and includes are looked for in the template's directory. Without --salt "
		"and --pillar\nthe template is plain Jinja: its variables are those of --context "
		"and --var.",
	.opts = render_opts,
	.opts_size = sizeof(struct render_opts),
	.min_args = 1,
	.max_args = 1,
	.run = render_run,
};
