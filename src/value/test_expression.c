/* test_expression.c - a reader of Python's expressions that evaluates as it goes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/test_expression.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/test.h"
#include "value/unicode.h"

#include "base/banned.h"

struct parsing {
	struct heap *heap;
	const char *at;
	struct err *err;
};

#define ARGS_MAX 40

static int expression(struct parsing *p, int least, struct value *ret_value);

static bool accept(struct parsing *p, const char *sign)
{
	while (*p->at == ' ')
		p->at++;
	if (!text_starts(p->at, sign))
		return false;
	if (isalpha((unsigned char)*sign) && isalnum((unsigned char)p->at[strlen(sign)]))
		return false;
	p->at += strlen(sign);
	return true;
}

static void expect(struct parsing *p, const char *sign)
{
	if (!accept(p, sign))
		test_fail(__FILE__, __LINE__, "no '%s' at '%s'", sign, p->at);
}

static struct value text(struct parsing *p)
{
	autobuf struct buf buf = {0};
	char quote = *p->at++;

	while (*p->at && *p->at != quote) {
		static const char escapes[] = "n\nt\tr\r\\\\''\"\"a\ab\b";
		const char *escape;

		if (*p->at != '\\') {
			buf_putc(&buf, *p->at++);
			continue;
		}
		p->at++;
		escape = strchr(escapes, *p->at);
		if (*p->at == 'x' || *p->at == 'u' || *p->at == 'U') {
			int len = *p->at == 'x' ? 2 : *p->at == 'u' ? 4 : 8;
			autofree char *digits = xstrndup(p->at + 1, (size_t)len);

			utf8_append(&buf, (uint32_t)strtoul(digits, NULL, 16));
			p->at += len + 1;
			continue;
		}
		CHECK(escape);
		buf_putc(&buf, escape[1]);
		p->at++;
	}
	p->at++;
	return value_text(p->heap, buf_str(&buf));
}

static struct value number(struct parsing *p)
{
	char *end;
	int64_t whole = strtoll(p->at, &end, 10);

	if (*end == '.' || *end == 'e') {
		double d = strtod(p->at, &end);

		p->at = end;
		return value_float(d);
	}
	p->at = end;
	return value_int(whole);
}

/* Items up to `close`; *ret_comma: there was one behind the first. */
static int items(struct parsing *p, const char *close, struct list *list, bool *ret_comma)
{
	while (!accept(p, close)) {
		struct value item;

		if (expression(p, 0, &item))
			return -1;
		list_push(p->heap, list, item);
		if (accept(p, ",")) {
			*ret_comma = true;
			continue;
		}
		expect(p, close);
		break;
	}
	return 0;
}

static int dict_items(struct parsing *p, struct dict *dict)
{
	while (!accept(p, "}")) {
		struct value key, v;

		if (expression(p, 0, &key))
			return -1;
		expect(p, ":");
		if (expression(p, 0, &v) || dict_assign(p->heap, dict, key, v, p->err))
			return -1;
		if (!accept(p, ",")) {
			expect(p, "}");
			break;
		}
	}
	return 0;
}

static struct str word(struct parsing *p)
{
	const char *start;

	while (*p->at == ' ')
		p->at++;
	for (start = p->at; isalnum((unsigned char)*p->at) || *p->at == '_';)
		p->at++;
	return (struct str){start, (size_t)(p->at - start)};
}

static int function(struct parsing *p, struct str name, struct value *ret_value)
{
	struct list *args = list_new(p->heap, 3);
	struct range range = {0, 0, 1};
	bool comma = false, truth;
	int64_t length;

	expect(p, "(");
	if (items(p, ")", args, &comma))
		return -1;
	CHECK(args->n > 0);
	if (str_is(name, "str"))
		return value_str(p->heap, args->items[0], ret_value, p->err);
	if (str_is(name, "repr"))
		return value_repr(p->heap, args->items[0], ret_value, p->err);
	if (str_is(name, "float")) {
		*ret_value = value_float(strtod(args->items[0].text, NULL));
		return 0;
	}
	if (str_is(name, "len")) {
		if (value_length(p->heap, args->items[0], &length, p->err))
			return -1;
		*ret_value = value_int(length);
		return 0;
	}
	if (str_is(name, "bool")) {
		if (value_truth(p->heap, args->items[0], &truth, p->err))
			return -1;
		*ret_value = value_bool(truth);
		return 0;
	}
	if (str_is(name, "list")) {
		if (value_to_list(p->heap, args->items[0], &args, p->err))
			return -1;
		*ret_value = value_of_list(args);
		return 0;
	}
	if (str_is(name, "range")) {
		range.start = args->n > 1 ? args->items[0].integer : 0;
		range.stop = args->items[args->n > 1].integer;
		range.step = args->n > 2 ? args->items[2].integer : 1;
		ret_value->kind = VALUE_RANGE;
		ret_value->range = heap_alloc(p->heap, sizeof(range));
		*ret_value->range = range;
		return 0;
	}
	test_fail(__FILE__, __LINE__, "no function '%.*s'", STR_ARG(name));
}

