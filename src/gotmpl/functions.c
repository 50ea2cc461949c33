/* functions.c - the functions of text/template and of docker's formatter.
 * SPDX-License-Identifier: Apache-2.0
 * Source: text/template, "Functions"; docker/cli, templates: json join split lower upper title pad
 * truncate. */
#include <stdint.h>

#include "doc/json.h"
#include "gotmpl/gotmpl_private.h"
#include "gotmpl/limits.h"

#include "base/banned.h"

static int give_text(const struct call *call, struct buf *buf, const struct node **ret_value,
		     struct err *err)
{
	if (buf_check(buf, call->function->name, err))
		return -1;
	struct node *node = node_new(call->arena, NODE_STRING);
	node->text = (struct str){arena_str(call->arena, buf_str(buf)), buf->len};
	*ret_value = node;
	return 0;
}

static int give_bool(const struct call *call, bool value, const struct node **ret_value)
{
	*ret_value = node_new_bool(call->arena, value);
	return 0;
}

static int need_kind(const struct call *call, size_t i, enum node_kind kind, struct err *err)
{
	if (call->args[i]->kind == kind)
		return 0;
	return err_at(err, call->pos, "'%s' needs %s, not %s", call->function->name,
		      node_kind_name(kind), node_kind_name(call->args[i]->kind));
}

/* A count of columns or bytes that is sensible. */
static int need_count(const struct call *call, size_t i, struct err *err)
{
	if (need_kind(call, i, NODE_INT, err))
		return -1;
	if (call->args[i]->integer < 0 || call->args[i]->integer > LIMIT_GOTMPL_WIDTH)
		return err_at(err, call->pos, "'%s' takes numbers from 0 to %d, not %lld",
			      call->function->name, LIMIT_GOTMPL_WIDTH,
			      (long long)call->args[i]->integer);
	return 0;
}

/* The evaluation stopped at the decisive argument, or there is none: the last one it is. */
static int run_last(const struct call *call, const struct node **ret_value, struct err *err)
{
	(void)err; /* cannot fail */
	*ret_value = call->args[call->n_args - 1];
	return 0;
}

static int run_not(const struct call *call, const struct node **ret_value, struct err *err)
{
	(void)err; /* cannot fail */
	return give_bool(call, !value_is_true(call->args[0]), ret_value);
}

static bool is_number(const struct node *node)
{
	return node->kind == NODE_INT || node->kind == NODE_FLOAT;
}

static int check_comparable(const struct call *call, const struct node *a, const struct node *b,
			    struct err *err)
{
	const struct node *both[] = {a, b};

	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (both[i]->kind == NODE_LIST || both[i]->kind == NODE_MAP)
			return err_at(err, call->pos, "'%s' cannot compare %s",
				      call->function->name, node_kind_name(both[i]->kind));
	if (a->kind == b->kind || a->kind == NODE_NULL || b->kind == NODE_NULL)
		return 0;
	return err_at(err, call->pos, "'%s' cannot compare %s with %s", call->function->name,
		      node_kind_name(a->kind), node_kind_name(b->kind));
}

