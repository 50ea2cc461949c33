/* name.h - names of repositories and tags on the wire.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec, "Pulling manifests". */
#pragma once

#include <stdbool.h>

#include "base/str.h"

#define REPOSITORY_NAME_MAX 255
#define TAG_MAX             128
bool repository_name_is_valid(struct str name);
bool tag_is_valid(struct str tag);
