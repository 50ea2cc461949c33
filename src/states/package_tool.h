/* package_tool.h - apt-get, apk and dnf: packages put in and taken out, one run for all of them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/strlist.h"
#include "states/package_db.h"

enum package_action { PACKAGE_INSTALL, PACKAGE_REMOVE, PACKAGE_PURGE, PACKAGE_UPGRADE };

struct package_request {
	enum package_action action;
	/* "name" or "name=version" (which the tool's own spelling is made of); absolute paths of
	 * files; of PACKAGE_UPGRADE none: all */
	struct strlist names;
	bool refresh, skip_verify, reinstall, dist_upgrade;
	bool no_recommends;
	const char *from; /* a release or repository; NULL: any */
};
int package_tool_run(struct world *world, enum package_kind kind,
		     const struct package_request *request, struct err *err) must_check;
int package_tool_refresh(struct world *world, enum package_kind kind, struct err *err) must_check;
/* apt has lists of what there is; others fetch them by themselves. */
bool package_tool_has_index(struct world *world, enum package_kind kind);
/* The newest version that can be had; NULL: none is known. In the heap. */
int package_tool_candidates(struct world *world, enum package_kind kind,
			    const struct strlist *names, struct dict **ret_versions,
			    struct err *err) must_check;
/* Names of what an upgrade would renew. */
int package_tool_upgrades(struct world *world, enum package_kind kind, bool dist_upgrade,
			  struct strlist *ret_names, struct err *err) must_check;
int package_tool_hold(struct world *world, enum package_kind kind, const char *name, bool hold,
		      struct err *err) must_check;
