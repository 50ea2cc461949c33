/* compile_lists.c - the lists of high and low data grow.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "state/compile_private.h"

#include "base/banned.h"

void args_add(struct high_args *args, struct high_arg arg)
{
	vec_push(args, arg);
}

void declaration_add_arg(struct declaration *declaration, struct high_arg arg)
{
	arg.item = declaration->n_items++;
	vec_push(&declaration->args, arg);
}

void functions_add(struct declaration *declaration, const char *name, struct src_pos at)
{
	vec_push(&declaration->functions, {name, at});
}

void required_add(struct declaration *declaration, struct requisite requisite)
{
	vec_push(&declaration->required, requisite);
}

void requisites_add(struct chunk *chunk, struct requisite requisite)
{
	vec_push(&chunk->requisites, requisite);
}

void declarations_add(struct declarations *list, struct declaration *declaration)
{
	vec_push(list, declaration); /* NOLINT(bugprone-sizeof-expression): of pointers */
}

void low_add(struct low_list *low, struct chunk *chunk)
{
	vec_push(low, chunk); /* NOLINT(bugprone-sizeof-expression): of pointers */
}
