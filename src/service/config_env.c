/* config_env.c - REGISTRY_A_B=value sets a.b, as the reference registry does it.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, docs/content/about/configuration.md, "Override specific configuration
 * options". A value is YAML. Orchestrators put REGISTRY_PORT and the like into the environment of
 * everything near a service of that name: such a variable is told and passed over. */
#include <ctype.h>

#include "base/strlist.h"
#include "doc/yaml.h"
#include "service/config_private.h"
#include "service/limits.h"

#include "base/banned.h"

#define PREFIX "REGISTRY_"

static struct node *find_child(struct node *map, struct str name)
{
	autofree char *wanted = str_dup(name);

	node_foreach(child, map)
		if (str_is_nocase(child->key, wanted))
			return child;
	return NULL;
}

static struct node *list_item(struct node *list, struct str index)
{
	uint64_t i = 0;
	if (!str_to_u64(index, &i))
		return NULL;
	node_foreach(child, list)
		if (i-- == 0)
			return child;
	return NULL;
}

/* Replaces what a node holds and leaves its name and its neighbours. */
static void node_become(struct node *node, const struct node *content, struct src_pos pos)
{
	struct node was = *node;
	*node = *content;
	node->key = was.key;
	node->next = was.next;
	node->pos = pos;
	node->key_pos = pos; /* an error about it is about the variable */
}

/* The child a step leads to; made when it is not there. "htpasswd" becomes {htpasswd: {}}. */
static struct node *step_into(struct arena *arena, struct node *node, struct str name,
			      struct src_pos pos)
{
	if (node->kind == NODE_LIST)
		return list_item(node, name);
	if (node->kind != NODE_MAP) {
		const char *word = node_text(node);
		node_become(node, node_new(arena, NODE_MAP), pos);
		if (word && word[0])
			node_set(arena, node, word, node_new(arena, NODE_MAP));
	}
	struct node *child = find_child(node, name);
	if (child)
		return child;

	char *key = arena_str(arena, name);
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	node_set(arena, node, key, node_new(arena, NODE_NULL));
	child = node_get(node, key);
	child->pos = child->key_pos = pos;
	return child;
}

static int set_one(struct arena *arena, struct str name, struct str value, struct node *root,
		   struct err *err)
{
	const char *variable = arena_str(arena, name);
	struct str rest = {name.ptr + strlen(PREFIX), name.len - strlen(PREFIX)};
	struct src_pos pos = {.file = variable};
	struct node *node = root, *content = NULL;

	if (value.len > LIMIT_SERVICE_OVERRIDE)
		return err_set(err, ERR_LIMIT, "%s is longer than %u bytes", variable,
			       LIMIT_SERVICE_OVERRIDE);
	if (yaml_parse(arena, variable, value, &content, err))
		return -1;
	while (rest.ptr) {
		struct str step = str_cut(&rest, '_');
		if (!step.len)
			return err_at(err, pos, "an empty name between two '_'");
		node = step_into(arena, node, step, pos);
		if (!node)
			return err_at(err, pos, "the list has no item %.*s", STR_ARG(step));
	}
	node_become(node, content, pos);
	return 0;
}

static bool is_known(struct str name)
{
	struct str rest = {name.ptr + strlen(PREFIX), name.len - strlen(PREFIX)};
	struct str first = str_cut(&rest, '_');
	autofree char *key = str_dup(first);
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return distribution_has_key(str_of(key));
}

int env_apply(struct arena *arena, char *const *env, struct node *root, struct reading *reading,
	      struct err *err)
{
	autostrlist struct strlist ours = {0};

	for (; env && *env; env++)
		if (text_starts(*env, PREFIX) && strchr(*env, '='))
			strlist_add(&ours, *env);
	strlist_sort(&ours); /* REGISTRY_AUTH before REGISTRY_AUTH_TOKEN_REALM */
	for (size_t i = 0; i < ours.n; i++) {
		struct str value = str_of(ours.items[i]);
		struct str name = str_cut(&value, '=');
		if (str_is(name, "REGISTRY_CONFIGURATION_PATH"))
			continue; /* the original's way to name the file */
		if (!is_known(name)) {
			strlist_addf(&reading->config->warnings,
				     "%.*s names nothing that can be set, ignoring", STR_ARG(name));
			continue;
		}
		if (set_one(arena, name, value, root, err))
			return -1;
	}
	return 0;
}
