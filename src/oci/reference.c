/* reference.c - the grammar of image names.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   reference  = name [":" tag] ["@" digest]
 *   name       = [domain "/"] component {"/" component}
 *   domain     = host [":" port]         only when it holds "." or ":" or is "localhost"
 *   host       = label {"." label} | "[" IPv6 "]"
 *   component  = alnum {separator alnum}  separator: "." "_" "__" or dashes; lower case
 *   tag        = (letter | digit | "_") up to 127 of those or "." or "-" */
#include "oci/reference.h"

#include "base/buf.h"
#include "base/encode.h"
#include "oci/limits.h"

#include "base/banned.h"

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN  "index.docker.io"
#define OFFICIAL_PATH  "library/"
#define HEX_ID_LENGTH  64 /* such a name is an image ID */

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool all_are(struct str text, bool (*is)(char))
{
	for (size_t i = 0; i < text.len; i++)
		if (!is(text.ptr[i]))
			return false;
	return text.len > 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_label_byte(char c)
{
	return is_alnum(c) || c == '-';
}

static bool is_ipv6_byte(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
}

static bool host_is_valid(struct str host)
{
	if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		return all_are((struct str){host.ptr + 1, host.len - 2}, is_ipv6_byte);
	while (host.ptr) {
		struct str label = str_cut(&host, '.');
		if (!all_are(label, is_label_byte) || label.ptr[0] == '-' ||
		    label.ptr[label.len - 1] == '-')
			return false;
	}
	return true;
}

static bool domain_is_valid(struct str domain)
{
	const char *bracket = memchr(domain.ptr, ']', domain.len);
	size_t skip = bracket ? (size_t)(bracket - domain.ptr) : 0;
	const char *colon = memchr(domain.ptr + skip, ':', domain.len - skip);

	if (!colon)
		return host_is_valid(domain);
	size_t host_len = (size_t)(colon - domain.ptr);
	return host_is_valid((struct str){domain.ptr, host_len}) &&
	       all_are((struct str){colon + 1, domain.len - host_len - 1}, is_digit);
}

/* The bytes of the separator at the front: ".", "_", "__", any dashes; 0: none. */
static size_t separator_length(struct str text)
{
	size_t len = 0;

	if (!text.len)
		return 0;
	if (text.ptr[0] == '.')
		return 1;
	if (text.ptr[0] == '_')
		return text.len > 1 && text.ptr[1] == '_' ? 2 : 1;
	while (len < text.len && text.ptr[len] == '-')
		len++;
	return len;
}

static bool component_is_valid(struct str text)
{
	for (;;) {
		size_t len = 0;
		while (len < text.len && is_lower_alnum(text.ptr[len]))
			len++;
		if (len == 0)
			return false;
		if (len == text.len)
			return true;

		len += separator_length((struct str){text.ptr + len, text.len - len});
		if (is_lower_alnum(text.ptr[len - 1]))
			return false;
		text = (struct str){text.ptr + len, text.len - len};
	}
}

bool reference_tag_is_valid(const char *tag)
{
	size_t len = strlen(tag);

	if (len == 0 || len > 128 || tag[0] == '.' || tag[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(tag[i]) && !strchr("_.-", tag[i]))
			return false;
	return true;
}

static bool is_domain(struct str first)
{
	return memchr(first.ptr, '.', first.len) || memchr(first.ptr, ':', first.len) ||
	       str_is(first, "localhost");
}

static bool is_lower_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_image_id(struct str name)
{
	return name.len == HEX_ID_LENGTH && all_are(name, is_lower_hex);
}

static int refuse(const char *text, const char *reason, struct err *err)
{
	autobuf struct buf quoted = {0};

	text_escape(&quoted, str_of(text));
	return err_set(err, ERR_INPUT, "image name '%s' %s", buf_text(&quoted), reason);
}

static int refuse_upper_case(const char *text, struct str name, struct err *err)
{
	autofree char *lower = str_dup(name);
	size_t n_upper = 0;

	for (char *c = lower; *c; c++) {
		if (*c < 'A' || *c > 'Z')
			continue;
		*c = (char)(*c - 'A' + 'a');
		n_upper++;
	}
	if (!n_upper)
		return 0;

	autofree char *reason = xasprintf("must be lower case: '%s'", lower);
	return refuse(text, reason, err);
}

static int check_path(const char *text, struct str path, struct err *err)
{
	if (refuse_upper_case(text, path, err))
		return -1;
	while (path.ptr) {
		struct str component = str_cut(&path, '/');
		if (!component.len)
			return refuse(text, "has an empty part between slashes", err);
		if (!component_is_valid(component)) {
			autobuf struct buf reason = {0};
			buf_puts(&reason, "has a part '");
			text_escape(&reason, component);
			buf_puts(&reason, "' that is not letters and digits joined by '.', '_', "
					  "'__' or '-'");
			return refuse(text, buf_text(&reason), err);
		}
	}
	return 0;
}

/* Splits at the domain; what has none belongs to docker.io, one word there to library/. */
static int parse_name(const char *text, struct str name, struct reference *ref, struct err *err)
{
	struct str path = name;
	struct str domain = str_cut(&path, '/');

	if (is_image_id(name))
		return refuse(text, "is an image ID, 64 hexadecimal digits cannot be a name", err);
	if (!path.ptr || !is_domain(domain)) {
		domain = STR(DEFAULT_DOMAIN);
		path = name;
	}
	if (!domain_is_valid(domain))
		return refuse(text, "has no valid host name in front", err);
	if (check_path(text, path, err))
		return -1;
	if (str_is(domain, LEGACY_DOMAIN))
		domain = STR(DEFAULT_DOMAIN);

	bool is_official = str_is(domain, DEFAULT_DOMAIN) && !memchr(path.ptr, '/', path.len);
	ref->domain = str_dup(domain);
	ref->path = xasprintf("%s%.*s", is_official ? OFFICIAL_PATH : "", STR_ARG(path));
	if (strlen(ref->domain) + 1 + strlen(ref->path) > LIMIT_REPOSITORY_TEXT)
		return err_set(err, ERR_LIMIT, "image name '%s' is longer than %u bytes", text,
			       LIMIT_REPOSITORY_TEXT);
	return 0;
}

static int parse_tag(const char *text, struct str tag, struct reference *ref, struct err *err)
{
	ref->tag = str_dup(tag);
	if (!reference_tag_is_valid(ref->tag))
		return refuse(
			text,
			"has a wrong tag: up to 128 letters, digits, '_', '.' or '-', the first "
			"neither '.' nor '-'",
			err);
	return 0;
}

static int parse_whole(const char *text, struct reference *ref, struct err *err)
{
	struct str digest = str_of(text);
	struct str name = str_cut(&digest, '@');

	if (digest.ptr && digest_parse(digest, &ref->digest, err))
		return err_wrap(err, "image name '%.*s'", STR_ARG(name));

	const char *slash = memrchr(name.ptr, '/', name.len);
	size_t skip = slash ? (size_t)(slash - name.ptr) : 0;
	const char *colon = memchr(name.ptr + skip, ':', name.len - skip);
	if (colon) {
		struct str tag = {colon + 1, (size_t)(name.ptr + name.len - colon - 1)};
		if (parse_tag(text, tag, ref, err))
			return -1;
		name.len = (size_t)(colon - name.ptr);
	}
	if (!name.len)
		return refuse(text, "begins with its tag or digest", err);
	return parse_name(text, name, ref, err);
}

int reference_parse(const char *text, struct reference *ret_ref, struct err *err)
{
	if (!*text)
		return err_set(err, ERR_INPUT, "the image name is empty");
	if (strlen(text) > LIMIT_REFERENCE_TEXT)
		return err_set(err, ERR_LIMIT, "an image name is longer than %u bytes",
			       LIMIT_REFERENCE_TEXT);
	if (strstr(text, "://"))
		return refuse(text, "must stand without its 'scheme://'", err);

	struct reference ref = {0};
	if (parse_whole(text, &ref, err)) {
		reference_done(&ref);
		return -1;
	}
	*ret_ref = ref;
	return 0;
}

int reference_parse_tag(const char *text, struct reference *ret_ref, struct err *err)
{
	autoref struct reference ref = {0};

	if (reference_parse(text, &ref, err))
		return -1;
	if (digest_is_set(&ref.digest))
		return err_set(err, ERR_INPUT,
			       "'%s' cannot be given as a name: a digest is what an image has",
			       text);
	reference_default_tag(&ref);
	*ret_ref = steal(&ref);
	return 0;
}

void reference_done(struct reference *ref)
{
	free(ref->domain);
	free(ref->path);
	free(ref->tag);
	*ref = (struct reference){0};
}

void reference_default_tag(struct reference *ref)
{
	if (!ref->tag && !digest_is_set(&ref->digest))
		ref->tag = xstrdup("latest");
}

void reference_set_tag(struct reference *ref, const char *tag)
{
	char *copy = xstrdup(tag);

	free(ref->tag);
	ref->tag = copy;
	ref->digest = (struct digest){0};
}

char *reference_repository(const struct reference *ref)
{
	return xasprintf("%s/%s", ref->domain, ref->path);
}

/* The short form only where it means the same when it is read again. */
char *reference_familiar_repository(const struct reference *ref)
{
	if (!text_eq(ref->domain, DEFAULT_DOMAIN))
		return reference_repository(ref);

	if (text_starts(ref->path, OFFICIAL_PATH)) {
		const char *word = ref->path + strlen(OFFICIAL_PATH);
		if (is_image_id(str_of(word)))
			return reference_repository(ref);
		if (!strchr(word, '/'))
			return xstrdup(word);
	}
	struct str rest = str_of(ref->path);
	return is_domain(str_cut(&rest, '/')) ? reference_repository(ref) : xstrdup(ref->path);
}

static char *whole(char *repository, const struct reference *ref)
{
	autofree char *taken = repository;
	bool has_digest = digest_is_set(&ref->digest);

	return xasprintf("%s%s%s%s%s", taken, ref->tag ? ":" : "", ref->tag ? ref->tag : "",
			 has_digest ? "@" : "", ref->digest.text);
}

char *reference_text(const struct reference *ref)
{
	return whole(reference_repository(ref), ref);
}

char *reference_familiar(const struct reference *ref)
{
	return whole(reference_familiar_repository(ref), ref);
}
