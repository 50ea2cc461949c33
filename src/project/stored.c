/* stored.c - generated passwords, kept outside the image's layers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/project.h"

#include "base/banned.h"

int stored_get(struct world *world, const char *key, struct str *ret_text, struct err *err)
{
	return err_set(err, ERR_MISSING, "no '%s' is stored", key);
}

int stored_set(struct world *world, const char *key, struct str text, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "'%s' cannot be kept", key);
}

int stored_password(struct world *world, const char *key, size_t length, struct str *ret_password,
		    struct err *err)
{
	return err_set(err, ERR_SYSTEM, "'%s' cannot be kept", key);
}
