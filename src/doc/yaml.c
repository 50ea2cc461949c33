/* yaml.c - libyaml's events to a tree: aliases are expanded, merges done, places kept in bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/yaml.h"

#include <fcntl.h>
#include <yaml.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/map.h"
#include "doc/limits.h"
#include "doc/yaml_private.h"

#include "base/banned.h"

struct anchor {
	struct node *node;
	bool is_open; /* its end was not read: an alias to it would hold itself */
};

struct yaml {
	struct arena *arena;
	const char *file;
	struct str text;
	yaml_parser_t parser;
	struct map anchors; /* name to struct anchor */
	struct {            /* the last place asked for, as libyaml's places are in characters */
		size_t line, column, offset, line_start;
	} cursor;
	size_t n_nodes;
	unsigned depth;
};

static int read_node(struct yaml *yaml, const yaml_event_t *event, struct node **ret_node,
		     struct err *err);

/* Bytes of the line break at the offset (YAML 1.1, 4.1.4), 0: none. */
static size_t break_length(const struct yaml *yaml, size_t offset)
{
	static const struct str breaks[] = {
		{"\r\n", 2},     {"\n", 1},           {"\r", 1},
		{"\xc2\x85", 2}, {"\xe2\x80\xa8", 3}, {"\xe2\x80\xa9", 3},
	};
	struct str rest = {yaml->text.ptr + offset, yaml->text.len - offset};

	for (size_t i = 0; i < ARRAY_LEN(breaks); i++)
		if (str_starts(rest, breaks[i]))
			return breaks[i].len;
	return 0;
}

