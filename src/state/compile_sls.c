/* compile_sls.c - one SLS: found, rendered, parsed, and what it includes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/compile_private.h"
#include "state/limits.h"
#include "state/source_names.h"
#include "value/json.h"

#include "base/banned.h"

struct sls { /* while one is read */
	const char *name, *file;
	struct str text;
	bool is_init, is_plain, is_json; /* plain: no template, "#!yaml" */
	struct rendered rendered;
};

static void text_remember(struct high *high, const char *file, struct str text)
{
	if (!file || map_has(&high->texts, file))
		return;
	struct str *kept = arena_alloc(high->arena, sizeof(*kept));
	*kept = text;
	map_set(&high->texts, file, kept);
}

/* The texts that findings in this SLS may point into: its own and its macros'. */
static void texts_remember(struct high *high, const struct sls *sls)
{
	const struct template *last = NULL;

	text_remember(high, sls->file, sls->text);
	vec_foreach(span, &sls->rendered.spans) {
		if (span->template && span->template != last)
			text_remember(high, span->template->file, span->template->text);
		last = span->template;
	}
}

/* ---- the first line: "#!jinja|yaml" ---- */

static const struct renderer {
	const char *pipe;
	bool is_plain, is_json;
} renderers[] = {
	{"jinja|yaml"},
	{"jinja"},
	{"jinja|yamlex"},
	{"yaml_jinja"}, /* the older way to write it */
	{"yamlex_jinja"},
	{"yaml", .is_plain = true},
	{"yamlex", .is_plain = true},
	{"jinja|json", .is_json = true},
	{"json_jinja", .is_json = true},
	{"json", .is_plain = true, .is_json = true},
};

static const struct renderer *renderer_find(struct str pipe)
{
	autobuf struct buf words = {0};

	for (struct str rest = pipe; rest.ptr;) { /* "jinja -s | yaml": options mean nothing */
		struct str part = str_trim(str_cut(&rest, '|'));
		if (words.len)
			buf_putc(&words, '|');
		buf_append_str(&words, str_cut(&part, ' '));
	}
	for (size_t i = 0; i < ARRAY_LEN(renderers); i++)
		if (text_eq(renderers[i].pipe, buf_text(&words)))
			return &renderers[i];
	return NULL;
}

static int renderer_read(struct high *high, struct sls *sls)
{
	struct str rest = sls->text, line = str_cut(&rest, '\n');
	struct src_pos at = {sls->file, 1, 1};

	line = str_cut(&line, '\r'); /* a line of its own in old texts, as in Python */
	/* "#!/bin/sh" is none, as in the reference. */
	if (!str_starts(line, STR("#!")) || str_starts(line, STR("#!/")))
		return 0;
	struct str pipe = str_trim((struct str){line.ptr + 2, line.len - 2});
	const struct renderer *renderer = renderer_find(pipe);
	if (renderer) {
		sls->is_plain = renderer->is_plain;
		sls->is_json = renderer->is_json;
		return 0;
	}
	text_remember(high, sls->file, sls->text);
	compile_error(high, at,
		      "Rendering SLS 'base:%s' failed: the renderer '%.*s' is not available here: "
		      "only jinja, yaml and json are%s",
		      sls->name, STR_ARG(pipe),
		      str_starts(pipe, STR("py")) ? " (Python cannot run)" : "");
	return -1;
}

/* ---- rendering ---- */

/* "Jinja variable 'x' is undefined", as log matchers of the reference expect it. */
const char *jinja_phrase(const char *message)
{
	static const char *const syntax[] = {"expected token",         "Encountered unknown tag",
					     "Unexpected end",         "unexpected ",
					     "Missing end of ",        "Unknown ",
					     "Expected an expression", "No filter named",
					     "No test named"};

	if (text_ends(message, "is undefined") || strstr(message, "has no attribute") ||
	    strstr(message, "has no function"))
		return "Jinja variable ";
	for (size_t i = 0; i < ARRAY_LEN(syntax); i++)
		if (text_starts(message, syntax[i]))
			return "Jinja syntax error: ";
	return "Jinja error: ";
}

