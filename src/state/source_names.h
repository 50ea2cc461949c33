/* source_names.h - names below salt://: cutting, joining, what templates know of their own.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/dict.h"

/* "a/./b//c?saltenv=base" → "a/b/c". "./x" and "../x" are relative to the directory of `from`
 * (NULL: the top). NULL: it leaves the top. Yours. */
char *source_name(const char *name, const char *from);
/* "a.b" → "a/b". Yours. */
char *source_sls_path(const char *sls);
/* tplfile, tpldir, tpldot of a template, and with an SLS name: sls, slspath, slsdotpath,
 * slscolonpath, sls_path and tplpath (`file`), as Salt's documentation lists them. */
void source_describe(struct heap *heap, const char *name, const char *sls, const char *file,
		     struct dict *variables);