static int order_of(const struct node *a, const struct node *b)
{
	if (a->kind == NODE_INT)
		return (a->integer > b->integer) - (a->integer < b->integer);
	if (a->kind == NODE_FLOAT)
		return (a->number > b->number) - (a->number < b->number);
	size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
	int order = memcmp(a->text.ptr, b->text.ptr, len);
	return order ? order : (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

static bool is_equal(const struct node *a, const struct node *b)
{
	if (a->kind == NODE_NULL || b->kind == NODE_NULL)
		return a->kind == b->kind;
	if (a->kind == NODE_BOOL)
		return a->boolean == b->boolean;
	return order_of(a, b) == 0;
}

static int run_eq(const struct call *call, const struct node **ret_value, struct err *err)
{
	bool found = false;

	for (size_t i = 1; i < call->n_args && !found; i++) {
		if (check_comparable(call, call->args[0], call->args[i], err))
			return -1;
		found = is_equal(call->args[0], call->args[i]);
	}
	return give_bool(call, found, ret_value);
}

static int run_ne(const struct call *call, const struct node **ret_value, struct err *err)
{
	if (check_comparable(call, call->args[0], call->args[1], err))
		return -1;
	return give_bool(call, !is_equal(call->args[0], call->args[1]), ret_value);
}

/* lt le gt ge; the name says which orders are true. */
static int run_order(const struct call *call, const struct node **ret_value, struct err *err)
{
	static const struct {
		const char *name;
		bool below, same, above;
	} orders[] = {
		{"lt", true, false, false},
		{"le", true, true, false},
		{"gt", false, false, true},
		{"ge", false, true, true},
	};
	const struct node *a = call->args[0];
	size_t i = 0;

	if (check_comparable(call, a, call->args[1], err))
		return -1;
	if ((a->kind != NODE_STRING && !is_number(a)) || call->args[1]->kind == NODE_NULL)
		return err_at(err, call->pos, "'%s' orders numbers and strings only",
			      call->function->name);
	while (!text_eq(orders[i].name, call->function->name))
		i++;
	int order = order_of(a, call->args[1]);
	return give_bool(call,
			 order < 0   ? orders[i].below
			 : order > 0 ? orders[i].above
				     : orders[i].same,
			 ret_value);
}

static int run_index(const struct call *call, const struct node **ret_value, struct err *err)
{
	const struct node *value = call->args[0];

	for (size_t i = 1; i < call->n_args; i++)
		if (value_index(call->arena, value, call->args[i], call->pos, &value, err))
			return -1;
	*ret_value = value;
	return 0;
}

static struct node *slice_list(const struct call *call, int64_t first, int64_t end)
{
	struct node *list = node_new(call->arena, NODE_LIST);
	int64_t i = 0;

	if (call->args[0]->kind != NODE_LIST)
		return list;
	node_foreach(child, call->args[0]) {
		if (i >= first && i < end) {
			struct node *copy = node_new(call->arena, child->kind);
			*copy = *child;
			node_append(list, copy);
		}
		i++;
	}
	return list;
}

/* x[i:j] of Go; on strings it counts bytes. */
static int run_slice(const struct call *call, const struct node **ret_value, struct err *err)
{
	const struct node *value = call->args[0];
	enum node_kind kind = value->kind == NODE_NULL ? value->null_of : value->kind;

	if (kind != NODE_STRING && kind != NODE_LIST)
		return err_at(err, call->pos, "%s has no items to slice",
			      node_kind_name(value->kind));
	for (size_t i = 1; i < call->n_args; i++)
		if (need_kind(call, i, NODE_INT, err))
			return -1;

	size_t n = value->kind == NODE_STRING ? value->text.len
		   : value->kind == NODE_LIST ? value->children.n
					      : 0;
	int64_t first = call->n_args > 1 ? call->args[1]->integer : 0;
	int64_t end = call->n_args > 2 ? call->args[2]->integer : (int64_t)n;
	if (first < 0 || end < first || end > (int64_t)n)
		return err_at(err, call->pos,
			      "'slice' from %lld to %lld is out of range, there are %zu items",
			      (long long)first, (long long)end, n);
	if (kind == NODE_LIST) {
		*ret_value = slice_list(call, first, end);
		return 0;
	}
	autobuf struct buf out = {0};
	if (n)
		buf_append(&out, value->text.ptr + first, (size_t)(end - first));
	return give_text(call, &out, ret_value, err);
}

static int run_len(const struct call *call, const struct node **ret_value, struct err *err)
{
	const struct node *value = call->args[0];
	int64_t len = 0;

	if (value->kind == NODE_STRING)
		len = (int64_t)value->text.len;
	else if (value->kind == NODE_LIST || value->kind == NODE_MAP)
		len = (int64_t)value->children.n;
	else if (value->kind != NODE_NULL || !value->null_of)
		return err_at(err, call->pos, "%s has no length", node_kind_name(value->kind));
	*ret_value = node_new_int(call->arena, len);
	return 0;
}

/* fmt.Sprint: a space between two operands when neither is a string. */
static void print_all(const struct call *call, struct buf *out)
{
	for (size_t i = 0; i < call->n_args; i++) {
		if (i && call->args[i - 1]->kind != NODE_STRING &&
		    call->args[i]->kind != NODE_STRING)
			buf_putc(out, ' ');
		value_print(out, call->args[i]);
	}
}

static int run_print(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf out = {0};

	print_all(call, &out);
	return give_text(call, &out, ret_value, err);
}

static int run_println(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf out = {0};

	for (size_t i = 0; i < call->n_args; i++) {
		if (i)
			buf_putc(&out, ' ');
		value_print(&out, call->args[i]);
	}
	buf_putc(&out, '\n');
	return give_text(call, &out, ret_value, err);
}

static int run_html(const struct call *call, const struct node **ret_value, struct err *err)
{
	static const char *const escapes[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&#34;", ['\''] = "&#39;",
	};
	autobuf struct buf text = {0};
	autobuf struct buf out = {0};

	print_all(call, &text);
	for (size_t i = 0; i < text.len; i++) {
		const char *escape = escapes[(unsigned char)text.ptr[i]];
		if (escape)
			buf_puts(&out, escape);
		else
			buf_putc(&out, text.ptr[i]);
	}
	return give_text(call, &out, ret_value, err);
}

/* ASCII letters change their case; others stay as they are. */
static char lower_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static char upper_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return c;
}

static bool is_alnum(char c)
{
	return lower_of(c) != upper_of(c) || (c >= '0' && c <= '9');
}

static int run_urlquery(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf text = {0};
	autobuf struct buf out = {0};

	print_all(call, &text);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (is_alnum(c) || strchr("-_.~", c))
			buf_putc(&out, c);
		else if (c == ' ')
			buf_putc(&out, '+');
		else
			buf_printf(&out, "%%%02X", (unsigned char)c);
	}
	return give_text(call, &out, ret_value, err);
}

