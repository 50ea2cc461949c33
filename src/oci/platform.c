/* platform.c - operating system, architecture, variant: in Go's words.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-index.md, "platform"; go.dev/doc/install/source, "GOARCH". */
#include <assert.h>
#include <ctype.h>
#include <sys/utsname.h>

#include "oci/manifest_private.h"

#include "base/banned.h"

static const struct field platform_fields[] = {
	F_TEXT(struct platform, architecture, "architecture", .required = true),
	F_TEXT(struct platform, os, "os", .required = true),
	F_TEXT(struct platform, os_version, "os.version"),
	F_TEXT(struct platform, variant, "variant"),
	{0},
};

static const struct {
	const char *machine; /* uname(2), or a word that people use */
	const char *architecture;
	const char *variant;
} machines[] = {
	{"x86_64", "amd64"},
	{"x86-64", "amd64"},
	{"i386", "386"},
	{"i486", "386"},
	{"i586", "386"},
	{"i686", "386"},
	{"aarch64", "arm64"},
	{"aarch64_be", "arm64be"},
	{"armv8l", "arm", "v7"}, /* a 32-bit process on a 64-bit kernel */
	{"armv7l", "arm", "v7"},
	{"armhf", "arm", "v7"},
	{"armv6l", "arm", "v6"},
	{"armel", "arm", "v6"},
	{"armv5tel", "arm", "v5"},
	{"armv5tejl", "arm", "v5"},
	{"loongarch64", "loong64"},
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	{"mips", "mipsle"},
	{"mips64", "mips64le"},
#endif
};

/* The words of Go that mean an architecture when they stand alone. */
static const char *const architectures[] = {
	"386",      "amd64",  "arm",   "arm64",   "loong64", "mips",  "mips64",
	"mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", NULL,
};

/* uname's word to Go's; a variant that was given stays. */
static void normalize(struct platform *platform)
{
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		if (!text_eq(platform->architecture, machines[i].machine))
			continue;
		free(platform->architecture);
		platform->architecture = xstrdup(machines[i].architecture);
		if (!platform->variant)
			platform->variant = xstrdup(machines[i].variant);
		return;
	}
}

struct platform platform_host(void)
{
	struct utsname name = {0};

	uname(&name); /* cannot fail: the buffer is ours */
	struct platform host = {
		.os = xstrdup("linux"),
		.architecture = xstrdup(name.machine),
	};
	normalize(&host);
	return host;
}

static bool word_is_valid(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!isalnum((unsigned char)word.ptr[i]) && !strchr("_.-", word.ptr[i]))
			return false;
	return word.len > 0;
}

static char *lower(struct str word)
{
	char *text = str_dup(word);

	for (char *c = text; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

static bool is_architecture(const char *word)
{
	struct platform alone = {.architecture = xstrdup(word)};
	bool found = false;

	normalize(&alone);
	for (size_t i = 0; architectures[i]; i++)
		found |= text_eq(alone.architecture, architectures[i]);
	platform_done(&alone);
	return found;
}

int platform_parse(const char *text, struct platform *ret_platform, struct err *err)
{
	struct str rest = str_of(text);
	autostrlist struct strlist words = {0};

	while (rest.ptr) {
		struct str word = str_cut(&rest, '/');
		if (!word_is_valid(word) || words.n == 3)
			return err_set(err, ERR_INPUT, "platform '%s' must be OS/ARCH[/VARIANT]",
				       text);
		strlist_take(&words, lower(word));
	}
	if (words.n == 1 && !is_architecture(words.items[0]))
		return err_set(err, ERR_INPUT, "platform '%s' must be OS/ARCH[/VARIANT]", text);

	assert(words.n >= 1); /* str_cut gives at least one word */
	size_t first = words.n == 1 ? 0 : 1;
	struct platform platform = {
		.os = xstrdup(first ? words.items[0] : "linux"),
		.architecture = xstrdup(words.items[first]),
		.variant = words.n == 3 ? xstrdup(words.items[2]) : NULL,
	};
	normalize(&platform);
	*ret_platform = platform;
	return 0;
}

int platform_decode(const struct node *map, struct platform *ret_platform, struct err *err)
{
	return fields_decode(platform_fields, FIELDS_OPEN, map, ret_platform, err);
}

struct node *platform_encode(struct arena *arena, const struct platform *platform)
{
	return fields_encode(arena, platform_fields, platform);
}

void platform_copy(struct platform *dst, const struct platform *src)
{
	fields_copy(platform_fields, dst, src);
}

char *platform_text(const struct platform *platform)
{
	return xasprintf("%s/%s%s%s", platform->os ? platform->os : "unknown",
			 platform->architecture ? platform->architecture : "unknown",
			 platform->variant ? "/" : "", platform->variant ? platform->variant : "");
}

void platform_done(struct platform *platform)
{
	fields_done(platform_fields, platform);
}
