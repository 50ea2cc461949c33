/* renderer.c - statements and a tree to text.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <strings.h>

#include "base/strlist.h"
#include "base/vec.h"
#include "gotmpl/gotmpl_private.h"
#include "gotmpl/limits.h"

#include "base/banned.h"

#define LISTED_MAX 160 /* bytes of field names that a message lists */

struct renderer {
	struct arena arena;
	const struct node **slots;
	struct buf *out;
};

static int eval_pipeline(struct renderer *renderer, const struct pipeline *pipeline,
			 const struct node *dot, const struct node **ret_value, struct err *err);
static int render(struct renderer *renderer, const struct statement *first, const struct node *dot,
		  struct err *err);

/* Names are often right but for their case: ".Id". */
static const char *nearest_field(const char *name, const struct strlist *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcasecmp(name, names->items[i]))
			return names->items[i];
	return str_nearest(name, (const char *const *)strlist_argv(names));
}

static int refuse_field(const struct link *link, const struct node *map, struct err *err)
{
	autostrlist struct strlist names = {0};

	node_foreach(child, map)
		strlist_add_str(&names, child->key);
	const char *near = nearest_field(link->name, &names);
	if (near)
		return err_at(err, link->pos, "no field '%s', did you mean '%s'?", link->name,
			      near);

	autofree char *list = strlist_join(&names, ", ");
	if (!*list || strlen(list) > LISTED_MAX)
		return err_at(err, link->pos, "no field '%s'", link->name);
	return err_at(err, link->pos, "no field '%s', there is: %s", link->name, list);
}

static int follow_links(const struct operand *operand, const struct node **value, struct err *err)
{
	for (const struct link *link = operand->links; link; link = link->next) {
		if ((*value)->kind != NODE_MAP)
			return err_at(err, link->pos, "no field '%s' in %s", link->name,
				      node_kind_name((*value)->kind));
		const struct node *field = node_get(*value, link->name);
		if (!field)
			return refuse_field(link, *value, err);
		*value = field;
	}
	return 0;
}

static int call_function(struct renderer *renderer, const struct operand *operand,
			 const struct node *const *args, size_t n_args,
			 const struct node **ret_value, struct err *err)
{
	struct call call = {&renderer->arena, operand->function, operand->pos, args, n_args};

	return operand->function->run(&call, ret_value, err);
}

static int eval_operand(struct renderer *renderer, const struct operand *operand,
			const struct node *dot, const struct node **ret_value, struct err *err)
{
	const struct node *value = dot;
	int failed = 0;

	switch (operand->kind) {
	case OPERAND_DOT: break;
	case OPERAND_VARIABLE: value = renderer->slots[operand->slot]; break;
	case OPERAND_LITERAL: value = operand->literal; break;
	case OPERAND_FUNCTION:
		failed = call_function(renderer, operand, NULL, 0, &value, err);
		break;
	case OPERAND_PIPELINE:
		failed = eval_pipeline(renderer, operand->pipeline, dot, &value, err);
		break;
	}
	if (failed || follow_links(operand, &value, err))
		return -1;
	*ret_value = value;
	return 0;
}

/* A map with one argument gives the value of that key, so that maps stand for docker's methods:
 * {{.Label "com.example.x"}}. */
static int eval_lookup(struct renderer *renderer, const struct operand *operand,
		       const struct node *map, const struct node *key,
		       const struct node **ret_value, struct err *err)
{
	if (map->kind != NODE_MAP)
		return err_at(err, operand->pos, "%s is no function and takes no arguments",
			      node_kind_name(map->kind));
	return value_index(&renderer->arena, map, key, operand->pos, ret_value, err);
}

/* and, or: arguments behind the decisive one are not evaluated. */
static bool is_decisive(const struct operand *first, const struct node *value)
{
	return first->kind == OPERAND_FUNCTION && first->function->is_lazy &&
	       value_is_true(value) == first->function->stops_on;
}

/* `piped` is the value of the command before, the last argument of this one; or NULL. */
static int eval_command(struct renderer *renderer, const struct command *command,
			const struct node *dot, const struct node *piped,
			const struct node **ret_value, struct err *err)
{
	const struct operand *first = command->operands;
	const struct node **args = arena_alloc(
		&renderer->arena, (command->n_operands + 1) * sizeof(const struct node *));
	size_t n_args = 0;
	bool is_decided = false;

	for (const struct operand *operand = first->next; operand && !is_decided;
	     operand = operand->next) {
		if (eval_operand(renderer, operand, dot, &args[n_args], err))
			return -1;
		is_decided = is_decisive(first, args[n_args++]);
	}
	if (piped && !is_decided)
		args[n_args++] = piped;
	if (first->kind == OPERAND_FUNCTION)
		return call_function(renderer, first, args, n_args, ret_value, err);

	const struct node *value = NULL;
	if (eval_operand(renderer, first, dot, &value, err))
		return -1;
	if (n_args > 1)
		return err_at(err, first->pos, "%s is no function and takes no arguments",
			      node_kind_name(value->kind));
	if (n_args == 1)
		return eval_lookup(renderer, first, value, args[0], ret_value, err);
	*ret_value = value;
	return 0;
}

/* The value alone; the variables that the pipeline sets are the caller's business. */
static int eval_commands(struct renderer *renderer, const struct pipeline *pipeline,
			 const struct node *dot, const struct node **ret_value, struct err *err)
{
	const struct command *command = pipeline->commands; /* there is always one */
	const struct node *value = NULL;

	do {
		if (eval_command(renderer, command, dot, value, &value, err))
			return -1;
		assert(value);
		command = command->next;
	} while (command);
	*ret_value = value;
	return 0;
}

