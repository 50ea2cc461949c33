/* tip.c - what a stage has become so far.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "build/build_private.h"

#include "base/banned.h"

void tip_done(struct tip *tip)
{
	image_config_done(&tip->config);
	vec_done(&tip->layers);
	strlist_done(&tip->args);
	*tip = (struct tip){0};
}

void tip_add_layer(struct tip *tip, const struct layer_meta *layer)
{
	vec_push(&tip->layers, *layer);
}

void tip_copy(struct tip *dst, const struct tip *src)
{
	tip_done(dst);
	image_config_copy(&dst->config, &src->config);
	strlist_copy(&dst->args, &src->args);
	for (size_t i = 0; i < src->layers.n; i++)
		tip_add_layer(dst, &src->layers.items[i]);
}

const struct digest *tip_chain(const struct tip *tip)
{
	return tip->layers.n ? &tip->layers.items[tip->layers.n - 1].chain_id : NULL;
}
