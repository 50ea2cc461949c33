/* settings_mounts.c - --volume, --mount and --tmpfs, and the volumes of the image.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's "bind mounts", "volumes" and "tmpfs" references. */
#include "container/container_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/size.h"
#include "base/vec.h"
#include "container/limits.h"
#include "container/settings.h"

#include "base/banned.h"

/* Lexical, as Go's path.Clean: what a mount's target means does not depend on links. */
char *path_clean(const char *path)
{
	autostrlist struct strlist parts = {0};
	struct str rest = str_of(path);

	while (rest.ptr) {
		struct str part = str_cut(&rest, '/');
		if (!part.len || str_is(part, "."))
			continue;
		if (!str_is(part, ".."))
			strlist_add_str(&parts, part);
		else if (parts.n)
			strlist_remove_at(&parts, parts.n - 1);
	}
	autofree char *joined = strlist_join(&parts, "/");
	return xasprintf("/%s", joined);
}

static int check_target(const char *option, const char *text, const char *target,
			const struct record *record, struct err *err)
{
	if (target[0] != '/')
		return err_set(err, ERR_INPUT,
			       "%s '%s': '%s' is not an absolute path inside the container", option,
			       text, target);
	autofree char *clean = path_clean(target);
	if (text_eq(clean, "/"))
		return err_set(err, ERR_INPUT, "%s '%s': nothing can be mounted over '/'", option,
			       text);
	if (record_mount_find(record, clean))
		return err_set(err, ERR_INPUT, "%s '%s': something is mounted on '%s' already",
			       option, text, clean);
	if (record->mounts.n >= LIMIT_MOUNTS)
		return err_set(err, ERR_LIMIT, "more than %u mounts", LIMIT_MOUNTS);
	return 0;
}

static bool is_volume_name(const char *text)
{
	autoerr struct err ignored = {0};

	return !name_check(text, &ignored);
}

/* ---- -v [SRC:]DST[:OPTS] ---- */

static const char *const volume_words[] = {"ro",      "rw",       "nocopy", "rbind",   "bind",
					   "private", "rprivate", "shared", "rshared", "slave",
					   "rslave",  "z",        "Z",      NULL};

static bool is_propagation(const char *word)
{
	return text_ends(word, "private") || text_ends(word, "shared") || text_ends(word, "slave");
}

static int volume_option(struct record_mount *mount, const char *word, struct err *err)
{
	if (text_eq(word, "z") || text_eq(word, "Z"))
		return err_set(err, ERR_INPUT, "SELinux labels ('%s') are not supported", word);
	for (const char *const *known = volume_words; *known; known++) {
		if (!text_eq(word, *known))
			continue;
		if (text_eq(word, "ro"))
			mount->read_only = true;
		else if (text_eq(word, "nocopy"))
			mount->no_copy = true;
		else if (text_eq(word, "bind"))
			mount->no_recursive = true;
		else if (is_propagation(word)) {
			free(mount->propagation);
			mount->propagation = xstrdup(word);
		}
		return 0;
	}
	return settings_refuse_word("option", word, volume_words, err);
}

static int volume_source(struct record_mount *mount, const char *source, struct err *err)
{
	if (source[0] == '/') {
		mount->source = path_clean(source);
		mount->make_source = true;
		return 0;
	}
	if (source[0] == '.' && (source[1] == '/' || !source[1] || source[1] == '.')) {
		char here[4096];
		if (!getcwd(here, sizeof(here)))
			return err_sys(err, "finding the current directory");
		autofree char *joined = xasprintf("%s/%s", here, source);
		mount->source = path_clean(joined);
		mount->make_source = true;
		return 0;
	}
	if (!is_volume_name(source))
		return err_set(
			err, ERR_INPUT,
			"'%s' is neither a path (absolute, or beginning with './') nor the name "
			"of a volume ([a-zA-Z0-9][a-zA-Z0-9_.-]+)",
			source);
	mount->type = RECORD_MOUNT_VOLUME;
	mount->name = xstrdup(source);
	return 0;
}

