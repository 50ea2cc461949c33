/* spec.c - config.json put together from its parts.
 * SPDX-License-Identifier: Apache-2.0
 * Source: runtime-spec 1.0.2, config.md and config-linux.md. */
#include "base/encode.h"
#include "doc/json.h"
#include "runtime/spec_private.h"

#include "base/banned.h"

#define OCI_VERSION        "1.0.2"
/* crun(1): the filter itself, base64; linux.seccomp is then not looked at. Others do not know it.
 */
#define SECCOMP_ANNOTATION "run.oci.seccomp_bpf_data"

static struct node *texts_of_table(struct arena *arena, const char *const *table)
{
	struct node *list = node_new(arena, NODE_LIST);
	for (; *table; table++)
		node_append(list, node_new_text(arena, *table));
	return list;
}

static struct node *user_encode(struct arena *arena, const struct user_identity *user)
{
	struct node *map = node_new(arena, NODE_MAP), *gids = node_new(arena, NODE_LIST);
	node_set(arena, map, "uid", node_new_int(arena, user->uid));
	node_set(arena, map, "gid", node_new_int(arena, user->gid));
	for (size_t i = 0; i < user->n_extra_gids; i++)
		node_append(gids, node_new_int(arena, user->extra_gids[i]));
	node_set(arena, map, "additionalGids", gids);
	return map;
}

/* execve(2) gives a user other than root no capability; only the bound for setuid programs stays.
 */
static struct node *capabilities_encode(struct arena *arena, const struct spec *spec,
					const struct strlist *names)
{
	struct node *map = node_new(arena, NODE_MAP);
	node_set(arena, map, "bounding", node_new_texts(arena, names));
	if (spec->user.uid == 0) {
		node_set(arena, map, "effective", node_new_texts(arena, names));
		node_set(arena, map, "permitted", node_new_texts(arena, names));
	}
	return map;
}

static struct node *env_encode(struct arena *arena, const struct spec *spec)
{
	autostrlist struct strlist env = {0};
	strlist_copy(&env, &spec->env);
	if (spec->systemd == SYSTEMD_YES && !strlist_env_get(&env, "container"))
		strlist_env_setf(&env, "container", "hull");
	if (spec->notify_socket)
		strlist_env_setf(&env, "NOTIFY_SOCKET", NOTIFY_TARGET);
	return node_new_texts(arena, &env);
}

static struct node *console_size_encode(struct arena *arena, const struct spec *spec)
{
	struct node *map = node_new(arena, NODE_MAP);
	node_set(arena, map, "height", node_new_int(arena, spec->tty_rows));
	node_set(arena, map, "width", node_new_int(arena, spec->tty_columns));
	return map;
}

static int process_encode(struct arena *arena, const struct spec *spec,
			  const struct strlist *capabilities, struct node **ret_map,
			  struct err *err)
{
	struct node *map = node_new(arena, NODE_MAP), *rlimits = NULL;
	const char *apparmor = apparmor_profile_name(spec);
	if (!spec->args.n)
		return err_set(err, ERR_INPUT, "no command was given, and the image has none");
	if (rlimits_encode(arena, spec, &rlimits, err))
		return -1;
	node_set(arena, map, "terminal", node_new_bool(arena, spec->tty));
	if (spec->tty && spec->tty_rows && spec->tty_columns)
		node_set(arena, map, "consoleSize", console_size_encode(arena, spec));
	node_set(arena, map, "user", user_encode(arena, &spec->user));
	node_set(arena, map, "args", node_new_texts(arena, &spec->args));
	node_set(arena, map, "env", env_encode(arena, spec));
	node_set_text(arena, map, "cwd", spec->cwd && *spec->cwd ? spec->cwd : "/");
	node_set(arena, map, "capabilities", capabilities_encode(arena, spec, capabilities));
	node_set(arena, map, "rlimits", rlimits);
	node_set(arena, map, "noNewPrivileges", node_new_bool(arena, spec->no_new_privileges));
	if (apparmor)
		node_set_text(arena, map, "apparmorProfile", apparmor);
	*ret_map = map;
	return 0;
}

static bool is_host_network(const struct spec *spec)
{
	return text_eq(spec->netns, "host");
}

static struct node *namespaces_encode(struct arena *arena, const struct spec *spec)
{
	static const char *const types[] = {"pid", "ipc", "uts", "mount", "cgroup"};
	struct node *list = node_new(arena, NODE_LIST);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct node *map = node_new(arena, NODE_MAP);
		node_set_text(arena, map, "type", types[i]);
		node_append(list, map);
	}
	if (is_host_network(spec))
		return list;
	struct node *network = node_new(arena, NODE_MAP);
	node_set_text(arena, network, "type", "network");
	if (spec->netns)
		node_set_text(arena, network, "path", spec->netns);
	node_append(list, network);
	return list;
}

