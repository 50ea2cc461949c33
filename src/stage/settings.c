/* settings.c - one table of MS_* names: what each is, how it is derived, where it stands.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/settings.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/random.h"
#include "stage/args.h"
#include "stage/mirror.h"

#include "base/banned.h"

#define LIMIT_CONFIG_FILE ((size_t)64 << 10) /* bytes of a file of NAME=VALUE lines */

typedef char *(*derive_fn)(const struct stage_settings *s);

struct setting {
	const char *name;
	size_t offset;
	derive_fn derive; /* NULL: "" */
	bool is_computed; /* what was given is overwritten */
};

struct os_default {
	const char *os, *release;
};
static const struct os_default os_defaults[] = {
	{"debian", "bookworm"},
	{"ubuntu", "noble"}, /* the original's vivid is gone from every mirror */
};

static char *derive_os(const struct stage_settings *s)
{
	return xstrdup("ubuntu");
}

static char *derive_os_release(const struct stage_settings *s)
{
	for (size_t i = 0; i < ARRAY_LEN(os_defaults); i++)
		if (text_eq(s->os, os_defaults[i].os))
			return xstrdup(os_defaults[i].release);
	return xstrdup("");
}

static char *derive_image(const struct stage_settings *s)
{
	return xasprintf("makinacorpus/makina-states-%s%s%s", s->os, s->os_release[0] ? "-" : "",
			 s->os_release);
}

static char *derive_base(const struct stage_settings *s)
{
	return xstrdup("scratch");
}

static char *derive_command(const struct stage_settings *s)
{
	return xstrdup("/sbin/init");
}

static char *derive_data_dir(const struct stage_settings *s)
{
	return path_join(s->cwd, "data");
}

/* The image's name without its tag: a colon in it would be read as one of a -v option. */
static char *image_without_tag(const struct stage_settings *s)
{
	const char *tag = strrchr(s->image, ':');
	if (!tag || strchr(tag, '/'))
		return xstrdup(s->image);
	return xstrndup(s->image, (size_t)(tag - s->image));
}

static char *derive_image_dir(const struct stage_settings *s)
{
	autofree char *name = image_without_tag(s);
	return path_join(s->data_dir, name);
}

static char *derive_baseimage(const struct stage_settings *s)
{
	return xasprintf("baseimage-%s-%s.tar.xz", s->os, s->os_release);
}

static char *derive_stage0_tag(const struct stage_settings *s)
{
	return xasprintf("makinacorpus/makina-states-%s-%s-stage0", s->os, s->os_release);
}

static char *derive_candidate(const struct stage_settings *s)
{
	autofree char *name = image_without_tag(s);
	return xasprintf("%s:candidate", name);
}

static char *derive_stage_path(const struct stage_settings *s)
{
	return path_join(s->share, "stages");
}

static char *derive_branch(const struct stage_settings *s)
{
	return xstrdup("stable");
}

static char *derive_git_url(const struct stage_settings *s)
{
	return xstrdup("https://github.com/makinacorpus/makina-states.git");
}

static char *derive_yes(const struct stage_settings *s)
{
	return xstrdup("yes");
}

static char *derive_no(const struct stage_settings *s)
{
	return xstrdup("no");
}

/* "<image without slashes>-stageN-<10 of A-Z0-9>": a name that docker's rules take. */
static char *container_name_of(const struct stage_settings *s, const char *stage,
			       const char *unique)
{
	autofree char *name = image_without_tag(s);
	struct buf out = {0};
	for (const char *c = name; *c; c++)
		if (*c != '/')
			buf_putc(&out, isalnum((unsigned char)*c) || strchr("_.-", *c) ? *c : '-');
	buf_printf(&out, "-%s-%s", stage, unique);
	return buf_steal(&out);
}