static void render_failed(struct high *high, const struct sls *sls, struct diag *diag,
			  bool is_template)
{
	autofree char *said = steal(&diag->message);
	autofree char *line =
		is_template && diag->at.line ? xasprintf("; line %u", diag->at.line) : xstrdup("");

	diag->message = xasprintf("Rendering SLS 'base:%s' failed: %s%s%s", sls->name,
				  is_template ? jinja_phrase(said) : "", said, line);
	if (!diag->at.file)
		diag->at = (struct src_pos){.file = sls->file};
	compile_quote(high, diag);
	diags_take(high->findings, diag);
}

static int sls_render(struct high *high, struct sls *sls)
{
	struct world *world = high->world;
	struct dict *context = dict_new(high->heap);
	autodiag struct diag diag = {0};
	autofree char *base = source_sls_path(sls->name);
	const char *name =
		heap_printf(high->heap, "%s%s", base, sls->is_init ? "/init.sls" : ".sls");

	source_describe(high->heap, name, sls->name, sls->file, context);
	if (engine_render_text(&world->engine, name, sls->file, sls->text, context, &sls->rendered,
			       &diag)) {
		texts_remember(high, sls);
		render_failed(high, sls, &diag, true);
		return -1;
	}
	texts_remember(high, sls);
	return 0;
}

/* What is nothing to Python declares nothing: "[]", "false", "0", "''". */
static bool root_is_nothing(const struct marked *root)
{
	switch (root->kind) {
	case MARKED_NULL: return true;
	case MARKED_BOOL: return !root->boolean;
	case MARKED_INT: return !root->integer;
	case MARKED_FLOAT: return root->number == 0;
	case MARKED_STRING: return !root->text.len;
	case MARKED_LIST: return !root->list.n;
	case MARKED_MAP: break;
	}
	return false;
}

/* What is JSON is the same in YAML, whose parser knows the places; here only whether it is. */
static int json_check(struct high *high, const struct sls *sls, struct str text)
{
	struct value ignored;
	autoerr struct err err = {0};
	autodiag struct diag diag = {0};

	if (str_starts(text, STR("#!")))
		str_cut(&text, '\n');
	if (!str_trim(text).len || value_from_json(high->heap, text, &ignored, &err) == 0)
		return 0;
	diag_take(&diag, (struct src_pos){.file = sls->file}, &err);
	render_failed(high, sls, &diag, false);
	return -1;
}

static int sls_parse(struct high *high, struct sls *sls, struct marked **ret_root)
{
	autodiag struct diag diag = {0};
	struct marked_options options = {.file = sls->file, .warnings = high->findings};
	struct str text = sls->text;

	if (!sls->is_plain) {
		text = sls->rendered.text;
		options.place = rendered_place;
		options.place_arg = &sls->rendered;
	}
	text_remember(high, sls->file, sls->text);
	if (sls->is_json && json_check(high, sls, text))
		return -1;
	if (marked_parse(high->arena, text, &options, ret_root, &diag)) {
		render_failed(high, sls, &diag, false);
		return -1;
	}
	if ((*ret_root)->kind == MARKED_MAP || root_is_nothing(*ret_root))
		return 0;
	compile_error(high, (*ret_root)->at, "SLS %s does not render to a dictionary", sls->name);
	return -1;
}

/* ---- includes ---- */

/* ".x" is beside this SLS, "..x" one package up; an init.sls is its package. NULL: told. */
static const char *include_absolute(struct high *high, const struct sls *sls,
				    const struct marked *item)
{
	const char *name = item->text.ptr;
	size_t levels = strspn(name, "."), n_words = 1 + sls->is_init;
	autobuf struct buf base = {0};

	if (!levels)
		return name;
	for (const char *at = sls->name; *at; at++)
		n_words += *at == '.';
	if (levels > n_words) {
		compile_error(high, item->at,
			      "Attempted relative include of '%s' within SLS 'base:%s' goes beyond "
			      "top level package",
			      name, sls->name);
		return NULL;
	}
	buf_puts(&base, sls->name);
	if (sls->is_init)
		buf_puts(&base, ".init");
	for (; levels; levels--) {
		const char *dot = strrchr(buf_text(&base), '.');
		buf_truncate(&base, dot ? (size_t)(dot - buf_text(&base)) : 0);
	}
	name += strspn(name, ".");
	if (!base.len)
		return heap_strdup(high->heap, str_of(name));
	return heap_printf(high->heap, "%s.%s", buf_text(&base), name);
}