static size_t character_length(unsigned char lead)
{
	return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

static bool cursor_step(struct yaml *yaml, size_t line, size_t column)
{
	if (yaml->cursor.offset >= yaml->text.len || yaml->cursor.line > line ||
	    (yaml->cursor.line == line && yaml->cursor.column >= column))
		return false;

	size_t len = break_length(yaml, yaml->cursor.offset);
	if (len) {
		yaml->cursor.offset += len;
		yaml->cursor.line_start = yaml->cursor.offset;
		yaml->cursor.line++;
		yaml->cursor.column = 0;
		return true;
	}
	yaml->cursor.offset += character_length((unsigned char)yaml->text.ptr[yaml->cursor.offset]);
	yaml->cursor.column++;
	return true;
}

static struct src_pos place(struct yaml *yaml, yaml_mark_t mark)
{
	/* Events come in the order of the text; only an error may point back. */
	if (mark.line < yaml->cursor.line ||
	    (mark.line == yaml->cursor.line && mark.column < yaml->cursor.column))
		memset(&yaml->cursor, 0, sizeof(yaml->cursor));
	while (cursor_step(yaml, mark.line, mark.column))
		;
	return (struct src_pos){yaml->file, (uint32_t)mark.line + 1,
				(uint32_t)(yaml->cursor.offset - yaml->cursor.line_start) + 1};
}

static struct src_pos place_of_offset(const struct yaml *yaml, size_t offset)
{
	struct src_pos at = {yaml->file, 1, 1};

	for (size_t i = 0; i < offset && i < yaml->text.len; i++) {
		at.column++;
		if (yaml->text.ptr[i] == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	return at;
}

/* ERR_INPUT about a piece of the text, which is made safe to show between the two halves. */
static int refuse(struct err *err, struct src_pos at, const char *before, struct str piece,
		  const char *behind)
{
	autobuf struct buf shown = {0};

	text_escape(&shown, piece);
	return err_at(err, at, "%s'%s'%s", before, buf_text(&shown), behind);
}

/* What libyaml has to say, in one line. */
static int parser_err(struct yaml *yaml, struct err *err)
{
	const yaml_parser_t *parser = &yaml->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return err_set(err, ERR_SYSTEM, "%s: out of memory", yaml->file);
	if (parser->error == YAML_READER_ERROR)
		return err_at(err, place_of_offset(yaml, parser->problem_offset), "%s",
			      parser->problem);

	struct src_pos at = place(yaml, parser->problem_mark);
	if (yaml->cursor.offset < yaml->text.len && yaml->text.ptr[yaml->cursor.offset] == '\t')
		return err_at(err, at, "a tab where only blanks may indent");
	return err_at(err, at, "%s%s%s", parser->problem, parser->context ? " " : "",
		      parser->context ? parser->context : "");
}

static int next_event(struct yaml *yaml, yaml_event_t *event, struct err *err)
{
	return yaml_parser_parse(&yaml->parser, event) ? 0 : parser_err(yaml, err);
}

static int count_node(struct yaml *yaml, struct src_pos at, struct err *err)
{
	if (++yaml->n_nodes > LIMIT_DOC_NODES)
		return err_set(err, ERR_LIMIT, "%s:%u:%u: more than %u values", at.file, at.line,
			       at.column, LIMIT_DOC_NODES);
	return 0;
}

static int enter(struct yaml *yaml, struct src_pos at, struct err *err)
{
	if (++yaml->depth > LIMIT_DOC_DEPTH)
		return err_set(err, ERR_LIMIT, "%s:%u:%u: nested deeper than %d", at.file, at.line,
			       at.column, LIMIT_DOC_DEPTH);
	return 0;
}

static struct anchor *set_anchor(struct yaml *yaml, const yaml_char_t *name, struct node *node)
{
	struct anchor *anchor = arena_alloc(yaml->arena, sizeof(*anchor));

	anchor->node = node;
	if (name)
		map_set(&yaml->anchors, (const char *)name, anchor);
	return anchor;
}

static int find_anchor(struct yaml *yaml, const yaml_event_t *event, struct node **ret_node,
		       struct err *err)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = map_get(&yaml->anchors, name);

	if (!anchor)
		return refuse(err, place(yaml, event->start_mark), "no anchor ", str_of(name),
			      " stands before");
	if (anchor->is_open)
		return refuse(err, place(yaml, event->start_mark), "the alias ", str_of(name),
			      " stands inside of what it repeats");
	*ret_node = anchor->node;
	return 0;
}

/* Texts are shared, as nobody changes them; nodes are not, as their owner may. */
static int copy_node(struct yaml *yaml, const struct node *node, struct node **ret_copy,
		     struct err *err)
{
	struct node *copy = node_new(yaml->arena, node->kind);

	if (count_node(yaml, node->pos, err))
		return -1;
	*copy = *node;
	copy->next = NULL;
	if (node->kind == NODE_LIST || node->kind == NODE_MAP) {
		if (enter(yaml, node->pos, err))
			return -1;
		memset(&copy->children, 0, sizeof(copy->children));
		node_foreach(child, node) {
			struct node *child_copy = NULL;
			if (copy_node(yaml, child, &child_copy, err))
				return -1;
			node_append(copy, child_copy);
		}
		yaml->depth--;
	}
	*ret_copy = copy;
	return 0;
}

static const struct tag {
	const char *name;
	enum node_kind kind;
} tags[] = {
	{YAML_NULL_TAG, NODE_NULL},   {YAML_BOOL_TAG, NODE_BOOL},  {YAML_INT_TAG, NODE_INT},
	{YAML_FLOAT_TAG, NODE_FLOAT}, {YAML_STR_TAG, NODE_STRING}, {YAML_SEQ_TAG, NODE_LIST},
	{YAML_MAP_TAG, NODE_MAP},
};

/* "!" alone says nothing: the text is resolved as if it were not there, as PyYAML does. */
static bool is_tagged(const yaml_char_t *name)
{
	return name && !text_eq((const char *)name, "!");
}

static const struct tag *find_tag(const yaml_char_t *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (text_eq(tags[i].name, (const char *)name))
			return &tags[i];
	return NULL;
}

static int unknown_tag(struct src_pos at, const yaml_char_t *name, struct err *err)
{
	const char *text = (const char *)name;

	return refuse(err, at, "the tag ", str_of(text), " is not understood");
}

static int check_collection_tag(const yaml_char_t *name, const struct node *node, struct err *err)
{
	const struct tag *tag = find_tag(name);

	if (!is_tagged(name) || (tag && tag->kind == node->kind))
		return 0;
	if (!tag)
		return unknown_tag(node->pos, name, err);
	return err_at(err, node->pos, "%s is tagged as %s", node_kind_name(node->kind),
		      node_kind_name(tag->kind));
}

/* "!!int 12": the text must be what its tag says. */
static int resolve_tagged(const yaml_char_t *name, struct str text, struct node *node,
			  struct err *err)
{
	const struct tag *tag = find_tag(name);

	if (!tag)
		return unknown_tag(node->pos, name, err);
	if (tag->kind == NODE_STRING) {
		node->kind = NODE_STRING;
		return 0;
	}
	yaml_resolve(text, node);
	if (tag->kind == NODE_FLOAT && node->kind == NODE_INT) {
		node->kind = NODE_FLOAT;
		node->number = (double)node->integer;
	}
	if (node->kind == tag->kind)
		return 0;

	autofree char *behind = xasprintf(" is not %s", node_kind_name(tag->kind));
	return refuse(err, node->pos, "", text, behind);
}

/* The characters, in the arena. */
static int take_text(struct yaml *yaml, const yaml_event_t *event, struct str *ret_text,
		     struct err *err)
{
	struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};

	if (memchr(text.ptr, '\0', text.len))
		return err_at(err, place(yaml, event->start_mark), "a text may not contain NUL");
	*ret_text = (struct str){arena_str(yaml->arena, text), text.len};
	return 0;
}

static int read_scalar(struct yaml *yaml, const yaml_event_t *event, struct node *node,
		       struct err *err)
{
	struct str text;

	if (take_text(yaml, event, &text, err))
		return -1;
	node->kind = NODE_STRING;
	if (is_tagged(event->data.scalar.tag)) {
		if (resolve_tagged(event->data.scalar.tag, text, node, err))
			return -1;
	} else if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		yaml_resolve(text, node);
	}
	if (node->kind == NODE_STRING)
		node->text = text;
	else
		node->source = text.ptr;
	set_anchor(yaml, event->data.scalar.anchor, node);
	return 0;
}

