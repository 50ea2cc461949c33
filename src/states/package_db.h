/* package_db.h - the packages that are installed below the world's root, read from their databases.
 * SPDX-License-Identifier: Apache-2.0
 *
 * dpkg's status file (and status.d of images without dpkg) and apk's installed file are read as
 * they are; rpm is asked. */
#pragma once

#include "base/map.h"
#include "state/world.h"

enum package_kind { PACKAGES_NONE, PACKAGES_DPKG, PACKAGES_APK, PACKAGES_RPM };

struct package {
	const char *name, *version; /* in the heap */
	bool is_installed;          /* false: removed, its configuration is there (dpkg) */
	bool is_held;
};
struct package_db {
	enum package_kind kind;
	struct packages {
		struct package *items;
		size_t n, cap;
	} packages;
	struct map by_name;  /* → index + 1 */
	struct map provided; /* virtual names of what is installed → index + 1 */
};

int package_db_read(struct world *world, struct package_db *ret_db, struct err *err) must_check;
void package_db_done(struct package_db *db);
/* NULL: not there in any state. */
const struct package *package_db_find(const struct package_db *db, const char *name);
/* The installed one of that name, or one that provides it. */
const struct package *package_db_installed(const struct package_db *db, const char *name);
/* {name: {old, new}} of all that differs. */
struct value package_db_diff(struct heap *heap, const struct package_db *old,
			     const struct package_db *new);

/* < 0, 0, > 0: Debian's order (deb-version(7)), which agrees with the others' where people compare.
 */
int package_version_compare(const char *a, const char *b);
/* "1.2", "1.*", ">=1.2,<2": whether a version fits. */
bool package_version_fits(const char *version, const char *spec);
