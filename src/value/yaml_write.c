/* yaml_write.c - values as YAML text, by libyaml's emitter.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The choices of PyYAML's representer and serializer: which tag, which anchor, plain or not. How it
 * looks is the emitter's, the same one that the reference uses. */
#include <math.h>
#include <yaml.h>

#include "base/encode.h"
#include "base/vec.h"
#include "value/limits.h"
#include "value/yaml.h"

#include "base/banned.h"

#define TAG(name)   ((const yaml_char_t *)"tag:yaml.org,2002:" name)
#define FIRST_SLOTS 16
#define BINARY_LINE 76 /* letters a line (RFC 2045, 6.8), as Python's encodebytes */

/* A list, tuple or dict that was met; once more, and it gets an anchor. */
struct meeting {
	const void *what; /* NULL: a free slot */
	bool is_again;
	bool is_written;
	unsigned anchor; /* number; 0: none yet */
};

struct writer {
	struct heap *heap;
	struct buf *buf;
	struct err *err;
	unsigned flags; /* enum yaml_flags */
	unsigned depth;
	unsigned n_anchors;
	struct {
		struct meeting *slots;
		size_t n, n_slots;
	} met;
	yaml_emitter_t emitter;
};

/* ---- what is there twice ---- */

static struct meeting *find_slot(struct meeting *slots, size_t n_slots, const void *what)
{
	size_t hash = (size_t)(((uintptr_t)what >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20);

	for (size_t i = hash & (n_slots - 1);; i = (i + 1) & (n_slots - 1))
		if (!slots[i].what || slots[i].what == what)
			return &slots[i];
}

static void grow(struct writer *writer)
{
	size_t n_slots = writer->met.n_slots ? writer->met.n_slots * 2 : FIRST_SLOTS;
	struct meeting *slots = xcalloc(n_slots, sizeof(*slots));

	for (size_t i = 0; i < writer->met.n_slots; i++)
		if (writer->met.slots[i].what)
			*find_slot(slots, n_slots, writer->met.slots[i].what) =
				writer->met.slots[i];
	free(writer->met.slots);
	writer->met.slots = slots;
	writer->met.n_slots = n_slots;
}

static struct meeting *meet(struct writer *writer, const void *what)
{
	if (writer->met.n * 2 >= writer->met.n_slots)
		grow(writer);
	struct meeting *meeting = find_slot(writer->met.slots, writer->met.n_slots, what);
	if (!meeting->what) {
		meeting->what = what;
		writer->met.n++;
	}
	return meeting;
}

static bool is_container(struct value v)
{
	return value_is_sequence(v) || v.kind == VALUE_DICT;
}

static const void *identity(struct value v)
{
	return v.kind == VALUE_DICT ? (const void *)v.dict : (const void *)v.list;
}

static int enter(struct writer *writer)
{
	if (++writer->depth > LIMIT_DEPTH)
		return err_set(writer->err, ERR_LIMIT, "nested deeper than %d", LIMIT_DEPTH);
	return 0;
}

/* The keys in the order in which they are written. Keys without an order stay as they are. */
static int keys_of(struct writer *writer, const struct dict *dict, struct list **ret_keys)
{
	struct list *keys = list_new(writer->heap, dict->n);
	bool sorts =
		!(writer->flags & YAML_AS_IS) && (!dict->is_ordered || writer->flags & YAML_SORTED);
	autoerr struct err unordered = {0};

	dict_foreach(entry, dict)
	{
		list_push(writer->heap, keys, entry->key);
	}
	*ret_keys = keys;
	if (!sorts || !list_sort(writer->heap, keys, false, &unordered))
		return 0;
	if (unordered.kind == ERR_LIMIT) {
		err_move(writer->err, &unordered);
		return -1;
	}
	keys->n = 0;
	dict_foreach(entry, dict)
	{
		list_push(writer->heap, keys, entry->key);
	}
	return 0;
}

static int meet_all(struct writer *writer, struct value v);

static int meet_children(struct writer *writer, struct value v)
{
	struct list *keys = NULL;

	if (v.kind == VALUE_DICT) {
		if (keys_of(writer, v.dict, &keys))
			return -1;
		for (size_t i = 0; i < keys->n; i++)
			if (meet_all(writer, keys->items[i]) ||
			    meet_all(writer, *dict_find(v.dict, keys->items[i])))
				return -1;
		return 0;
	}
	for (size_t i = 0; i < v.list->n; i++)
		if (meet_all(writer, v.list->items[i]))
			return -1;
	return 0;
}

/* Anchors are numbered in the order in which things are found to be there again. */
static int meet_all(struct writer *writer, struct value v)
{
	if (!is_container(v) || (v.kind == VALUE_TUPLE && !v.list->n))
		return 0;
	if (heap_step(writer->heap, writer->err))
		return -1;
	struct meeting *meeting = meet(writer, identity(v));
	if (meeting->is_again) {
		if (!meeting->anchor)
			meeting->anchor = ++writer->n_anchors;
		return 0;
	}
	meeting->is_again = true;
	if (enter(writer) || meet_children(writer, v))
		return -1;
	writer->depth--;
	return 0;
}

/* ---- events ---- */

static int emit(struct writer *writer, int is_made, yaml_event_t *event)
{
	/* The emitter takes the event also when it fails. */
	if (is_made && yaml_emitter_emit(&writer->emitter, event))
		return 0;
	if (writer->buf->overflowed)
		return buf_check(writer->buf, "YAML text", writer->err);
	return err_set(writer->err, ERR_SYSTEM, "writing YAML: %s",
		       is_made && writer->emitter.problem ? writer->emitter.problem
							  : "out of memory");
}

struct scalar {
	const yaml_char_t *tag;
	struct str text;
	bool is_plain;  /* read without quotes it is the same */
	bool is_quoted; /* read with quotes it is the same: a string */
	yaml_scalar_style_t style;
};

static int emit_scalar(struct writer *writer, const struct scalar *scalar)
{
	yaml_event_t event;
	int is_made = yaml_scalar_event_initialize(
		&event, NULL, scalar->tag,
		(const yaml_char_t *)(scalar->text.ptr ? scalar->text.ptr : ""),
		(int)scalar->text.len, scalar->is_plain, scalar->is_quoted, scalar->style);

	return emit(writer, is_made, &event);
}

static int write_plain(struct writer *writer, const yaml_char_t *tag, struct str text)
{
	struct scalar scalar = {.tag = tag, .text = text, .is_plain = true};

	return emit_scalar(writer, &scalar);
}

static int write_binary(struct writer *writer, struct str bytes)
{
	autobuf struct buf letters = {.max = SIZE_MAX / 2}, lines = {.max = SIZE_MAX / 2};

	base64_encode(&letters, bytes.ptr, bytes.len);
	for (size_t i = 0; i < letters.len; i += BINARY_LINE) {
		size_t len = letters.len - i < BINARY_LINE ? letters.len - i : BINARY_LINE;
		buf_append(&lines, letters.ptr + i, len);
		buf_putc(&lines, '\n');
	}
	struct scalar scalar = {
		.tag = TAG("binary"), .text = buf_str(&lines), .style = YAML_LITERAL_SCALAR_STYLE};
	return emit_scalar(writer, &scalar);
}

static int write_text(struct writer *writer, struct value v)
{
	struct str text = value_bytes(v);

	if ((v.flags & VALUE_RAW) || !text_is_utf8(text))
		return write_binary(writer, text);
	struct scalar scalar = {.tag = TAG("str"),
				.text = text,
				.is_plain = marked_is_plain_text(text),
				.is_quoted = true};
	return emit_scalar(writer, &scalar);
}

static int write_float(struct writer *writer, double number)
{
	autobuf struct buf buf = {0};

	if (isnan(number))
		return write_plain(writer, TAG("float"), STR(".nan"));
	if (isinf(number))
		return write_plain(writer, TAG("float"), number < 0 ? STR("-.inf") : STR(".inf"));
	float_print(number, &buf);
	struct str text = buf_str(&buf);
	const char *letter = memchr(text.ptr, 'e', text.len);
	if (!letter || memchr(text.ptr, '.', text.len))
		return write_plain(writer, TAG("float"), text);
	/* YAML 1.1 has no float without a point. */
	autobuf struct buf pointed = {0};
	buf_append(&pointed, text.ptr, (size_t)(letter - text.ptr));
	buf_printf(&pointed, ".0%s", letter);
	return write_plain(writer, TAG("float"), buf_str(&pointed));
}

static int write_int(struct writer *writer, int64_t integer)
{
	autobuf struct buf buf = {0};

	buf_printf(&buf, "%lld", (long long)integer);
	return write_plain(writer, TAG("int"), buf_str(&buf));
}

static int write_value(struct writer *writer, struct value v);

static bool is_flow(const struct writer *writer, struct value v)
{
	if (!(writer->flags & YAML_LEAVES))
		return writer->flags & YAML_FLOW;
	if (v.kind != VALUE_DICT) {
		for (size_t i = 0; i < v.list->n; i++)
			if (is_container(v.list->items[i]))
				return false;
		return true;
	}
	dict_foreach(entry, v.dict)
	{
		if (is_container(entry->key) || is_container(entry->value))
			return false;
	}
	return true;
}

static int write_dict(struct writer *writer, const struct dict *dict, const yaml_char_t *anchor)
{
	yaml_event_t event;
	struct list *keys = NULL;
	yaml_mapping_style_t style = is_flow(writer, value_of_dict((struct dict *)dict))
					     ? YAML_FLOW_MAPPING_STYLE
					     : YAML_BLOCK_MAPPING_STYLE;
	int is_made = yaml_mapping_start_event_initialize(&event, anchor, TAG("map"), 1, style);

	if (emit(writer, is_made, &event) || keys_of(writer, dict, &keys))
		return -1;
	for (size_t i = 0; i < keys->n; i++)
		if (write_value(writer, keys->items[i]) ||
		    write_value(writer, *dict_find(dict, keys->items[i])))
			return -1;
	return emit(writer, yaml_mapping_end_event_initialize(&event), &event);
}

static int write_list(struct writer *writer, const struct list *list, const yaml_char_t *anchor)
{
	yaml_event_t event;
	yaml_sequence_style_t style = is_flow(writer, value_of_list((struct list *)list))
					      ? YAML_FLOW_SEQUENCE_STYLE
					      : YAML_BLOCK_SEQUENCE_STYLE;
	int is_made = yaml_sequence_start_event_initialize(&event, anchor, TAG("seq"), 1, style);

	if (emit(writer, is_made, &event))
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (write_value(writer, list->items[i]))
			return -1;
	return emit(writer, yaml_sequence_end_event_initialize(&event), &event);
}

static int write_container(struct writer *writer, struct value v)
{
	char name[24];
	yaml_event_t event;
	bool is_nothing = v.kind == VALUE_TUPLE && !v.list->n;
	struct meeting *meeting = is_nothing ? NULL : meet(writer, identity(v));
	const yaml_char_t *anchor = NULL;

	if (meeting && meeting->anchor) {
		(void)snprintf(name, sizeof(name), "id%03u", meeting->anchor);
		anchor = (const yaml_char_t *)name;
		if (meeting->is_written)
			return emit(writer, yaml_alias_event_initialize(&event, anchor), &event);
		meeting->is_written = true;
	}
	if (enter(writer) || (v.kind == VALUE_DICT ? write_dict(writer, v.dict, anchor)
						   : write_list(writer, v.list, anchor)))
		return -1;
	writer->depth--;
	return 0;
}

static int write_value(struct writer *writer, struct value v)
{
	switch ((enum value_kind)v.kind) {
	case VALUE_NONE: return write_plain(writer, TAG("null"), STR("null"));
	case VALUE_BOOL:
		return write_plain(writer, TAG("bool"), v.boolean ? STR("true") : STR("false"));
	case VALUE_INT: return write_int(writer, v.integer);
	case VALUE_FLOAT: return write_float(writer, v.number);
	case VALUE_STRING: return write_text(writer, v);
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT: return write_container(writer, v);
	case VALUE_VIEW:
	case VALUE_RANGE:
	case VALUE_UNDEFINED:
	case VALUE_OBJECT: break;
	}
	return write_plain(writer, TAG("null"), STR("NULL"));
}

/* ---- the stream of one document ---- */

static int take_bytes(void *context, unsigned char *bytes, size_t size)
{
	struct buf *buf = context;

	buf_append(buf, bytes, size);
	return !buf->overflowed;
}

static int write_stream(struct writer *writer, struct value v)
{
	yaml_event_t event;

	if (emit(writer, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event) ||
	    emit(writer, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1),
		 &event) ||
	    write_value(writer, v) ||
	    emit(writer, yaml_document_end_event_initialize(&event, 1), &event))
		return -1;
	return emit(writer, yaml_stream_end_event_initialize(&event), &event);
}

int value_to_yaml(struct heap *heap, struct value v, unsigned flags, struct buf *buf,
		  struct err *err)
{
	struct writer writer = {.heap = heap, .buf = buf, .err = err, .flags = flags};
	size_t start = buf->len;

	if (meet_all(&writer, v)) {
		free(writer.met.slots);
		return -1;
	}
	if (!yaml_emitter_initialize(&writer.emitter)) {
		free(writer.met.slots);
		return err_set(err, ERR_SYSTEM, "writing YAML: out of memory");
	}
	yaml_emitter_set_output(&writer.emitter, take_bytes, buf);
	yaml_emitter_set_unicode(&writer.emitter, !(flags & YAML_ASCII));
	int failed = write_stream(&writer, v);
	yaml_emitter_delete(&writer.emitter);
	free(writer.met.slots);
	if (failed)
		return -1;

	struct str text = {buf_text(buf) + start, buf->len - start};
	if (str_ends(text, STR("\n...\n")))
		text.len -= 4;
	if (str_ends(text, STR("\n")))
		text.len--;
	buf_truncate(buf, start + text.len);
	return 0;
}
