/* settings_limits.c - how much the container may use, what it may do, and when it is started again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "container/limits.h"
#include "container/settings.h"

#include "base/banned.h"

#define NANO_DIGITS 9

/* "1.5" to 1,500,000,000 */
static int cpus_parse(const char *text, int64_t *ret_nano, struct err *err)
{
	struct str fraction = str_of(text);
	struct str whole = str_cut(&fraction, '.');
	char digits[NANO_DIGITS + 1];
	uint64_t cpus = 0, nano = 0;

	memset(digits, '0', NANO_DIGITS);
	digits[NANO_DIGITS] = '\0';
	bool ok = (whole.len || fraction.len) && fraction.len <= NANO_DIGITS &&
		  (!whole.len || str_to_u64(whole, &cpus));
	if (ok && fraction.len)
		memcpy(digits, fraction.ptr, fraction.len);
	if (!ok || !str_to_u64(str_of(digits), &nano) || cpus > INT_MAX)
		return err_set(err, ERR_INPUT, "--cpus: '%s' is not a number like '1.5'", text);
	*ret_nano = (int64_t)(cpus * 1000000000u + nano);
	if (*ret_nano == 0)
		return err_set(err, ERR_INPUT, "--cpus: nothing runs with no processor at all");
	return 0;
}

static const char *const ulimit_names[] = {
	"core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
	"nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack",    NULL};

static bool ulimit_value(struct str text, uint64_t *ret_value)
{
	if (str_is(text, "-1") || str_is(text, "unlimited")) {
		*ret_value = UINT64_MAX;
		return true;
	}
	return str_to_u64(text, ret_value);
}

bool ulimit_split(const char *text, struct spec_ulimit *ret_ulimit)
{
	struct str rest = str_of(text);
	struct str name = str_cut(&rest, '=');
	struct str soft = str_cut(&rest, ':');
	struct spec_ulimit ulimit = {0};

	if (!name.len || !soft.len || !ulimit_value(soft, &ulimit.soft))
		return false;
	ulimit.hard = ulimit.soft;
	if (rest.ptr && !ulimit_value(rest, &ulimit.hard))
		return false;
	ulimit.name = str_dup(name);
	*ret_ulimit = ulimit;
	return true;
}

static int ulimit_add(const char *text, struct record *record, struct err *err)
{
	struct spec_ulimit ulimit;
	bool known = false;

	if (!ulimit_split(text, &ulimit))
		return err_set(err, ERR_INPUT, "--ulimit '%s' is not NAME=SOFT[:HARD]", text);
	autofree char *name = ulimit.name;
	for (const char *const *it = ulimit_names; *it; it++)
		known = known || text_eq(*it, name);
	if (!known)
		return settings_refuse_word("--ulimit", name, ulimit_names, err);
	if (ulimit.soft > ulimit.hard)
		return err_set(err, ERR_INPUT,
			       "--ulimit '%s': the soft limit is above the hard one", text);
	strlist_addf(&record->ulimits, "%s=%lld:%lld", name, (long long)ulimit.soft,
		     (long long)ulimit.hard);
	return 0;
}

bool device_split(const char *text, struct spec_device *ret_device)
{
	autostrlist struct strlist parts = {0};

	strlist_split(&parts, str_of(text), ':');
	if (parts.n != 3 || strlen(parts.items[2]) > 3)
		return false;
	*ret_device = (struct spec_device){.host_path = xstrdup(parts.items[0]),
					   .container_path = xstrdup(parts.items[1])};
	memcpy(ret_device->access, parts.items[2], strlen(parts.items[2]) + 1);
	return true;
}

static bool is_access(const char *text)
{
	size_t len = strlen(text);

	if (!len || len > 3 || strspn(text, "rwm") != len)
		return false;
	for (size_t i = 1; i < len; i++)
		if (memchr(text, text[i], i))
			return false;
	return true;
}

/* HOST[:PATH[:rwm]], and HOST:rwm as docker takes it. */
static int device_add(const char *text, struct record *record, struct err *err)
{
	autostrlist struct strlist parts = {0};
	struct stat st;

	strlist_split(&parts, str_of(text), ':');
	const char *host = parts.items[0];
	const char *path = host, *access = "rwm";
	if (parts.n == 2 && is_access(parts.items[1]))
		access = parts.items[1];
	else if (parts.n >= 2)
		path = parts.items[1];
	if (parts.n == 3)
		access = parts.items[2];
	if (parts.n > 3 || host[0] != '/' || path[0] != '/' || !is_access(access))
		return err_set(err, ERR_INPUT, "--device '%s' is not HOST[:PATH[:rwm]]", text);
	if (stat(host, &st))
		return err_sys(err, "--device '%s'", host);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(err, ERR_INPUT, "--device '%s' is no device", host);
	autofree char *clean = path_clean(path);
	strlist_addf(&record->devices, "%s:%s:%s", host, clean, access);
	return 0;
}

/* ---- --security-opt ---- */

static int security_seccomp(struct str value, struct record *record, struct err *err)
{
	autofree char *text = str_dup(value);

	if (!text_eq(text, "unconfined") && !text_eq(text, "builtin") && access(text, R_OK))
		return err_sys(err, "the seccomp profile '%s'", text);
	free(record->seccomp);
	record->seccomp = text_eq(text, "builtin") ? NULL : steal(&text);
	return 0;
}