static char *derive_stage1_name(const struct stage_settings *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	unsigned char bytes[10];
	char unique[sizeof(bytes) + 1] = "";
	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		unique[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	return container_name_of(s, "stage1", unique);
}

/* The same random end as stage1's, when that one has one. */
static char *derive_stage2_name(const struct stage_settings *s)
{
	const char *dash = strrchr(s->stage1_name, '-');
	return container_name_of(s, "stage2", dash ? dash + 1 : s->stage1_name);
}

static char *derive_injected(const struct stage_settings *s)
{
	return path_join(s->image_dir, "injected_volumes");
}

static char *derive_rootfs(const struct stage_settings *s)
{
	return path_join(s->image_dir, "image_rootfs");
}

static char *derive_bootstrap(const struct stage_settings *s)
{
	return path_join(s->injected_dir, "bootstrap_scripts");
}

static char *derive_cwd(const struct stage_settings *s)
{
	char *cwd = getcwd(NULL, 0);
	return cwd ? cwd : xstrdup("/");
}

#define ROW(name, field, ...)                                             \
	{                                                                 \
		name, offsetof(struct stage_settings, field), __VA_ARGS__ \
	}
/* In the order of derivation: a row may use what stands above it. */
static const struct setting settings_table[] = {
	ROW("cwd", cwd, derive_cwd, true),
	ROW("MS_OS", os, derive_os),
	ROW("MS_OS_RELEASE", os_release, derive_os_release),
	ROW("MS_OS_MIRROR", os_mirror, NULL),
	ROW("MS_IMAGE", image, derive_image),
	ROW("MS_BASE", base, derive_base),
	ROW("MS_COMMAND", command, derive_command),
	ROW("MS_DATA_DIR", data_dir, derive_data_dir),
	ROW("MS_IMAGE_DIR", image_dir, derive_image_dir),
	ROW("MS_BASEIMAGE", baseimage, derive_baseimage),
	ROW("MS_STAGE0_TAG", stage0_tag, derive_stage0_tag),
	ROW("MS_DOCKERFILE_STAGE0", dockerfile_stage0, NULL),
	ROW("MS_SKIP_STAGE0_BUILD", skip_stage0_build, NULL),
	ROW("MS_DOCKER_ARGS", docker_args, NULL),
	ROW("MS_IMAGE_CANDIDATE", candidate, derive_candidate),
	ROW("MS_STAGE_PATH", stage_path, derive_stage_path),
	ROW("MS_DOCKER_STAGE0", docker_stage[0], NULL),
	ROW("MS_DOCKER_STAGE1", docker_stage[1], NULL),
	ROW("MS_DOCKER_STAGE2", docker_stage[2], NULL),
	ROW("MS_DOCKER_STAGE3", docker_stage[3], NULL),
	ROW("MS_GIT_BRANCH", git_branch, derive_branch),
	ROW("MS_GIT_URL", git_url, derive_git_url),
	ROW("MS_MAKINASTATES_BUILD_FORCE", build_force, NULL),
	ROW("MS_DO_SNAPSHOT", do_snapshot, derive_yes),
	ROW("MS_DO_ACLS", do_acls, derive_yes),
	ROW("MS_DO_PASSWORDS_RESET", do_passwords_reset, derive_yes),
	ROW("MS_HULL_INIT", hull_init, derive_no),
	ROW("MS_HULL_STATE", hull_state, derive_no),
	ROW("MS_STAGE1_NAME", stage1_name, derive_stage1_name),
	ROW("MS_STAGE2_NAME", stage2_name, derive_stage2_name),
	ROW("MS_INJECTED_DIR", injected_dir, derive_injected, true),
	ROW("MS_IMAGE_ROOTFS", image_rootfs, derive_rootfs, true),
	ROW("MS_BOOTSTRAP_DIR", bootstrap_dir, derive_bootstrap, true),
};
_Static_assert(ARRAY_LEN(settings_table) <= ARRAY_LEN(((struct stage_settings *)0)->origins),
	       "every row has a place for its origin");

/* Read by the scripts, not by us. */
static const char *const passed_names[] = {"MS_BASEIMAGE_DIR", "MS_HOST_MIRROR",
					   "MS_STAGE0_CONTEXT"};

static char **field_of(struct stage_settings *s, const struct setting *row)
{
	return (char **)((char *)s + row->offset);
}

static bool is_our_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(settings_table); i++)
		if (text_eq(settings_table[i].name, name))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(passed_names); i++)
		if (text_eq(passed_names[i], name))
			return true;
	return false;
}

