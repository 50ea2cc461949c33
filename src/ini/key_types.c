/* key_types.c - plain values: texts, numbers, times, words and lists.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>

#include "ini/key.h"
#include "ini/limits.h"
#include "ini/parse.h"

#include "base/banned.h"

/* The field of a row. `type` is what the struct has there. */
#define FIELD(type, key, object) (*(type *)(void *)((char *)(object) + (key)->offset))
#define CONST_FIELD(type, key, object) \
	(*(const type *)(const void *)((const char *)(object) + (key)->offset))

static const struct key_choice *choice_by_name(const struct key *key, const char *text)
{
	for (const struct key_choice *choice = key->choices; choice && choice->name; choice++) {
		if (str_is_nocase(str_of(text), choice->name))
			return choice;
	}
	return NULL;
}

static const char *choice_by_value(const struct key *key, int64_t value)
{
	for (const struct key_choice *choice = key->choices; choice && choice->name; choice++) {
		if (choice->value == value)
			return choice->name;
	}
	return NULL;
}

/* ---- texts ---- */

static int text_parse(const struct key *key, const struct value *value, void *object,
		      struct err *err)
{
	bool is_path = key->type == &type_path;
	bool is_odd = (key->flags & KEY_ABSOLUTE) && value->text[0] && value->text[0] != '/';
	if (is_path && is_odd && !value->is_circus) /* circus: from where the daemon was started */
		return err_set(err, ERR_INPUT, "'%s' is no absolute path", value->text);
	const char *text = choice_by_name(key, value->text) ? NULL : value->text;
	FIELD(const char *, key, object) =
		text && text[0] ? arena_strdup(value->arena, text) : NULL;
	return 0;
}

static void text_write(const struct key *key, const void *object, struct buf *out)
{
	const char *text = CONST_FIELD(char *, key, object);
	buf_puts(out, text ? text : "");
}

const struct key_type type_text = {"text", .parse = text_parse, .write = text_write};
const struct key_type type_path = {"path", .parse = text_parse, .write = text_write};

static int ignored_parse(const struct key *key, const struct value *value, void *object,
			 struct err *err)
{
	(void)key, (void)value, (void)object, (void)err;
	return 0;
}

static void ignored_write(const struct key *key, const void *object, struct buf *out)
{
	(void)key, (void)object, (void)out;
}

const struct key_type type_ignored = {"ignored", .parse = ignored_parse, .write = ignored_write};

/* ---- truth and choices ---- */

static int bool_parse(const struct key *key, const struct value *value, void *object,
		      struct err *err)
{
	return parse_bool(value->text, &FIELD(bool, key, object), err);
}

static void bool_write(const struct key *key, const void *object, struct buf *out)
{
	buf_puts(out, CONST_FIELD(bool, key, object) ? "true" : "false");
}

const struct key_type type_bool = {"bool", .is_bare = true, .parse = bool_parse,
				   .write = bool_write};

static int choice_error(const struct key *key, const char *text, struct err *err)
{
	autobuf struct buf names = {0};
	int64_t last = 0;
	assert(key->choices);
	for (const struct key_choice *choice = key->choices; choice->name; choice++) {
		if (choice != key->choices && choice->value == last)
			continue; /* a second name */
		last = choice->value;
		buf_printf(&names, "%s%s", names.len ? ", " : "", choice->name);
	}
	return err_set(err, ERR_INPUT, "'%s' is none of %s", text, buf_text(&names));
}

static int choice_parse(const struct key *key, const struct value *value, void *object,
			struct err *err)
{
	const struct key_choice *choice = choice_by_name(key, value->text);
	if (!choice)
		return choice_error(key, value->text, err);
	if (key->type == &type_choice_bool)
		FIELD(bool, key, object) = choice->value != 0;
	else
		FIELD(int, key, object) = (int)choice->value;
	return 0;
}

static void choice_write(const struct key *key, const void *object, struct buf *out)
{
	int64_t value = key->type == &type_choice_bool ? CONST_FIELD(bool, key, object)
						       : CONST_FIELD(int, key, object);
	const char *name = choice_by_value(key, value);
	buf_puts(out, name ? name : "");
}

const struct key_type type_choice = {"choice", .parse = choice_parse, .write = choice_write};
const struct key_type type_choice_bool = {"choice", .parse = choice_parse, .write = choice_write};

/* ---- numbers ---- */