static int read_list(struct yaml *yaml, const yaml_event_t *start, struct node *list,
		     struct err *err)
{
	list->kind = NODE_LIST;
	if (check_collection_tag(start->data.sequence_start.tag, list, err))
		return -1;
	for (;;) {
		yaml_event_t event cleanup(yaml_event_delete) = {0};
		struct node *child = NULL;
		if (next_event(yaml, &event, err))
			return -1;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (read_node(yaml, &event, &child, err))
			return -1;
		node_append(list, child);
	}
}

static bool is_merge(const yaml_event_t *event)
{
	if (event->type != YAML_SCALAR_EVENT)
		return false;
	if (event->data.scalar.tag)
		return text_eq((const char *)event->data.scalar.tag, "tag:yaml.org,2002:merge");
	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       text_eq((const char *)event->data.scalar.value, "<<");
}

static int read_key(struct yaml *yaml, const yaml_event_t *event, struct str *ret_key,
		    struct err *err)
{
	struct node scalar = {.pos = place(yaml, event->start_mark)};
	struct node *node = &scalar;

	if (event->type == YAML_ALIAS_EVENT) {
		if (find_anchor(yaml, event, &node, err))
			return -1;
	} else if (event->type == YAML_SCALAR_EVENT) {
		if (!event->data.scalar.anchor && !event->data.scalar.tag)
			return take_text(yaml, event, ret_key, err);
		node = node_new(yaml->arena, NODE_NULL);
		node->pos = scalar.pos;
		if (read_scalar(yaml, event, node, err))
			return -1;
	} else {
		return err_at(err, scalar.pos, "a key must be a scalar");
	}
	*ret_key = node_source(node);
	if (!ret_key->ptr)
		return err_at(err, scalar.pos, "a key must be a scalar");
	return 0;
}

/* One key and its value: into the map, or to *merge for "<<". */
static int read_member(struct yaml *yaml, const yaml_event_t *key_event, struct node *map,
		       struct node **merge, struct err *err)
{
	yaml_event_t event cleanup(yaml_event_delete) = {0};
	struct src_pos key_pos = place(yaml, key_event->start_mark);
	bool merges = is_merge(key_event);
	struct node *child = NULL;
	struct str key = {0};

