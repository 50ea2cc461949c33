/* files.h - directories, copies and templates put in place.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"

int files_make_dir(const struct dir_spec *dir, struct err *err) must_check;
int files_copy(const struct copy_spec *copy, struct err *err) must_check;
/* env: values; NAME_FILE stands in for an unset NAME. The mode and owner are the source's unless
 * given; written beside and renamed. */
int files_template(const struct template_spec *template, const char *const *env,
		   struct err *err) must_check;