/* The name of ours that was meant, NULL when none is near. */
static const char *nearest_name(const char *name)
{
	const char *names[ARRAY_LEN(settings_table) + 1] = {0};
	size_t n_names = 0;

	for (size_t i = 0; i < ARRAY_LEN(settings_table); i++)
		if (text_starts(settings_table[i].name, "MS_"))
			names[n_names++] = settings_table[i].name;
	return str_nearest(name, names);
}

/* A name that is nearly ours is a slip; others beginning with MS_ are somebody's own. */
static int check_names(const struct strlist *values, const char *where, struct err *err)
{
	for (size_t i = 0; i < values->n; i++) {
		struct str rest = str_of(values->items[i]);
		autofree char *name = str_dup(str_cut(&rest, '='));
		if (!text_starts(name, "MS_") || is_our_name(name))
			continue;
		const char *nearest = nearest_name(name);
		if (nearest)
			return err_set(err, ERR_INPUT,
				       "%s: unknown variable '%s' (did you mean '%s'?)", where,
				       name, nearest);
	}
	return 0;
}

static void read_given(struct stage_settings *s, const struct strlist *config,
		       const struct strlist *environ_list, const struct strlist *options)
{
	const struct {
		const struct strlist *values;
		enum setting_origin origin;
	} levels[] = {{config, ORIGIN_CONFIG},
		      {environ_list, ORIGIN_ENVIRONMENT},
		      {options, ORIGIN_OPTION}};

	for (size_t i = 0; i < ARRAY_LEN(settings_table); i++) {
		char **field = field_of(s, &settings_table[i]);
		for (size_t level = 0; level < ARRAY_LEN(levels) && !settings_table[i].is_computed;
		     level++) {
			const char *value =
				strlist_env_get(levels[level].values, settings_table[i].name);
			if (!value || (levels[level].origin == ORIGIN_ENVIRONMENT && !value[0]))
				continue;
			free(*field);
			*field = xstrdup(value);
			s->origins[i] = levels[level].origin;
		}
	}
}

/* A path that was given is relative to where hull was called; everything else sees it whole. */
static void make_absolute(const struct stage_settings *s, char **path)
{
	if ((*path)[0] && (*path)[0] != '/') {
		char *absolute = path_join(s->cwd, *path);
		free(*path);
		*path = absolute;
	}
}

static void derive_all(struct stage_settings *s)
{
	static const size_t paths[] = {
		offsetof(struct stage_settings, data_dir),
		offsetof(struct stage_settings, image_dir),
		offsetof(struct stage_settings, dockerfile_stage0),
		offsetof(struct stage_settings, stage_path),
		offsetof(struct stage_settings, docker_stage[0]),
		offsetof(struct stage_settings, docker_stage[1]),
		offsetof(struct stage_settings, docker_stage[2]),
		offsetof(struct stage_settings, docker_stage[3]),
	};

	for (size_t i = 0; i < ARRAY_LEN(settings_table); i++) {
		const struct setting *row = &settings_table[i];
		char **field = field_of(s, row);
		if (!*field || (row->is_computed && !**field) || (!**field && row->derive)) {
			free(*field);
			*field = row->derive ? row->derive(s) : xstrdup("");
			s->origins[i] = row->is_computed ? ORIGIN_COMPUTED : ORIGIN_DERIVED;
		}
		for (size_t p = 0; p < ARRAY_LEN(paths); p++)
			if (paths[p] == row->offset)
				make_absolute(s, field);
	}
}