	if (merges && *merge)
		return err_at(err, key_pos, "the key '<<' is there twice");
	if (!merges && read_key(yaml, key_event, &key, err))
		return -1;
	if (next_event(yaml, &event, err) || read_node(yaml, &event, &child, err))
		return -1;
	if (merges) {
		*merge = child;
		return 0;
	}
	child->key = key;
	child->key_pos = key_pos;
	node_append(map, child);
	return 0;
}

/* A later member of the same key takes the place of the earlier one, as in Python's dictionaries.
 */
static void put_member(struct node *map, struct map *members, struct node *child)
{
	struct node *before = map_get(members, child->key.ptr);

	if (!before) {
		map_set(members, child->key.ptr, child);
		node_append(map, child);
		return;
	}
	struct node *next = before->next;
	*before = *child;
	before->next = next;
}

static int put_copies(struct yaml *yaml, struct node *map, struct map *members,
		      const struct node *from, struct err *err)
{
	node_foreach(child, from) {
		struct node *copy = NULL;
		if (copy_node(yaml, child, &copy, err))
			return -1;
		put_member(map, members, copy);
	}
	return 0;
}

static int check_merge(const struct node *merge, struct err *err)
{
	if (merge->kind == NODE_MAP)
		return 0;
	if (merge->kind != NODE_LIST)
		return err_at(err, merge->pos, "'<<' takes a map or a list of maps, not %s",
			      node_kind_name(merge->kind));
	node_foreach(source, merge)
		if (source->kind != NODE_MAP)
			return err_at(err, source->pos, "'<<' takes a list of maps, not of %s",
				      node_kind_name(source->kind));
	return 0;
}

/* yaml.org/type/merge: the first of several maps wins over the others, the map's own keys over all.
 * Hence they are put in the opposite order. */
static int merge_maps(struct yaml *yaml, struct node *map, const struct node *merge,
		      struct err *err)
{
	automap struct map members = {0};
	struct node *own = map->children.first;

	if (check_merge(merge, err))
		return -1;
	memset(&map->children, 0, sizeof(map->children));
	if (merge->kind == NODE_MAP) {
		if (put_copies(yaml, map, &members, merge, err))
			return -1;
	} else {
		autofree const struct node **sources =
			xcalloc(merge->children.n + 1, sizeof(const struct node *));
		size_t n = 0;
		node_foreach(source, merge)
			sources[n++] = source;
		while (n--)
			if (put_copies(yaml, map, &members, sources[n], err))
				return -1;
	}
	for (struct node *next; own; own = next) {
		next = own->next;
		put_member(map, &members, own);
	}
	return 0;
}

static int read_map(struct yaml *yaml, const yaml_event_t *start, struct node *map, struct err *err)
{
	struct node *merge = NULL;

	map->kind = NODE_MAP;
	if (check_collection_tag(start->data.mapping_start.tag, map, err))
		return -1;
	for (;;) {
		yaml_event_t event cleanup(yaml_event_delete) = {0};
		if (next_event(yaml, &event, err))
			return -1;
		if (event.type == YAML_MAPPING_END_EVENT)
			break;
		if (read_member(yaml, &event, map, &merge, err))
			return -1;
	}
	const struct node *twice = node_find_duplicate(map);
	if (twice)
		return refuse(err, twice->key_pos, "the key ", twice->key, " is there twice");
	return merge ? merge_maps(yaml, map, merge, err) : 0;
}

static int read_collection(struct yaml *yaml, const yaml_event_t *event, struct node *node,
			   struct err *err)
{
	bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
	struct anchor *anchor = set_anchor(yaml,
					   is_list ? event->data.sequence_start.anchor
						   : event->data.mapping_start.anchor,
					   node);

	if (enter(yaml, node->pos, err))
		return -1;
	anchor->is_open = true;
	if (is_list ? read_list(yaml, event, node, err) : read_map(yaml, event, node, err))
		return -1;
	anchor->is_open = false;
	yaml->depth--;
	return 0;
}

