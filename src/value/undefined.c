/* undefined.c - values that are not there, and why: the texts of Jinja2's Undefined.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

static struct value undefined_new(struct heap *heap, const char *message, const char *name,
				  const char *shown)
{
	struct undefined *why = heap_alloc(heap, sizeof(*why));

	*why = (struct undefined){message, name, shown};
	return (struct value){.kind = VALUE_UNDEFINED, .why = why};
}

struct value value_undefined(struct heap *heap, const char *name, const char *fmt, ...)
{
	autobuf struct buf text = {0};
	const char *kept = name ? heap_strdup(heap, str_of(name)) : NULL, *message;
	va_list args;

	if (!fmt)
		return undefined_new(heap, heap_printf(heap, "'%s' is undefined", kept), kept,
				     kept);
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	message = heap_strdup(heap, buf_str(&text));
	return undefined_new(heap, message, kept,
			     heap->undefined == UNDEFINED_DEBUG
				     ? heap_printf(heap, "undefined value printed: %s", message)
				     : message);
}

int(value_refuse_undefined)(struct value undefined, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s", undefined.why ? undefined.why->message : "undefined");
}

struct value undefined_part(struct heap *heap, struct value of, struct value key)
{
	const char *owner = value_object_name(heap, of), *shown = NULL, *message, *name;
	autobuf struct buf text = {.max = LIMIT_MESSAGE_KEY};
	autoerr struct err err = {0};

	/* A key that cannot be shown is shown in part: the message is only for people. */
	if (value_print_repr(heap, key, &text, &err))
		buf_puts(&text, "...");
	name = key.kind == VALUE_STRING ? heap_strdup(heap, value_bytes(key))
					: heap_strdup(heap, buf_str(&text));
	message = heap_printf(heap,
			      key.kind == VALUE_STRING ? "'%s' has no attribute %s"
						       : "%s has no element %s",
			      owner, buf_text(&text));
	if (heap->undefined == UNDEFINED_DEBUG)
		shown = heap_printf(heap, "no such element: %s[%s]", owner, buf_text(&text));
	return undefined_new(heap, message, name, shown);
}

struct value undefined_unsafe(struct heap *heap, struct value of, struct str name)
{
	return value_undefined(heap, NULL, "access to attribute '%.*s' of '%s' object is unsafe.",
			       STR_ARG(name), value_type_name(of));
}
