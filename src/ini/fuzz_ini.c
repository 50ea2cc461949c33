/* fuzz_ini.c - whole init files of both vocabularies: loaded, dumped, asked, compared.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/loader_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const env[] = {"PATH=/bin", "HOME=/root", "A_KEY=secret", NULL};
	autostrlist struct strlist errors = {0};
	struct load_options options = {.env = env, .errors = &errors};
	struct ini_text text = {"f", {(const char *)data, len}};
	struct model *model = NULL;
	autoerr struct err err = {0};
	/* A path of a secret would be opened: not what is tried here. */
	if (model_load_texts(&options, &text, 1, &model, &err))
		return 0;
	autobuf struct buf dump = {.max = (size_t)64 << 20};
	model_dump(model, &dump);
	for (size_t i = 0; i < model->n_services; i++) {
		bool only_copies;
		struct option option;
		autoarena struct arena arena = {0};
		if (service_differs(&model->services[i], &model->services[i], &only_copies))
			__builtin_trap();
		service_option(model, &model->services[i], "env", &arena, &option);
	}
	model_free(model);
	return 0;
}
