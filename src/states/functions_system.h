/* functions_system.h - salt[...] that asks the system: the parts of one table.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/world.h"
#include "value/call.h"

/* The world that the template is rendered in. */
struct world *call_system(const struct call *call);
/* The n-th position, or the keyword; false: not given, or None. */
bool call_argument(const struct call *call, size_t n, const char *name, struct value *ret_value);
/* The same as text in the heap; NULL: not given. A required one that is missing is an error of
 * "FUNCTION() missing required argument 'NAME'". */
const char *call_text_argument(const struct call *call, size_t n, const char *name);
int call_need_text(const struct call *call, const char *function, size_t n, const char *name,
		   const char **ret_text, struct err *err) must_check;

/* functions_command.c */
call_fn fn_cmd_has_exec, fn_cmd_retcode, fn_cmd_run, fn_cmd_run_all, fn_cmd_run_stderr,
	fn_cmd_run_stdout, fn_cmd_which;
/* functions_file.c */
call_fn fn_file_basename, fn_file_contains, fn_file_directory_exists, fn_file_dirname,
	fn_file_file_exists, fn_file_is_link, fn_file_join, fn_file_read, fn_file_readdir,
	fn_file_readlink, fn_file_path_exists;
/* functions_account.c */
call_fn fn_file_gid_to_group, fn_file_group_to_gid, fn_file_uid_to_user, fn_file_user_to_uid,
	fn_group_getent, fn_group_info, fn_user_getent, fn_user_info, fn_user_list_groups,
	fn_user_list_users;
/* functions_network.c */
call_fn fn_network_interfaces, fn_network_ip_addrs, fn_network_ip_addrs6;