static int read_node(struct yaml *yaml, const yaml_event_t *event, struct node **ret_node,
		     struct err *err)
{
	if (event->type == YAML_ALIAS_EVENT) {
		struct node *anchored = NULL;
		if (find_anchor(yaml, event, &anchored, err))
			return -1;
		if (copy_node(yaml, anchored, ret_node, err))
			return -1;
		(*ret_node)->key = (struct str){0};
		return 0;
	}

	struct node *node = node_new(yaml->arena, NODE_NULL);
	node->pos = place(yaml, event->start_mark);
	if (count_node(yaml, node->pos, err))
		return -1;
	if (event->type == YAML_SCALAR_EVENT ? read_scalar(yaml, event, node, err)
					     : read_collection(yaml, event, node, err))
		return -1;
	*ret_node = node;
	return 0;
}

/* The event must be the root's, which stands between start and end of the document. */
static int read_document(struct yaml *yaml, struct node **ret_root, struct err *err)
{
	yaml_event_t root cleanup(yaml_event_delete) = {0};
	yaml_event_t end cleanup(yaml_event_delete) = {0};
	yaml_event_t after cleanup(yaml_event_delete) = {0};

	if (next_event(yaml, &root, err) || read_node(yaml, &root, ret_root, err) ||
	    next_event(yaml, &end, err) || next_event(yaml, &after, err))
		return -1;
	if (after.type != YAML_STREAM_END_EVENT)
		return err_at(err, place(yaml, after.start_mark), "a second document");
	return 0;
}

static int read_stream(struct yaml *yaml, struct node **ret_root, struct err *err)
{
	yaml_event_t start cleanup(yaml_event_delete) = {0};
	yaml_event_t first cleanup(yaml_event_delete) = {0};
	struct node *root = NULL;

	if (next_event(yaml, &start, err) || next_event(yaml, &first, err))
		return -1;
	if (first.type == YAML_STREAM_END_EVENT) {
		root = node_new(yaml->arena, NODE_NULL);
		root->pos = (struct src_pos){yaml->file, 1, 1};
		root->source = "";
	} else if (read_document(yaml, &root, err)) {
		return -1;
	}
	*ret_root = root;
	return 0;
}

static size_t count_utf8(struct str text)
{
	size_t good = 0; /* known to be whole characters */

	while (good < text.len) {
		size_t len = character_length((unsigned char)text.ptr[good]);
		if (len > text.len - good || !text_is_utf8((struct str){text.ptr + good, len}))
			break;
		good += len;
	}
	return good;
}

int yaml_parse(struct arena *arena, const char *file, struct str text, struct node **ret_root,
	       struct err *err)
{
	const struct str mark = STR("\xef\xbb\xbf");
	struct yaml yaml = {.arena = arena, .file = file, .text = text};

	if (text.len > LIMIT_DOC_BYTES)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", file, LIMIT_DOC_BYTES);
	if (!text_is_utf8(text))
		return err_at(err, place_of_offset(&yaml, count_utf8(text)),
			      "the text is not valid UTF-8");
	if (str_starts(text, mark))
		yaml.text = (struct str){text.ptr + mark.len, text.len - mark.len};
	if (!yaml_parser_initialize(&yaml.parser))
		return err_set(err, ERR_SYSTEM, "%s: out of memory", file);
	yaml_parser_set_encoding(&yaml.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&yaml.parser, (const unsigned char *)yaml.text.ptr,
				     yaml.text.len);
	int failed = read_stream(&yaml, ret_root, err);
	yaml_parser_delete(&yaml.parser);
	map_done(&yaml.anchors);
	return failed;
}

int yaml_read_file(struct arena *arena, int dirfd, const char *path, struct node **ret_root,
		   struct err *err)
{
	/* Links are followed: that is how a configuration is mounted into a container. */
	autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	autobuf struct buf text = {.max = LIMIT_DOC_BYTES};

	if (fd < 0)
		return file_err(err, "opening", path);
	if (io_read_all(fd, &text, err))
		return err_wrap(err, "reading '%s'", path);
	return yaml_parse(arena, arena_strdup(arena, path), buf_str(&text), ret_root, err);
}
