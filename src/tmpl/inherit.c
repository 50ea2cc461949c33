/* inherit.c - extends, blocks, super and self.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A rendering has one chain for each name of a block: the innermost template's first, what super()
 * shows behind it. A block sees the top of the templates, and what is around it only when it is
 * scoped. */
#include "tmpl/interp_private.h"

#include <assert.h>

#include "base/banned.h"

struct block_value {
	struct object object;
	struct rendering *rendering;
	const struct block_link *link;
	struct scope *around;
};

static struct block_link *link_find(const struct rendering *rendering, struct str name)
{
	for (struct block_link *link = rendering->blocks; link; link = link->next)
		if (str_is(name, link->name))
			return link;
	return NULL;
}

void blocks_add(struct interp *interp, struct rendering *rendering, const struct template *template)
{
	for (const struct block_ref *ref = template->blocks; ref; ref = ref->next) {
		struct block_link *link = heap_alloc(interp->heap, sizeof(*link));
		struct block_link *known = link_find(rendering, str_of(ref->name));
		*link = (struct block_link){ref->name, template, ref->stmt, NULL, NULL};
		if (!known) {
			link->next = rendering->blocks;
			rendering->blocks = link;
			continue;
		}
		while (known->parent)
			known = known->parent;
		known->parent = link;
	}
}

int exec_template(struct interp *interp, struct err *err)
{
	struct rendering *rendering = interp->now.rendering;
	const struct template *template = rendering->template;

	for (;;) {
		interp->now.template = template;
		if (exec_body(interp, template->body, err) < 0)
			return -1;
		if (!rendering->extended)
			return 0;
		template = rendering->extended;
		rendering->extended = NULL;
	}
}

int exec_extends(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct rendering *rendering = interp->now.rendering;
	const struct template *template;

	if (!interp->now.scope->is_top)
		return err_set(err, ERR_INPUT, "cannot use extend from a non top-level scope");
	if (rendering->extended)
		return err_set(err, ERR_INPUT, "extended multiple times");
	if (extends_load(interp, stmt->expr, &template, err))
		return -1;
	if (++rendering->n_extended > LIMIT_CALLS)
		return err_set(
			err, ERR_LIMIT,
			"maximum recursion depth exceeded: more than %d templates extend each other",
			LIMIT_CALLS);
	blocks_add(interp, rendering, template);
	rendering->extended = template;
	return FLOW_NEXT;
}

/* The body of one definition, in a scope of its own. */
static int block_run(struct interp *interp, struct rendering *rendering,
		     const struct block_link *link, struct scope *around, struct err *err)
{
	struct place saved = interp->now;
	const struct template *extended = rendering->extended;

	if (call_enter(interp, err))
		return -1;
	interp->now.template = link->template;
	interp->now.rendering = rendering;
	interp->now.scope = scope_new(interp, around);
	interp->now.scope->block = link;
	rendering->extended = NULL;
	int flow = exec_body(interp, link->stmt->block.body, err);
	if (flow < 0)
		return -1;
	rendering->extended = extended;
	scope_pop(interp);
	interp->now = saved;
	interp->depth--;
	return 0;
}

int exec_block(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct rendering *rendering = interp->now.rendering;
	const struct block_link *link = link_find(rendering, str_of(stmt->block.name));

	if (rendering->extended && interp->now.scope->is_top)
		return FLOW_NEXT;
	assert(link); /* blocks_add saw every block of the template */
	if (stmt->block.is_required && !link->parent)
		return err_set(err, ERR_INPUT, "Required block '%s' not found", stmt->block.name);
	return block_run(interp, rendering, link,
			 stmt->block.is_scoped ? interp->now.scope : rendering->top, err);
}

/* ---- super and self ---- */

static struct value block_value(struct heap *heap, struct rendering *rendering,
				const struct block_link *link, struct scope *around)
{
	struct block_value *block = heap_alloc(heap, sizeof(*block));

	*block = (struct block_value){{&block_type}, rendering, link, around};
	scope_capture(around);
	return value_of_object(&block->object);
}

static struct value parent_value(struct heap *heap, struct rendering *rendering,
				 const struct block_link *link, struct scope *around)
{
	if (!link->parent)
		return value_undefined(heap, "super", "there is no parent block called '%s'.",
				       link->name);
	return block_value(heap, rendering, link->parent, around);
}

struct value super_value(struct interp *interp, const struct scope *scope)
{
	return parent_value(interp->heap, interp->now.rendering, scope->block, scope->parent);
}

static int block_call(struct call *call, struct value *ret_value, struct err *err)
{
	const struct block_value *block = (const void *)call->self.object;
	struct interp *interp = call->interp;

	if (!interp)
		return err_set(err, ERR_INPUT, "a block is called outside of a template");
	size_t begin = capture_begin(interp);
	if (block_run(interp, block->rendering, block->link, block->around, err))
		return -1;
	*ret_value = capture_end(interp, begin);
	return 0;
}

static int block_attribute(struct heap *heap, struct object *object, struct str name,
			   struct value *ret_value, struct err *err)
{
	const struct block_value *block = (const void *)object;

	if (!str_is(name, "super"))
		return 0;
	*ret_value = parent_value(heap, block->rendering, block->link, block->around);
	return 1;
}

const struct object_type block_type = {
	.name = "BlockReference",
	.qualified = "jinja2.runtime.BlockReference",
	.call = block_call,
	.attribute = block_attribute,
};

struct self_object {
	struct object object;
	struct rendering *rendering;
};

static int self_attribute(struct heap *heap, struct object *object, struct str name,
			  struct value *ret_value, struct err *err)
{
	struct rendering *rendering = ((struct self_object *)object)->rendering;
	const struct block_link *link = link_find(rendering, name);

	if (!link)
		return 0;
	*ret_value = block_value(heap, rendering, link, rendering->top);
	return 1;
}

static int self_print(struct heap *heap, struct object *object, struct buf *buf, struct err *err)
{
	const struct rendering *rendering = ((struct self_object *)object)->rendering;

	buf_printf(buf, "<TemplateReference '%s'>",
		   rendering->template->name ? rendering->template->name : "None");
	return 0;
}

static const struct object_type self_type = {
	.name = "TemplateReference",
	.qualified = "jinja2.runtime.TemplateReference",
	.attribute = self_attribute,
	.print = self_print,
};

struct value self_value(struct interp *interp)
{
	struct self_object *self = heap_alloc(interp->heap, sizeof(*self));

	*self = (struct self_object){{&self_type}, interp->now.rendering};
	return value_of_object(&self->object);
}
