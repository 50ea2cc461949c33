/* volumes.c - what every build container sees of the host: one table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/volumes.h"

#include "base/buf.h"

#include "base/banned.h"

/* -v SOURCE:TARGET[:OPTIONS] */
static bool volume_is_at(const char *text, const char *target)
{
	struct str rest = str_of(text);
	while (rest.ptr)
		if (str_is(str_cut(&rest, ':'), target))
			return true;
	return false;
}

/* --mount …,target=TARGET,… */
static bool mount_is_at(const char *text, const char *target)
{
	struct str rest = str_of(text);
	while (rest.ptr) {
		struct str value = str_cut(&rest, ',');
		struct str key = str_cut(&value, '=');
		if ((str_is(key, "target") || str_is(key, "dst") || str_is(key, "destination")) &&
		    str_is(value, target))
			return true;
	}
	return false;
}

static bool is_taken(const struct container_options *given, const char *target)
{
	for (size_t i = 0; i < given->volumes.n; i++)
		if (volume_is_at(given->volumes.items[i], target))
			return true;
	for (size_t i = 0; i < given->mounts.n; i++)
		if (mount_is_at(given->mounts.items[i], target))
			return true;
	return false;
}

void volume_add(struct strlist *mounts, const char *source, const char *target, bool read_only)
{
	autobuf struct buf text = {0};

	buf_puts(&text, "type=bind,\"source=");
	for (const char *c = source; *c; c++)
		buf_puts(&text, *c == '"' ? "\"\"" : (char[]){*c, '\0'});
	buf_printf(&text, "\",target=%s%s", target, read_only ? ",readonly" : "");
	strlist_add(mounts, buf_text(&text));
}

void stage_volumes(const struct stage_settings *s, const char *inject_dir,
		   const struct container_options *given, struct strlist *ret_mounts)
{
	const struct {
		const char *host, *container;
	} table[] = {
		{s->data_dir, "/docker/data"},
		{inject_dir, "/docker/injected_volumes"},
		{s->share, "/docker/makina-states"},
		{s->image_dir, "/docker/image"},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!is_taken(given, table[i].container))
			volume_add(ret_mounts, table[i].host, table[i].container, false);
}
