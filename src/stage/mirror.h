/* mirror.h - the package mirror that this host itself uses.
 * SPDX-License-Identifier: Apache-2.0
 * Source: sources.list(5), one-line and deb822 forms; os-release(5). */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum sources_form { SOURCES_LIST, SOURCES_DEB822 };
/* The first URI in the text of one file whose suites name `release`; NULL: none. Discs do not
 * count. Caller frees. */
char *stage_sources_uri(struct str text, enum sources_form form, const char *release);

/* The URI whose suites name `release` (its first in file order), "" when `os` is not the host's own
 * or nothing fits. `rootfd` is the host's "/". */
int stage_host_mirror(int rootfd, const char *os, const char *release, char **ret_uri,
		      struct err *err) must_check;
/* The mirror of the host's own release, for tools that run on it; "" when unknown. */
int stage_host_own_mirror(int rootfd, char **ret_uri, struct err *err) must_check;