static int number_parse(const struct key *key, const char *text, int64_t *ret_number,
			struct err *err)
{
	const struct key_choice *choice = choice_by_name(key, text);
	int64_t number = choice ? choice->value : 0;
	if (!choice && !str_to_i64(str_of(text), &number))
		return err_set(err, ERR_INPUT, "'%s' is no whole number", text);
	if (!choice && (number < key->min || number > key->max))
		return err_set(err, ERR_INPUT, "'%s' is not from %lld to %lld", text,
			       (long long)key->min, (long long)key->max);
	*ret_number = number;
	return 0;
}

static void number_write(const struct key *key, int64_t number, struct buf *out)
{
	const char *name = choice_by_value(key, number);
	if (name)
		buf_puts(out, name);
	else
		buf_printf(out, "%lld", (long long)number);
}

static int int_parse(const struct key *key, const struct value *value, void *object,
		     struct err *err)
{
	int64_t number;
	if (number_parse(key, value->text, &number, err))
		return -1;
	if (key->type == &type_int)
		FIELD(int, key, object) = (int)number;
	else if (key->type == &type_port)
		FIELD(uint16_t, key, object) = (uint16_t)number;
	else
		FIELD(int64_t, key, object) = number;
	return 0;
}

static void int_write(const struct key *key, const void *object, struct buf *out)
{
	int64_t number = key->type == &type_int    ? CONST_FIELD(int, key, object)
			 : key->type == &type_port ? CONST_FIELD(uint16_t, key, object)
						   : CONST_FIELD(int64_t, key, object);
	number_write(key, number, out);
}

const struct key_type type_int = {"number", .parse = int_parse, .write = int_write};
const struct key_type type_id = {"number", .parse = int_parse, .write = int_write};
const struct key_type type_port = {"number", .parse = int_parse, .write = int_write};

static int mode_parse(const struct key *key, const struct value *value, void *object,
		      struct err *err)
{
	const struct key_choice *choice = choice_by_name(key, value->text);
	int mode = choice ? (int)choice->value : 0;
	if (!choice && parse_mode(value->text, &mode, err))
		return -1;
	FIELD(int, key, object) = mode;
	return 0;
}

static void mode_write(const struct key *key, const void *object, struct buf *out)
{
	int mode = CONST_FIELD(int, key, object);
	const char *name = choice_by_value(key, mode);
	if (name)
		buf_puts(out, name);
	else
		buf_printf(out, "%04o", (unsigned)mode);
}

const struct key_type type_mode = {"mode", .parse = mode_parse, .write = mode_write};

static int duration_parse(const struct key *key, const struct value *value, void *object,
			  struct err *err)
{
	const struct key_choice *choice = choice_by_name(key, value->text);
	int64_t ns = choice ? choice->value : 0;
	if (!choice && parse_duration(value->text, &ns, err))
		return -1;
	if (!choice && ns < key->min)
		return err_set(err, ERR_INPUT, "'%s' is too short", value->text);
	FIELD(int64_t, key, object) = ns;
	return 0;
}

static void duration_write(const struct key *key, const void *object, struct buf *out)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
		{"d", 86400000000000}, {"h", 3600000000000}, {"m", 60000000000}, {"s", 1000000000},
		{"ms", 1000000},       {"us", 1000},         {"ns", 1}};
	int64_t ns = CONST_FIELD(int64_t, key, object);
	const char *name = choice_by_value(key, ns);
	if (name || !ns) {
		buf_puts(out, name ? name : "0s");
		return;
	}
	size_t i = 0;
	while (ns % units[i].ns)
		i++;
	buf_printf(out, "%lld%s", (long long)(ns / units[i].ns), units[i].unit);
}

const struct key_type type_duration = {"duration", .parse = duration_parse,
				       .write = duration_write};

static int bytes_parse(const struct key *key, const struct value *value, void *object,
		       struct err *err)
{
	const struct key_choice *choice = choice_by_name(key, value->text);
	if (choice) {
		FIELD(uint64_t, key, object) = (uint64_t)choice->value;
		return 0;
	}
	return parse_bytes(value->text, &FIELD(uint64_t, key, object), err);
}

static void bytes_write(const struct key *key, const void *object, struct buf *out)
{
	buf_printf(out, "%llu", (unsigned long long)CONST_FIELD(uint64_t, key, object));
}

const struct key_type type_bytes = {"size", .parse = bytes_parse, .write = bytes_write};

static int signal_parse(const struct key *key, const struct value *value, void *object,
			struct err *err)
{
	return parse_signal(value->text, &FIELD(int, key, object), err);
}

static void signal_write(const struct key *key, const void *object, struct buf *out)
{
	int number = CONST_FIELD(int, key, object);
	const char *name = signal_name(number);
	if (name)
		buf_puts(out, name);
	else
		buf_printf(out, "%d", number);
}

const struct key_type type_signal = {"signal", .parse = signal_parse, .write = signal_write};