static int volume_parse(const char *text, struct record *record, struct err *err)
{
	autostrlist struct strlist parts = {0};
	autostrlist struct strlist words = {0};

	strlist_split(&parts, str_of(text), ':');
	if (parts.n > 3)
		return err_set(err, ERR_INPUT, "--volume '%s' is not [SRC:]DST[:OPTS]", text);
	bool has_source = parts.n > 1;
	const char *target = parts.items[has_source ? 1 : 0];
	if (check_target("--volume", text, target, record, err))
		return -1;
	autofree char *clean = path_clean(target);
	struct record_mount *mount = record_mount_add(record, RECORD_MOUNT_BIND, clean);
	if (!has_source) {
		mount->type = RECORD_MOUNT_VOLUME;
		mount->is_anonymous = true;
	} else if (volume_source(mount, parts.items[0], err)) {
		return err_wrap(err, "--volume '%s'", text);
	}
	if (parts.n == 3)
		strlist_split(&words, str_of(parts.items[2]), ',');
	for (size_t i = 0; i < words.n; i++)
		if (volume_option(mount, words.items[i], err))
			return err_wrap(err, "--volume '%s'", text);
	mount->mode = xstrdup(parts.n == 3 ? parts.items[2] : "");
	return 0;
}

/* ---- --tmpfs PATH[:OPTIONS] ---- */

static int tmpfs_parse(const char *text, struct record *record, struct err *err)
{
	struct str options = str_of(text);
	autofree char *target = str_dup(str_cut(&options, ':'));

	if (check_target("--tmpfs", text, target, record, err))
		return -1;
	autofree char *clean = path_clean(target);
	struct record_mount *mount = record_mount_add(record, RECORD_MOUNT_TMPFS, clean);
	mount->mode = options.ptr ? str_dup(options) : xstrdup("");
	if (options.len)
		strlist_split(&mount->options, options, ',');
	return 0;
}

/* ---- --mount type=…,src=…,dst=…,… ---- */

struct mount_words { /* of one --mount */
	char *type, *source, *target, *propagation, *size, *mode;
	bool read_only, no_copy, no_recursive;
};

enum word_kind { WORD_TEXT, WORD_FLAG, WORD_INVERSE };
#define FOR_BIND   1u
#define FOR_VOLUME 2u
#define FOR_TMPFS  4u
#define FOR_ALL    7u
static const struct mount_word {
	const char *name;
	size_t offset;
	enum word_kind kind;
	unsigned types;
} mount_words[] = {
	{"type", offsetof(struct mount_words, type), WORD_TEXT, FOR_ALL},
	{"source", offsetof(struct mount_words, source), WORD_TEXT, FOR_BIND | FOR_VOLUME},
	{"src", offsetof(struct mount_words, source), WORD_TEXT, FOR_BIND | FOR_VOLUME},
	{"destination", offsetof(struct mount_words, target), WORD_TEXT, FOR_ALL},
	{"dst", offsetof(struct mount_words, target), WORD_TEXT, FOR_ALL},
	{"target", offsetof(struct mount_words, target), WORD_TEXT, FOR_ALL},
	{"readonly", offsetof(struct mount_words, read_only), WORD_FLAG, FOR_ALL},
	{"ro", offsetof(struct mount_words, read_only), WORD_FLAG, FOR_ALL},
	{"rw", offsetof(struct mount_words, read_only), WORD_INVERSE, FOR_ALL},
	{"bind-propagation", offsetof(struct mount_words, propagation), WORD_TEXT, FOR_BIND},
	{"bind-nonrecursive", offsetof(struct mount_words, no_recursive), WORD_FLAG, FOR_BIND},
	{"volume-nocopy", offsetof(struct mount_words, no_copy), WORD_FLAG, FOR_VOLUME},
	{"tmpfs-size", offsetof(struct mount_words, size), WORD_TEXT, FOR_TMPFS},
	{"tmpfs-mode", offsetof(struct mount_words, mode), WORD_TEXT, FOR_TMPFS},
};

static void mount_words_done(struct mount_words *words)
{
	for (size_t i = 0; i < ARRAY_LEN(mount_words); i++) {
		if (mount_words[i].kind != WORD_TEXT)
			continue;
		char **text = (char **)(void *)((char *)words + mount_words[i].offset);
		free(*text);
		*text = NULL;
	}
}

