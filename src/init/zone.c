/* zone.c - a time zone's rules, from TZ and the zone file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/limits.h"
#include "init/zone_rule.h"

#include "base/banned.h"

struct zone {
	int n_refs;
	bool is_known;
	bool has_rule;
	struct zone_rule rule; /* behind the last change, or always when there is none */
	int first_offset;      /* before the first change */
	size_t n;
	struct zone_change {
		int64_t at;
		int offset; /* from then on */
	} changes[];
};

static struct zone *zone_new(size_t n_changes)
{
	struct zone *zone = calloc(1, sizeof(*zone) + n_changes * sizeof(struct zone_change));
	if (zone) {
		zone->n_refs = 1;
		zone->is_known = true;
	}
	return zone;
}

/* ---- the zone file ---- */

static int64_t big_endian(const uint8_t *bytes, size_t n)
{
	uint64_t value = n == 4 && bytes[0] & 0x80 ? UINT64_MAX : 0;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return (int64_t)value;
}

struct zone_block {       /* one of the one or two in a file */
	size_t time_size; /* bytes of a time: 4 or 8 */
	size_t n_times, n_types;
	const uint8_t *times, *indexes, *types;
	const uint8_t *end;
};

enum { HEADER_SIZE = 44, TYPE_SIZE = 6, MAX_OFFSET = 26 * 3600 };

/* RFC 9636, 3.1 and 3.2. */
static bool read_block(const uint8_t *bytes, size_t len, size_t time_size,
		       struct zone_block *ret_block)
{
	if (len < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0)
		return false;
	size_t n[6] = {
		0}; /* UT indicators, standard indicators, leap seconds, times, types, letters */
	for (size_t i = 0; i < 6; i++) {
		n[i] = (size_t)big_endian(bytes + 20 + 4 * i, 4);
		if (n[i] > LIMIT_ZONE_FILE)
			return false;
	}
	size_t size = n[3] * (time_size + 1) + n[4] * TYPE_SIZE + n[5] + n[2] * (time_size + 4) +
		      n[1] + n[0];
	if (size > len - HEADER_SIZE || !n[4] || n[4] > 256)
		return false;
	const uint8_t *times = bytes + HEADER_SIZE;
	*ret_block = (struct zone_block){
		.time_size = time_size,
		.n_times = n[3],
		.n_types = n[4],
		.times = times,
		.indexes = times + n[3] * time_size,
		.types = times + n[3] * (time_size + 1),
		.end = times + size,
	};
	return true;
}

static bool type_offset(const struct zone_block *block, size_t type, int *ret_offset)
{
	if (type >= block->n_types)
		return false;
	int64_t offset = big_endian(block->types + type * TYPE_SIZE, 4);
	*ret_offset = (int)offset;
	return offset > -MAX_OFFSET && offset < MAX_OFFSET;
}

/* What is further away than dates are reckoned is no change: zic used to write one at the big bang.
 */
static bool fill_changes(struct zone *zone, const struct zone_block *block)
{
	int64_t last = INT64_MIN;
	if (!type_offset(block, 0, &zone->first_offset))
		return false;
	for (size_t i = 0; i < block->n_times; i++) {
		int64_t at = big_endian(block->times + i * block->time_size, block->time_size);
		int offset;
		if ((i && at <= last) || !type_offset(block, block->indexes[i], &offset))
			return false;
		last = at;
		if (at < -LIMIT_CIVIL_SECONDS)
			zone->first_offset = offset;
		else if (at < LIMIT_CIVIL_SECONDS)
			zone->changes[zone->n++] = (struct zone_change){at, offset};
	}
	return true;
}

/* "\nRULE\n" behind the second block; an empty rule says that nothing is known of the future. */
static bool read_footer(struct zone *zone, struct str footer)
{
	if (footer.len < 2 || footer.ptr[0] != '\n')
		return false;
	const char *end = memchr(footer.ptr + 1, '\n', footer.len - 1);
	if (!end)
		return false;
	struct str text = {footer.ptr + 1, (size_t)(end - footer.ptr) - 1};
	zone->has_rule = text.len != 0;
	return !text.len || zone_rule_parse(text, &zone->rule);
}

struct zone *zone_of_file(const void *bytes, size_t len)
{
	struct zone_block block;
	if (len > LIMIT_ZONE_FILE || !read_block(bytes, len, 4, &block))
		return NULL;
	/* From version 2 on the same follows in 64 bits, and then the rule. */
	const uint8_t *file = bytes, *end = file + len;
	bool has_footer = file[4] >= '2';
	if (has_footer && !read_block(block.end, (size_t)(end - block.end), 8, &block))
		return NULL;
	struct zone *zone = zone_new(block.n_times);
	if (!zone)
		return NULL;
	struct str footer = {(const char *)block.end, (size_t)(end - block.end)};
	if (!fill_changes(zone, &block) || (has_footer && !read_footer(zone, footer))) {
		free(zone);
		return NULL;
	}
	return zone;
}

