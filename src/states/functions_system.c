/* functions_system.c - salt['file.*'], cmd.*, user.*, group.*, network.*: what asks the system.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/functions_system.h"

#include "state/functions.h"
#include "states/package_db.h"
#include "states/service_backend.h"

#include "base/banned.h"

struct world *call_system(const struct call *call)
{
	return call->heap->world;
}

bool call_argument(const struct call *call, size_t n, const char *name, struct value *ret_value)
{
	const struct value *found = n < call->n_args ? &call->args[n] : call_keyword(call, name);

	if (!found || found->kind == VALUE_NONE || found->kind == VALUE_UNDEFINED)
		return false;
	*ret_value = *found;
	return true;
}

const char *call_text_argument(const struct call *call, size_t n, const char *name)
{
	struct value v, text;
	autoerr struct err err = {0};

	if (!call_argument(call, n, name, &v) || value_str(call->heap, v, &text, &err))
		return NULL;
	return heap_strdup(call->heap, value_bytes(text));
}

int call_need_text(const struct call *call, const char *function, size_t n, const char *name,
		   const char **ret_text, struct err *err)
{
	const char *text = call_text_argument(call, n, name);

	if (!text)
		return err_set(err, ERR_INPUT, "%s() missing required argument '%s'", function,
			       name);
	*ret_text = text;
	return 0;
}

/* ---- services and packages ---- */

static int look(struct call *call, const char *function, struct service_unit *unit, struct err *err)
{
	const char *name;

	if (call_need_text(call, function, 0, "name", &name, err))
		return -1;
	return service_look(call_system(call), name, unit, NULL, err);
}

static int fn_service_status(struct call *call, struct value *ret_value, struct err *err)
{
	struct service_unit unit = {0};

	if (look(call, "service.status", &unit, err))
		return -1;
	*ret_value = value_bool(unit.is_running);
	return 0;
}

static int fn_service_enabled(struct call *call, struct value *ret_value, struct err *err)
{
	struct service_unit unit = {0};

	if (look(call, "service.enabled", &unit, err))
		return -1;
	*ret_value = value_bool(unit.is_enabled);
	return 0;
}

static int fn_service_available(struct call *call, struct value *ret_value, struct err *err)
{
	struct service_unit unit = {0};

	if (look(call, "service.available", &unit, err))
		return -1;
	*ret_value = value_bool(unit.backend != NULL);
	return 0;
}

static struct value version_of(struct heap *heap, const struct package_db *db, const char *name)
{
	const struct package *package = package_db_installed(db, name);

	return value_cstr(heap, package ? package->version : "");
}

/* One name: its version or ""; several: a dict. */
static int fn_pkg_version(struct call *call, struct value *ret_value, struct err *err)
{
	cleanup(package_db_done) struct package_db db = {0};
	struct dict *versions = dict_new(call->heap);
	const char *name;

	if (call_need_text(call, "pkg.version", 0, "name", &name, err) ||
	    package_db_read(call_system(call), &db, err))
		return -1;
	if (call->n_args < 2) {
		*ret_value = version_of(call->heap, &db, name);
		return 0;
	}
	for (size_t i = 0; i < call->n_args; i++) {
		const char *each = call_text_argument(call, i, "name");
		if (each)
			dict_set(call->heap, versions, each, version_of(call->heap, &db, each));
	}
	*ret_value = value_of_dict(versions);
	return 0;
}

static int fn_pkg_list_pkgs(struct call *call, struct value *ret_value, struct err *err)
{
	cleanup(package_db_done) struct package_db db = {0};
	struct dict *versions = dict_new(call->heap);

	if (package_db_read(call_system(call), &db, err))
		return -1;
	for (size_t i = 0; i < db.packages.n; i++)
		if (db.packages.items[i].is_installed)
			dict_set(call->heap, versions, db.packages.items[i].name,
				 value_cstr(call->heap, db.packages.items[i].version));
	*ret_value = value_of_dict(versions);
	return 0;
}

/* Sorted by name. */
static const struct state_function rows[] = {
	{"cmd.has_exec", fn_cmd_has_exec, FN_READS},
	{"cmd.retcode", fn_cmd_retcode, FN_RUNS},
	{"cmd.run", fn_cmd_run, FN_RUNS},
	{"cmd.run_all", fn_cmd_run_all, FN_RUNS},
	{"cmd.run_stderr", fn_cmd_run_stderr, FN_RUNS},
	{"cmd.run_stdout", fn_cmd_run_stdout, FN_RUNS},
	{"cmd.shell", fn_cmd_run, FN_RUNS},
	{"cmd.which", fn_cmd_which, FN_READS},
	{"file.basename", fn_file_basename, FN_PURE},
	{"file.contains", fn_file_contains, FN_READS},
	{"file.directory_exists", fn_file_directory_exists, FN_READS},
	{"file.dirname", fn_file_dirname, FN_PURE},
	{"file.file_exists", fn_file_file_exists, FN_READS},
	{"file.gid_to_group", fn_file_gid_to_group, FN_READS},
	{"file.group_to_gid", fn_file_group_to_gid, FN_READS},
	{"file.is_link", fn_file_is_link, FN_READS},
	{"file.join", fn_file_join, FN_PURE},
	{"file.path_exists_glob", fn_file_path_exists, FN_READS},
	{"file.read", fn_file_read, FN_READS},
	{"file.readdir", fn_file_readdir, FN_READS},
	{"file.readlink", fn_file_readlink, FN_READS},
	{"file.uid_to_user", fn_file_uid_to_user, FN_READS},
	{"file.user_to_uid", fn_file_user_to_uid, FN_READS},
	{"group.getent", fn_group_getent, FN_READS},
	{"group.info", fn_group_info, FN_READS},
	{"network.interfaces", fn_network_interfaces, FN_READS},
	{"network.ip_addrs", fn_network_ip_addrs, FN_READS},
	{"network.ip_addrs6", fn_network_ip_addrs6, FN_READS},
	{"network.ipaddrs", fn_network_ip_addrs, FN_READS},
	{"pkg.list_pkgs", fn_pkg_list_pkgs, FN_READS},
	{"pkg.version", fn_pkg_version, FN_READS},
	{"service.available", fn_service_available, FN_RUNS},
	{"service.enabled", fn_service_enabled, FN_RUNS},
	{"service.status", fn_service_status, FN_RUNS},
	{"user.getent", fn_user_getent, FN_READS},
	{"user.info", fn_user_info, FN_READS},
	{"user.list_groups", fn_user_list_groups, FN_READS},
	{"user.list_users", fn_user_list_users, FN_READS},
};

const struct function_table functions_system = {rows, ARRAY_LEN(rows)};
