/* settings.c - single values of a system, in the files that hold them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/random.h"
#include "states/program.h"
#include "states/text_file.h"

#include "base/banned.h"

static const struct ownership fresh = {0, 0, 0644};

static const struct state_arg no_args[] = {{0}};

/* ---- timezone.system: /etc/localtime and /etc/timezone, no clock ---- */

struct timezone_args {
	bool utc;
};

static const struct state_arg timezone_args[] = {
	{"utc", ARG_BOOL, offsetof(struct timezone_args, utc), .fallback = "true"},
	{0},
};

#define ZONES "/usr/share/zoneinfo/"

/* The name of the zone: what the link says, else the file; "" when neither does. */
static const char *current_zone(struct world *world)
{
	autoclose int dirfd = -1;
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	char target[PATH_MAX];
	const char *name;

	if (!beneath_parent(world->rootfd, "/etc/localtime", &dirfd, &name, &err)) {
		ssize_t len = readlinkat(dirfd, name, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		const char *zone = strstr(target, "zoneinfo/");
		if (len > 0 && zone)
			return heap_strdup(world->heap, str_of(zone + strlen("zoneinfo/")));
	}
	err_clear(&err);
	if (text_file_read(world, "/etc/timezone", &text, NULL, &err))
		return "";
	return heap_strdup(world->heap, str_trim(buf_str(&text)));
}

/* Beside it and renamed: nobody sees no time zone. */
static int link_zone(struct world *world, const char *zone, struct err *err)
{
	autoclose int dirfd = -1;
	autofree char *target = xasprintf(ZONES "%s", zone);
	char digits[9];
	const char *name;

	random_hex(digits, sizeof(digits) - 1);
	autofree char *temp = xasprintf(".localtime.%s.tmp", digits);
	if (beneath_make_parent(world->rootfd, "/etc/localtime", &dirfd, &name, err))
		return -1;
	if (symlinkat(target, dirfd, temp))
		return file_err(err, "linking", "/etc/localtime");
	if (!renameat(dirfd, temp, dirfd, name))
		return 0;
	int cause = errno;
	unlinkat(dirfd, temp, 0);
	errno = cause;
	return file_err(err, "linking", "/etc/localtime");
}

static bool zone_exists(const struct world *world, const char *zone)
{
	autofree char *path = xasprintf(ZONES "%s", zone);
	autoclose int fd = -1;
	autoerr struct err err = {0};
	struct stat st;

	return !strstr(zone, "..") && zone[0] != '/' &&
	       !beneath_open(world->rootfd, path, O_PATH, 0, &fd, &err) && !fstat(fd, &st) &&
	       S_ISREG(st.st_mode);
}

static int set_zone(struct world *world, const char *zone, struct err *err)
{
	autofree char *line = xasprintf("%s\n", zone);
	autobuf struct buf text = {0};
	bool has_file;

	if (link_zone(world, zone, err) ||
	    text_file_read(world, "/etc/timezone", &text, &has_file, err))
		return -1;
	/* Debian's own; others do not have it. */
	return has_file ? text_file_write(world, "/etc/timezone", str_of(line), &fresh, err) : 0;
}

static void timezone_system(struct state_call *call, struct outcome *outcome)
{
	const struct timezone_args *args = call->args;
	autoerr struct err err = {0};

	if (!zone_exists(call->world, call->name)) {
		outcome_fail(outcome,
			     "Unable to compare desired timezone '%s' to system timezone: Can't "
			     "find a local timezone \"%s\"",
			     call->name, call->name);
		return;
	}
	if (text_eq(current_zone(call->world), call->name)) {
		outcome_say(outcome, "Timezone %s already set%s%s", call->name,
			    args->utc ? ", UTC already set to " : "", args->utc ? call->name : "");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Timezone %s needs to be set", call->name);
		return;
	}
	if (set_zone(call->world, call->name, &err)) {
		outcome_fail(outcome, "Failed to set timezone: %s", err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "timezone", call->name);
	outcome_say(outcome, "Set timezone %s", call->name);
}

/* ---- files of KEY=VALUE ---- */

static bool is_key(struct str line, const char *key, char sign)
{
	struct str rest = str_trim(line), name = str_trim(str_cut(&rest, sign));

	return rest.ptr && str_is(name, key);
}

static struct str find_value(struct str text, const char *key)
{
	struct str found = {0};

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (!is_key(line, key, '='))
			continue;
		struct str rest = str_trim(line);
		str_cut(&rest, '=');
		found = str_trim(rest);
		if (found.len > 1 && found.ptr[0] == '"' && found.ptr[found.len - 1] == '"')
			found = (struct str){found.ptr + 1, found.len - 2};
	}
	return found;
}

static void set_value(struct str text, const char *key, const char *sign, const char *value,
		      struct buf *buf)
{
	bool is_done = false;

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (!is_key(line, key, '=')) {
			buf_printf(buf, "%.*s\n", STR_ARG(line));
		} else if (!is_done) {
			buf_printf(buf, "%s%s%s\n", key, sign, value);
			is_done = true;
		}
	}
	if (!is_done)
		buf_printf(buf, "%s%s%s\n", key, sign, value);
}