static int atom(struct parsing *p, struct value *ret_value)
{
	struct list *list = list_new(p->heap, 0);
	bool comma = false;

	while (*p->at == ' ')
		p->at++;
	if (*p->at == '\'' || *p->at == '"') {
		*ret_value = text(p);
		return 0;
	}
	if (isdigit((unsigned char)*p->at)) {
		*ret_value = number(p);
		return 0;
	}
	*ret_value = value_of_list(list);
	if (accept(p, "["))
		return items(p, "]", list, &comma);
	if (accept(p, "(")) {
		if (items(p, ")", list, &comma))
			return -1;
		*ret_value = comma || !list->n ? value_tuple(p->heap, list->items, list->n)
					       : list->items[0];
		return 0;
	}
	if (accept(p, "{")) {
		*ret_value = value_of_dict(dict_new(p->heap));
		return dict_items(p, ret_value->dict);
	}
	*ret_value = value_none();
	if (accept(p, "None"))
		return 0;
	*ret_value = value_bool(true);
	if (accept(p, "True"))
		return 0;
	*ret_value = value_bool(false);
	if (accept(p, "False"))
		return 0;
	*ret_value = value_undefined(p->heap, "missing", NULL);
	if (accept(p, "missing"))
		return 0;
	return function(p, word(p), ret_value);
}

static int method(struct parsing *p, struct value *value)
{
	struct value args[ARGS_MAX];
	struct keyword keywords[ARGS_MAX];
	struct call call = {.heap = p->heap, .args = args, .keywords = keywords};
	struct str name = word(p);

	if (!accept(p, "("))
		return value_attribute(p->heap, *value, name, value, p->err);
	while (!accept(p, ")")) {
		const char *start = p->at;
		struct str key = word(p);
		struct value v;

		if (key.len && *p->at == '=' && p->at[1] != '=') {
			p->at++;
			if (expression(p, 0, &v))
				return -1;
			keywords[call.n_keywords++] = (struct keyword){key, v};
		} else {
			p->at = start;
			if (expression(p, 0, &v))
				return -1;
			args[call.n_args++] = v;
		}
		if (!accept(p, ",")) {
			expect(p, ")");
			break;
		}
	}
	return value_call_method(*value, name, &call, value, p->err);
}

static int subscript(struct parsing *p, struct value *value)
{
	struct value parts[3] = {value_none(), value_none(), value_none()};
	int n = 0;

	for (bool sliced = false;; n++) {
		while (*p->at == ' ')
			p->at++;
		if (*p->at != ':' && *p->at != ']' && expression(p, 0, &parts[n]))
			return -1;
		if (accept(p, "]"))
			return sliced ? value_slice(p->heap, *value, parts, value, p->err)
				      : value_item(p->heap, *value, parts[0], value, p->err);
		expect(p, ":");
		sliced = true;
	}
}

static int postfix(struct parsing *p, struct value *ret_value)
{
	if (atom(p, ret_value))
		return -1;
	for (;;) {
		if (accept(p, ".")) {
			if (method(p, ret_value))
				return -1;
		} else if (accept(p, "[")) {
			if (subscript(p, ret_value))
				return -1;
		} else {
			return 0;
		}
	}
}

enum extra_op { OP_EQUAL = 100, OP_LESS, OP_IN };

static const struct {
	const char *sign;
	int op;
	int level;
} operators[] = {
	{"**", OP_POW, 5}, {"//", OP_FLOORDIV, 3}, {"*", OP_MUL, 3}, {"/", OP_DIV, 3},
	{"%", OP_MOD, 3},  {"+", OP_ADD, 2},       {"-", OP_SUB, 2}, {"==", OP_EQUAL, 1},
	{"<", OP_LESS, 1}, {"in", OP_IN, 1},
};

static int apply(struct parsing *p, int op, struct value a, struct value b, struct value *ret_value)
{
	bool truth = false;
	int order = 0;

	if (op == OP_EQUAL  ? value_equal(p->heap, a, b, &truth, p->err)
	    : op == OP_IN   ? value_contains(p->heap, b, a, &truth, p->err)
	    : op == OP_LESS ? value_order(p->heap, a, b, &order, p->err)
			    : value_binary(p->heap, (enum value_op)op, a, b, ret_value, p->err))
		return -1;
	if (op >= OP_EQUAL)
		*ret_value = value_bool(op == OP_LESS ? order < 0 : truth);
	return 0;
}

static int expression(struct parsing *p, int least, struct value *ret_value)
{
	if (accept(p, "-")) {
		if (expression(p, 4, ret_value) ||
		    value_negate(p->heap, *ret_value, ret_value, p->err))
			return -1;
	} else if (accept(p, "+")) {
		if (expression(p, 4, ret_value) ||
		    value_plus(p->heap, *ret_value, ret_value, p->err))
			return -1;
	} else if (postfix(p, ret_value)) {
		return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(operators);) {
		struct value right;

		if (operators[i].level < least || !accept(p, operators[i].sign)) {
			i++;
			continue;
		}
		if (expression(p, operators[i].level + (operators[i].op != OP_POW), &right) ||
		    apply(p, operators[i].op, *ret_value, right, ret_value))
			return -1;
		i = 0;
	}
	return 0;
}

int expression_evaluate(struct heap *heap, const char *source, struct value *ret_value,
			struct err *err)
{
	struct parsing p = {heap, source, err};

	return expression(&p, 0, ret_value);
}

void expression_check(const struct expression_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		autobuf struct buf buf = {0};
		struct value value;
		int result = expression_evaluate(&heap, rows[i].expression, &value, &err);

		if (!result)
			result = value_print_repr(&heap, value, &buf, &err);
		if (!text_eq(result ? NULL : buf_text(&buf), rows[i].repr) ||
		    !text_eq(result ? err_text(&err) : NULL, rows[i].error))
			test_fail(__FILE__, __LINE__, "%s: got %s, not %s", rows[i].expression,
				  result ? err_text(&err) : buf_text(&buf),
				  rows[i].repr ? rows[i].repr : rows[i].error);
	}
}
