/* fuzz_pillar.c - any text as a project's sample and pillar ends in a configuration or an error.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is read is split at the first NUL: the sample, then the pillar. */
#include <assert.h>
#include <stdint.h>

#include "project/project_private.h"
#include "value/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct dict *mapping(struct heap *heap, struct str text)
{
	autoerr struct err err = {0};
	struct value v = value_none();

	if (value_from_yaml(heap, text, "fuzz", &v, &err))
		assert(err_is_set(&err));
	return v.kind == VALUE_DICT ? v.dict : dict_new(heap);
}

static struct dict *data_of(struct heap *heap, const struct dict *settings)
{
	const struct value *data = dict_get(settings, "data");

	return data && data->kind == VALUE_DICT ? data->dict : dict_new(heap);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoheap struct heap heap = {.max = (size_t)64 << 20, .max_steps = 1000000};
	autoerr struct err err = {0};
	struct secrets secrets = {0};
	autobuf struct buf masked = {.max = SIZE_MAX / 2};
	struct str pillar = {(const char *)bytes, len}, sample = str_cut(&pillar, '\0');
	struct dict *rest = dict_new(&heap);
	struct dict *under = settings_take(&heap, "p", mapping(&heap, sample), true, rest);
	struct dict *over = settings_take(&heap, "p", mapping(&heap, pillar.ptr ? pillar : STR("")),
					  false, NULL);
	struct dict *cfg = settings_merge(&heap, under, over);
	struct dict *data = settings_merge(&heap, data_of(&heap, under), data_of(&heap, over));

	dict_remove(cfg, value_literal("data"), NULL);
	if (format_resolve(&heap, data, cfg, NULL, &err))
		assert(err_is_set(&err));
	secrets_scan(&secrets, value_of_dict(data));
	secrets_scan_text(&secrets, sample);
	secrets_mask(&secrets, sample, &masked);
	secrets_mask_value(&secrets, &heap, value_of_dict(data));
	secrets_done(&secrets);
	return 0;
}