static struct node *sysctls_encode(struct arena *arena)
{
	struct node *map = node_new(arena, NODE_MAP);
	for (const struct default_sysctl *row = default_sysctls; row->name; row++)
		node_set_text(arena, map, row->name, row->value);
	return map;
}

static struct node *masked_encode(struct arena *arena, const struct spec *spec)
{
	static const char *const none[] = {NULL};
	struct node *list = texts_of_table(arena, spec->privileged ? none : default_masked_paths);
	for (size_t i = 0; i < spec->masked_add.n; i++)
		node_append(list, node_new_text(arena, spec->masked_add.items[i]));
	return list;
}

static int linux_encode(struct arena *arena, const struct spec *spec,
			const struct strlist *capabilities, struct node **ret_map, struct err *err)
{
	struct node *map = node_new(arena, NODE_MAP), *resources = node_new(arena, NODE_MAP);
	struct node *seccomp = NULL;
	const char *profile = spec->privileged && !spec->seccomp ? "unconfined" : spec->seccomp;
	if (devices_encode(arena, spec, map, resources, err) ||
	    resources_encode(arena, spec, resources, err) ||
	    seccomp_encode(arena, profile, capabilities, &seccomp, err))
		return -1;
	node_set_text(arena, map, "cgroupsPath", spec->cgroup_path);
	node_set(arena, map, "resources", resources);
	node_set(arena, map, "namespaces", namespaces_encode(arena, spec));
	if (!is_host_network(spec))
		node_set(arena, map, "sysctl", sysctls_encode(arena));
	if (seccomp)
		node_set(arena, map, "seccomp", seccomp);
	node_set(arena, map, "maskedPaths", masked_encode(arena, spec));
	if (!spec->privileged)
		node_set(arena, map, "readonlyPaths",
			 texts_of_table(arena, default_read_only_paths));
	*ret_map = map;
	return 0;
}

/* Only the default profile: one of the user's is left to the runtime whole. */
static void seccomp_annotate(struct arena *arena, const struct spec *spec,
			     const struct node *linux_map, struct node *annotations)
{
	const struct node *profile = node_get(linux_map, "seccomp");
	autobuf struct buf code = {0}, text = {0};
	if (spec->seccomp || !profile || !seccomp_compile(profile, &code))
		return;
	base64_encode(&text, code.ptr, code.len);
	node_set_text(arena, annotations, SECCOMP_ANNOTATION, buf_text(&text));
}

static struct node *annotations_encode(struct arena *arena, const struct spec *spec,
				       const struct node *linux_map)
{
	struct node *map = node_new(arena, NODE_MAP);
	for (size_t i = 0; i < spec->annotations.n; i++) {
		struct str value = str_of(spec->annotations.items[i]);
		autofree char *key = str_dup(str_cut(&value, '='));
		node_set_text(arena, map, key, value.ptr ? value.ptr : "");
	}
	seccomp_annotate(arena, spec, linux_map, map);
	return map;
}

static char *json_text(const struct node *root)
{
	struct buf text = {0};
	json_write(&text, root, JSON_COMPACT);
	return buf_steal(&text);
}

int spec_build(const struct spec *spec, char **ret_json, struct err *err)
{
	autoarena struct arena arena = {0};
	autostrlist struct strlist capabilities = {0};
	struct node *process = NULL, *mounts = NULL, *linux_map = NULL;
	if (capabilities_resolve(spec, &capabilities, err) ||
	    process_encode(&arena, spec, &capabilities, &process, err) ||
	    mounts_encode(&arena, spec, &mounts, err) ||
	    linux_encode(&arena, spec, &capabilities, &linux_map, err))
		return -1;
	struct node *map = node_new(&arena, NODE_MAP), *root = node_new(&arena, NODE_MAP);
	node_set_text(&arena, root, "path", spec->rootfs);
	node_set(&arena, root, "readonly", node_new_bool(&arena, spec->rootfs_read_only));
	node_set_text(&arena, map, "ociVersion", OCI_VERSION);
	node_set(&arena, map, "process", process);
	node_set(&arena, map, "root", root);
	if (spec->hostname)
		node_set_text(&arena, map, "hostname", spec->hostname);
	node_set(&arena, map, "mounts", mounts);
	node_set(&arena, map, "annotations", annotations_encode(&arena, spec, linux_map));
	node_set(&arena, map, "linux", linux_map);
	*ret_json = json_text(map);
	return 0;
}

int spec_build_process(const struct spec *spec, char **ret_json, struct err *err)
{
	autoarena struct arena arena = {0};
	autostrlist struct strlist capabilities = {0};
	struct node *process = NULL;
	if (capabilities_resolve(spec, &capabilities, err) ||
	    process_encode(&arena, spec, &capabilities, &process, err))
		return -1;
	*ret_json = json_text(process);
	return 0;
}
