/* states_pkg.c - pkg.*: packages that are there, or are not.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is there is read from the databases; a package manager runs once, for all that is missing.
 */
#include "states/states.h"

#include "base/vec.h"
#include "states/package_tool.h"
#include "states/pkgrepo.h"
#include "value/list.h"

#include "base/banned.h"

struct pkg_args {
	struct str version, fromrepo;
	struct value refresh, pkgs, sources, hold, install_recommends;
	bool skip_verify, reinstall, dist_upgrade;
};

#define ROW(arg_name, arg_type, field)                                                             \
	{                                                                                          \
		.name = (arg_name), .type = (arg_type), .offset = offsetof(struct pkg_args, field) \
	}

static const struct state_arg pkg_arg_rows[] = {
	ROW("version", ARG_STR, version),
	ROW("fromrepo", ARG_STR, fromrepo),
	ROW("refresh", ARG_VALUE, refresh),
	ROW("pkgs", ARG_VALUE, pkgs),
	ROW("sources", ARG_VALUE, sources),
	ROW("hold", ARG_VALUE, hold),
	ROW("install_recommends", ARG_VALUE, install_recommends),
	ROW("skip_verify", ARG_BOOL, skip_verify),
	ROW("reinstall", ARG_BOOL, reinstall),
	ROW("dist_upgrade", ARG_BOOL, dist_upgrade),
	{.name = "skip_suggestions", .type = ARG_IGNORED},
	{.name = "allow_updates", .type = ARG_IGNORED},
	{.name = "normalize", .type = ARG_IGNORED},
	{.name = "ignore_epoch", .type = ARG_IGNORED},
	{.name = "update_holds", .type = ARG_IGNORED},
	{.name = "resolve_capabilities", .type = ARG_IGNORED},
	{.name = "watch_flags", .type = ARG_IGNORED},
	{.name = "cache_valid_time", .type = ARG_IGNORED},
	{.name = "only_upgrade", .type = ARG_IGNORED},
	{.name = "force_yes", .type = ARG_IGNORED},
	{.name = "pkg_verify", .type = ARG_IGNORED},
	{0},
};

struct wish {
	const char *name;
	const char *version; /* NULL: any */
	const char *source;  /* a file; NULL: by name */
};

struct pkg_work {
	struct state_call *call;
	const struct pkg_args *args;
	struct outcome *outcome;
	struct package_db before;
	struct wishes {
		struct wish *items;
		size_t n, cap;
	} wishes;
	struct strlist targets; /* names that something has to be done for */
};

static void pkg_work_done(struct pkg_work *work)
{
	package_db_done(&work->before);
	vec_done(&work->wishes);
	strlist_done(&work->targets);
}

/* ---- names ---- */

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

static const char *text_of(struct heap *heap, struct value v)
{
	struct value text;
	autoerr struct err err = {0};

	if (!is_given(v) || value_str(heap, v, &text, &err) || !text.len)
		return NULL;
	return heap_strdup(heap, value_bytes(text));
}

static void add_wish(struct pkg_work *work, struct value name, struct value detail, bool is_source)
{
	const char *text = text_of(work->call->heap, name);
	const char *more = text_of(work->call->heap, detail);

	if (text)
		vec_push(&work->wishes, {text, is_source ? NULL : more, is_source ? more : NULL});
}

/* A list of names and of {name: version}, or of {name: file}. */
static void add_wishes(struct pkg_work *work, struct value v, bool are_sources)
{
	if (v.kind == VALUE_DICT) {
		dict_foreach(entry, v.dict) add_wish(work, entry->key, entry->value, are_sources);
		return;
	}
	if (v.kind != VALUE_LIST) {
		add_wish(work, v, value_none(), are_sources);
		return;
	}
	for (size_t i = 0; i < v.list->n; i++) {
		struct value item = v.list->items[i];
		if (item.kind == VALUE_DICT)
			add_wishes(work, item, are_sources);
		else if (item.kind != VALUE_LIST)
			add_wish(work, item, value_none(), are_sources);
	}
}

static bool is_empty_list(struct value v)
{
	return v.kind == VALUE_LIST && !v.list->n;
}