static int flag_value(struct str value, bool *ret_flag, struct err *err)
{
	bool yes = !value.ptr || str_is(value, "true") || str_is(value, "1");

	if (!yes && !str_is(value, "false") && !str_is(value, "0"))
		return err_set(err, ERR_INPUT, "'%.*s' is not true or false", STR_ARG(value));
	*ret_flag = yes;
	return 0;
}

static int mount_word_take(struct mount_words *words, const char *key, struct str value,
			   struct err *err)
{
	const char *names[ARRAY_LEN(mount_words) + 1] = {0};

	for (size_t i = 0; i < ARRAY_LEN(mount_words); i++) {
		const struct mount_word *word = &mount_words[i];
		char *field = (char *)words + word->offset;
		names[i] = word->name;
		if (!text_eq(key, word->name))
			continue;
		if (word->kind != WORD_TEXT) {
			bool flag;
			if (flag_value(value, &flag, err))
				return err_wrap(err, "%s", key);
			*(bool *)(void *)field = word->kind == WORD_FLAG ? flag : !flag;
			return 0;
		}
		if (!value.len)
			return err_set(err, ERR_INPUT, "'%s' needs a value", key);
		free(*(char **)(void *)field);
		*(char **)(void *)field = str_dup(value);
		return 0;
	}
	return settings_refuse_word("key", key, names, err);
}

/* Keys of another type are refused: "tmpfs-size" of a bind would silently do nothing. */
static int mount_words_fit(const struct strlist *keys, unsigned type, const char *type_name,
			   struct err *err)
{
	for (size_t k = 0; k < keys->n; k++)
		for (size_t i = 0; i < ARRAY_LEN(mount_words); i++)
			if (text_eq(keys->items[k], mount_words[i].name) &&
			    !(mount_words[i].types & type))
				return err_set(err, ERR_INPUT, "'%s' means nothing for type=%s",
					       keys->items[k], type_name);
	return 0;
}

static int mount_bind(const struct mount_words *words, struct record_mount *mount, struct err *err)
{
	struct stat st;

	if (!words->source || words->source[0] != '/')
		return err_set(err, ERR_INPUT, "a bind needs source= with an absolute path");
	if (words->propagation && !is_propagation(words->propagation))
		return settings_refuse_word("bind-propagation", words->propagation, volume_words,
					    err);
	mount->source = path_clean(words->source);
	mount->propagation = xstrdup(words->propagation);
	if (stat(mount->source, &st))
		return err_sys(err, "bind source path '%s'", mount->source);
	return 0;
}

static int mount_volume(const struct mount_words *words, struct record_mount *mount,
			struct err *err)
{
	mount->is_anonymous = !words->source;
	if (words->source && !is_volume_name(words->source))
		return err_set(err, ERR_INPUT, "'%s' cannot be the name of a volume",
			       words->source);
	mount->name = xstrdup(words->source);
	return 0;
}

static int mount_tmpfs(const struct mount_words *words, struct record_mount *mount, struct err *err)
{
	uint64_t size;
	uint32_t mode;

	if (words->size && !size_parse(str_of(words->size), &size))
		return err_set(err, ERR_INPUT, "tmpfs-size: '%s' is no size", words->size);
	if (words->mode && (!str_to_octal(str_of(words->mode), &mode) || mode > 07777))
		return err_set(err, ERR_INPUT, "tmpfs-mode: '%s' is no octal mode", words->mode);
	if (words->size)
		strlist_addf(&mount->options, "size=%llu", (unsigned long long)size);
	if (words->mode)
		strlist_addf(&mount->options, "mode=%o", mode);
	return 0;
}

static const struct {
	const char *name;
	enum record_mount_type type;
	unsigned keys;
	int (*fill)(const struct mount_words *words, struct record_mount *mount, struct err *err);
} mount_kinds[] = {
	{"volume", RECORD_MOUNT_VOLUME, FOR_VOLUME, mount_volume},
	{"bind", RECORD_MOUNT_BIND, FOR_BIND, mount_bind},
	{"tmpfs", RECORD_MOUNT_TMPFS, FOR_TMPFS, mount_tmpfs},
};

