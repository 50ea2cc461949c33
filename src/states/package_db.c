/* package_db.c - reading dpkg's, apk's and rpm's databases.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/package_db.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/strlist.h"
#include "base/vec.h"
#include "states/program.h"
#include "states/system_limits.h"
#include "states/text_file.h"

#include "base/banned.h"

#define DPKG_STATUS   "/var/lib/dpkg/status"
#define DPKG_STATUS_D "/var/lib/dpkg/status.d"

static void add(struct package_db *db, struct package package)
{
	vec_push(&db->packages, package);
	map_set(&db->by_name, package.name, (void *)db->packages.n);
}

/* "exim4 (= 4.96), mail-transport-agent" */
static void add_provided(struct package_db *db, struct str names, char divider)
{
	while (names.len) {
		struct str name = str_trim(str_cut(&names, divider));
		size_t len = 0;
		while (len < name.len && !strchr(" (=<>~:", name.ptr[len]))
			len++;
		autofree char *text = xstrndup(name.ptr, len);
		if (*text)
			map_set(&db->provided, text, (void *)db->packages.n);
	}
}

/* ---- dpkg: paragraphs of "Key: value", dpkg(1) ---- */

struct dpkg_paragraph {
	struct str name, version, status, provides;
};

static void take_paragraph(struct heap *heap, struct package_db *db,
			   const struct dpkg_paragraph *paragraph, bool no_status)
{
	struct str status = paragraph->status, want = str_cut(&status, ' ');
	struct package package = {0};

	str_cut(&status, ' '); /* ok, reinstreq */
	if (!paragraph->name.len)
		return;
	package.is_installed = no_status || str_is(status, "installed") ||
			       str_is(status, "triggers-pending") ||
			       str_is(status, "triggers-awaited");
	package.is_held = str_is(want, "hold");
	if (!package.is_installed && !str_is(status, "config-files"))
		return;
	package.name = heap_strdup(heap, paragraph->name);
	package.version = heap_strdup(heap, paragraph->version);
	add(db, package);
	if (package.is_installed)
		add_provided(db, paragraph->provides, ',');
}

static void parse_dpkg(struct heap *heap, struct package_db *db, struct str text, bool no_status)
{
	struct dpkg_paragraph paragraph = {0};
	const struct {
		struct str key;
		struct str *value;
	} keys[] = {
		{STR("Package: "), &paragraph.name},
		{STR("Version: "), &paragraph.version},
		{STR("Status: "), &paragraph.status},
		{STR("Provides: "), &paragraph.provides},
	};

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (!line.len) {
			take_paragraph(heap, db, &paragraph, no_status);
			paragraph = (struct dpkg_paragraph){0};
			continue;
		}
		if (line.ptr[0] == ' ' || !strchr("PVS", line.ptr[0]))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (str_starts(line, keys[i].key))
				*keys[i].value = str_trim((struct str){line.ptr + keys[i].key.len,
								       line.len - keys[i].key.len});
	}
	take_paragraph(heap, db, &paragraph, no_status);
}

