/* loop.c - the variable `loop`: where a loop stands, looking one item ahead only when asked.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tmpl/interp_private.h"

#include "base/banned.h"

static int turns_raw(struct turns *turns, struct value *ret_item, struct err *err)
{
	if (!turns->ahead)
		return value_next(&turns->iter, ret_item, err);
	if (turns->ahead_i >= turns->ahead->n)
		return 0;
	*ret_item = turns->ahead->items[turns->ahead_i++];
	return 1;
}

/* The filter has a scope of its own beside the body's: it sees the item and what is around. */
static int turns_accepts(struct turns *turns, struct value item, bool *ret_accepts, struct err *err)
{
	struct interp *interp = turns->interp;
	struct scope *inside = interp->now.scope;
	struct scope *own = scope_new(interp, inside->parent);

	interp->now.scope = own;
	int failed = assign(interp, turns->stmt->loop.target, item, err) ||
		     eval_truth(interp, turns->stmt->loop.filter, ret_accepts, err);
	if (failed)
		return -1; /* the scope stays: hints look at it */
	interp->now.scope = inside;
	scope_release(interp, own);
	return 0;
}

int turns_next(struct turns *turns, struct value *ret_item, struct err *err)
{
	for (;;) {
		struct value item;
		bool accepts = true;
		if (heap_step(turns->interp->heap, err))
			return -1;
		int got = turns_raw(turns, &item, err);
		if (got <= 0)
			return got;
		if (turns->stmt->loop.filter && !turns->ahead &&
		    turns_accepts(turns, item, &accepts, err))
			return -1;
		if (accepts) {
			*ret_item = item;
			return 1;
		}
	}
}

static int loop_peek(struct loop_value *loop, struct err *err)
{
	if (loop->has_after || loop->is_over || !loop->turns)
		return 0;
	int got = turns_next(loop->turns, &loop->after, err);
	if (got < 0)
		return -1;
	loop->has_after = got > 0;
	loop->is_over = got == 0;
	return 0;
}

int loop_advance(struct loop_value *loop, struct err *err)
{
	struct value item = loop->after;
	bool has_before = loop->index0 >= 0;

	if (loop->is_over)
		return 0;
	if (!loop->has_after) {
		int got = turns_next(loop->turns, &item, err);
		if (got <= 0)
			return got;
	}
	loop->has_after = false;
	loop->has_before = has_before;
	loop->before = loop->current;
	loop->current = item;
	loop->index0++;
	return 1;
}

/* len() of what is gone through; what has none (or is filtered) is read to its end. */
static int loop_length(struct loop_value *loop, int64_t *ret_length, struct err *err)
{
	struct turns *turns = loop->turns;
	struct value item;
	int got;

	if (loop->length < 0 && turns && !turns->stmt->loop.filter && !turns->ahead) {
		autoerr struct err none = {0};
		if (value_length(loop->interp->heap, turns->of, &loop->length, &none))
			loop->length = -1;
	}
	if (loop->length < 0 && turns) {
		struct list *ahead = list_new(loop->interp->heap, 8);
		while ((got = turns_next(turns, &item, err)) > 0)
			list_push(loop->interp->heap, ahead, item);
		if (got < 0)
			return -1;
		turns->ahead = ahead;
		turns->ahead_i = 0;
		loop->length = (int64_t)ahead->n + loop->index0 + 1 + loop->has_after;
	}
	*ret_length = loop->length < 0 ? loop->index0 + 1 : loop->length;
	return 0;
}

static int cycle_call(struct call *call, struct value *ret_value, struct err *err)
{
	const struct loop_value *loop = (const void *)call->self.object;

	if (!call->n_args)
		return err_set(err, ERR_INPUT, "no items for cycling given");
	*ret_value = call->args[(size_t)loop->index0 % call->n_args];
	return 0;
}

static int changed_call(struct call *call, struct value *ret_value, struct err *err)
{
	struct loop_value *loop = (void *)call->self.object;
	struct value now = value_tuple(call->heap, call->args, call->n_args);
	bool equal = false;

	if (loop->has_changed && value_equal(call->heap, loop->changed, now, &equal, err))
		return -1;
	loop->has_changed = true;
	loop->changed = now;
	*ret_value = value_bool(!equal);
	return 0;
}

static struct value loop_method(struct heap *heap, struct loop_value *loop, const char *name,
				call_fn *fn)
{
	struct value method = value_native(heap, name, fn, NULL);

	((struct native *)method.object)->self = value_of_object(&loop->object);
	return method;
}

enum loop_part {
	LOOP_INDEX,
	LOOP_INDEX0,
	LOOP_REVINDEX,
	LOOP_REVINDEX0,
	LOOP_FIRST,
	LOOP_LAST,
	LOOP_LENGTH,
	LOOP_DEPTH,
	LOOP_DEPTH0,
	LOOP_PREVITEM,
	LOOP_NEXTITEM,
	LOOP_CYCLE,
	LOOP_CHANGED,
	N_LOOP_PARTS
};

