/* engine.c - the engine of a run: how a rendering begins and how it ends.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/engine.h"

#include "tmpl/filters.h"
#include "tmpl/interp_private.h"

#include "base/banned.h"

static const char *word(struct engine *engine, const char *text)
{
	return names_intern(&engine->names, engine->heap, str_of(text));
}

void engine_init(struct engine *engine)
{
	if (!engine->globals)
		engine->globals = dict_new(engine->heap);
	globals_add(engine->heap, engine->globals);
	engine->words.loop = word(engine, "loop");
	engine->words.self = word(engine, "self");
	engine->words.super = word(engine, "super");
	engine->words.caller = word(engine, "caller");
	engine->words.varargs = word(engine, "varargs");
	engine->words.kwargs = word(engine, "kwargs");
}

void engine_done(struct engine *engine)
{
	names_done(&engine->names);
	map_done(&engine->templates);
}

/* The error that came up, with the place that was noted where it began. */
static int tell(struct interp *interp, struct err *err)
{
	const struct failure *failure = &interp->failure;
	struct diag *diag = interp->diag;

	if (diag->severity != DIAG_NOTHING) { /* the parser told it */
		err_clear(err);
		return -1;
	}
	diag_take(diag, place_of(failure->template, failure->mark), err);
	diag->span = failure->mark.span;
	if (failure->template)
		diag_quote(diag, failure->template->text);
	return -1;
}

static int render_parsed(struct interp *interp, const struct template *template,
			 struct dict *context, struct rendered *ret_rendered, struct err *err)
{
	struct engine *engine = interp->engine;

	rendering_begin(interp, template, context, NULL);
	if (exec_template(interp, err))
		return -1;
	if (engine->salt_newline && template->ends_in_newline)
		buf_putc(&interp->out, '\n');
	engine->n_printed += interp->out.len;
	if (engine->n_printed > LIMIT_OUTPUT_RUN)
		return err_set(err, ERR_LIMIT, "the templates of a run print more than %zu MiB",
			       LIMIT_OUTPUT_RUN >> 20);
	struct str text = buf_str(&interp->out);
	ret_rendered->text = (struct str){heap_strdup(interp->heap, text), text.len};
	return 0;
}

static int render(struct engine *engine, const struct template *template, struct dict *context,
		  struct rendered *ret_rendered, struct diag *diag)
{
	const char here = 0;
	struct rendered rendered = {0};
	autoerr struct err err = {0};
	struct interp interp = {.engine = engine,
				.heap = engine->heap,
				.out = {.max = LIMIT_OUTPUT},
				.rendered = &rendered,
				.stack_base = &here,
				.diag = diag};

	int failed = render_parsed(&interp, template, context, &rendered, &err);
	if (failed) {
		tell(&interp, &err);
		rendered_done(&rendered);
	} else {
		*ret_rendered = rendered;
	}
	buf_done(&interp.out);
	return failed;
}

int engine_render_text(struct engine *engine, const char *name, const char *file, struct str text,
		       struct dict *context, struct rendered *ret_rendered, struct diag *diag)
{
	const struct template *template;
	autoerr struct err err = {0};

	if (template_take(engine, name, file, text, &template, diag, &err))
		return -1;
	return render(engine, template, context, ret_rendered, diag);
}

int engine_render(struct engine *engine, const char *name, struct dict *context,
		  struct rendered *ret_rendered, struct diag *diag)
{
	const struct template *template;
	autoerr struct err err = {0};

	if (template_load(engine, name, NULL, &template, diag, &err)) {
		if (diag->severity == DIAG_NOTHING)
			diag_take(diag, (struct src_pos){name, 0, 0}, &err);
		return -1;
	}
	return render(engine, template, context, ret_rendered, diag);
}
