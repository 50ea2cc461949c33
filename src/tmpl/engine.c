/* engine.c - the engine of a run: its templates, and how a rendering begins and ends.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/engine.h"

#include "base/vec.h"

#include "base/banned.h"

static const struct src_pos nowhere;

void engine_init(struct engine *engine) {}

void engine_done(struct engine *engine)
{
	names_done(&engine->names);
	map_done(&engine->templates);
}

void rendered_done(struct rendered *rendered)
{
	vec_done(&rendered->spans);
}

struct src_pos rendered_place(const void *arg, size_t offset, uint32_t line, uint32_t column)
{
	return nowhere;
}

struct str rendered_source(const struct rendered *rendered, size_t offset)
{
	return (struct str){0};
}

int engine_render_text(struct engine *engine, const char *name, const char *file, struct str text,
		       struct dict *context, struct rendered *ret_rendered, struct diag *diag)
{
	return diag_set(diag, ERR_INPUT, nowhere, "templates are not rendered yet");
}

int engine_render(struct engine *engine, const char *name, struct dict *context,
		  struct rendered *ret_rendered, struct diag *diag)
{
	return diag_set(diag, ERR_INPUT, nowhere, "templates are not rendered yet");
}

int engine_check_text(struct engine *engine, const char *name, const char *file, struct str text,
		      struct diags *ret_findings)
{
	return 0;
}

int interp_filter(struct interp *interp, struct str name, struct value piped, struct call *call,
		  struct value *ret_value, struct err *err)
{
	return err_set(err, ERR_INPUT, "no filter named '%.*s'", STR_ARG(name));
}

int interp_test(struct interp *interp, struct str name, struct value piped, struct call *call,
		bool *ret_holds, struct err *err)
{
	return err_set(err, ERR_INPUT, "no test named '%.*s'", STR_ARG(name));
}

struct engine *interp_engine(struct interp *interp)
{
	return NULL;
}

bool interp_autoescape(const struct interp *interp)
{
	return false;
}

struct value interp_variable(struct interp *interp, struct str name)
{
	return value_none();
}

struct dict *interp_variables(struct interp *interp)
{
	return NULL;
}