static const struct strlist *states_available(struct high *high)
{
	autoerr struct err err = {0};

	if (!high->is_listed && source_list_states(high->world, &high->available, &err))
		compile_error(high, (struct src_pos){0}, "%s", err_text(&err));
	high->is_listed = true;
	return &high->available;
}

static void include_read(struct high *high, const char *name, struct src_pos at, unsigned depth)
{
	bool matched = false;

	if (name[strcspn(name, "*?[")]) {
		const struct strlist *all = states_available(high);
		for (size_t i = 0; i < all->n; i++)
			if (str_glob(name, all->items[i])) {
				matched = true;
				high_read(high, all->items[i], at, depth + 1);
			}
	}
	if (!matched)
		high_read(high, name, at, depth + 1);
}

/* "a.b", or {base: a.b} */
static const struct marked *include_item(struct high *high, const struct sls *sls,
					 const struct marked *item)
{
	const struct marked *env = NULL;

	if (item->kind == MARKED_MAP && item->map.n == 1) {
		env = item->map.items[0].key;
		item = item->map.items[0].value;
	}
	if (item->kind != MARKED_STRING) {
		compile_error(high, item->at,
			      "Badly formatted include found in include in SLS 'base:%s'",
			      sls->name);
		return NULL;
	}
	if (env && !str_is(env->source, "base") && !str_is(env->source, "_xenv")) {
		compile_error(high, env->at,
			      "Nonexistent saltenv '%.*s' found in include of '%s' within SLS "
			      "'base:%s'",
			      STR_ARG(env->source), item->text.ptr, sls->name);
		return NULL;
	}
	return item;
}

static void includes_read(struct high *high, const struct sls *sls, const struct marked *root,
			  unsigned depth)
{
	const struct marked *list = marked_get(root, "include");

	if (!list)
		return;
	if (list->kind != MARKED_LIST) {
		compile_error(high, list->at,
			      "Include Declaration in SLS %s is not formed as a list", sls->name);
		return;
	}
	for (size_t i = 0; i < list->list.n; i++) {
		const struct marked *item = include_item(high, sls, list->list.items[i]);
		const char *name = item ? include_absolute(high, sls, item) : NULL;
		if (name)
			include_read(high, name, item->at, depth);
	}
}

/* ---- the whole ---- */

static int sls_find(struct high *high, struct sls *sls, struct src_pos asked_at)
{
	autoerr struct err err = {0};

	if (source_read_sls(high->world, sls->name, &sls->text, &sls->file, &sls->is_init, &err) ==
	    0)
		return 0;
	if (err.kind == ERR_MISSING && !asked_at.file)
		compile_error(high, asked_at, "No matching sls found for '%s' in env 'base'",
			      sls->name);
	else
		compile_error(high, asked_at, "%s", err_text(&err));
	return -1;
}

void high_read(struct high *high, const char *name, struct src_pos asked_at, unsigned depth)
{
	struct sls sls = {.name = heap_strdup(high->heap, str_of(name))};
	struct marked *root = NULL;

	if (map_has(&high->seen, name))
		return;
	map_set(&high->seen, name, high);
	if (depth > LIMIT_INCLUDES || ++high->n_sls > LIMIT_SLS) {
		compile_error(high, asked_at,
			      "SLS %s: includes go deeper than %d or are more than %d", name,
			      LIMIT_INCLUDES, LIMIT_SLS);
		return;
	}
	if (sls_find(high, &sls, asked_at) || renderer_read(high, &sls))
		return;
	if ((sls.is_plain || sls_render(high, &sls) == 0) && sls_parse(high, &sls, &root) == 0 &&
	    root->kind == MARKED_MAP) {
		size_t first = high->ids.n;
		high_declare(high, sls.name, root);
		size_t own = high->ids.n - first;
		includes_read(high, &sls, root, depth);
		for (size_t i = 0; i < own; i++)
			high_number(high, sls.name, first + i);
	}
	rendered_done(&sls.rendered);
}
