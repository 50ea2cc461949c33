/* marked.c - libyaml's events to a tree with places, as PyYAML's composer makes it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/marked.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/vec.h"
#include "doc/limits.h"
#include "doc/marked_private.h"

#include "base/banned.h"

struct composer {
	struct arena *arena;
	const struct marked_options *options;
	struct diag *diag;
	struct marked_cursor cursor;
	yaml_parser_t parser;
	struct map anchors; /* name to struct composed */
	struct {            /* the children of all open containers */
		struct child {
			struct composed *node;
		} * items;
		size_t n, cap;
	} stack;
	size_t n_nodes;
	uint64_t n_aliased;
	unsigned depth;
};

static int compose(struct composer *composer, const yaml_event_t *event,
		   struct composed **ret_composed);

/* ---- what libyaml refuses ---- */

/* "while parsing a block mapping": the block mapping. */
static const char *context_thing(const char *context)
{
	static const char *const verbs[] = {"while parsing ", "while scanning "};

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!text_starts(context, verbs[i]))
			continue;
		const char *thing = context + strlen(verbs[i]);
		thing += text_starts(thing, "an ") ? 3 : text_starts(thing, "a ") ? 2 : 0;
		return text_starts(thing, "for ") ? NULL : thing;
	}
	return NULL;
}

static int refuse_text(struct composer *composer)
{
	const yaml_parser_t *parser = &composer->parser;
	struct src_pos nowhere = {composer->options->file, 0, 0};

	if (parser->error == YAML_MEMORY_ERROR)
		return diag_set(composer->diag, ERR_SYSTEM, nowhere, "out of memory");
	if (parser->error == YAML_READER_ERROR)
		return diag_set(composer->diag, ERR_INPUT,
				marked_place_of_byte(&composer->cursor, parser->problem_offset),
				"unacceptable character #x%04x: %s",
				(unsigned)(parser->problem_value < 0 ? 0 : parser->problem_value),
				parser->problem);

	struct src_pos at = marked_place(&composer->cursor, parser->problem_mark);
	bool is_tab = marked_cursor_is_tab(&composer->cursor, parser->problem_mark);
	diag_set(composer->diag, ERR_INPUT, at, "%s%s%s%s", parser->context ? parser->context : "",
		 parser->context ? ", " : "", parser->problem,
		 is_tab ? " (Illegal tab character)" : "");
	const char *thing = parser->context ? context_thing(parser->context) : NULL;
	if (thing && parser->context_mark.index != parser->problem_mark.index)
		diag_note(composer->diag, marked_place(&composer->cursor, parser->context_mark),
			  "the %s begins", thing);
	return -1;
}

static int next_event(struct composer *composer, yaml_event_t *event)
{
	return yaml_parser_parse(&composer->parser, event) ? 0 : refuse_text(composer);
}

/* ---- anchors ---- */

static int set_anchor(struct composer *composer, const yaml_char_t *name, struct composed *composed)
{
	if (!name)
		return 0;
	struct composed *before = map_set(&composer->anchors, (const char *)name, composed);
	if (!before)
		return 0;
	diag_set(composer->diag, ERR_INPUT, composed->node.at, "found duplicate anchor '%s'",
		 (const char *)name);
	diag_note(composer->diag, before->node.at, "first occurrence");
	return -1;
}

static int limit_depth(struct composer *composer, struct src_pos at, unsigned depth)
{
	if (depth <= LIMIT_MARKED_DEPTH)
		return 0;
	return diag_set(composer->diag, ERR_LIMIT, at, "nested deeper than %d", LIMIT_MARKED_DEPTH);
}

static int compose_alias(struct composer *composer, const yaml_event_t *event,
			 struct composed **ret_composed)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct composed *target = map_get(&composer->anchors, name);
	struct src_pos at = marked_place(&composer->cursor, event->start_mark);

	if (!target)
		return diag_set(composer->diag, ERR_INPUT, at, "found undefined alias '%s'", name);
	if (target->is_open)
		return diag_set(
			composer->diag, ERR_INPUT, at,
			"found unconstructable recursive node: the alias '%s' stands inside "
			"of what it names",
			name);
	if (limit_depth(composer, at, composer->depth + target->height))
		return -1;
	composer->n_aliased += target->weight;
	if (composer->n_aliased > LIMIT_MARKED_ALIASES)
		return diag_set(composer->diag, ERR_LIMIT, at,
				"aliases repeat more than %llu values",
				(unsigned long long)LIMIT_MARKED_ALIASES);
	*ret_composed = target;
	return 0;
}

/* ---- nodes ---- */

