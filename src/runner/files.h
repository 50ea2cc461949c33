/* files.h - directories, copies and templates put in place.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "ini/model.h"

/* Parents are made; owner, group and mode of the directory itself are set each time. Without root's
 * rights an owner that does not fit is told by say() and left. ERR_DENIED: the path leads over a
 * link that somebody else made. */
int files_make_dir(const struct dir_spec *dir, struct err *err) must_check;
/* A directory goes into a directory. COPY_IF_EMPTY: only into an empty one (see prefill.h; a file:
 * when there is none or one without content); COPY_IF_MISSING: the files that are not there;
 * COPY_ALWAYS: over what is there. Files that the source does not have stay. A dest that ends in a
 * slash takes a file under the source's name. */
int files_copy(const struct copy_spec *copy, struct err *err) must_check;

/* The template filled in: nothing is written. env: values; NAME_FILE stands in for an unset NAME.
 */
int files_template_fill(const struct template_spec *template, const char *const *env,
			struct buf *ret_text, struct err *err) must_check;
/* The text put at its place, after the check has passed. The mode and owner are the source's unless
 * given. A file that has the text already is not written. */
int files_template_put(const struct template_spec *template, const char *const *env,
		       const struct buf *text, struct err *err) must_check;
/* Both. */
int files_template(const struct template_spec *template, const char *const *env,
		   struct err *err) must_check;
