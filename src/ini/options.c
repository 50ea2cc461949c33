/* options.c - the keys of a service one by one: asked for, set, compared.
 * SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <unistd.h>

#include "ini/limits.h"
#include "ini/loader_private.h"
#include "ini/parse.h"

#include "base/banned.h"

/* circus has seconds as numbers. */
static void seconds_write(const struct key *key, const struct service_spec *spec, struct buf *out)
{
	const int64_t *ns = (const int64_t *)(const void *)((const char *)spec + key->offset);
	buf_printf(out, "%lld", (long long)(*ns / 1000000000));
	int64_t rest = *ns % 1000000000;
	if (!rest)
		return;
	char digits[16];
	int n = snprintf(digits, sizeof(digits), ".%09lld", (long long)rest);
	while (digits[n - 1] == '0')
		n--;
	buf_append(out, digits, (size_t)n);
}

static void env_write(const struct service_spec *spec, struct buf *out)
{
	for (size_t i = 0; spec->env && spec->env[i]; i++) {
		size_t n = strcspn(spec->env[i], "=");
		autofree char *name = xstrndup(spec->env[i], n);
		buf_printf(out, "%s%s=%s", i ? "," : "", name,
			   is_secret_name(name) ? "***" : spec->env[i] + n + !!spec->env[i][n]);
	}
}

/* By either name, whatever the vocabulary: who asks may have learnt the other. */
static const struct key *row_find(const char *name)
{
	const struct key *key = key_find(service_keys, name, VOCABULARY_NATIVE);
	return key ? key : key_find(service_keys, name, VOCABULARY_CIRCUS);
}

static const struct free_option *free_option_find(const struct service_spec *spec, const char *key)
{
	const struct free_option *option = spec->free_options;
	while (option && option->key && !text_eq(option->key, key))
		option++;
	return option && option->key ? option : NULL;
}

static void row_write(const struct model *model, const struct service_spec *spec,
		      const struct key *row, struct buf *out)
{
	bool is_circus = model->vocabulary == VOCABULARY_CIRCUS;
	/* numbers there, where ours have names */
	bool is_number =
		row->type == &type_signal ||
		(row->type == &type_int && row->offset == offsetof(struct service_spec, max_retry));
	if (row->type == &type_duration) {
		seconds_write(row, spec, out);
		if (is_circus && row->offset == offsetof(struct service_spec, stop_timeout) &&
		    !strchr(buf_text(out), '.'))
			buf_puts(out, ".0"); /* a float there, always */
	} else if (is_circus && is_number) {
		buf_printf(out, "%d",
			   *(const int *)(const void *)((const char *)spec + row->offset));
	} else {
		key_write(row, spec, out);
	}
	char here[PATH_MAX];
	if (is_circus && !out->len && row->offset == offsetof(struct service_spec, cwd) &&
	    row->type == &type_path && getcwd(here, sizeof(here)))
		buf_puts(out, here);
}

static bool is_decimal(struct str text)
{
	int64_t number;
	struct str whole = str_cut(&text, '.');
	return str_to_i64(whole, &number) && (!text.ptr || str_to_i64(text, &number));
}

static void option_settle(const struct key *row, bool is_circus, struct option *option)
{
	bool is_flag = row->type == &type_bool || row->type == &type_respawn ||
		       row->type == &type_send_hup;
	bool is_scalar =
		row->type == &type_int || row->type == &type_duration || row->type == &type_signal;
	if (is_flag) {
		option->kind = OPTION_FLAG;
		option->text = text_eq(option->text, "true") ? "True" : "False";
	} else if (is_scalar && is_decimal(str_of(option->text))) {
		option->kind = OPTION_NUMBER;
	} else if (is_circus && !option->text[0] &&
		   (row->type == &type_path ||
		    (row->type == &type_text &&
		     row->offset != offsetof(struct service_spec, args_text)))) {
		option->kind = OPTION_NONE;
		option->text = "None";
	}
}

bool service_option(const struct model *model, const struct service_spec *spec, const char *key,
		    struct arena *arena, struct option *ret_option)
{
	autobuf struct buf text = {0};
	const struct key *row = row_find(key);
	const struct free_option *free_option = row ? NULL : free_option_find(spec, key);
	if (text_eq(key, "env"))
		env_write(spec, &text);
	else if (row)
		row_write(model, spec, row, &text);
	else if (free_option)
		buf_puts(&text, free_option->value);
	else
		return false;
	*ret_option = (struct option){OPTION_TEXT, arena_strdup(arena, buf_text(&text))};
	if (row)
		option_settle(row, model->vocabulary == VOCABULARY_CIRCUS, ret_option);
	return true;
}