static int new_node(struct composer *composer, const yaml_event_t *event, enum marked_kind kind,
		    struct composed **ret_composed)
{
	struct composed *composed = arena_alloc(composer->arena, sizeof(*composed));

	composed->node.kind = kind;
	composed->node.at = marked_place(&composer->cursor, event->start_mark);
	composed->weight = 1;
	if (++composer->n_nodes > LIMIT_DOC_NODES)
		return diag_set(composer->diag, ERR_LIMIT, composed->node.at, "more than %u values",
				LIMIT_DOC_NODES);
	*ret_composed = composed;
	return 0;
}

static const char *take_tag(struct composer *composer, const yaml_char_t *tag)
{
	/* "!" alone says nothing. */
	if (!tag || text_eq((const char *)tag, "!"))
		return NULL;
	return arena_strdup(composer->arena, (const char *)tag);
}

static int compose_scalar(struct composer *composer, const yaml_event_t *event,
			  struct composed **ret_composed)
{
	struct composed *composed = NULL;

	if (new_node(composer, event, MARKED_STRING, &composed))
		return -1;
	struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	composed->node.source = (struct str){arena_str(composer->arena, text), text.len};
	composed->node.text = composed->node.source;
	composed->node.is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	composed->is_implicit = event->data.scalar.plain_implicit;
	composed->tag = take_tag(composer, event->data.scalar.tag);
	*ret_composed = composed;
	return set_anchor(composer, event->data.scalar.anchor, composed);
}

static void add_child(struct composer *composer, struct composed *parent, struct composed *child)
{
	vec_push(&composer->stack, {child});
	parent->weight += child->weight;
	if (child->height + 1 > parent->height)
		parent->height = child->height + 1;
}

/* The children go on the common stack until the container ends. */
static int compose_children(struct composer *composer, struct composed *parent,
			    yaml_event_type_t end)
{
	for (;;) {
		yaml_event_t event cleanup(yaml_event_delete) = {0};
		struct composed *child = NULL;
		if (next_event(composer, &event))
			return -1;
		if (event.type == end)
			return 0;
		if (compose(composer, &event, &child))
			return -1;
		add_child(composer, parent, child);
	}
}

static void take_children(struct composer *composer, struct composed *parent, size_t first)
{
	struct arena *arena = composer->arena;
	struct marked *node = &parent->node;
	size_t n = composer->stack.n - first;

	composer->stack.n = first;
	if (!n)
		return;
	const struct child *children = composer->stack.items + first;
	if (node->kind == MARKED_LIST) {
		node->list.n = n;
		node->list.items = arena_alloc(arena, n * sizeof(struct marked *));
		for (size_t i = 0; i < n; i++)
			node->list.items[i] = &children[i].node->node;
		return;
	}
	node->map.n = n / 2;
	node->map.items = arena_alloc(arena, n / 2 * sizeof(*node->map.items));
	for (size_t i = 0; i < n / 2; i++)
		node->map.items[i] = (struct marked_entry){&children[2 * i].node->node,
							   &children[2 * i + 1].node->node};
}

static int compose_container(struct composer *composer, const yaml_event_t *event,
			     struct composed **ret_composed)
{
	bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
	const yaml_char_t *anchor =
		is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
	struct composed *composed = NULL;
	size_t first = composer->stack.n;

	if (new_node(composer, event, is_list ? MARKED_LIST : MARKED_MAP, &composed) ||
	    set_anchor(composer, anchor, composed) ||
	    limit_depth(composer, composed->node.at, composer->depth + 1))
		return -1;
	composed->tag = take_tag(composer, is_list ? event->data.sequence_start.tag
						   : event->data.mapping_start.tag);
	composed->is_open = true;
	composer->depth++;
	if (compose_children(composer, composed,
			     is_list ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT))
		return -1;
	composer->depth--;
	composed->is_open = false;
	take_children(composer, composed, first);
	*ret_composed = composed;
	return 0;
}

static int compose(struct composer *composer, const yaml_event_t *event,
		   struct composed **ret_composed)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT: return compose_alias(composer, event, ret_composed);
	case YAML_SCALAR_EVENT: return compose_scalar(composer, event, ret_composed);
	default: return compose_container(composer, event, ret_composed);
	}
}

/* ---- the stream: at most one document ---- */

static int expect_end(struct composer *composer, struct composed *root)
{
	yaml_event_t event cleanup(yaml_event_delete) = {0};

	if (next_event(composer, &event))
		return -1;
	if (event.type == YAML_STREAM_END_EVENT)
		return 0;
	diag_set(composer->diag, ERR_INPUT, marked_place(&composer->cursor, event.start_mark),
		 "expected a single document in the stream, but found another document");
	diag_note(composer->diag, root->node.at, "the first document begins");
	return -1;
}