/* ---- lists ---- */

static int words_parse(const struct key *key, const struct value *value, void *object,
		       struct err *err)
{
	struct text_list words;
	if (parse_words(value->arena, value->text, &words, err))
		return -1;
	for (size_t i = 0; value->env && i < words.n; i++) {
		autobuf struct buf word = {.max = LIMIT_INI_VALUE};
		if (!strchr(words.items[i], '$'))
			continue;
		if (variables_fill(words.items[i], value->env, &word, err))
			return -1;
		words.items[i] = arena_strdup(value->arena, buf_text(&word));
	}
	struct text_list *field = &FIELD(struct text_list, key, object);
	if (key->flags & KEY_APPENDS)
		text_list_add_all(value->arena, field, &words);
	else
		*field = words;
	return 0;
}

/* A word as parse_words reads it again. */
static void word_write(struct buf *out, const char *word)
{
	if (*word && !word[strcspn(word, " \t\n\v\f\r'\"\\$`;|&<>()*?[#~")]) {
		buf_puts(out, word);
		return;
	}
	buf_putc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *word);
	}
	buf_putc(out, '\'');
}

static void words_write(const struct key *key, const void *object, struct buf *out)
{
	const struct text_list *list = &CONST_FIELD(struct text_list, key, object);
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_putc(out, ' ');
		word_write(out, list->items[i]);
	}
}

const struct key_type type_words = {"words", .splits = true, .parse = words_parse,
				    .write = words_write};

/* Parts between commas and white space. */
static int list_parse(const struct key *key, const struct value *value, void *object,
		      struct err *err)
{
	struct text_list *field = &FIELD(struct text_list, key, object);
	static const char between[] = ", \t\r\n";
	if (!(key->flags & KEY_APPENDS))
		*field = (struct text_list){0};
	for (const char *p = value->text + strspn(value->text, between); *p;
	     p += strspn(p, between)) {
		struct str part = {p, strcspn(p, between)};
		if (field->n == LIMIT_INI_WORDS)
			return err_set(err, ERR_LIMIT, "more than %d parts", LIMIT_INI_WORDS);
		if ((key->flags & KEY_ABSOLUTE) && part.ptr[0] != '/')
			return err_set(err, ERR_INPUT, "'%.*s' is no absolute path", STR_ARG(part));
		text_list_add(value->arena, field, arena_str(value->arena, part));
		p += part.len;
	}
	return 0;
}

static void list_write(const struct key *key, const void *object, struct buf *out)
{
	const struct text_list *list = &CONST_FIELD(struct text_list, key, object);
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s%s", i ? ", " : "", list->items[i]);
}

const struct key_type type_list = {"list", .parse = list_parse, .write = list_write};

/* ---- probes ---- */

static int probe_parse(const struct key *key, const struct value *value, void *object,
		       struct err *err)
{
	struct probe_spec *field = &FIELD(struct probe_spec, key, object);
	if (!value->text[0] || text_eq(value->text, "none")) {
		*field = (struct probe_spec){0};
		return 0;
	}
	return parse_probe(value->arena, value->text, field, err);
}

static void probe_write(const struct key *key, const void *object, struct buf *out)
{
	const struct probe_spec *field = &CONST_FIELD(struct probe_spec, key, object);
	buf_puts(out, field->text ? field->text : "");
}

const struct key_type type_probe = {"probe", .parse = probe_parse, .write = probe_write};

/* tcp = …, unix = …: the key's name is the front of the probe. */
static int wait_probe_parse(const struct key *key, const struct value *value, void *object,
			    struct err *err)
{
	struct probe_spec *field = &FIELD(struct probe_spec, key, object);
	if (field->kind != PROBE_NONE)
		return err_set(err, ERR_INPUT, "one thing to wait for in a section, '%s' is there",
			       field->text);
	bool has_front =
		text_starts(value->text, "http:") || text_starts(value->text, "http+unix:");
	bool is_http = text_eq(key->name, "http");
	const char *text = is_http && has_front ? value->text
						: arena_printf(value->arena, "%s:%s%s", key->name,
							       is_http ? "//" : "", value->text);
	return parse_probe(value->arena, text, field, err);
}

static void wait_probe_write(const struct key *key, const void *object, struct buf *out)
{
	const struct probe_spec *field = &CONST_FIELD(struct probe_spec, key, object);
	size_t n = strlen(key->name);
	if (field->text && text_starts(field->text, key->name) && field->text[n] == ':')
		buf_puts(out, text_eq(key->name, "http") ? field->text : field->text + n + 1);
}

const struct key_type type_wait_probe = {"probe", .parse = wait_probe_parse,
					 .write = wait_probe_write};