/* What circus tells of every watcher; sorted, as it tells it. */
static const char *const circus_names[] = {
	"args",
	"close_child_stderr",
	"close_child_stdin",
	"close_child_stdout",
	"cmd",
	"copy_env",
	"env",
	"executable",
	"gid",
	"graceful_timeout",
	"max_age",
	"max_age_variance",
	"max_retry",
	"numprocesses",
	"on_demand",
	"priority",
	"respawn",
	"send_hup",
	"shell",
	"shell_args",
	"singleton",
	"stderr_stream_conf",
	"stdout_stream_conf",
	"stop_children",
	"stop_signal",
	"uid",
	"use_sockets",
	"warmup_delay",
	"working_dir",
};

const char *service_option_name(const struct model *model, const struct service_spec *spec,
				size_t i)
{
	if (model->vocabulary == VOCABULARY_CIRCUS) {
		if (i < ARRAY_LEN(circus_names))
			return circus_names[i];
		const struct free_option *option = spec->free_options;
		for (i -= ARRAY_LEN(circus_names); option && option->key && i; i--)
			option++;
		return option ? option->key : NULL;
	}
	for (const struct key *key = service_keys; key->name; key++) {
		const char *name = key_name(key, model->vocabulary);
		if (name && key->type != &type_ignored && i-- == 0)
			return name;
	}
	return NULL;
}

const char *service_stream_option(const struct service_spec *spec, const char *name, size_t i)
{
	struct str front = str_of(name);
	if (!text_ends(name, "_stream_conf"))
		return NULL;
	front.len -= strlen("_conf");
	for (size_t at = 0; at < spec->n_origins; at++) {
		const char *key = service_keys[spec->origins[at].row].name;
		if (str_starts(str_of(key), front) && !text_ends(key, ".class") && i-- == 0)
			return key;
	}
	return NULL;
}

/* ---- set ---- */

/* circus: "A=1,B=2"; ours: words. The list replaces what the key had before. */
static int env_set(struct model *model, struct service_spec *spec, const char *text,
		   struct err *err)
{
	struct text_list words;
	autofree char *copy = xstrdup(text);
	for (char *p = strchr(copy, ','); p; p = strchr(p + 1, ',')) {
		size_t n = strcspn(p + 1, "=, ");
		if (p[1 + n] == '=' && is_variable_name((struct str){p + 1, n}))
			*p = ' ';
	}
	if (parse_words(&model->arena, copy, &words, err))
		return -1;
	for (size_t i = 0; i < words.n; i++) {
		const char *equals = strchr(words.items[i], '=');
		if (!equals || !is_variable_name((struct str){words.items[i],
							      (size_t)(equals - words.items[i])}))
			return err_set(err, ERR_INPUT, "'%s' is no NAME=value", words.items[i]);
	}
	spec->own_env = words;
	service_build_env(model, spec);
	return 0;
}

static void origin_set(struct model *model, struct service_spec *spec, const struct key *row)
{
	struct key_origin *origins =
		arena_alloc(&model->arena, (spec->n_origins + 1) * sizeof(*origins));
	size_t n = 0;
	for (size_t i = 0; i < spec->n_origins; i++) {
		if (spec->origins[i].row != row - service_keys)
			origins[n++] = spec->origins[i];
	}
	origins[n++] = (struct key_origin){
		.file = "set", .line = 1, .column = 1, .row = (uint16_t)(row - service_keys)};
	spec->origins = origins;
	spec->n_origins = n;
}

static bool is_of_kind(const struct key *row, enum service_kind kind)
{
	unsigned flag = kind == SERVICE_JOB    ? KEY_JOB
			: kind == SERVICE_CRON ? KEY_CRON
					       : KEY_DAEMON;
	return !(row->flags & KEY_KINDS) || (row->flags & flag);
}