/* False: it ends here, and has been told. */
static bool begin(struct pkg_work *work, struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};

	*work = (struct pkg_work){.call = call, .args = call->args, .outcome = outcome};
	if (is_given(work->args->pkgs) && is_given(work->args->sources)) {
		outcome_fail(outcome, "Only one of \"pkgs\" and \"sources\" is permitted.");
		return false;
	}
	if (is_empty_list(work->args->pkgs)) {
		outcome_say(outcome, "No packages to install provided");
		return false;
	}
	if (is_given(work->args->sources))
		add_wishes(work, work->args->sources, true);
	else if (is_given(work->args->pkgs))
		add_wishes(work, work->args->pkgs, false);
	else
		add_wish(work, value_cstr(call->heap, call->name),
			 work->args->version.len ? value_view(work->args->version) : value_none(),
			 false);
	vec_foreach(wish, &work->wishes) {
		if (wish->name[0] != '-') /* no option for the tool */
			continue;
		outcome_fail(outcome, "'%s' is no name of a package", wish->name);
		return false;
	}
	if (package_db_read(call->world, &work->before, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (work->before.kind != PACKAGES_NONE)
		return true;
	outcome_fail(outcome, "there is no package manager that is known (dpkg, apk, rpm)");
	return false;
}

static const char *join(struct heap *heap, const struct strlist *names)
{
	autofree char *text = strlist_join(names, ", ");

	return heap_strdup(heap, str_of(text));
}

/* name, or name=version */
static const char *shown(struct heap *heap, const struct wish *wish)
{
	return wish->version ? heap_printf(heap, "%s=%s", wish->name, wish->version) : wish->name;
}

static bool is_satisfied(const struct pkg_work *work, const struct package_db *db,
			 const struct wish *wish)
{
	const struct package *package = package_db_installed(db, wish->name);

	if (!package)
		return false;
	/* "latest" is a word of pkg.installed: whatever is there is renewed by pkg.latest */
	return !wish->version || text_eq(wish->version, "latest") ||
	       package_version_fits(package->version, wish->version);
}

/* ---- running the tool ---- */

static bool wants_refresh(const struct pkg_work *work)
{
	const struct value refresh = work->args->refresh;

	if (refresh.kind == VALUE_BOOL)
		return refresh.boolean;
	return !package_tool_has_index(work->call->world, work->before.kind);
}

static bool is_false(struct value v)
{
	return v.kind == VALUE_BOOL && !v.boolean;
}

static void request_name(struct pkg_work *work, const struct wish *wish, struct strlist *names)
{
	const char *version = wish->version;

	if (wish->source) {
		strlist_add(names, wish->source);
		return;
	}
	/* An operator other than "=" is for us to check: the tools have none. */
	bool is_exact = version && !strpbrk(version, "<>!,") && !text_eq(version, "latest");
	if (is_exact)
		strlist_addf(names, "%s=%s", wish->name, version + strspn(version, "= "));
	else
		strlist_add(names, wish->name);
}

static bool is_target(const struct pkg_work *work, const struct wish *wish)
{
	return strlist_has(&work->targets, wish->name);
}

/* Runs it for the targets and tells the changes; *ret_after: what is there then. */
static bool run_tool(struct pkg_work *work, enum package_action action,
		     struct package_db *ret_after)
{
	struct world *world = work->call->world;
	struct package_request request = {
		.action = action,
		.skip_verify = work->args->skip_verify,
		.reinstall = work->args->reinstall && action == PACKAGE_INSTALL,
		.dist_upgrade = work->args->dist_upgrade,
		.no_recommends = is_false(work->args->install_recommends),
		.from = text_of(work->call->heap, value_view(work->args->fromrepo)),
		.refresh = (action == PACKAGE_INSTALL || action == PACKAGE_UPGRADE) &&
			   wants_refresh(work),
	};
	static const char *const words[] = {"installing", "removing", "purging", "updating"};
	autoerr struct err err = {0};

	vec_foreach(wish, &work->wishes)
		if (is_target(work, wish))
			request_name(work, wish, &request.names);
	bool failed = package_tool_run(world, work->before.kind, &request, &err);
	strlist_done(&request.names);
	if (failed) {
		outcome_fail(work->outcome, "An error was encountered while %s package(s): %s",
			     words[action], err_text(&err));
		err_clear(&err);
	}
	if (package_db_read(world, ret_after, &err)) {
		outcome_fail_err(work->outcome, &err);
		return false;
	}
	work->outcome->changes = package_db_diff(work->call->heap, &work->before, ret_after);
	return !failed;
}

static bool check_offline(struct pkg_work *work)
{
	if (!work->call->world->is_offline)
		return true;
	outcome_fail(work->outcome, "The following packages failed to install/update: %s",
		     join(work->call->heap, &work->targets));
	outcome_say(work->outcome, "they are not installed, and --offline forbids to fetch them");
	return false;
}

static void pending_changes(struct pkg_work *work, const char *new)
{
	for (size_t i = 0; i < work->targets.n; i++)
		outcome_change_pair(work->call->heap, work->outcome, work->targets.items[i],
				    value_literal(""), value_cstr(work->call->heap, new));
}

/* ---- pkg.installed ---- */

static void say_count(struct pkg_work *work, const struct strlist *names)
{
	const char *summary = join(work->call->heap, names);

	if (!names->n)
		return;
	if (strlen(summary) < 20)
		outcome_say(work->outcome, "The following packages were installed/updated: %s",
			    summary);
	else
		outcome_say(work->outcome, "%zu targeted package%s installed/updated.", names->n,
			    names->n > 1 ? "s were" : " was");
}

static void tell_installed(struct pkg_work *work, const struct package_db *after)
{
	autostrlist struct strlist done = {0};
	autostrlist struct strlist failed = {0};
	autostrlist struct strlist before = {0};
	struct heap *heap = work->call->heap;

	vec_foreach(wish, &work->wishes) {
		bool is_there = is_satisfied(work, after, wish);
		struct strlist *list = !is_target(work, wish) ? &before
				       : is_there             ? &done
							      : &failed;
		strlist_add(list, shown(heap, wish));
	}
	if (failed.n)
		outcome_fail(work->outcome, "The following packages failed to install/update: %s",
			     join(heap, &failed));
	say_count(work, &done);
	if (before.n && before.n <= 20)
		outcome_say(work->outcome, "The following packages were already installed: %s",
			    join(heap, &before));
	else if (before.n)
		outcome_say(work->outcome, "%zu targeted packages were already installed",
			    before.n);
}

/* Behind what its installation has changed, a line each. */
static struct value changed_before(struct pkg_work *work, const char *name, const char *key,
				   const char *word)
{
	struct heap *heap = work->call->heap;
	const struct value changes = work->outcome->changes;
	struct value *pair = changes.kind == VALUE_DICT ? dict_get(changes.dict, name) : NULL;
	struct value *text = pair && pair->kind == VALUE_DICT ? dict_get(pair->dict, key) : NULL;

	if (!text || !value_is_string(*text) || !value_bytes(*text).len)
		return value_cstr(heap, word);
	return value_cstr(heap, heap_printf(heap, "%.*s\n%s", STR_ARG(value_bytes(*text)), word));
}

static void hold(struct pkg_work *work, const struct package_db *db)
{
	bool on = work->args->hold.kind == VALUE_BOOL && work->args->hold.boolean;
	autoerr struct err err = {0};

	if (work->args->hold.kind != VALUE_BOOL)
		return;
	vec_foreach(wish, &work->wishes) {
		const struct package *package = package_db_find(db, wish->name);
		if (!package)
			continue;
		if (package->is_held == on) {
			if (on)
				outcome_say(work->outcome, "Package %s is already set to be held.",
					    wish->name);
			continue;
		}
		if (work->call->is_test) {
			outcome_pending(work->outcome,
					on ? "Package %s is set to be held."
					   : "Package %s is set not to be held.",
					wish->name);
			continue;
		}
		if (package_tool_hold(work->call->world, db->kind, wish->name, on, &err)) {
			outcome_fail_err(work->outcome, &err);
			return;
		}
		outcome_say(work->outcome,
			    on ? "Package %s is now being held."
			       : "Package %s is no longer being held.",
			    wish->name);
		outcome_change_pair(
			work->call->heap, work->outcome, wish->name,
			changed_before(work, wish->name, "old", on ? "install" : "hold"),
			changed_before(work, wish->name, "new", on ? "hold" : "install"));
	}
}

static bool wants_versions(const struct pkg_work *work)
{
	vec_foreach(wish, &work->wishes)
		if (wish->version)
			return true;
	return false;
}

static void pkg_installed(struct state_call *call, struct outcome *outcome)
{
	cleanup(pkg_work_done) struct pkg_work work = {0};
	cleanup(package_db_done) struct package_db after = {0};

	if (!begin(&work, call, outcome))
		return;
	vec_foreach(wish, &work.wishes)
		if (work.args->reinstall || !is_satisfied(&work, &work.before, wish))
			strlist_add(&work.targets, wish->name);
	if (!work.targets.n) {
		outcome_say(outcome, "All specified packages are already installed%s",
			    wants_versions(&work) ? " and are at the desired version" : "");
		hold(&work, &work.before);
		return;
	}
	if (call->is_test) {
		pending_changes(&work, "installed");
		outcome_pending(outcome, "The following packages would be installed/updated: %s",
				join(call->heap, &work.targets));
		return;
	}
	if (!check_offline(&work))
		return;
	if (run_tool(&work, PACKAGE_INSTALL, &after) || after.kind)
		tell_installed(&work, &after);
	hold(&work, &after);
}

/* ---- pkg.latest ---- */

static bool find_outdated(struct pkg_work *work)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};
	struct world *world = work->call->world;
	struct dict *versions;

	vec_foreach(wish, &work->wishes)
		strlist_add(&names, wish->name);
	bool failed = !world->is_offline && !work->call->is_test && wants_refresh(work) &&
		      package_tool_refresh(world, work->before.kind, &err);
	if (failed || package_tool_candidates(world, work->before.kind, &names, &versions, &err)) {
		outcome_fail(work->outcome,
			     "An error was encountered while checking the newest available version "
			     "of package(s): %s",
			     err_text(&err));
		return false;
	}
	vec_foreach(wish, &work->wishes) {
		const struct package *has = package_db_installed(&work->before, wish->name);
		const char *best = dict_get(versions, wish->name)
					   ? text_of(world->heap, *dict_get(versions, wish->name))
					   : NULL;
		if (!has && !best)
			outcome_fail(work->outcome, "No information found for '%s'.", wish->name);
		else if (best && (!has || package_version_compare(has->version, best) < 0))
			strlist_add(&work->targets, wish->name);
	}
	return work->outcome->result == RESULT_TRUE;
}

