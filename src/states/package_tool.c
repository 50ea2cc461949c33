/* package_tool.c - running package managers without anybody to answer their questions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/package_tool.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/program.h"
#include "states/system_limits.h"

#include "base/banned.h"

static struct command_options quiet_options(struct world *world)
{
	static const char *const variables[][2] = {
		{"DEBIAN_FRONTEND", "noninteractive"},
		{"APT_LISTCHANGES_FRONTEND", "none"},
		{"APT_LISTBUGS_FRONTEND", "none"},
		{"UCF_FORCE_CONFFOLD", "1"},
	};
	struct dict *env = dict_new(world->heap);

	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		dict_set(world->heap, env, variables[i][0],
			 value_cstr(world->heap, variables[i][1]));
	return (struct command_options){
		.shell = "/bin/sh", .cwd = "/", .env = env, .timeout_ms = LIMIT_PACKAGES_MS};
}

static int run_words(struct world *world, const struct strlist *words, struct err *err)
{
	struct command_options options = quiet_options(world);

	return program_must(world, (const char *const *)strlist_argv(words), &options, err);
}

static void add_words(struct strlist *list, const char *const *words)
{
	for (; *words; words++)
		strlist_add(list, *words);
}

static const char *rpm_tool(struct world *world)
{
	static const char *const tools[] = {"dnf", "microdnf", "yum", "zypper"};

	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		if (program_find(world, tools[i]))
			return tools[i];
	return "dnf";
}

/* ---- what each is called with ---- */

static void apt_words(const struct package_request *request, struct strlist *words)
{
	static const char *const verbs[] = {
		[PACKAGE_INSTALL] = "install",
		[PACKAGE_REMOVE] = "remove",
		[PACKAGE_PURGE] = "purge",
		[PACKAGE_UPGRADE] = "upgrade",
	};
	static const char *const begin[] = {"apt-get",
					    "-q",
					    "-y",
					    "-o",
					    "DPkg::Options::=--force-confold",
					    "-o",
					    "DPkg::Options::=--force-confdef",
					    NULL};

	add_words(words, begin);
	if (request->skip_verify)
		strlist_add(words, "--allow-unauthenticated");
	if (request->from) {
		strlist_add(words, "-t");
		strlist_add(words, request->from);
	}
	if (request->reinstall)
		strlist_add(words, "--reinstall");
	if (request->no_recommends)
		strlist_add(words, "--no-install-recommends");
	strlist_add(words, request->action == PACKAGE_UPGRADE && request->dist_upgrade
				   ? "dist-upgrade"
				   : verbs[request->action]);
}

static void apk_words(const struct package_request *request, struct strlist *words)
{
	static const char *const verbs[] = {
		[PACKAGE_INSTALL] = "add",
		[PACKAGE_REMOVE] = "del",
		[PACKAGE_PURGE] = "del",
		[PACKAGE_UPGRADE] = "upgrade",
	};

	strlist_add(words, "apk");
	strlist_add(words, verbs[request->action]);
	if (request->action == PACKAGE_PURGE)
		strlist_add(words, "--purge");
	if (request->refresh && request->action != PACKAGE_REMOVE)
		strlist_add(words, "--update-cache");
	if (request->skip_verify)
		strlist_add(words, "--allow-untrusted");
	if (request->from) {
		strlist_add(words, "--repository");
		strlist_add(words, request->from);
	}
	/* What is installed is renewed only where it was asked for by its name. */
	if (request->action == PACKAGE_INSTALL)
		strlist_add(words, "--upgrade");
}

static void rpm_words(struct world *world, const struct package_request *request,
		      struct strlist *words)
{
	static const char *const verbs[] = {
		[PACKAGE_INSTALL] = "install",
		[PACKAGE_REMOVE] = "remove",
		[PACKAGE_PURGE] = "remove",
		[PACKAGE_UPGRADE] = "upgrade",
	};
	const char *tool = rpm_tool(world);
	bool is_zypper = text_eq(tool, "zypper");

