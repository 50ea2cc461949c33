/* names.c - the names of images as people write them, and the patterns they are found by.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>

#include "image/image_private.h"

#include "base/banned.h"

char *name_familiar(const char *canonical)
{
	autoref struct reference name = {0};
	autoerr struct err ignored = {0};

	if (reference_parse(canonical, &name, &ignored))
		return xstrdup(canonical);
	return reference_familiar(&name);
}

/* distribution/reference, FamiliarMatch: the pattern fits the whole or the repository alone. */
bool name_fits(const char *canonical, const char *pattern)
{
	autoref struct reference name = {0};
	autoerr struct err ignored = {0};

	if (reference_parse(canonical, &name, &ignored))
		return false;
	autofree char *whole = reference_familiar(&name);
	autofree char *repository = reference_familiar_repository(&name);
	autofree char *canonical_repository = reference_repository(&name);
	const char *const texts[] = {whole, repository, canonical, canonical_repository};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (fnmatch(pattern, texts[i], FNM_PATHNAME) == 0)
			return true;
	return false;
}