static const struct str loop_parts[N_LOOP_PARTS] = {
	[LOOP_INDEX] = {"index", 5},       [LOOP_INDEX0] = {"index0", 6},
	[LOOP_REVINDEX] = {"revindex", 8}, [LOOP_REVINDEX0] = {"revindex0", 9},
	[LOOP_FIRST] = {"first", 5},       [LOOP_LAST] = {"last", 4},
	[LOOP_LENGTH] = {"length", 6},     [LOOP_DEPTH] = {"depth", 5},
	[LOOP_DEPTH0] = {"depth0", 6},     [LOOP_PREVITEM] = {"previtem", 8},
	[LOOP_NEXTITEM] = {"nextitem", 8}, [LOOP_CYCLE] = {"cycle", 5},
	[LOOP_CHANGED] = {"changed", 7},
};

static int loop_number(struct loop_value *loop, enum loop_part part, struct value *ret_value,
		       struct err *err)
{
	int64_t length = 0;

	if ((part == LOOP_REVINDEX || part == LOOP_REVINDEX0 || part == LOOP_LENGTH) &&
	    loop_length(loop, &length, err))
		return -1;
	switch (part) {
	case LOOP_INDEX: *ret_value = value_int(loop->index0 + 1); break;
	case LOOP_INDEX0: *ret_value = value_int(loop->index0); break;
	case LOOP_REVINDEX: *ret_value = value_int(length - loop->index0); break;
	case LOOP_REVINDEX0: *ret_value = value_int(length - loop->index0 - 1); break;
	case LOOP_LENGTH: *ret_value = value_int(length); break;
	case LOOP_DEPTH: *ret_value = value_int(loop->depth0 + 1); break;
	default: *ret_value = value_int(loop->depth0); break;
	}
	return 1;
}

static int loop_item(struct heap *heap, struct loop_value *loop, enum loop_part part,
		     struct value *ret_value, struct err *err)
{
	switch (part) {
	case LOOP_FIRST: *ret_value = value_bool(loop->index0 == 0); return 1;
	case LOOP_PREVITEM:
		*ret_value = loop->has_before
				     ? loop->before
				     : value_undefined(heap, NULL, "there is no previous item");
		return 1;
	case LOOP_CYCLE: *ret_value = loop_method(heap, loop, "cycle", cycle_call); return 1;
	case LOOP_CHANGED: *ret_value = loop_method(heap, loop, "changed", changed_call); return 1;
	default: break;
	}
	if (loop_peek(loop, err))
		return -1;
	if (part == LOOP_LAST)
		*ret_value = value_bool(!loop->has_after);
	else
		*ret_value = loop->has_after ? loop->after
					     : value_undefined(heap, NULL, "there is no next item");
	return 1;
}

static int loop_attribute(struct heap *heap, struct object *object, struct str name,
			  struct value *ret_value, struct err *err)
{
	struct loop_value *loop = (void *)object;
	enum loop_part part = 0;

	while (part < N_LOOP_PARTS && !str_eq(loop_parts[part], name))
		part++;
	if (part == N_LOOP_PARTS)
		return 0;
	if (part == LOOP_FIRST || part == LOOP_LAST || part > LOOP_DEPTH0)
		return loop_item(heap, loop, part, ret_value, err);
	return loop_number(loop, part, ret_value, err);
}

static int loop_print(struct heap *heap, struct object *object, struct buf *buf, struct err *err)
{
	struct loop_value *loop = (void *)object;
	int64_t length;

	if (loop_length(loop, &length, err))
		return -1;
	buf_printf(buf, "<LoopContext %lld/%lld>", (long long)loop->index0 + 1, (long long)length);
	return 0;
}

static int64_t loop_len(struct object *object)
{
	struct loop_value *loop = (void *)object;
	autoerr struct err none = {0};
	int64_t length = 0;

	return loop_length(loop, &length, &none) ? 0 : length;
}

/* Going through `loop` itself goes on with the loop, as the reference's iterator does. */
static int loop_at(struct heap *heap, struct object *object, size_t i, struct value *ret_value,
		   struct err *err)
{
	struct loop_value *loop = (void *)object;
	int got = loop->turns ? loop_advance(loop, err) : 0;

	if (got > 0)
		*ret_value = value_tuple(
			heap, (struct value[]){loop->current, value_of_object(object)}, 2);
	return got;
}

static bool loop_truth(struct object *object)
{
	return true; /* inside of a loop there is at least one turn */
}

/* loop(children): the same body one level deeper. */
static int loop_call(struct call *call, struct value *ret_value, struct err *err)
{
	struct loop_value *loop = (void *)call->self.object;
	struct interp *interp = call->interp;

	if (!loop->stmt->loop.is_recursive || !interp)
		return err_set(err, ERR_INPUT,
			       "The loop must have the 'recursive' marker to be called "
			       "recursively.");
	if (call->n_args != 1 || call->n_keywords)
		return err_set(err, ERR_INPUT, "loop() takes exactly one argument (%zu given)",
			       call->n_args + call->n_keywords);
	if (call_enter(interp, err))
		return -1;
	struct place saved = interp->now;
	size_t begin = capture_begin(interp);
	interp->now = loop->around;
	if (loop_run(interp, loop->stmt, call->args[0], loop, err) < 0)
		return -1;
	*ret_value = capture_end(interp, begin);
	interp->now = saved;
	interp->depth--;
	return 0;
}

const struct object_type loop_type = {
	.name = "LoopContext",
	.qualified = "jinja2.runtime.LoopContext",
	.call = loop_call,
	.attribute = loop_attribute,
	.print = loop_print,
	.at = loop_at,
	.length = loop_len,
	.truth = loop_truth,
};
