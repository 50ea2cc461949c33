/* mirror.c - os-release and apt's sources, read for one URI.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/mirror.h"

#include <fcntl.h>
#include <strings.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/strlist.h"

#include "base/banned.h"

#define LIMIT_SOURCES ((size_t)1 << 20) /* bytes of one file of apt's sources */

/* Missing files are empty ones. */
static int read_optional(int rootfd, const char *path, struct buf *ret_text, struct err *err)
{
	autoclose int fd = -1;
	autoerr struct err why = {0};

	ret_text->max = LIMIT_SOURCES;
	if (beneath_open(rootfd, path, O_RDONLY, 0, &fd, &why)) {
		if (why.kind == ERR_MISSING)
			return 0;
		err_move(err, &why);
		return -1;
	}
	return io_read_all(fd, ret_text, err);
}

static struct str next_word(struct str *rest)
{
	*rest = str_trim(*rest);
	size_t n = 0;
	if (!rest->len)
		return *rest;
	while (n < rest->len && !strchr(" \t\r\n", rest->ptr[n]))
		n++;
	struct str word = {rest->ptr, n};
	rest->ptr += n;
	rest->len -= n;
	return word;
}

static bool has_word(struct str words, const char *wanted)
{
	while (words.len) {
		struct str word = next_word(&words);
		if (!word.len)
			break;
		if (str_is(word, wanted))
			return true;
	}
	return false;
}

/* What a bootstrap can fetch from: not a disc in this host's drive. */
static bool is_mirror(struct str uri)
{
	return uri.len && !str_starts(uri, STR("cdrom:"));
}

/* deb [ options ] URI suite component... # comment */
static char *uri_of_line(struct str line, const char *release)
{
	line = str_cut(&line, '#');
	if (!str_is(next_word(&line), "deb"))
		return NULL;
	line = str_trim(line);
	if (line.len && line.ptr[0] == '[')
		str_cut(&line, ']');
	struct str uri = next_word(&line);
	struct str suite = next_word(&line);
	return is_mirror(uri) && str_is(suite, release) ? str_dup(uri) : NULL;
}

static char *uri_of_list(struct str text, const char *release)
{
	while (text.ptr && text.len) {
		char *uri = uri_of_line(str_cut(&text, '\n'), release);
		if (uri)
			return uri;
	}
	return NULL;
}

struct stanza {
	struct str types, uris, suites;
	struct str *last; /* the field that a continuation line goes on with; NULL: another one */
	bool is_disabled;
};

static char *uri_of_stanza(const struct stanza *stanza, const char *release)
{
	struct str uris = stanza->uris;
	struct str uri;
	if (stanza->is_disabled || !has_word(stanza->types, "deb") ||
	    !has_word(stanza->suites, release))
		return NULL;
	do
		uri = next_word(&uris);
	while (uri.len && !is_mirror(uri));
	return uri.len ? str_dup(uri) : NULL;
}

static bool is_field(struct str name, const char *wanted)
{
	return name.len == strlen(wanted) && strncasecmp(name.ptr, wanted, name.len) == 0;
}

/* "Name: value", or a blank and more of the value: views of one text, so the end just moves on. */
static void read_field(struct stanza *stanza, struct str line)
{
	struct str value = line;

	if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
		if (stanza->last)
			stanza->last->len = (size_t)(line.ptr + line.len - stanza->last->ptr);
		return;
	}
	stanza->last = NULL;
	struct str name = str_trim(str_cut(&value, ':'));
	if (!value.ptr)
		return;
	if (is_field(name, "Types"))
		stanza->last = &stanza->types;
	else if (is_field(name, "URIs"))
		stanza->last = &stanza->uris;
	else if (is_field(name, "Suites"))
		stanza->last = &stanza->suites;
	else if (is_field(name, "Enabled"))
		stanza->is_disabled = str_is(str_trim(value), "no");
	if (stanza->last)
		*stanza->last = value;
}

/* deb822: stanzas of "Name: value" lines between blank lines. */
static char *uri_of_deb822(struct str text, const char *release)
{
	struct stanza stanza = {0};
	for (bool more = true; more;) {
		more = text.ptr && text.len;
		struct str line = more ? str_cut(&text, '\n') : STR("");
		if (line.ptr && str_trim(line).len) {
			if (line.ptr[0] != '#')
				read_field(&stanza, line);
			continue;
		}
		char *uri = uri_of_stanza(&stanza, release);
		if (uri)
			return uri;
		stanza = (struct stanza){0};
	}
	return NULL;
}

char *stage_sources_uri(struct str text, enum sources_form form, const char *release)
{
	return form == SOURCES_DEB822 ? uri_of_deb822(text, release) : uri_of_list(text, release);
}

/* A value of os-release(5), quotes removed; "" when it is not there. */
static int host_value(int rootfd, const char *wanted, char **ret_value, struct err *err)
{
	autobuf struct buf text = {0};
	if (read_optional(rootfd, "etc/os-release", &text, err))
		return -1;
	struct str found = STR("");
	for (struct str rest = buf_str(&text); rest.ptr && rest.len;) {
		struct str value = str_trim(str_cut(&rest, '\n'));
		struct str name = str_cut(&value, '=');
		if (str_is(name, wanted) && value.ptr)
			found = value;
	}
	if (found.len >= 2 && (found.ptr[0] == '"' || found.ptr[0] == '\''))
		found = (struct str){found.ptr + 1, found.len - 2};
	*ret_value = str_dup(found);
	return 0;
}

static int uri_of_file(int rootfd, const char *path, const char *release, char **ret_uri,
		       struct err *err)
{
	autobuf struct buf text = {0};
	if (read_optional(rootfd, path, &text, err))
		return -1;
	*ret_uri = stage_sources_uri(buf_str(&text),
				     text_ends(path, ".sources") ? SOURCES_DEB822 : SOURCES_LIST,
				     release);
	return 0;
}

int stage_host_mirror(int rootfd, const char *os, const char *release, char **ret_uri,
		      struct err *err)
{
	autostrlist struct strlist names = {0};
	autoclose int dirfd = -1;
	autoerr struct err no_dir = {0};
	autofree char *host = NULL;
	char *uri = NULL;

	if (host_value(rootfd, "ID", &host, err))
		return -1;
	bool is_host = text_eq(host, os);
	if (is_host && uri_of_file(rootfd, "etc/apt/sources.list", release, &uri, err))
		return -1;
	if (is_host && !uri &&
	    !beneath_open(rootfd, "etc/apt/sources.list.d", O_RDONLY | O_DIRECTORY, 0, &dirfd,
			  &no_dir) &&
	    dir_list(dirfd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n && !uri; i++) {
		autofree char *path = path_join("etc/apt/sources.list.d", names.items[i]);
		if (!text_ends(path, ".list") && !text_ends(path, ".sources"))
			continue;
		if (uri_of_file(rootfd, path, release, &uri, err))
			return -1;
	}
	*ret_uri = uri ? uri : xstrdup("");
	return 0;
}

int stage_host_own_mirror(int rootfd, char **ret_uri, struct err *err)
{
	autofree char *os = NULL;
	autofree char *release = NULL;

	if (host_value(rootfd, "ID", &os, err) ||
	    host_value(rootfd, "VERSION_CODENAME", &release, err))
		return -1;
	return stage_host_mirror(rootfd, os, release, ret_uri, err);
}