static int run_json(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf out = {0};

	json_write(&out, call->args[0], JSON_COMPACT);
	return give_text(call, &out, ret_value, err);
}

static int run_join(const struct call *call, const struct node **ret_value, struct err *err)
{
	const struct node *list = call->args[0];
	autobuf struct buf out = {0};

	if (list->kind != NODE_NULL && need_kind(call, 0, NODE_LIST, err))
		return -1;
	if (need_kind(call, 1, NODE_STRING, err))
		return -1;
	if (list->kind == NODE_NULL)
		return give_text(call, &out, ret_value, err);
	node_foreach(child, list) {
		if (child->kind != NODE_STRING)
			return err_at(err, call->pos, "'join' needs a list of strings, it holds %s",
				      node_kind_name(child->kind));
		if (child != list->children.first)
			buf_append_str(&out, call->args[1]->text);
		buf_append_str(&out, child->text);
	}
	return give_text(call, &out, ret_value, err);
}

static void add_part(const struct call *call, struct node *list, const char *first, const char *end)
{
	struct str part = {first, (size_t)(end - first)};
	struct node *node = node_new(call->arena, NODE_STRING);

	node->text = (struct str){arena_str(call->arena, part), part.len};
	node_append(list, node);
}

static bool continues_rune(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* strings.Split: an empty separator splits into characters. */
static int run_split(const struct call *call, const struct node **ret_value, struct err *err)
{
	if (need_kind(call, 0, NODE_STRING, err) || need_kind(call, 1, NODE_STRING, err))
		return -1;

	struct str sep = call->args[1]->text;
	const char *at = call->args[0]->text.ptr;
	const char *end = at + call->args[0]->text.len;
	struct node *list = node_new(call->arena, NODE_LIST);

	while (!sep.len && at < end) {
		const char *next = at + 1;
		while (next < end && continues_rune(*next))
			next++;
		add_part(call, list, at, next);
		at = next;
	}
	while (sep.len) {
		const char *found = memmem(at, (size_t)(end - at), sep.ptr, sep.len);
		add_part(call, list, at, found ? found : end);
		if (!found)
			break;
		at = found + sep.len;
	}
	*ret_value = list;
	return 0;
}

static int run_lower(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf out = {0};

	if (need_kind(call, 0, NODE_STRING, err))
		return -1;
	for (const char *c = call->args[0]->text.ptr; *c; c++)
		buf_putc(&out, lower_of(*c));
	return give_text(call, &out, ret_value, err);
}

static int run_upper(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf out = {0};

	if (need_kind(call, 0, NODE_STRING, err))
		return -1;
	for (const char *c = call->args[0]->text.ptr; *c; c++)
		buf_putc(&out, upper_of(*c));
	return give_text(call, &out, ret_value, err);
}

/* strings.Title: words begin behind anything but letters, digits and underscores. */
static int run_title(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf out = {0};
	char before = ' ';

	if (need_kind(call, 0, NODE_STRING, err))
		return -1;
	for (const char *at = call->args[0]->text.ptr; *at; at++) {
		char c = *at;
		bool continues = is_alnum(before) || before == '_' || (unsigned char)before >= 0x80;
		if (!continues)
			c = upper_of(c);
		buf_putc(&out, c);
		before = c;
	}
	return give_text(call, &out, ret_value, err);
}

/* Spaces before and behind; nothing around an empty text. */
static int run_pad(const struct call *call, const struct node **ret_value, struct err *err)
{
	autobuf struct buf out = {0};

	if (need_kind(call, 0, NODE_STRING, err) || need_count(call, 1, err) ||
	    need_count(call, 2, err))
		return -1;
	if (call->args[0]->text.len)
		buf_printf(&out, "%*s%s%*s", (int)call->args[1]->integer, "",
			   call->args[0]->text.ptr, (int)call->args[2]->integer, "");
	return give_text(call, &out, ret_value, err);
}

/* At most so many bytes, and never half a character. */
static int run_truncate(const struct call *call, const struct node **ret_value, struct err *err)
{
	if (need_kind(call, 0, NODE_STRING, err) || need_count(call, 1, err))
		return -1;

	struct str text = call->args[0]->text;
	autobuf struct buf out = {0};
	size_t len = (size_t)call->args[1]->integer;

	if (len > text.len)
		len = text.len;
	while (len && len < text.len && continues_rune(text.ptr[len]))
		len--;
	buf_append(&out, text.ptr, len);
	return give_text(call, &out, ret_value, err);
}

#define ANY SIZE_MAX
static const struct function functions[] = {
	{"and", 1, ANY, run_last, .is_lazy = true, .stops_on = false},
	{"eq", 2, ANY, run_eq},
	{"ge", 2, 2, run_order},
	{"gt", 2, 2, run_order},
	{"html", 1, ANY, run_html},
	{"index", 1, ANY, run_index},
	{"join", 2, 2, run_join},
	{"json", 1, 1, run_json},
	{"le", 2, 2, run_order},
	{"len", 1, 1, run_len},
	{"lower", 1, 1, run_lower},
	{"lt", 2, 2, run_order},
	{"ne", 2, 2, run_ne},
	{"not", 1, 1, run_not},
	{"or", 1, ANY, run_last, .is_lazy = true, .stops_on = true},
	{"pad", 3, 3, run_pad},
	{"print", 0, ANY, run_print},
	{"printf", 1, ANY, function_printf},
	{"println", 0, ANY, run_println},
	{"slice", 1, 3, run_slice},
	{"split", 2, 2, run_split},
	{"title", 1, 1, run_title},
	{"truncate", 2, 2, run_truncate},
	{"upper", 1, 1, run_upper},
	{"urlquery", 1, ANY, run_urlquery},
};

const struct function *function_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (str_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

const char *function_nearest(const char *name)
{
	const char *names[ARRAY_LEN(functions) + 1] = {0};

	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		names[i] = functions[i].name;
	return str_nearest(name, names);
}