/* On a copy: what is wrong leaves nothing behind. */
static int copy_set(struct model *model, struct service_spec *spec, const struct key *row,
		    const char *text, struct err *err)
{
	autoarena struct arena scratch = {0};
	struct variables env = variables_of(&scratch, (const char *const *)spec->env, NULL);
	autobuf struct buf filled = {.max = LIMIT_INI_VALUE};
	struct value value = {.arena = &model->arena,
			      .text = text,
			      .env = &env,
			      .is_circus = model->vocabulary == VOCABULARY_CIRCUS};
	if (row->flags & KEY_APPENDS) { /* the new list, not more of the old */
		struct text_list *list = (struct text_list *)(void *)((char *)spec + row->offset);
		*list = (struct text_list){0};
	}
	if (value.is_circus) {
		value.env = NULL;
	} else if (!row->type->splits && !(row->flags & KEY_VERBATIM)) {
		if (variables_fill(text, &env, &filled, err))
			return -1;
		value.text = buf_text(&filled);
	}
	if (key_parse(row, &value, spec, err))
		return -1;
	if (spec->singleton && spec->copies > 1)
		return err_set(err, ERR_INPUT, "a singleton has one copy");
	if (spec->main && spec->copies != 1)
		return err_set(err, ERR_INPUT, "the main service has one copy");
	origin_set(model, spec, row);
	service_settle(spec, model->vocabulary);
	/* Who made the spec without a file may have given words alone. */
	bool is_command = row->offset == offsetof(struct service_spec, command_text);
	return spec->command_text || is_command ? service_build_words(model, spec, &env, err) : 0;
}

int service_set_option(struct model *model, struct service_spec *spec, const char *key,
		       const char *value, struct err *err)
{
	const struct key *row = key_find(service_keys, key, model->vocabulary);
	if (text_eq(key, "env"))
		return env_set(model, spec, value, err);
	if (!row) {
		const char *nearest = key_nearest(service_keys, key, model->vocabulary);
		return err_set(err, ERR_INPUT, "unknown key '%s'%s%s%s", key,
			       nearest ? ", nearest '" : "", nearest ? nearest : "",
			       nearest ? "'" : "");
	}
	if (row->flags & (KEY_FILE_ONLY | KEY_ENVIRONMENT))
		return err_set(err, ERR_INPUT, "'%s' is changed in the file alone", key);
	if (!is_of_kind(row, spec->kind))
		return err_set(err, ERR_INPUT, "'%s' is no key of this kind of service", key);
	struct service_spec copy = *spec;
	if (copy_set(model, &copy, row, value, err))
		return err_wrap(err, "%s", key);
	*spec = copy;
	return 0;
}

/* ---- differences ---- */

static bool arrays_differ(const char *const *a, const char *const *b)
{
	size_t i = 0;
	while (a && b && a[i] && b[i] && text_eq(a[i], b[i]))
		i++;
	return (a ? a[i] : NULL) != (b ? b[i] : NULL);
}

static bool row_differs(const struct key *key, const struct service_spec *a,
			const struct service_spec *b)
{
	autobuf struct buf text_a = {0}, text_b = {0};
	struct key row = *key;
	key_write(&row, a, &text_a);
	key_write(&row, b, &text_b);
	if (row.flags & KEY_BOTH_STREAMS) {
		row.offset +=
			offsetof(struct service_spec, errors) - offsetof(struct service_spec, out);
		buf_putc(&text_a, '\n');
		buf_putc(&text_b, '\n');
		key_write(&row, a, &text_a);
		key_write(&row, b, &text_b);
	}
	return !str_eq(buf_str(&text_a), buf_str(&text_b));
}

static bool options_differ(const struct free_option *a, const struct free_option *b)
{
	static const struct free_option none = {0};
	a = a ? a : &none;
	b = b ? b : &none;
	while (a->key && b->key && text_eq(a->key, b->key) && text_eq(a->value, b->value)) {
		a++;
		b++;
	}
	return a->key || b->key;
}

bool service_differs(const struct service_spec *a, const struct service_spec *b,
		     bool *ret_only_copies)
{
	bool differs = a->kind != b->kind || options_differ(a->free_options, b->free_options) ||
		       arrays_differ((const char *const *)a->env, (const char *const *)b->env) ||
		       arrays_differ(a->words.items, b->words.items);
	for (const struct key *key = service_keys; key->name && !differs; key++) {
		bool is_copies = key->offset == offsetof(struct service_spec, copies) &&
				 key->type == &type_int;
		/* Another service's coming or going may have put the prefix there. */
		bool is_format = a->log_format_auto && b->log_format_auto &&
				 key->offset == offsetof(struct service_spec, out.format) &&
				 key->type == &type_choice;
		differs = !is_copies && !is_format && row_differs(key, a, b);
	}
	*ret_only_copies = !differs && a->copies != b->copies;
	return differs || a->copies != b->copies;
}