static void list_env(struct stage_settings *s, const struct strlist *options)
{
	for (size_t i = 0; i < ARRAY_LEN(settings_table); i++)
		strlist_env_setf(&s->env, settings_table[i].name, *field_of(s, &settings_table[i]));
	strlist_env_set(&s->env, "container=docker");
	for (size_t i = 0; i < options->n; i++) {
		struct str rest = str_of(options->items[i]);
		autofree char *name = str_dup(str_cut(&rest, '='));
		if (!is_our_name(name))
			strlist_env_set(&s->extra, options->items[i]);
	}
}

static int resolve_name(struct stage_settings *s, struct err *err)
{
	autoref struct reference candidate = {0};

	if (reference_parse(s->image, &s->name, err))
		return err_wrap(err, "MS_IMAGE");
	if (digest_is_set(&s->name.digest))
		return err_set(err, ERR_INPUT,
			       "MS_IMAGE: '%s' is the digest of an image that exists already",
			       s->image);
	reference_default_tag(&s->name);
	if (reference_parse(s->candidate, &candidate, err))
		return err_wrap(err, "MS_IMAGE_CANDIDATE");
	return args_of_command(s->command, "MS_COMMAND", &s->command_words, err);
}

static int resolve_mirror(struct stage_settings *s, struct err *err)
{
	autoclose int rootfd = -1;
	if (s->os_mirror[0])
		return 0;
	if (dir_open_at(AT_FDCWD, "/", &rootfd, err))
		return -1;
	autofree char *uri = NULL;
	if (stage_host_mirror(rootfd, s->os, s->os_release, &uri, err))
		return err_wrap(err, "looking for this host's package mirror");
	free(s->os_mirror);
	s->os_mirror = steal(&uri);
	return 0;
}

int stage_settings_resolve(const struct container_options *options,
			   const struct strlist *environ_list, const struct strlist *config,
			   struct stage_settings *ret_settings, struct err *err)
{
	struct stage_settings s = {0};
	autostrlist struct strlist given = {0};
	const char *share = strlist_env_get(environ_list, "HULL_SHARE");

	if (container_env(&options->env_files, &options->env, &given, err) ||
	    check_names(&given, "-e", err) || check_names(environ_list, "environment", err))
		return -1;
	s.share = xstrdup(share && share[0] ? share : HULL_DATADIR);
	read_given(&s, config, environ_list, &given);
	derive_all(&s);
	if (resolve_mirror(&s, err) || resolve_name(&s, err)) {
		stage_settings_done(&s);
		return -1;
	}
	list_env(&s, &given);
	*ret_settings = s;
	return 0;
}

void stage_settings_done(struct stage_settings *s)
{
	for (size_t i = 0; i < ARRAY_LEN(settings_table); i++)
		free(*field_of(s, &settings_table[i]));
	free(s->share);
	reference_done(&s->name);
	strlist_done(&s->command_words);
	strlist_done(&s->env);
	strlist_done(&s->extra);
	*s = (struct stage_settings){0};
}

static struct str without_quotes(struct str value)
{
	bool quoted = value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
		      value.ptr[value.len - 1] == value.ptr[0];
	return quoted ? (struct str){value.ptr + 1, value.len - 2} : value;
}

/* NAME=VALUE; everything in this file is meant for us, so that a name which is not ours is a slip.
 */
static int read_config_line(struct str line, struct src_pos at, struct strlist *values,
			    struct err *err)
{
	struct str value = line;
	struct str name_text = str_trim(str_cut(&value, '='));
	autofree char *name = str_dup(name_text);

	if (!value.ptr || !name_text.len || memchr(line.ptr, '\0', line.len))
		return err_at(err, at, "not NAME=VALUE");
	if (!is_our_name(name)) {
		const char *nearest = nearest_name(name);
		return err_at(err, at, "unknown variable '%s'%s%s%s", name,
			      nearest ? " (did you mean '" : "", nearest ? nearest : "",
			      nearest ? "'?)" : "");
	}
	value = without_quotes(str_trim(value));
	autofree char *assignment = xasprintf("%s=%.*s", name, STR_ARG(value));
	strlist_env_set(values, assignment);
	return 0;
}

int stage_config_parse(const char *file, struct str text, struct strlist *ret_values,
		       struct err *err)
{
	struct strlist values = {0};
	struct src_pos at = {.file = file};

