/* parse.c - the text of a template to its tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/parse.h"

#include "base/banned.h"

int template_parse(struct heap *heap, struct names *names, const struct syntax *syntax,
		   const char *name, const char *file, struct str text,
		   struct template **ret_template, struct diag *diag)
{
	struct template *template = heap_alloc(heap, sizeof(*template));

	template->name = name;
	template->file = file;
	template->text = text;
	template->body = heap_alloc(heap, sizeof(*template->body));
	template->body->kind = STMT_TEXT;
	template->body->text = text;
	*ret_template = template;
	return 0;
}