static void say_latest(struct pkg_work *work)
{
	autostrlist struct strlist names = {0};

	vec_foreach(wish, &work->wishes)
		strlist_add(&names, wish->name);
	strlist_sort(&names);
	if (names.n > 10)
		outcome_say(work->outcome, "All %zu packages are up-to-date.", names.n);
	else if (names.n > 1)
		outcome_say(work->outcome, "All packages are up-to-date (%s).",
			    join(work->call->heap, &names));
	else if (names.n)
		outcome_say(work->outcome, "Package %s is already up-to-date", names.items[0]);
}

static void tell_latest(struct pkg_work *work)
{
	autostrlist struct strlist done = {0};
	autostrlist struct strlist failed = {0};
	struct heap *heap = work->call->heap;

	for (size_t i = 0; i < work->targets.n; i++) {
		const char *name = work->targets.items[i];
		bool is_changed = dict_get(work->outcome->changes.dict, name) != NULL;
		strlist_add(is_changed ? &done : &failed, name);
	}
	if (failed.n)
		outcome_fail(work->outcome, "The following packages failed to update: %s",
			     join(heap, &failed));
	if (done.n)
		outcome_say(work->outcome,
			    "The following packages were successfully installed/upgraded: %s",
			    join(heap, &done));
}

static void pkg_latest(struct state_call *call, struct outcome *outcome)
{
	cleanup(pkg_work_done) struct pkg_work work = {0};
	cleanup(package_db_done) struct package_db after = {0};

	if (!begin(&work, call, outcome))
		return;
	if (is_given(work.args->sources)) {
		outcome_fail(outcome, "The \"sources\" parameter is not supported.");
		return;
	}
	if (!find_outdated(&work))
		return;
	strlist_sort(&work.targets);
	if (!work.targets.n) {
		say_latest(&work);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "The following packages would be installed/upgraded: %s",
				join(call->heap, &work.targets));
		return;
	}
	if (check_offline(&work) && run_tool(&work, PACKAGE_INSTALL, &after))
		tell_latest(&work);
}