static int eval_pipeline(struct renderer *renderer, const struct pipeline *pipeline,
			 const struct node *dot, const struct node **ret_value, struct err *err)
{
	if (eval_commands(renderer, pipeline, dot, ret_value, err))
		return -1;
	if (pipeline->n_slots)
		renderer->slots[pipeline->slots[0]] = *ret_value;
	return 0;
}

static int render_item(struct renderer *renderer, const struct statement *statement,
		       const struct node *key, const struct node *item, struct err *err)
{
	const struct pipeline *pipeline = statement->pipeline;

	if (pipeline->n_slots == 2)
		renderer->slots[pipeline->slots[0]] = key;
	if (pipeline->n_slots)
		renderer->slots[pipeline->slots[pipeline->n_slots - 1]] = item;
	return render(renderer, statement->body, item, err);
}

static int render_list(struct renderer *renderer, const struct statement *statement,
		       const struct node *list, struct err *err)
{
	int64_t i = 0;

	node_foreach(child, list)
		if (render_item(renderer, statement, node_new_int(&renderer->arena, i++), child,
				err))
			return -1;
	return 0;
}

static int render_map(struct renderer *renderer, const struct statement *statement,
		      const struct node *map, struct err *err)
{
	autofree const struct node **sorted = node_sorted(map);

	for (size_t i = 0; i < map->children.n; i++) {
		struct node *key = node_new(&renderer->arena, NODE_STRING);
		key->text = sorted[i]->key;
		if (render_item(renderer, statement, key, sorted[i], err))
			return -1;
	}
	return 0;
}

/* The variables of a range over nothing, as its else sees them. */
static void clear_slots(struct renderer *renderer, const struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->n_slots; i++)
		if (!renderer->slots[pipeline->slots[i]])
			renderer->slots[pipeline->slots[i]] = node_new(&renderer->arena, NODE_NULL);
}

static int render_range(struct renderer *renderer, const struct statement *statement,
			const struct node *dot, struct err *err)
{
	const struct node *value = NULL;

	if (eval_commands(renderer, statement->pipeline, dot, &value, err))
		return -1;
	if (value->kind != NODE_LIST && value->kind != NODE_MAP && value->kind != NODE_NULL)
		return err_at(err, statement->pipeline->pos, "range needs a list or a map, not %s",
			      node_kind_name(value->kind));
	clear_slots(renderer, statement->pipeline);
	if (!value_is_true(value))
		return render(renderer, statement->otherwise, dot, err);
	return value->kind == NODE_LIST ? render_list(renderer, statement, value, err)
					: render_map(renderer, statement, value, err);
}

static int render_choice(struct renderer *renderer, const struct statement *statement,
			 const struct node *dot, struct err *err)
{
	const struct node *value = NULL;

	if (eval_pipeline(renderer, statement->pipeline, dot, &value, err))
		return -1;
	if (!value_is_true(value))
		return render(renderer, statement->otherwise, dot, err);
	return render(renderer, statement->body, statement->kind == STATEMENT_WITH ? value : dot,
		      err);
}

static int render_print(struct renderer *renderer, const struct statement *statement,
			const struct node *dot, struct err *err)
{
	const struct node *value = NULL;

	if (eval_pipeline(renderer, statement->pipeline, dot, &value, err))
		return -1;
	if (statement->pipeline->n_slots)
		return 0;
	if (value->kind == NODE_NULL && !value->null_of)
		buf_puts(renderer->out, "<no value>");
	else
		value_print(renderer->out, value);
	return 0;
}

static int render(struct renderer *renderer, const struct statement *first, const struct node *dot,
		  struct err *err)
{
	int failed = 0;

	for (; first && !failed; first = first->next) {
		switch (first->kind) {
		case STATEMENT_TEXT: buf_append_str(renderer->out, first->text); break;
		case STATEMENT_PRINT: failed = render_print(renderer, first, dot, err); break;
		case STATEMENT_IF:
		case STATEMENT_WITH: failed = render_choice(renderer, first, dot, err); break;
		case STATEMENT_RANGE: failed = render_range(renderer, first, dot, err); break;
		}
		if (!failed && renderer->out->overflowed)
			return buf_check(renderer->out, "the output of the template", err);
	}
	return failed;
}

int gotmpl_render(const struct gotmpl *template, const struct node *dot, struct buf *out,
		  struct err *err)
{
	struct renderer renderer = {.out = out};

	renderer.slots =
		arena_alloc(&renderer.arena, template->n_slots * sizeof(const struct node *));
	renderer.slots[0] = dot;
	int failed = render(&renderer, template->statements, dot, err);
	arena_done(&renderer.arena);
	return failed;
}

int gotmpl_parse(const char *name, const char *text, struct gotmpl **ret_template, struct err *err)
{
	struct tokens tokens = {0};

	if (strlen(text) > LIMIT_GOTMPL_TEXT)
		return err_set(err, ERR_LIMIT, "%s: the template is larger than %u bytes", name,
			       LIMIT_GOTMPL_TEXT);

	struct gotmpl *template = xcalloc(1, sizeof(*template));
	int failed = tokens_read(arena_strdup(&template->arena, name), str_of(text), &tokens, err);
	if (!failed)
		failed = statements_parse(template, &tokens, err);
	vec_done(&tokens);
	if (failed) {
		gotmpl_free(template);
		return -1;
	}
	*ret_template = template;
	return 0;
}

void gotmpl_free(struct gotmpl *template)
{
	if (!template)
		return;
	arena_done(&template->arena);
	free(template);
}
