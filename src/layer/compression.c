/* compression.c - the names of compressions, and the writer for each.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/compression.h"

#include <sched.h>
#include <string.h>

#include "base/mem.h"
#include "layer/compress_private.h"
#include "layer/limits.h"

#include "base/banned.h"

static const struct form {
	const char *name;
	int level_default, level_max; /* 0: not written */
} forms[] = {
	[COMPRESSION_NONE] = {"none", 0, 0},   [COMPRESSION_GZIP] = {"gzip", 1, 3},
	[COMPRESSION_ZSTD] = {"zstd", 3, 19},  [COMPRESSION_XZ] = {"xz", 0, 0},
	[COMPRESSION_BZIP2] = {"bzip2", 0, 0},
};

const char *compression_name(enum compression compression)
{
	return forms[compression].name;
}

int compression_parse(const char *name, enum compression *ret_compression, struct err *err)
{
	const char *names[ARRAY_LEN(forms) + 1] = {0};
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		names[i] = forms[i].name;
		if (text_eq(name, forms[i].name)) {
			*ret_compression = (enum compression)i;
			return 0;
		}
	}
	const char *nearest = str_nearest(name, names);
	if (nearest)
		return err_set(err, ERR_INPUT, "unknown compression '%s' (did you mean '%s'?)",
			       name, nearest);
	return err_set(err, ERR_INPUT, "unknown compression '%s'", name);
}

int compress_threads(int wanted)
{
	cpu_set_t set;
	if (wanted <= 0)
		wanted = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	return wanted < LIMIT_COMPRESS_THREADS ? wanted : LIMIT_COMPRESS_THREADS;
}

int compression_level(enum compression compression, int wanted, int *ret_level, struct err *err)
{
	const struct form *form = &forms[compression];
	if (compression == COMPRESSION_NONE)
		wanted = 0;
	else if (form->level_max == 0)
		return err_set(err, ERR_INPUT, "%s is read but not written", form->name);
	if (wanted < 0 || wanted > form->level_max)
		return err_set(err, ERR_INPUT, "%s has no level %d: it goes from 1 to %d",
			       form->name, wanted, form->level_max);
	*ret_level = wanted ? wanted : form->level_default;
	return 0;
}

int writer_compress(struct writer *inner, enum compression compression,
		    const struct compress_options *options, struct writer **ret_writer,
		    struct err *err)
{
	int level = 0;
	if (compression_level(compression, options->level, &level, err)) {
		writer_close(inner);
		return -1;
	}
	struct belt_options belt = {
		.codec = &gzip_codec, .level = level, .threads = options->threads};
	switch (compression) {
	case COMPRESSION_GZIP: *ret_writer = belt_writer(belt_new(inner, &belt)); break;
	case COMPRESSION_ZSTD: *ret_writer = writer_zstd(inner, level, options->threads); break;
	default: *ret_writer = inner;
	}
	return 0;
}