/* ---- pkg.removed, pkg.purged ---- */

static bool is_left(const struct package_db *db, const char *name, enum package_action action)
{
	const struct package *package = package_db_find(db, name);

	return package && (package->is_installed || action == PACKAGE_PURGE);
}

static void tell_removed(struct pkg_work *work, const struct package_db *after,
			 enum package_action action, const char *word)
{
	autostrlist struct strlist failed = {0};
	autostrlist struct strlist absent = {0};
	struct heap *heap = work->call->heap;

	vec_foreach(wish, &work->wishes) {
		if (is_left(after, wish->name, action))
			strlist_add(&failed, wish->name);
		if (!is_target(work, wish))
			strlist_add(&absent, wish->name);
	}
	if (failed.n)
		outcome_fail(work->outcome, "The following packages failed to %s: %s.", word,
			     join(heap, &failed));
	else if (absent.n)
		outcome_say(work->outcome,
			    "The following packages were not installed: %s The following packages "
			    "were %sd: %s.",
			    join(heap, &absent), word, join(heap, &work->targets));
	else
		outcome_say(work->outcome, "All targeted packages were %sd.", word);
}

static void remove_packages(struct state_call *call, struct outcome *outcome,
			    enum package_action action)
{
	const char *word = action == PACKAGE_PURGE ? "purge" : "remove";
	cleanup(pkg_work_done) struct pkg_work work = {0};
	cleanup(package_db_done) struct package_db after = {0};