	strlist_add(words, tool);
	strlist_add(words, is_zypper ? "--non-interactive" : "-y");
	if (request->skip_verify)
		strlist_add(words, is_zypper ? "--no-gpg-checks" : "--nogpgcheck");
	strlist_add(words, is_zypper && request->action == PACKAGE_UPGRADE
				   ? "update"
				   : verbs[request->action]);
	if (request->from && !is_zypper)
		strlist_addf(words, "--enablerepo=%s", request->from);
}

/* "name=version", or the path of a file. */
static void name_words(enum package_kind kind, const struct package_request *request,
		       struct strlist *words)
{
	if (request->names.n)
		strlist_add(words, "--");
	for (size_t i = 0; i < request->names.n; i++) {
		const char *name = request->names.items[i], *sign = strchr(name, '=');
		if (kind == PACKAGES_RPM && sign)
			strlist_addf(words, "%.*s-%s", (int)(sign - name), name, sign + 1);
		else
			strlist_add(words, name);
	}
}

int package_tool_run(struct world *world, enum package_kind kind,
		     const struct package_request *request, struct err *err)
{
	autostrlist struct strlist words = {0};

	switch (kind) {
	case PACKAGES_DPKG: apt_words(request, &words); break;
	case PACKAGES_APK: apk_words(request, &words); break;
	case PACKAGES_RPM: rpm_words(world, request, &words); break;
	case PACKAGES_NONE:
		return err_set(err, ERR_MISSING, "there is no package manager that is known");
	}
	if (request->refresh && kind != PACKAGES_APK && package_tool_refresh(world, kind, err))
		return -1;
	name_words(kind, request, &words);
	return run_words(world, &words, err);
}

int package_tool_refresh(struct world *world, enum package_kind kind, struct err *err)
{
	static const char *const apt[] = {"apt-get", "-q", "-y", "update", NULL};
	static const char *const apk[] = {"apk", "update", NULL};
	const char *const rpm[] = {rpm_tool(world), "-y", "makecache", NULL};
	const char *const zypper[] = {"zypper", "--non-interactive", "refresh", NULL};
	autostrlist struct strlist words = {0};

	if (kind == PACKAGES_DPKG)
		add_words(&words, apt);
	else if (kind == PACKAGES_APK)
		add_words(&words, apk);
	else
		add_words(&words, text_eq(rpm[0], "zypper") ? zypper : rpm);
	return run_words(world, &words, err);
}

bool package_tool_has_index(struct world *world, enum package_kind kind)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	autoerr struct err err = {0};

	if (kind != PACKAGES_DPKG)
		return true;
	if (beneath_open(world->rootfd, "/var/lib/apt/lists", O_RDONLY | O_DIRECTORY, 0, &fd,
			 &err) ||
	    dir_list(fd, ".", &names, &err))
		return false;
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.items[i], "_Packages"))
			return true;
	return false;
}

/* ---- what there is ---- */

/* apt-cache policy: "name:", then lines with "  Candidate: VERSION". */
static void parse_apt_policy(struct heap *heap, struct str text, struct dict *versions)
{
	struct str name = {0};

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (line.len && line.ptr[0] != ' ') {
			name = line;
			name.len -= line.ptr[line.len - 1] == ':';
			continue;
		}
		struct str value = str_trim(line), key = str_cut(&value, ':');
		if (name.len && str_is(key, "Candidate") && !str_is(str_trim(value), "(none)"))
			dict_put(heap, versions, value_text(heap, name),
				 value_text(heap, str_trim(value)));
	}
}

/* apk policy: "name policy:", then versions, the best first: "  1.2-r0:". */
static void parse_apk_policy(struct heap *heap, struct str text, struct dict *versions)
{
	struct str name = {0};

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (str_ends(line, STR(" policy:"))) {
			name = (struct str){line.ptr, line.len - strlen(" policy:")};
			continue;
		}
		struct str version = str_trim(line);
		if (!name.len || !str_ends(version, STR(":")) || str_starts(line, STR("    ")))
			continue;
		version.len--;
		dict_put(heap, versions, value_text(heap, name), value_text(heap, version));
		name = (struct str){0};
	}
}

/* "name version", the newest last. */
static void parse_repoquery(struct heap *heap, struct str text, struct dict *versions)
{
	while (text.len) {
		struct str version = str_cut(&text, '\n'), name = str_cut(&version, ' ');
		if (version.len)
			dict_put(heap, versions, value_text(heap, name),
				 value_text(heap, str_trim(version)));
	}
}

