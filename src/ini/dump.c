/* dump.c - the effective model as JSON, each value with where it came from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"
#include "ini/loader_private.h"

#include "base/banned.h"

bool is_secret_name(const char *name)
{
	static const char *const words[] = {"PASS", "SECRET", "TOKEN", "KEY"};
	autofree char *upper = xstrdup(name);
	for (char *p = upper; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strstr(upper, words[i]))
			return true;
	}
	return false;
}

/* Shorter values would hide half of the text: a password of three bytes is none. */
#define SECRET_MIN 4

struct dump {
	struct buf *out;
	enum vocabulary vocabulary;
	struct strlist secrets; /* values of secret variables */
	unsigned depth;
	bool has_items; /* of the object or list that is open */
};

static void secrets_add(struct dump *dump, const char *const *env)
{
	for (size_t i = 0; env && env[i]; i++) {
		size_t n = strcspn(env[i], "=");
		autofree char *name = xstrndup(env[i], n);
		const char *value = env[i] + n + !!env[i][n];
		/* A path is where a key is, not the key. */
		if (is_secret_name(name) && strlen(value) >= SECRET_MIN && value[0] != '/' &&
		    !strlist_has(&dump->secrets, value))
			strlist_add(&dump->secrets, value);
	}
}

/* ---- JSON ---- */

static void item_begin(struct dump *dump)
{
	buf_puts(dump->out, dump->has_items ? ",\n" : "\n");
	for (unsigned i = 0; i < dump->depth; i++)
		buf_puts(dump->out, "  ");
	dump->has_items = true;
}

static void name_begin(struct dump *dump, const char *name)
{
	item_begin(dump);
	json_write_text(dump->out, str_of(name));
	buf_puts(dump->out, ": ");
}

static void block_open(struct dump *dump, char bracket)
{
	buf_putc(dump->out, bracket);
	dump->depth++;
	dump->has_items = false;
}

static void block_close(struct dump *dump, char bracket)
{
	dump->depth--;
	if (dump->has_items) {
		buf_putc(dump->out, '\n');
		for (unsigned i = 0; i < dump->depth; i++)
			buf_puts(dump->out, "  ");
	}
	buf_putc(dump->out, bracket);
	dump->has_items = true;
}

static void text_write(struct dump *dump, const char *text)
{
	autobuf struct buf masked = {.max = SIZE_MAX};
	while (*text) {
		const char *secret = NULL;
		for (size_t i = 0; i < dump->secrets.n && !secret; i++) {
			if (text_starts(text, dump->secrets.items[i]))
				secret = dump->secrets.items[i];
		}
		if (secret) {
			buf_puts(&masked, "***");
			text += strlen(secret);
		} else {
			buf_putc(&masked, *text++);
		}
	}
	json_write_text(dump->out, buf_str(&masked));
}

static void list_write(struct dump *dump, const struct text_list *list)
{
	buf_putc(dump->out, '[');
	for (size_t i = 0; i < list->n; i++) {
		buf_puts(dump->out, i ? ", " : "");
		text_write(dump, list->items[i]);
	}
	buf_putc(dump->out, ']');
}

static void origin_write(struct dump *dump, struct src_pos pos, const char *otherwise)
{
	autofree char *text = pos.line ? xasprintf("%s:%u:%u", pos.file, pos.line, pos.column)
				       : xstrdup(pos.file ? pos.file : otherwise);
	buf_puts(dump->out, ", \"origin\": ");
	json_write_text(dump->out, str_of(text));
	buf_putc(dump->out, '}');
}

/* ---- keys ---- */

static void key_dump(struct dump *dump, const struct key *key, const void *object,
		     struct src_pos origin)
{
	autobuf struct buf value = {0};
	key_write(key, object, &value);
	/* What nobody gave and what has no default is not there. */
	if (!value.len && !origin.line)
		return;
	name_begin(dump, key_name(key, dump->vocabulary));
	buf_puts(dump->out, "{\"value\": ");
	if (key->type->is_bare)
		buf_puts(dump->out, buf_text(&value));
	else
		text_write(dump, buf_text(&value));
	origin_write(dump, origin, "default");
}

static void keys_dump(struct dump *dump, const struct key *table, const void *object,
		      const struct key_origin *origins, size_t n_origins, unsigned kind)
{
	for (const struct key *key = table; key->name; key++) {
		bool is_other = kind && (key->flags & KEY_KINDS) && !(key->flags & kind);
		if (key->type == &type_ignored || is_other || !key_name(key, dump->vocabulary))
			continue;
		key_dump(dump, key, object, origin_find(origins, n_origins, table, key->name));
	}
}

static void env_dump(struct dump *dump, const char *const *env, const struct src_pos *origins)
{
	name_begin(dump, "env");
	block_open(dump, '{');
	for (size_t i = 0; env && env[i]; i++) {
		size_t n = strcspn(env[i], "=");
		autofree char *name = xstrndup(env[i], n);
		name_begin(dump, name);
		buf_puts(dump->out, "{\"value\": ");
		text_write(dump, is_secret_name(name) ? "***" : env[i] + n + !!env[i][n]);
		origin_write(dump, origins ? origins[i] : (struct src_pos){0}, "inherited");
	}
	block_close(dump, '}');
}

