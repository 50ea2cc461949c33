/* test_mirror.c - the host's own package mirror, out of both forms of apt's sources.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "base/io.h"
#include "stage/mirror.h"
#include "testing/test.h"

#include "base/banned.h"

static const char one_line[] = "# deb http://commented.example.org/ bookworm main\n"
			       "deb cdrom:[Debian]/ bookworm main\n"
			       "deb-src http://source.example.org/ bookworm main\n"
			       "deb http://security.example.org/ bookworm-security main\n"
			       "  deb\t[arch=amd64 trusted=yes] http://mirror.example.org/debian "
			       "bookworm main # ours\n"
			       "deb http://later.example.org/ bookworm main\n"
			       "deb http://next.example.org/ trixie main\n";

static const char stanzas[] = "# a comment\n"
			      "Types: deb-src\n"
			      "URIs: http://source.example.org/\n"
			      "Suites: bookworm\n"
			      "\n"
			      "Types: deb\n"
			      "URIs: http://off.example.org/\n"
			      "Suites: bookworm\n"
			      "Enabled: no\n"
			      "\n"
			      "types: deb deb-src\n"
			      "URIS: cdrom:[Debian]/ http://mirror.example.org/debian\n"
			      "Suites: bookworm bookworm-updates\n"
			      "Components: main\n"
			      "\n"
			      "Types: deb\n"
			      "URIs:\n"
			      " http://many.example.org/debian\n"
			      " http://more.example.org/debian\n"
			      "Signed-By:\n"
			      " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
			      " URIs: http://no.example.org/\n"
			      "Suites:\n"
			      " sid\n"
			      " trixie\n";

TEST(the_first_uri_of_the_release_is_the_mirror)
{
	static const struct {
		const char *name, *text;
		enum sources_form form;
		const char *release, *uri;
	} cases[] = {
		{"one line", one_line, SOURCES_LIST, "bookworm",
		 "http://mirror.example.org/debian"},
		{"another release", one_line, SOURCES_LIST, "trixie", "http://next.example.org/"},
		{"a release that is not there", one_line, SOURCES_LIST, "sid", NULL},
		{"a suite that only begins so", one_line, SOURCES_LIST, "book", NULL},
		{"stanza", stanzas, SOURCES_DEB822, "bookworm", "http://mirror.example.org/debian"},
		{"a second suite", stanzas, SOURCES_DEB822, "bookworm-updates",
		 "http://mirror.example.org/debian"},
		{"values on lines of their own", stanzas, SOURCES_DEB822, "trixie",
		 "http://many.example.org/debian"},
		{"no stanza", stanzas, SOURCES_DEB822, "bullseye", NULL},
		{"nothing", "", SOURCES_DEB822, "bookworm", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *uri =
			stage_sources_uri(str_of(cases[i].text), cases[i].form, cases[i].release);
		CHECK_STR(uri, cases[i].uri);
	}
}

static void write_file(int dirfd, const char *name, const char *text)
{
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(dirfd, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

static int make_host(const char *os_release)
{
	autoerr struct err err = {0};
	const char *path;
	int dirfd = test_dir(&path);
	CHECK_OK(dir_make_all(dirfd, "etc/apt/sources.list.d", 0755, &err), &err);
	write_file(dirfd, "etc/os-release", os_release);
	return dirfd;
}

TEST(files_are_read_in_order_and_others_left_alone)
{
	int host = make_host("NAME=\"Debian\"\nID=debian\nVERSION_CODENAME=bookworm\n");
	autoerr struct err err = {0};
	autofree char *uri = NULL, *own = NULL, *foreign = NULL, *first = NULL;

	write_file(host, "etc/apt/sources.list.d/a.disabled",
		   "deb http://no.example.org/ bookworm main\n");
	write_file(host, "etc/apt/sources.list.d/b.list",
		   "deb http://other.example.org/ trixie main\n");
	write_file(host, "etc/apt/sources.list.d/c.sources",
		   "Types: deb\nURIs: http://yes.example.org/\nSuites: bookworm\n");
	CHECK_OK(stage_host_mirror(host, "debian", "bookworm", &uri, &err), &err);
	CHECK_STR(uri, "http://yes.example.org/");
	CHECK_OK(stage_host_own_mirror(host, &own, &err), &err);
	CHECK_STR(own, "http://yes.example.org/");
	CHECK_OK(stage_host_mirror(host, "ubuntu", "bookworm", &foreign, &err), &err);
	CHECK_STR(foreign, "");

	write_file(host, "etc/apt/sources.list", "deb http://first.example.org/ bookworm main\n");
	CHECK_OK(stage_host_mirror(host, "debian", "bookworm", &first, &err), &err);
	CHECK_STR(first, "http://first.example.org/");
}

TEST(quotes_around_the_name_of_the_system_do_not_matter)
{
	int host = make_host("ID='debian'\nVERSION_CODENAME=\"bookworm\"\n");
	autoerr struct err err = {0};
	autofree char *uri = NULL;

	write_file(host, "etc/apt/sources.list", "deb http://first.example.org/ bookworm main\n");
	CHECK_OK(stage_host_own_mirror(host, &uri, &err), &err);
	CHECK_STR(uri, "http://first.example.org/");
}

TEST(a_host_without_apt_has_no_mirror)
{
	autoerr struct err err = {0};
	autofree char *uri = NULL;
	const char *path;

	CHECK_OK(stage_host_mirror(test_dir(&path), "debian", "bookworm", &uri, &err), &err);
	CHECK_STR(uri, "");
}
