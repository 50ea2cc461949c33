/* ca.h - a certificate authority in a directory, for tests and small teams.
 * SPDX-License-Identifier: Apache-2.0
 *
 * DIR/ca.crt, DIR/ca.key (0600); for each name DIR/NAME.crt, DIR/NAME.key, DIR/NAME.bundle.crt
 * (certificate, then the authority's); "*" in a name is "_" in its file. Files that are there and
 * still good are left alone: for the same names and type of key, not in the last third of their
 * days (or the last 30). The authority is never replaced: ERR_INPUT when it has expired. */
#pragma once

#include "base/strlist.h"
#include "pki/key.h"

struct ca_options {
	enum key_type type; /* of the end's key; the authority's is P-256 */
	unsigned days;      /* 0: 825, what clients still accept */
	const char
		*organization; /* of the authority's subject; NULL: "Hullwright test authority" */
};
/* `names`: DNS names and addresses; the first is the file's and the subject's. */
int ca_issue(int dirfd, const struct strlist *names, const struct ca_options *options,
	     struct err *err) must_check;