static void place_dump(struct dump *dump, struct src_pos pos)
{
	if (!pos.line)
		return;
	autofree char *text = xasprintf("%s:%u:%u", pos.file, pos.line, pos.column);
	name_begin(dump, "section");
	json_write_text(dump->out, str_of(text));
}

static void service_dump(struct dump *dump, const struct service_spec *spec)
{
	static const struct {
		const char *name;
		unsigned flag;
	} kinds[] = {[SERVICE_DAEMON] = {"service", KEY_DAEMON},
		     [SERVICE_JOB] = {"job", KEY_JOB},
		     [SERVICE_CRON] = {"cron", KEY_CRON}};
	name_begin(dump, spec->name);
	block_open(dump, '{');
	name_begin(dump, "kind");
	json_write_text(dump->out, str_of(kinds[spec->kind].name));
	place_dump(dump, spec->pos);
	name_begin(dump, "words");
	list_write(dump, &spec->words);
	name_begin(dump, "keys");
	block_open(dump, '{');
	keys_dump(dump, service_keys, spec, spec->origins, spec->n_origins, kinds[spec->kind].flag);
	for (const struct free_option *option = spec->free_options; option && option->key;
	     option++) {
		name_begin(dump, option->key);
		buf_puts(dump->out, "{\"value\": ");
		text_write(dump, option->value);
		buf_puts(dump->out, ", \"origin\": \"free option\"}");
	}
	block_close(dump, '}');
	env_dump(dump, (const char *const *)spec->env, spec->env_origins);
	block_close(dump, '}');
}

/* Sections that stand in an array: name first, then pos, origins and n_origins, as boot_spec.h. */
struct array_dump {
	const char *name;
	const struct key *keys;
	size_t items, n; /* in struct model */
	size_t size, label, origins, n_origins;
};
#define ARRAY(title, table, type, array, field)                                                 \
	{                                                                                       \
		title, table, offsetof(struct model, array), offsetof(struct model, n_##array), \
			sizeof(struct type), offsetof(struct type, field),                      \
			offsetof(struct type, origins), offsetof(struct type, n_origins)        \
	}
static const struct array_dump arrays[] = {
	ARRAY("sockets", socket_keys, socket_spec, sockets, name),
	ARRAY("users", user_keys, user_spec, users, name),
	ARRAY("groups", group_keys, group_spec, groups, name),
	ARRAY("dirs", dir_keys, dir_spec, dirs, path),
	ARRAY("copies", copy_keys, copy_spec, copies, dest),
	ARRAY("templates", template_keys, template_spec, templates, dest),
	ARRAY("waits", wait_keys, wait_spec, waits, name),
	ARRAY("keys", keys_keys, keys_spec, keys, user),
	ARRAY("commands", command_keys, command_spec, commands, name),
};
#define FIELD(type, object, offset) \
	(*(const type *)(const void *)((const char *)(object) + (offset)))

static void array_dump(struct dump *dump, const struct model *model, const struct array_dump *array)
{
	const char *items = FIELD(char *, model, array->items);
	size_t n = FIELD(size_t, model, array->n);
	if (!n)
		return;
	name_begin(dump, array->name);
	block_open(dump, '{');
	for (size_t i = 0; i < n; i++) {
		const char *object = items + i * array->size;
		name_begin(dump, FIELD(char *, object, array->label));
		block_open(dump, '{');
		keys_dump(dump, array->keys, object,
			  FIELD(struct key_origin *, object, array->origins),
			  FIELD(size_t, object, array->n_origins), 0);
		block_close(dump, '}');
	}
	block_close(dump, '}');
}

void model_dump(const struct model *model, struct buf *buf)
{
	struct dump dump = {.out = buf, .vocabulary = model->vocabulary};
	bool is_circus = model->vocabulary == VOCABULARY_CIRCUS;
	secrets_add(&dump, (const char *const *)model->env);
	for (size_t i = 0; i < model->n_services; i++)
		secrets_add(&dump, (const char *const *)model->services[i].env);
	block_open(&dump, '{');
	name_begin(&dump, "vocabulary");
	buf_puts(buf, is_circus ? "\"circus\"" : "\"native\"");
	name_begin(&dump, "files");
	list_write(&dump, &model->files);
	name_begin(&dump, is_circus ? "circus" : "init");
	block_open(&dump, '{');
	keys_dump(&dump, is_circus ? circus_keys : init_keys, &model->init, model->init.origins,
		  model->init.n_origins, 0);
	block_close(&dump, '}');
	name_begin(&dump, "services");
	block_open(&dump, '{');
	for (size_t i = 0; i < model->n_services; i++)
		service_dump(&dump, &model->services[i]);
	block_close(&dump, '}');
	for (size_t i = 0; i < ARRAY_LEN(arrays); i++)
		array_dump(&dump, model, &arrays[i]);
	if (model->launch.n_origins) {
		name_begin(&dump, "launch");
		block_open(&dump, '{');
		keys_dump(&dump, launch_keys, &model->launch, model->launch.origins,
			  model->launch.n_origins, 0);
		block_close(&dump, '}');
	}
	name_begin(&dump, "warnings");
	list_write(&dump, &model->warnings);
	block_close(&dump, '}');
	buf_putc(buf, '\n');
	strlist_done(&dump.secrets);
}