static int security_apparmor(struct str value, struct record *record, struct err *err)
{
	if (!str_is(value, "unconfined") && !apparmor_is_on())
		return err_set(err, ERR_INPUT, "this kernel has no AppArmor");
	free(record->apparmor);
	record->apparmor = str_dup(value);
	return 0;
}

static int security_new_privileges(struct str value, struct record *record, struct err *err)
{
	bool yes = !value.len || str_is(value, "true");

	if (!yes && !str_is(value, "false"))
		return err_set(err, ERR_INPUT, "'%.*s' is not true or false", STR_ARG(value));
	record->no_new_privileges = yes;
	return 0;
}

static int security_mask(struct str value, struct record *record, struct err *err)
{
	autostrlist struct strlist paths = {0};

	strlist_split(&paths, value, ':');
	for (size_t i = 0; i < paths.n; i++) {
		if (paths.items[i][0] != '/')
			return err_set(err, ERR_INPUT, "'%s' is not an absolute path",
				       paths.items[i]);
		strlist_add(&record->masked, paths.items[i]);
	}
	return 0;
}

static const struct {
	const char *name;
	int (*apply)(struct str value, struct record *record, struct err *err);
} security_words[] = {
	{"seccomp", security_seccomp},
	{"apparmor", security_apparmor},
	{"no-new-privileges", security_new_privileges},
	{"mask", security_mask},
};

static int security_add(const char *text, struct record *record, struct err *err)
{
	const char *names[ARRAY_LEN(security_words) + 1] = {0};
	size_t len = strcspn(text, "=:"); /* docker took ':' once and still does */
	struct str value = text[len] ? str_of(text + len + 1) : STR("");
	autofree char *name = xstrndup(text, len);

	for (size_t i = 0; i < ARRAY_LEN(security_words); i++) {
		names[i] = security_words[i].name;
		if (!text_eq(name, names[i]))
			continue;
		if (security_words[i].apply(value, record, err))
			return err_wrap(err, "--security-opt '%s'", text);
		strlist_add(&record->security_opts, text);
		return 0;
	}
	return settings_refuse_word("--security-opt", name, names, err);
}

/* ---- --restart ---- */

int restart_parse(const char *text, char **ret_policy, int64_t *ret_max, struct err *err)
{
	static const char *const policies[] = {"no", "always", "unless-stopped", "on-failure",
					       NULL};
	struct str times = str_of(text);
	autofree char *policy = str_dup(str_cut(&times, ':'));
	uint64_t max = 0;
	bool known = false;

	for (const char *const *it = policies; *it; it++)
		known = known || text_eq(*it, policy);
	if (!known)
		return settings_refuse_word("--restart", policy, policies, err);
	if (times.ptr && !text_eq(policy, "on-failure"))
		return err_set(err, ERR_INPUT,
			       "--restart '%s': only on-failure takes a number of times", text);
	if (times.ptr && (!str_to_u64(times, &max) || max > INT_MAX))
		return err_set(err, ERR_INPUT, "--restart '%s': '%.*s' is no number of times", text,
			       STR_ARG(times));
	*ret_policy = steal(&policy);
	*ret_max = (int64_t)max;
	return 0;
}

static int resolve_restart(const struct container_options *options, struct record *record,
			   struct err *err)
{
	if (restart_parse(options->restart ? options->restart : "no", &record->restart,
			  &record->restart_max, err))
		return -1;
	if (options->remove && !text_eq(record->restart, "no"))
		return err_set(err, ERR_INPUT, "conflicting options: --restart and --rm");
	record->remove = options->remove;
	return 0;
}

static const struct {
	size_t offset; /* of the list in container_options */
	int (*add)(const char *text, struct record *record, struct err *err);
} limit_lists[] = {
	{offsetof(struct container_options, ulimits), ulimit_add},
	{offsetof(struct container_options, devices), device_add},
	{offsetof(struct container_options, security_opts), security_add},
};

int settings_limits(const struct container_options *options, struct record *record, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(limit_lists); i++) {
		const char *at = (const char *)options + limit_lists[i].offset;
		const struct strlist *texts = (const struct strlist *)(const void *)at;
		for (size_t k = 0; k < texts->n; k++)
			if (limit_lists[i].add(texts->items[k], record, err))
				return -1;
	}
	if (options->memory && options->memory < MEMORY_LIMIT_MIN)
		return err_set(err, ERR_INPUT, "--memory: at least 6m are needed");
	if (options->memory > INT64_MAX || options->shm_size > INT64_MAX)
		return err_set(err, ERR_INPUT, "--memory, --shm-size: too large");
	if (options->pids_limit_given && options->pids_limit < -1)
		return err_set(err, ERR_INPUT, "--pids-limit: a number, or -1 for any number");
	if (options->cpus && cpus_parse(options->cpus, &record->nano_cpus, err))
		return -1;
	record->memory = (int64_t)options->memory;
	record->shm_size = options->shm_size ? (int64_t)options->shm_size : SHM_SIZE_DEFAULT;
	record->pids_limit = options->pids_limit;
	record->privileged = options->privileged;
	record->read_only = options->read_only;
	strlist_copy(&record->cap_add, &options->cap_add);
	strlist_copy(&record->cap_drop, &options->cap_drop);
	strlist_copy(&record->group_adds, &options->group_adds);
	return resolve_restart(options, record, err);
}