int package_tool_candidates(struct world *world, enum package_kind kind,
			    const struct strlist *names, struct dict **ret_versions,
			    struct err *err)
{
	static const char *const apt[] = {"apt-cache", "policy", "--", NULL};
	static const char *const apk[] = {"apk", "policy", NULL};
	const char *const rpm[] = {
		rpm_tool(world),    "-q", "repoquery", "--latest-limit=1", "--qf",
		"%{name} %{evr}\n", NULL};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	autostrlist struct strlist words = {0};
	struct dict *versions = dict_new(world->heap);
	struct command_options options = quiet_options(world);

	add_words(&words, kind == PACKAGES_DPKG ? apt : kind == PACKAGES_APK ? apk : rpm);
	strlist_add_all(&words, names);
	if (program_run(world, (const char *const *)strlist_argv(&words), &options, &said, err))
		return -1;
	if (kind == PACKAGES_DPKG)
		parse_apt_policy(world->heap, buf_str(&said.out), versions);
	else if (kind == PACKAGES_APK)
		parse_apk_policy(world->heap, buf_str(&said.out), versions);
	else
		parse_repoquery(world->heap, buf_str(&said.out), versions);
	*ret_versions = versions;
	return 0;
}

/* apt-get -s: "Inst name [old] (new …)"; apk version: "name-1.0-r0 < 1.1-r0"; dnf: "name.arch
 * version repository". */
static void take_upgrade(enum package_kind kind, struct str line, struct strlist *names)
{
	struct str rest = line, word = str_cut(&rest, ' ');

	if (kind == PACKAGES_DPKG && str_is(word, "Inst"))
		strlist_add_str(names, str_cut(&rest, ' '));
	if (kind == PACKAGES_APK && rest.ptr && memchr(rest.ptr, '<', rest.len)) {
		for (int i = 0; i < 2 && word.len; i++) { /* -1.0 and -r0 */
			const char *dash = memrchr(word.ptr, '-', word.len);
			word.len = dash ? (size_t)(dash - word.ptr) : word.len;
		}
		strlist_add_str(names, word);
	}
	const char *dot = memrchr(word.ptr ? word.ptr : "", '.', word.len);
	if (kind == PACKAGES_RPM && dot && rest.len)
		strlist_add_str(names, (struct str){word.ptr, (size_t)(dot - word.ptr)});
}

int package_tool_upgrades(struct world *world, enum package_kind kind, bool dist_upgrade,
			  struct strlist *ret_names, struct err *err)
{
	/* Without the option even a simulation leaves a log behind. */
	const char *const apt[] = {"apt-get",
				   "-q",
				   "-s",
				   "-o",
				   "Dir::Log::Planner=/dev/null",
				   dist_upgrade ? "dist-upgrade" : "upgrade",
				   NULL};
	static const char *const apk[] = {"apk", "version", "-l", "<", NULL};
	const char *const rpm[] = {rpm_tool(world), "-q", "check-update", NULL};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	struct command_options options = quiet_options(world);
	const char *const *words = kind == PACKAGES_DPKG ? apt : kind == PACKAGES_APK ? apk : rpm;

	if (program_run(world, words, &options, &said, err))
		return -1;
	/* dnf(8): 100 when there are updates */
	if (said.retcode && !(kind == PACKAGES_RPM && said.retcode == 100))
		return err_set(err, ERR_SYSTEM, "%s: %s", words[0],
			       program_complaint(world->heap, &said));
	struct str rest = buf_str(&said.out);
	while (rest.len)
		take_upgrade(kind, str_cut(&rest, '\n'), ret_names);
	return 0;
}

int package_tool_hold(struct world *world, enum package_kind kind, const char *name, bool hold,
		      struct err *err)
{
	const char *const apt[] = {"apt-mark", hold ? "hold" : "unhold", name, NULL};
	const char *const rpm[] = {"dnf", "versionlock", hold ? "add" : "delete", name, NULL};

	if (kind == PACKAGES_APK)
		return err_set(err, ERR_INPUT, "apk holds no packages");
	return program_must(world, kind == PACKAGES_DPKG ? apt : rpm, NULL, err);
}
