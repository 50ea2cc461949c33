/* volumes.c - what every build container sees of the host: one table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "stage/stage_private.h"

#include "base/banned.h"

void stage_volumes(const struct stage_settings *s, const char *inject_dir,
		   struct strlist *ret_mounts)
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
		strlist_addf(ret_mounts, "type=bind,\"source=%s\",target=%s", table[i].host,
			     table[i].container);
}