static int mount_make(const char *text, const struct mount_words *words, const struct strlist *keys,
		      struct record *record, struct err *err)
{
	static const char *const names[] = {"bind", "volume", "tmpfs", NULL};
	const char *type = words->type ? words->type : "volume";

	if (!words->target)
		return err_set(err, ERR_INPUT, "--mount '%s' needs target=", text);
	if (check_target("--mount", text, words->target, record, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(mount_kinds); i++) {
		if (!text_eq(type, mount_kinds[i].name))
			continue;
		autofree char *clean = path_clean(words->target);
		struct record_mount *mount = record_mount_add(record, mount_kinds[i].type, clean);
		mount->read_only = words->read_only;
		mount->no_copy = words->no_copy;
		mount->no_recursive = words->no_recursive;
		mount->mode = xstrdup("");
		if (mount_words_fit(keys, mount_kinds[i].keys, type, err) ||
		    mount_kinds[i].fill(words, mount, err))
			return err_wrap(err, "--mount '%s'", text);
		return 0;
	}
	if (settings_refuse_word("type", type, names, err))
		return err_wrap(err, "--mount '%s'", text);
	return 0;
}

/* One field of a line of CSV (RFC 4180, as docker reads it): "" within quotes is a quote. */
static int mount_field(struct str *rest, struct buf *ret_field, struct err *err)
{
	if (!rest->len || rest->ptr[0] != '"') {
		buf_append_str(ret_field, str_cut(rest, ','));
		return 0;
	}
	size_t i = 1;
	for (; i < rest->len &&
	       (rest->ptr[i] != '"' || (i + 1 < rest->len && rest->ptr[i + 1] == '"'));
	     i++) {
		i += rest->ptr[i] == '"';
		buf_putc(ret_field, rest->ptr[i]);
	}
	if (i == rest->len || (i + 1 < rest->len && rest->ptr[i + 1] != ','))
		return err_set(err, ERR_INPUT, "a quote is not closed at the end of a field");
	*rest = i + 1 < rest->len ? (struct str){rest->ptr + i + 2, rest->len - i - 2}
				  : (struct str){0};
	return 0;
}

static int mount_parse(const char *text, struct record *record, struct err *err)
{
	cleanup(mount_words_done) struct mount_words words = {0};
	autostrlist struct strlist keys = {0};
	struct str rest = str_of(text);

	while (rest.ptr) {
		autobuf struct buf field = {0};
		if (mount_field(&rest, &field, err))
			return err_wrap(err, "--mount '%s'", text);
		struct str value = str_of(buf_text(&field));
		autofree char *key = str_dup(str_cut(&value, '='));
		if (mount_word_take(&words, key, value, err))
			return err_wrap(err, "--mount '%s'", text);
		strlist_add(&keys, key);
	}
	return mount_make(text, &words, &keys, record, err);
}

/* VOLUME of the image: an anonymous volume each, unless something was mounted there by hand. */
static void image_volumes(const struct run_config *image, struct record *record)
{
	for (size_t i = 0; i < image->volumes.n; i++) {
		autofree char *target = path_clean(image->volumes.items[i]);
		strlist_add(&record->image_volumes, image->volumes.items[i]);
		if (text_eq(target, "/") || record_mount_find(record, target))
			continue;
		struct record_mount *mount = record_mount_add(record, RECORD_MOUNT_VOLUME, target);
		mount->is_anonymous = true;
		mount->mode = xstrdup("");
	}
}

static const struct {
	size_t offset; /* of the list in container_options */
	int (*parse)(const char *text, struct record *record, struct err *err);
} mount_lists[] = {
	{offsetof(struct container_options, mounts), mount_parse},
	{offsetof(struct container_options, volumes), volume_parse},
	{offsetof(struct container_options, tmpfs), tmpfs_parse},
};

int settings_mounts(const struct container_options *options, const struct image_config *image,
		    struct record *record, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(mount_lists); i++) {
		const char *at = (const char *)options + mount_lists[i].offset;
		const struct strlist *texts = (const struct strlist *)(const void *)at;
		for (size_t k = 0; k < texts->n; k++)
			if (mount_lists[i].parse(texts->items[k], record, err))
				return -1;
	}
	image_volumes(&image->config, record);
	return 0;
}