static int compose_document(struct composer *composer, struct composed **ret_root)
{
	yaml_event_t event cleanup(yaml_event_delete) = {0};
	yaml_event_t end cleanup(yaml_event_delete) = {0};
	struct composed *root = NULL;

	if (next_event(composer, &event) || compose(composer, &event, &root) ||
	    next_event(composer, &end) || expect_end(composer, root))
		return -1;
	*ret_root = root;
	return 0;
}

static int compose_stream(struct composer *composer, struct composed **ret_root)
{
	yaml_event_t stream cleanup(yaml_event_delete) = {0};
	yaml_event_t start cleanup(yaml_event_delete) = {0};

	if (next_event(composer, &stream) || next_event(composer, &start))
		return -1;
	if (start.type == YAML_DOCUMENT_START_EVENT)
		return compose_document(composer, ret_root);
	return new_node(composer, &start, MARKED_NULL, ret_root);
}

int marked_parse(struct arena *arena, struct str text, const struct marked_options *options,
		 struct marked **ret_root, struct diag *diag)
{
	struct composer composer = {.arena = arena, .options = options, .diag = diag};
	struct src_pos start = {options->file, 0, 0};
	struct composed *root = NULL;

	if (text.len > LIMIT_DOC_BYTES)
		return diag_set(diag, ERR_LIMIT, start, "larger than %u bytes", LIMIT_DOC_BYTES);
	if (!yaml_parser_initialize(&composer.parser))
		return diag_set(diag, ERR_SYSTEM, start, "out of memory");
	marked_cursor_begin(&composer.cursor, text, options);
	yaml_parser_set_encoding(&composer.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&composer.parser,
				     (const unsigned char *)composer.cursor.text.ptr,
				     composer.cursor.text.len);
	int failed = compose_stream(&composer, &root);
	yaml_parser_delete(&composer.parser);
	map_done(&composer.anchors);
	vec_done(&composer.stack);
	if (!failed && root->node.kind != MARKED_NULL)
		failed = marked_build(arena, options, root, diag);
	if (failed) {
		if (!options->place)
			diag_quote(diag, text);
		return -1;
	}
	*ret_root = &root->node;
	return 0;
}

/* ---- for whoever reads the tree ---- */

const char *marked_kind_name(enum marked_kind kind)
{
	static const char *const names[] = {
		[MARKED_NULL] = "nothing",    [MARKED_BOOL] = "a boolean",
		[MARKED_INT] = "a number",    [MARKED_FLOAT] = "a number",
		[MARKED_STRING] = "a string", [MARKED_LIST] = "a list",
		[MARKED_MAP] = "a mapping",
	};

	return names[kind];
}

struct marked *marked_get(const struct marked *map, const char *key)
{
	if (!map || map->kind != MARKED_MAP)
		return NULL;
	for (size_t i = 0; i < map->map.n; i++) {
		const struct marked *name = map->map.items[i].key;
		if (name->kind == MARKED_STRING && str_is(name->text, key))
			return map->map.items[i].value;
	}
	return NULL;
}

/* Python's repr of a float: the shortest digits that read back as the same number; with an exponent
 * below 1e-4 and from 1e16 on. */
static struct str float_text(struct arena *arena, double number)
{
	char text[40];
	int precision = 0;

	if (isnan(number))
		return STR("nan");
	if (isinf(number))
		return number < 0 ? STR("-inf") : STR("inf");
	do
		(void)snprintf(text, sizeof(text), "%.*e", precision, number);
	while (strtod(text, NULL) != number && ++precision < 17);
	const char *letter = strchr(text, 'e');
	assert(letter); /* the number is finite */
	int exponent = (int)text_number(letter + 2) * (letter[1] == '-' ? -1 : 1);
	if (exponent >= -4 && exponent < 16) {
		int decimals = precision - exponent;
		(void)snprintf(text, sizeof(text), "%.*f", decimals > 1 ? decimals : 1, number);
	}
	return str_of(arena_strdup(arena, text));
}

struct str marked_text(struct arena *arena, const struct marked *scalar)
{
	char *text;

	switch (scalar->kind) {
	case MARKED_NULL: return STR("None");
	case MARKED_BOOL: return scalar->boolean ? STR("True") : STR("False");
	case MARKED_INT:
		text = arena_printf(arena, "%lld", (long long)scalar->integer);
		return str_of(text);
	case MARKED_FLOAT: return float_text(arena, scalar->number);
	case MARKED_STRING: return scalar->text;
	default: return (struct str){0};
	}
}