/* ---- locale.system, locale.present ---- */

static const char *locale_file(const struct world *world)
{
	static const char *const files[] = {"/etc/default/locale", "/etc/locale.conf"};
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		autoerr struct err err = {0};
		if (!beneath_stat(world->rootfd, files[i], &st, &err))
			return files[i];
	}
	struct value *family = world->grains ? dict_get(world->grains, "os_family") : NULL;
	bool is_debian =
		family && family->kind == VALUE_STRING && str_is(value_bytes(*family), "Debian");
	return files[is_debian ? 0 : 1];
}

static void locale_system(struct state_call *call, struct outcome *outcome)
{
	const char *file = locale_file(call->world);
	autobuf struct buf text = {0};
	autobuf struct buf after = {0};
	autoerr struct err err = {0};

	if (strpbrk(call->name, "\n\"")) {
		outcome_fail(outcome, "'%s' is no name of a locale", call->name);
		return;
	}
	if (text_file_read(call->world, file, &text, NULL, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (str_is(find_value(buf_str(&text), "LANG"), call->name)) {
		outcome_say(outcome, "System locale %s already set", call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "System locale %s needs to be set", call->name);
		return;
	}
	set_value(buf_str(&text), "LANG", "=", call->name, &after);
	if (text_file_write(call->world, file, buf_str(&after), &fresh, &err)) {
		outcome_fail(outcome, "Failed to set system locale: %s", err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "locale", call->name);
	outcome_say(outcome, "Set system locale %s", call->name);
}

/* "en_US.UTF-8" and "en_US.utf8" are one: glibc takes the dashes and cases out. */
static const char *plain_locale(struct heap *heap, struct str name)
{
	char *plain = heap_strdup(heap, name), *out = plain;

	for (const char *in = plain; *in; in++)
		if (*in != '-')
			*out++ = (char)(*in >= 'A' && *in <= 'Z' ? *in + 32 : *in);
	*out = '\0';
	return plain;
}

static bool has_locale(struct state_call *call, struct err *err)
{
	const char *const words[] = {"locale", "-a", NULL};
	cleanup(command_outcome_done) struct command_outcome said = {0};

	if (program_run(call->world, words, NULL, &said, err))
		return false;
	const char *wanted = plain_locale(call->heap, str_of(call->name));
	struct str rest = buf_str(&said.out);
	while (rest.len)
		if (text_eq(plain_locale(call->heap, str_trim(str_cut(&rest, '\n'))), wanted))
			return true;
	return false;
}

static int generate_locale(struct state_call *call, struct err *err)
{
	const char *dot = strchr(call->name, '.');
	const char *charset = dot ? dot + 1 : "UTF-8";
	const char *language =
		dot ? heap_strdup(call->heap, (struct str){call->name, (size_t)(dot - call->name)})
		    : call->name;
	const char *const localedef[] = {"localedef", "-i",       language, "-f",
					 charset,     call->name, NULL};
	const char *const locale_gen[] = {"locale-gen", NULL};
	autofree char *line = xasprintf("%s %s", call->name, charset);
	autobuf struct buf text = {0};

	if (!program_find(call->world, "locale-gen"))
		return program_must(call->world, localedef, NULL, err);
	if (text_file_read(call->world, "/etc/locale.gen", &text, NULL, err))
		return -1;
	struct str rest = buf_str(&text);
	bool is_listed = false;
	while (rest.len)
		is_listed |= str_is(str_trim(str_cut(&rest, '\n')), line);
	if (!is_listed) {
		if (text.len && text.ptr[text.len - 1] != '\n')
			buf_putc(&text, '\n');
		buf_printf(&text, "%s\n", line);
		if (text_file_write(call->world, "/etc/locale.gen", buf_str(&text), &fresh, err))
			return -1;
	}
	return program_must(call->world, locale_gen, NULL, err);
}

static void locale_present(struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (has_locale(call, &err)) {
		outcome_say(outcome, "Locale %s is already present", call->name);
		return;
	}
	if (err_is_set(&err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Locale %s needs to be generated", call->name);
		return;
	}
	if (strpbrk(call->name, "\n ") || call->name[0] == '-' || generate_locale(call, &err)) {
		outcome_fail(outcome, "Failed to generate locale %s: %s", call->name,
			     err_text(&err));
		return;
	}
	/* locale-gen passes over a name that it does not know. */
	if (!has_locale(call, &err)) {
		outcome_fail(outcome, "Failed to generate locale %s: the tool does not know it",
			     call->name);
		return;
	}
	outcome_change_text(call->heap, outcome, "locale", call->name);
	outcome_say(outcome, "Generated locale %s", call->name);
}

/* ---- sysctl.present ---- */

struct sysctl_args {
	struct value value;
	struct str config;
};

static const struct state_arg sysctl_args[] = {
	{"value", ARG_VALUE, offsetof(struct sysctl_args, value), .is_required = true},
	{"config", ARG_STR, offsetof(struct sysctl_args, config),
	 .fallback = "/etc/sysctl.d/99-salt.conf"},
	{0},
};

/* net.ipv4.ip_forward is net/ipv4/ip_forward, a slash in the name a dot of the file's. */
static char *proc_path(const char *name)
{
	char *path = xasprintf("/proc/sys/%s", name);

	for (char *at = path + strlen("/proc/sys/"); *at; at++) {
		if (*at == '.')
			*at = '/';
		else if (*at == '/')
			*at = '.';
	}
	return path;
}

/* Blanks and tabs between numbers are the same. */
static bool same_value(struct str a, struct str b)
{
	for (;;) {
		a = str_trim(a);
		b = str_trim(b);
		if (!a.len || !b.len)
			return a.len == b.len;
		size_t n = 0, m = 0;
		while (n < a.len && !strchr(" \t\n", a.ptr[n]))
			n++;
		while (m < b.len && !strchr(" \t\n", b.ptr[m]))
			m++;
		if (!str_eq((struct str){a.ptr, n}, (struct str){b.ptr, m}))
			return false;
		a = (struct str){a.ptr + n, a.len - n};
		b = (struct str){b.ptr + m, b.len - m};
	}
}

/* The kernel's own, whatever the root is: *ret_text stays empty when there is no such setting. */
static bool read_sysctl(const char *name, struct buf *ret_text)
{
	autofree char *path = proc_path(name);
	autoerr struct err err = {0};

	return !strstr(path, "..") && !file_read_at(AT_FDCWD, path, 4096, ret_text, &err);
}

static int write_sysctl(const char *name, struct str value, struct err *err)
{
	autofree char *path = proc_path(name);
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_MISSING, "sysctl %s does not exist", name);
	if (fd < 0 || write(fd, value.ptr, value.len) != (ssize_t)value.len)
		return err_sys(err, "sysctl -w failed: sysctl: setting key \"%s\"", name);
	return 0;
}

struct sysctl {
	const char *name, *value;
	bool has_file, has_kernel; /* says anything of it */
	bool in_file, in_kernel;   /* says what it shall say */
	bool is_kernel_ours;       /* not that of an image that is built */
};

static void sysctl_told_first(const struct sysctl *sysctl, const char *config, bool has_config,
			      struct outcome *outcome)
{
	if (!has_config)
		outcome_pending(outcome,
				"Sysctl option %s might be changed, we failed to check config "
				"file at %s. The file is either unreadable, or missing.",
				sysctl->name, config);
	else if (sysctl->has_kernel && !sysctl->has_file && sysctl->in_kernel)
		outcome_pending(outcome,
				"Sysctl value is currently set on the running system but not in a "
				"config file. Sysctl option %s set to be changed to %s in config "
				"file.",
				sysctl->name, sysctl->value);
	else if (!sysctl->has_kernel && sysctl->has_file)
		outcome_pending(outcome,
				"Sysctl value %s is present in configuration file but is not "
				"present in the running config. The value %s is set to be changed "
				"to %s",
				sysctl->name, sysctl->name, sysctl->value);
	else
		outcome_pending(outcome, "Sysctl option %s %s changed to %s", sysctl->name,
				sysctl->has_kernel && !sysctl->has_file ? "set to be" : "would be",
				sysctl->value);
}

static int sysctl_keep(struct state_call *call, const struct sysctl *sysctl, const char *config,
		       struct str text, struct err *err)
{
	autobuf struct buf after = {0};

	set_value(text, sysctl->name, " = ", sysctl->value, &after);
	return text_file_write(call->world, config, buf_str(&after), &fresh, err);
}

static void sysctl_apply(struct state_call *call, const struct sysctl *sysctl, const char *config,
			 struct str text, struct outcome *outcome)
{
	const struct sysctl_args *args = call->args;
	autoerr struct err err = {0};

	if ((!sysctl->in_file && sysctl_keep(call, sysctl, config, text, &err)) ||
	    (sysctl->is_kernel_ours && !sysctl->in_kernel &&
	     write_sysctl(sysctl->name, str_of(sysctl->value), &err))) {
		outcome_fail(outcome, "Failed to set %s to %s: %s", sysctl->name, sysctl->value,
			     err_text(&err));
		return;
	}
	outcome_change(call->heap, outcome, sysctl->name, args->value);
	outcome_say(outcome, "Updated sysctl value %s = %s", sysctl->name, sysctl->value);
}

static void sysctl_present(struct state_call *call, struct outcome *outcome)
{
	const struct sysctl_args *args = call->args;
	const char *config = heap_strdup(call->heap, args->config);
	autobuf struct buf live = {0};
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct value value;
	bool has_config;

	if (value_str(call->heap, args->value, &value, &err) ||
	    text_file_read(call->world, config, &text, &has_config, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	struct str wanted = value_bytes(value);
	struct str kept = find_value(buf_str(&text), call->name);
	struct sysctl sysctl = {
		.name = call->name,
		.value = heap_strdup(call->heap, wanted),
		.has_file = kept.ptr != NULL,
		.in_file = same_value(kept, wanted),
		.has_kernel = read_sysctl(call->name, &live),
		.in_kernel = same_value(buf_str(&live), wanted),
		.is_kernel_ours = !call->world->is_build && !call->world->chroot,
	};
	/* "//" would be ".." below /proc/sys */
	if (strpbrk(call->name, "\n= ") || strstr(call->name, "//") || !text_is_line(wanted)) {
		outcome_fail(outcome, "'%s' is no setting of the kernel", call->name);
		return;
	}
	if (sysctl.in_file && (sysctl.in_kernel || !sysctl.is_kernel_ours)) {
		outcome_say(outcome, "Sysctl value %s = %s is already set", call->name,
			    sysctl.value);
		return;
	}
	if (!has_config)
		buf_puts(&text, "#\n# Kernel sysctl configuration\n#\n");
	if (call->is_test)
		sysctl_told_first(&sysctl, config, has_config, outcome);
	else
		sysctl_apply(call, &sysctl, config, buf_str(&text), outcome);
}

/* ---- environ.setenv: for commands of this run ---- */

struct environ_args {
	struct value value;
	bool false_unsets;
};

static const struct state_arg environ_args[] = {
	{"value", ARG_VALUE, offsetof(struct environ_args, value), .is_required = true},
	{"false_unsets", ARG_BOOL, offsetof(struct environ_args, false_unsets)},
	{.name = "clear_all",
	 .type = ARG_REFUSED,
	 .fallback = "commands without our environment: clean_env of cmd.run"},
	{.name = "update_minion", .type = ARG_IGNORED},
	{.name = "permanent", .type = ARG_IGNORED},
	{0},
};

/* One variable; false: no text. */
static bool set_variable(struct state_call *call, struct value key, struct value v,
			 struct outcome *outcome)
{
	const struct environ_args *args = call->args;
	struct value name_text, text = value_literal("");
	autoerr struct err err = {0};
	bool is_false = v.kind == VALUE_BOOL && !v.boolean;

	if (value_str(call->heap, key, &name_text, &err) || !name_text.len ||
	    memchr(name_text.text, '=', name_text.len) || (!is_false && v.kind != VALUE_STRING)) {
		outcome_fail(outcome, "Environ value must be string, dict or False");
		return false;
	}
	if (!is_false)
		text = v;
	const char *name = heap_strdup(call->heap, value_bytes(name_text));
	const char *wanted = heap_strdup(call->heap, value_bytes(text)), *has = getenv(name);
	bool unset = is_false && args->false_unsets;
	if (unset ? !has : has && text_eq(has, wanted))
		return true;
	outcome_change(call->heap, outcome, name, unset ? value_none() : text);
	if (call->is_test)
		return true;
	if (unset ? unsetenv(name) : setenv(name, wanted, 1))
		outcome_fail(outcome, "Failed to set environ variables");
	return true;
}

static void environ_setenv(struct state_call *call, struct outcome *outcome)
{
	const struct environ_args *args = call->args;

	if (args->value.kind == VALUE_DICT) {
		dict_foreach(entry,
			     args->value.dict) if (!set_variable(call, entry->key, entry->value,
								 outcome)) return;
	} else if (!set_variable(call, value_cstr(call->heap, call->name), args->value, outcome)) {
		return;
	}
	bool has_changes = outcome->changes.kind == VALUE_DICT;
	if (outcome->result != RESULT_TRUE)
		return;
	if (call->is_test && has_changes)
		outcome_pending(outcome, "Environ values will be changed");
	else if (has_changes)
		outcome_say(outcome, "Environ values were set");
	else
		outcome_say(outcome, "Environ values %s already set with the correct values",
			    call->is_test ? "are" : "were");
}

const struct state_def timezone_system_def = {
	.name = "timezone.system",
	.args = timezone_args,
	.args_size = sizeof(struct timezone_args),
	.apply = timezone_system,
};
const struct state_def locale_system_def = {
	.name = "locale.system", .args = no_args, .args_size = 1, .apply = locale_system};
const struct state_def locale_present_def = {
	.name = "locale.present", .args = no_args, .args_size = 1, .apply = locale_present};
const struct state_def sysctl_present_def = {
	.name = "sysctl.present",
	.args = sysctl_args,
	.args_size = sizeof(struct sysctl_args),
	.apply = sysctl_present,
};
const struct state_def environ_setenv_def = {
	.name = "environ.setenv",
	.args = environ_args,
	.args_size = sizeof(struct environ_args),
	.apply = environ_setenv,
};
