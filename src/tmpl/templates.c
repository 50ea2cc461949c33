/* templates.c - each template is parsed once a run, as long as its text stays the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/interp_private.h"

#include "base/banned.h"

struct parsed {
	struct str source; /* as it was read */
	const char *file;
	const struct template *template;
};

static int parse_failed(struct diag *diag, struct err *err)
{
	return err_set(err, diag->kind, "%s", diag->message);
}

int template_take(struct engine *engine, const char *name, const char *file, struct str text,
		  const struct template **ret_template, struct diag *diag, struct err *err)
{
	const char *key = name ? name : file ? file : "";
	struct parsed *parsed = map_get(&engine->templates, key);
	struct template *template;

	if (parsed && str_eq(parsed->source, text) && text_eq(parsed->file, file)) {
		*ret_template = parsed->template;
		return 0;
	}
	struct str source = {heap_strdup(engine->heap, text), text.len};
	if (template_parse(engine->heap, &engine->names, &engine->syntax,
			   &(struct template_source){name, file, source}, &template, diag) ||
	    template_lookup(engine, template, diag))
		return parse_failed(diag, err);
	parsed = heap_alloc(engine->heap, sizeof(*parsed));
	*parsed = (struct parsed){source, file, template};
	map_set(&engine->templates, key, parsed);
	*ret_template = template;
	return 0;
}

int template_load(struct engine *engine, const char *name, const char *from,
		  const struct template **ret_template, struct diag *diag, struct err *err)
{
	const struct loader *loader = &engine->loader;
	struct template_source source = {0};

	if (!loader->load)
		return err_set(err, ERR_MISSING, "template '%s' not found", name);
	if (loader->load(loader->arg, engine->heap, name, from, &source, err))
		return -1;
	return template_take(engine, source.name, source.file, source.text, ret_template, diag,
			     err);
}