	while (text.ptr && text.len) {
		struct str line = str_trim(str_cut(&text, '\n'));
		at.line++;
		if (line.len && line.ptr[0] != '#' && read_config_line(line, at, &values, err)) {
			strlist_done(&values);
			return -1;
		}
	}
	strlist_done(ret_values);
	*ret_values = values;
	return 0;
}

int stage_config_read(const char *path, struct strlist *ret_values, struct err *err)
{
	autobuf struct buf text = {0};

	if (file_read_at(AT_FDCWD, path, LIMIT_CONFIG_FILE, &text, err))
		return err_wrap(err, "--config");
	return stage_config_parse(path, buf_str(&text), ret_values, err);
}

/* "NAME=***": a value of somebody's own may be a secret; ours are in the report anyway. */
static void put_assignment(struct buf *out, const char *prefix, const char *assignment)
{
	struct str value = str_of(assignment);
	struct str name = str_cut(&value, '=');
	bool is_shown = !value.ptr || str_starts(name, STR("MS_"));
	autofree char *text = is_shown ? xasprintf("%s%s", prefix, assignment)
				       : xasprintf("%s%.*s=***", prefix, STR_ARG(name));

	buf_puts(out, out->len ? " " : "");
	shell_quote(out, text);
}

/* The arguments as they may be shown: the log and the report page are read by others. */
static char *args_without_secrets(const char *docker_args)
{
	autostrlist struct strlist words = {0};
	autoerr struct err not_words = {0};
	struct buf out = {0};

	if (args_split(docker_args, "MS_DOCKER_ARGS", &words, &not_words))
		return xstrdup("***");
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.items[i];
		bool is_next = i > 0 && (text_eq(words.items[i - 1], "-e") ||
					 text_eq(words.items[i - 1], "--env"));
		if (is_next)
			put_assignment(&out, "", word);
		else if (text_starts(word, "--env="))
			put_assignment(&out, "--env=", word + strlen("--env="));
		else if (text_starts(word, "-e") && word[2])
			put_assignment(&out, "-e", word + strlen("-e"));
		else {
			buf_puts(&out, out.len ? " " : "");
			shell_quote(&out, word);
		}
	}
	return buf_steal(&out);
}

void stage_settings_report(const struct stage_settings *s,
			   void (*row)(const char *label, const char *value, void *arg), void *arg)
{
	autofree char *args = args_without_secrets(s->docker_args);
	const struct {
		const char *label, *value;
	} rows[] = {
		{"CWD", s->cwd},
		{"OS", s->os},
		{"OS_RELEASE", s->os_release},
		{"DATADIR", s->data_dir},
		{"BASE", s->base},
		{"BASEIMAGE", s->baseimage},
		{"IMAGE", s->image},
		{"IMAGE_DIR", s->image_dir},
		{"STAGE0 TAG", s->stage0_tag},
		{"STAGE1 TAG", s->stage1_name},
		{"STAGE2 TAG", s->stage2_name},
		{"IMAGE CANDIDATE", s->candidate},
		{"DOCKER ARGS", args ? args : ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		row(rows[i].label, rows[i].value, arg);
}

bool stage_setting_is_yes(const char *value)
{
	return text_eq(value, "yes");
}

bool stage_command_is_init(const struct stage_settings *s)
{
	static const char *const inits[] = {"/sbin/init", "/usr/sbin/init", "/bin/init", "init"};
	const struct strlist *words = &s->command_words;

	for (size_t i = 0; i < ARRAY_LEN(inits); i++)
		if (text_eq(words->items[0], inits[i]))
			return true;
	for (size_t i = 0; i < words->n; i++) /* also behind env(1) and the like */
		if (text_eq(path_base(words->items[i]), "systemd"))
			return true;
	return false;
}

enum setting_origin stage_setting_origin(const struct stage_settings *s, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(settings_table); i++)
		if (text_eq(settings_table[i].name, name))
			return s->origins[i];
	return ORIGIN_DERIVED;
}
