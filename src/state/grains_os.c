/* grains_os.c - os, os_family, osrelease and their kin out of os-release(5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/grains_private.h"

#include "base/banned.h"

/* ID of os-release → what Salt calls the system and its family. Sorted. */
static const struct os_row {
	const char *id, *name, *family;
} systems[] = {
	{"almalinux", "AlmaLinux", "RedHat"},
	{"alpine", "Alpine", "Alpine"},
	{"amzn", "Amazon", "RedHat"},
	{"arch", "Arch", "Arch"},
	{"centos", "CentOS", "RedHat"},
	{"debian", "Debian", "Debian"},
	{"devuan", "Devuan", "Debian"},
	{"fedora", "Fedora", "RedHat"},
	{"gentoo", "Gentoo", "Gentoo"},
	{"kali", "Kali", "Debian"},
	{"linuxmint", "Mint", "Debian"},
	{"manjaro", "Manjaro", "Arch"},
	{"mariner", "Mariner", "RedHat"},
	{"nixos", "NixOS", "NixOS"},
	{"ol", "OEL", "RedHat"},
	{"opensuse-leap", "SUSE", "Suse"},
	{"opensuse-tumbleweed", "SUSE", "Suse"},
	{"photon", "VMware Photon OS", "RedHat"},
	{"pop", "Pop", "Debian"},
	{"raspbian", "Raspbian", "Debian"},
	{"rhel", "RedHat", "RedHat"},
	{"rocky", "Rocky", "RedHat"},
	{"sles", "SUSE", "Suse"},
	{"ubuntu", "Ubuntu", "Debian"},
	{"void", "Void", "Void"},
	{"wolfi", "Wolfi", "Alpine"},
};

static const struct os_row *system_find(struct str id)
{
	for (size_t i = 0; i < ARRAY_LEN(systems); i++)
		if (str_is(id, systems[i].id))
			return &systems[i];
	return NULL;
}

/* The first of ID_LIKE's words that is known. */
static const struct os_row *system_like(struct str words)
{
	const struct os_row *row = NULL;

	while (words.ptr && !row)
		row = system_find(str_cut(&words, ' '));
	return row;
}

/* KEY=value, quoted or not; os-release(5) allows no more that matters here. */
static struct str release_get(struct str text, const char *key)
{
	while (text.ptr) {
		struct str line = str_cut(&text, '\n'), name = str_cut(&line, '=');

		if (!line.ptr || !str_is(str_trim(name), key))
			continue;
		line = str_trim(line);
		if (line.len >= 2 && (line.ptr[0] == '"' || line.ptr[0] == '\'') &&
		    line.ptr[line.len - 1] == line.ptr[0])
			line = (struct str){line.ptr + 1, line.len - 2};
		return line;
	}
	return (struct str){"", 0};
}

/* "22.04" is [22, 4]: parts that are no numbers stay texts. */
static struct value version_parts(struct heap *heap, struct str version)
{
	struct value items[8];
	size_t n = 0;

	for (struct str rest = version; rest.ptr && n < ARRAY_LEN(items);) {
		struct str part = str_cut(&rest, '.');
		uint64_t number = 0;

		items[n++] = str_to_u64(part, &number) && number <= INT64_MAX
				     ? value_int((int64_t)number)
				     : value_text(heap, part);
	}
	return value_tuple(heap, items, n);
}

/* VERSION_CODENAME, or what stands in parentheses in VERSION: "9.3 (Blue Onyx)". */
static struct str codename(struct str release)
{
	struct str name = release_get(release, "VERSION_CODENAME");
	struct str version = release_get(release, "VERSION");

	if (name.len)
		return name;
	str_cut(&version, '(');
	name = version.ptr ? str_cut(&version, ')') : (struct str){"", 0};
	return name;
}

/* What the package manager calls the machine. */
static const char *package_arch(const char *family, const char *machine)
{
	static const struct {
		const char *machine, *debian;
	} names[] = {{"x86_64", "amd64"},
		     {"aarch64", "arm64"},
		     {"armv7l", "armhf"},
		     {"i686", "i386"},
		     {"ppc64le", "ppc64el"}};

	for (size_t i = 0; i < ARRAY_LEN(names) && text_eq(family, "Debian"); i++)
		if (text_eq(machine, names[i].machine))
			return names[i].debian;
	return machine;
}

void os_grains(struct heap *heap, struct dict *grains, int rootfd, const char *machine)
{
	autobuf struct buf file = {0};

	if (!grain_file(rootfd, "etc/os-release", &file))
		grain_file(rootfd, "usr/lib/os-release", &file);
	struct str release = {buf_text(&file), file.len};
	struct str id = release_get(release, "ID"), full = release_get(release, "NAME");
	struct str version = release_get(release, "VERSION_ID"), code = codename(release);
	const struct os_row *own = system_find(id);
	const struct os_row *like = own ? own : system_like(release_get(release, "ID_LIKE"));

	if (!full.len)
		full = STR("Linux");
	struct str name = own ? str_of(own->name) : full;
	struct str family = like ? str_of(like->family) : name;
	if (own && text_eq(own->id, "centos") && memmem(full.ptr, full.len, "Stream", 6))
		name = STR("CentOS Stream");
	struct value parts = version_parts(heap, version);
	bool is_ubuntu = str_is(name, "Ubuntu") || str_is(name, "Pop");
	bool is_short = str_is(name, "Debian") || str_is(name, "Raspbian");
	grain_text(heap, grains, "os", name);
	grain_text(heap, grains, "os_family", family);
	grain_text(heap, grains, "osfullname", full);
	grain_text(heap, grains, "osrelease", version);
	grain_text(heap, grains, "oscodename", code);
	dict_set(heap, grains, "osrelease_info", parts);
	dict_set(heap, grains, "osmajorrelease", parts.list->items[0]);
	struct str major = version, short_version = str_cut(&major, '.');
	dict_set(heap, grains, "osfinger",
		 value_printf(heap, "%.*s-%.*s", STR_ARG(is_short ? name : full),
			      STR_ARG(is_ubuntu ? version : short_version)));
	const char *arch = package_arch(heap_strdup(heap, family), machine);
	grain_text(heap, grains, "osarch", str_of(arch));
	grain_text(heap, grains, "lsb_distrib_id", full);
	grain_text(heap, grains, "lsb_distrib_release", version);
	grain_text(heap, grains, "lsb_distrib_codename", code);
}
