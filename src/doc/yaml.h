/* yaml.h - YAML 1.1 text (libyaml) to the tree of node.h.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One document. Refused with the place: duplicate keys, keys that are no scalars, undefined or
 * recursive aliases, merges of what is no map, text that is not UTF-8; bounded in bytes, depth and
 * nodes after the expansion of aliases (limits.h).
 * Plain scalars are resolved as Go's yaml.v2 does (yaml_scalar.c tells where PyYAML differs): null,
 * bool (yes/no/on/off too), int (also 0x, 0o, 0b, 1_000), float. Quoted and block scalars are
 * strings, a key is always text. The standard tags of these kinds are honoured, others refused.
 * Every scalar keeps the text it was written with (node_source), so that "password: 0123" can be
 * read as the text that it looks like.
 * What an alias repeats is a copy with the places of the original. What "<<" merges stands in front
 * of the map's own keys, as in PyYAML. */
#pragma once

#include "doc/node.h"

/* `file` names the text in errors; borrowed as long as the tree. Empty text is a null node.
 * ERR_INPUT with the place, ERR_LIMIT. */
int yaml_parse(struct arena *arena, const char *file, struct str text, struct node **ret_root,
	       struct err *err) must_check;
/* A whole file, relative to dirfd. ERR_MISSING, ERR_INPUT, ERR_LIMIT. */
int yaml_read_file(struct arena *arena, int dirfd, const char *path, struct node **ret_root,
		   struct err *err) must_check;
