/* users_file.h - the file that holds the users of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/strlist.h"

/* The configuration itself, or its `auth_file`; caller frees. ERR_INPUT: the reference registry's
 * format, whose users are in an htpasswd file. Certificates and the rest are not looked at. */
int users_file_find(const char *config, char **ret_path, struct err *err) must_check;
int users_file_list(const char *path, struct strlist *ret_names, struct err *err) must_check;
/* ERR_MISSING or ERR_EXISTS when it is not as expected: told before a password is asked for. */
int users_file_expect(const char *path, const char *account, bool exists,
		      struct err *err) must_check;