struct zone *zone_of_rule(const char *text)
{
	struct zone_rule rule;
	if (!zone_rule_parse(str_of(text), &rule))
		return NULL;
	struct zone *zone = zone_new(0);
	if (zone) {
		zone->has_rule = true;
		zone->rule = rule;
	}
	return zone;
}

/* ---- finding it ---- */

static struct zone *zone_read(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int path_len = dir ? snprintf(path, sizeof(path), "%s/%s", dir, name)
			   : snprintf(path, sizeof(path), "%s", name);
	if (path_len < 0 || (size_t)path_len >= sizeof(path))
		return NULL;
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uint64_t)st.st_size > LIMIT_ZONE_FILE)
		return NULL;
	size_t size = (size_t)st.st_size;
	autofree uint8_t *bytes = malloc(size);
	size_t n = 0;
	while (bytes && n < size) {
		ssize_t got = read(fd, bytes + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return NULL;
		n += (size_t)got;
	}
	return bytes ? zone_of_file(bytes, size) : NULL;
}

/* No name may leave the places it is looked for: TZ may be told by others than us. */
static bool is_plain_name(const char *name)
{
	for (struct str rest = str_of(name); rest.len;) {
		if (str_is(str_cut(&rest, '/'), ".."))
			return false;
	}
	return *name != '\0';
}

static struct zone *zone_find(const char *name)
{
	if (*name == '/')
		return zone_read(NULL, name);
	if (!is_plain_name(name))
		return NULL;
	const char *own = getenv("TZDIR");
	const char *const places[] = {own ? own : "/usr/share/zoneinfo", "/usr/share/zoneinfo",
				      "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo",
				      "/etc/zoneinfo"};
	struct zone *zone = NULL;
	for (size_t i = 0; !zone && i < ARRAY_LEN(places); i++)
		zone = zone_read(places[i], name);
	return zone;
}

struct zone *zone_open(const char *tz)
{
	if (!tz)
		tz = getenv("TZ");
	if (!tz) { /* an image without one runs in UTC, and that is nothing to tell of */
		if (access("/etc/localtime", F_OK))
			return NULL;
		tz = "/etc/localtime";
	}
	if (*tz == ':')
		tz++;
	if (!*tz || text_eq(tz, "UTC"))
		return NULL;
	struct zone *zone = zone_find(tz);
	if (!zone)
		zone = zone_of_rule(tz);
	if (!zone) {
		zone = zone_new(0);
		if (zone)
			zone->is_known = false;
	}
	return zone;
}

struct zone *zone_ref(struct zone *zone)
{
	if (zone)
		zone->n_refs++;
	return zone;
}

void zone_close(struct zone *zone)
{
	if (zone && !--zone->n_refs)
		free(zone);
}

bool zone_is_known(const struct zone *zone)
{
	return !zone || zone->is_known;
}

/* ---- what it says ---- */

static struct zone_span span_of_rule(const struct zone *zone, int64_t at)
{
	const struct zone_change *last = zone->n ? &zone->changes[zone->n - 1] : NULL;
	if (!zone->has_rule)
		return (struct zone_span){last ? last->at : INT64_MIN, INT64_MAX,
					  last ? last->offset : zone->first_offset};
	struct zone_span span = zone_rule_span(&zone->rule, at);
	if (last && span.start < last->at)
		span.start = last->at;
	return span;
}

struct zone_span zone_span_at(const struct zone *zone, int64_t at)
{
	if (!zone)
		return (struct zone_span){INT64_MIN, INT64_MAX, 0};
	if (at > LIMIT_CIVIL_SECONDS)
		at = LIMIT_CIVIL_SECONDS;
	if (at < -LIMIT_CIVIL_SECONDS)
		at = -LIMIT_CIVIL_SECONDS;
	size_t low = 0, high = zone->n; /* the first change that is later than `at` */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (zone->changes[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zone->n)
		return span_of_rule(zone, at);
	return (struct zone_span){
		.start = low ? zone->changes[low - 1].at : INT64_MIN,
		.end = zone->changes[low].at,
		.offset = low ? zone->changes[low - 1].offset : zone->first_offset,
	};
}

int zone_offset(const struct zone *zone, int64_t at)
{
	return zone_span_at(zone, at).offset;
}