	if (!begin(&work, call, outcome))
		return;
	vec_foreach(wish, &work.wishes)
		if (is_left(&work.before, wish->name, action))
			strlist_add(&work.targets, wish->name);
	strlist_sort(&work.targets);
	if (!work.targets.n) {
		outcome_say(outcome, "All specified packages%s are already absent",
			    wants_versions(&work) ? " (matching specified versions)" : "");
		return;
	}
	if (call->is_test) {
		pending_changes(&work, heap_printf(call->heap, "%sd", word));
		outcome_pending(outcome, "The following packages will be %sd: %s.", word,
				join(call->heap, &work.targets));
		return;
	}
	vec_foreach(wish, &work.wishes)
		wish->version = NULL;
	if (run_tool(&work, action, &after) || after.kind)
		tell_removed(&work, &after, action, word);
}

static void pkg_removed(struct state_call *call, struct outcome *outcome)
{
	remove_packages(call, outcome, PACKAGE_REMOVE);
}

static void pkg_purged(struct state_call *call, struct outcome *outcome)
{
	remove_packages(call, outcome, PACKAGE_PURGE);
}

/* ---- pkg.uptodate ---- */

static bool find_upgrades(struct pkg_work *work)
{
	struct world *world = work->call->world;
	autoerr struct err err = {0};
	bool refresh = work->args->refresh.kind == VALUE_BOOL && work->args->refresh.boolean;

	if (world->is_offline)
		outcome_fail(work->outcome,
			     "an upgrade needs the network, which --offline forbids");
	else if ((refresh && !work->call->is_test &&
		  package_tool_refresh(world, work->before.kind, &err)) ||
		 package_tool_upgrades(world, work->before.kind, work->args->dist_upgrade,
				       &work->targets, &err))
		outcome_fail_err(work->outcome, &err);
	return work->outcome->result == RESULT_TRUE;
}

static void pkg_uptodate(struct state_call *call, struct outcome *outcome)
{
	cleanup(pkg_work_done) struct pkg_work work = {0};
	cleanup(package_db_done) struct package_db after = {0};

	if (!begin(&work, call, outcome) || !find_upgrades(&work))
		return;
	work.wishes.n = 0; /* all of them, by no name */
	if (!work.targets.n) {
		outcome_say(outcome, "System is already up-to-date");
		return;
	}
	if (call->is_test) {
		pending_changes(&work, "upgraded");
		outcome_pending(outcome, "System update will be performed");
		return;
	}
	if (run_tool(&work, PACKAGE_UPGRADE, &after))
		outcome_say(outcome, "Upgrade ran successfully");
}

#define PKG(symbol, fn, watch_fn)                     \
	static const struct state_def symbol = {      \
		.name = "pkg." #fn,                   \
		.args = pkg_arg_rows,                 \
		.args_size = sizeof(struct pkg_args), \
		.apply = pkg_##fn,                    \
		.mod_watch = (watch_fn),              \
	}

PKG(installed_def, installed, pkg_installed);
PKG(latest_def, latest, pkg_latest);
PKG(removed_def, removed, pkg_removed);
PKG(purged_def, purged, pkg_purged);
PKG(uptodate_def, uptodate, NULL);

static const struct state_def *const rows[] = {
	&installed_def, &latest_def,          &removed_def,        &purged_def,
	&uptodate_def,  &pkgrepo_managed_def, &pkgrepo_absent_def, NULL,
};

const struct state_table states_pkg = {rows};
