/* package_version.c - comparing versions of packages: deb-version(7), "Sorting algorithm".
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/package_db.h"

#include "base/banned.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* '~' sorts before the end, letters before all else. */
static int order_of(char c)
{
	if (c == '~')
		return -1;
	if (!c || is_digit(c))
		return 0;
	bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return is_letter ? c : c + 256;
}

static int compare_digits(const char **a, const char **b)
{
	int first = 0;

	while (**a == '0')
		++*a;
	while (**b == '0')
		++*b;
	while (is_digit(**a) && is_digit(**b)) {
		if (!first)
			first = **a - **b;
		++*a;
		++*b;
	}
	if (is_digit(**a))
		return 1;
	return is_digit(**b) ? -1 : first;
}

/* Runs of other bytes and runs of digits by turns. */
static int compare_part(const char *a, const char *b)
{
	while (*a || *b) {
		while ((*a && !is_digit(*a)) || (*b && !is_digit(*b))) {
			int difference = order_of(*a) - order_of(*b);
			if (difference)
				return difference;
			a += *a != '\0';
			b += *b != '\0';
		}
		int difference = compare_digits(&a, &b);
		if (difference)
			return difference;
	}
	return 0;
}

struct version {
	uint64_t epoch;
	char *upstream, *revision; /* owned */
};

static struct version version_parse(const char *text)
{
	struct str rest = str_of(text);
	struct version version = {0};
	const char *colon = strchr(text, ':');

	if (colon && str_to_u64((struct str){text, (size_t)(colon - text)}, &version.epoch))
		rest = str_of(colon + 1);
	const char *dash = memrchr(rest.ptr, '-', rest.len);
	size_t len = dash ? (size_t)(dash - rest.ptr) : rest.len;
	version.upstream = xstrndup(rest.ptr, len);
	version.revision = xstrdup(dash ? dash + 1 : "");
	return version;
}

static void version_done(struct version *version)
{
	free(version->upstream);
	free(version->revision);
}

int package_version_compare(const char *a, const char *b)
{
	cleanup(version_done) struct version left = version_parse(a);
	cleanup(version_done) struct version right = version_parse(b);

	if (left.epoch != right.epoch)
		return left.epoch < right.epoch ? -1 : 1;
	int difference = compare_part(left.upstream, right.upstream);
	return difference ? difference : compare_part(left.revision, right.revision);
}

static bool one_fits(const char *version, struct str spec)
{
	static const struct {
		const char *text;
		bool less, equal, greater;
	} operators[] = {
		{">=", false, true, true},  {"<=", true, true, false}, {"!=", true, false, true},
		{"==", false, true, false}, {">", false, false, true}, {"<", true, false, false},
		{"=", false, true, false},
	};

	spec = str_trim(spec);
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		struct str text = str_of(operators[i].text);
		if (!str_starts(spec, text))
			continue;
		autofree char *wanted =
			str_dup(str_trim((struct str){spec.ptr + text.len, spec.len - text.len}));
		int order = package_version_compare(version, wanted);
		return order < 0   ? operators[i].less
		       : order > 0 ? operators[i].greater
				   : operators[i].equal;
	}
	autofree char *wanted = str_dup(spec);
	return str_glob(wanted, version) || package_version_compare(version, wanted) == 0;
}

bool package_version_fits(const char *version, const char *spec)
{
	struct str rest = str_of(spec);

	while (rest.len)
		if (!one_fits(version, str_cut(&rest, ',')))
			return false;
	return true;
}