static int read_dpkg(struct world *world, struct package_db *db, struct err *err)
{
	autobuf struct buf status = {0};
	autostrlist struct strlist names = {0};
	autoclose int dirfd = -1;

	if (text_file_read(world, DPKG_STATUS, &status, NULL, err))
		return -1;
	parse_dpkg(world->heap, db, buf_str(&status), false);
	if (beneath_open(world->rootfd, DPKG_STATUS_D, O_RDONLY | O_DIRECTORY, 0, &dirfd, err)) {
		err_clear(err);
		return 0;
	}
	if (dir_list(dirfd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		autobuf struct buf text = {0};
		if (text_ends(names.items[i], ".md5sums"))
			continue;
		if (file_read_at(dirfd, names.items[i], LIMIT_TEXT_FILE, &text, err))
			return err_wrap(err, "'" DPKG_STATUS_D "'");
		parse_dpkg(world->heap, db, buf_str(&text), true);
	}
	return 0;
}

/* ---- apk: paragraphs of "K:value", apk-v2(5) ---- */

static const char *const apk_files[] = {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"};

static void parse_apk(struct heap *heap, struct package_db *db, struct str text)
{
	struct package package = {.is_installed = true};
	struct str provides = {0};

	while (text.ptr) {
		struct str line = str_cut(&text, '\n');
		if (!line.len) {
			if (package.name && package.version) {
				add(db, package);
				add_provided(db, provides, ' ');
			}
			package = (struct package){.is_installed = true};
			provides = (struct str){0};
		} else if (line.len > 1 && line.ptr[1] == ':') {
			struct str value = {line.ptr + 2, line.len - 2};
			if (line.ptr[0] == 'P')
				package.name = heap_strdup(heap, value);
			else if (line.ptr[0] == 'V')
				package.version = heap_strdup(heap, value);
			else if (line.ptr[0] == 'p')
				provides = value;
		}
	}
}

/* ---- rpm ---- */

static int read_rpm(struct world *world, struct package_db *db, struct err *err)
{
	static const char *const words[] = {
		"rpm", "-qa", "--qf", "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n", NULL};
	cleanup(command_outcome_done) struct command_outcome said = {0};

	if (program_run(world, words, NULL, &said, err))
		return -1;
	if (said.retcode)
		return err_set(err, ERR_SYSTEM, "rpm: %s", program_complaint(world->heap, &said));
	struct str rest = buf_str(&said.out);
	while (rest.len) {
		struct str version = str_cut(&rest, '\n'), name = str_cut(&version, ' ');
		if (version.len)
			add(db, (struct package){.name = heap_strdup(world->heap, name),
						 .version = heap_strdup(world->heap, version),
						 .is_installed = true});
	}
	return 0;
}

/* ---- all ---- */

static bool exists(const struct world *world, const char *path)
{
	struct stat st;
	autoerr struct err err = {0};

	return !beneath_stat(world->rootfd, path, &st, &err);
}

int package_db_read(struct world *world, struct package_db *ret_db, struct err *err)
{
	cleanup(package_db_done) struct package_db db = {0};

	if (exists(world, DPKG_STATUS) || exists(world, DPKG_STATUS_D)) {
		db.kind = PACKAGES_DPKG;
		if (read_dpkg(world, &db, err))
			return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(apk_files) && !db.kind; i++) {
		autobuf struct buf text = {0};
		bool is_there;
		if (text_file_read(world, apk_files[i], &text, &is_there, err))
			return -1;
		if (!is_there)
			continue;
		db.kind = PACKAGES_APK;
		parse_apk(world->heap, &db, buf_str(&text));
	}
	if (!db.kind && program_find(world, "rpm")) {
		db.kind = PACKAGES_RPM;
		if (read_rpm(world, &db, err))
			return -1;
	}
	*ret_db = db;
	db = (struct package_db){0};
	return 0;
}

void package_db_done(struct package_db *db)
{
	vec_done(&db->packages);
	map_done(&db->by_name);
	map_done(&db->provided);
}

static const struct package *package_at(const struct package_db *db, const struct map *map,
					const char *name)
{
	size_t at = (size_t)map_get(map, name);

	return at ? &db->packages.items[at - 1] : NULL;
}

const struct package *package_db_find(const struct package_db *db, const char *name)
{
	return package_at(db, &db->by_name, name);
}

const struct package *package_db_installed(const struct package_db *db, const char *name)
{
	const char *colon = strchr(name, ':'); /* name:arch */
	const struct package *package = package_db_find(db, name);

	if (!package && colon) {
		autofree char *bare = xstrndup(name, (size_t)(colon - name));
		package = package_db_find(db, bare);
	}
	if (package && package->is_installed)
		return package;
	return package_at(db, &db->provided, name);
}

static void put_pair(struct heap *heap, struct dict *changes, const char *name, const char *old,
		     const char *new)
{
	struct dict *pair = dict_new(heap);

	dict_set(heap, pair, "old", value_cstr(heap, old));
	dict_set(heap, pair, "new", value_cstr(heap, new));
	dict_set(heap, changes, name, value_of_dict(pair));
}

static const char *version_in(const struct package_db *db, const char *name)
{
	const struct package *package = package_db_find(db, name);

	return package && package->is_installed ? package->version : "";
}

struct value package_db_diff(struct heap *heap, const struct package_db *old,
			     const struct package_db *new)
{
	struct dict *changes = dict_new(heap);

	vec_foreach(package, &new->packages) {
		const char *before = version_in(old, package->name);
		const char *after = version_in(new, package->name);
		if (!text_eq(before, after))
			put_pair(heap, changes, package->name, before, after);
	}
	vec_foreach(package, &old->packages)
		if (package->is_installed && !package_db_find(new, package->name))
			put_pair(heap, changes, package->name, package->version, "");
	return value_of_dict(changes);
}
