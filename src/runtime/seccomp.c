/* seccomp.c - a profile in docker's format, resolved for one container into runtime-spec's.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's profile format (archMap, includes, excludes by capabilities, architectures and
 * kernel); runtime-spec, config-linux.md, "Seccomp". */
#include <fcntl.h>
#include <sys/utsname.h>

#include "base/io.h"
#include "doc/json.h"
#include "runtime/limits.h"
#include "runtime/seccomp_profile.h" /* made of seccomp.json by the build */
#include "runtime/spec_private.h"

#include "base/banned.h"

/* The names of this machine: docker's, and libseccomp's. */
#if defined(__x86_64__) && defined(__ILP32__)
#define ARCH_NAME "x32"
#define ARCH_SCMP "SCMP_ARCH_X32"
#elif defined(__x86_64__)
#define ARCH_NAME "amd64"
#define ARCH_SCMP "SCMP_ARCH_X86_64"
#elif defined(__i386__)
#define ARCH_NAME "x86"
#define ARCH_SCMP "SCMP_ARCH_X86"
#elif defined(__aarch64__)
#define ARCH_NAME "arm64"
#define ARCH_SCMP "SCMP_ARCH_AARCH64"
#elif defined(__arm__)
#define ARCH_NAME "arm"
#define ARCH_SCMP "SCMP_ARCH_ARM"
#elif defined(__powerpc64__)
#define ARCH_NAME "ppc64le"
#define ARCH_SCMP "SCMP_ARCH_PPC64LE"
#elif defined(__s390x__)
#define ARCH_NAME "s390x"
#define ARCH_SCMP "SCMP_ARCH_S390X"
#elif defined(__riscv)
#define ARCH_NAME "riscv64"
#define ARCH_SCMP "SCMP_ARCH_RISCV64"
#else
#error "add this machine's names to the table above"
#endif

static bool list_has(const struct node *list, const char *word)
{
	if (!list || list->kind != NODE_LIST)
		return false;
	node_foreach(item, list)
		if (text_eq(node_text(item), word))
			return true;
	return false;
}

static bool has_all(const struct strlist *capabilities, const struct node *list)
{
	if (!list || list->kind != NODE_LIST)
		return true;
	node_foreach(item, list)
		if (!node_text(item) || !strlist_has(capabilities, node_text(item)))
			return false;
	return true;
}

static bool has_one(const struct strlist *capabilities, const struct node *list)
{
	if (!list || list->kind != NODE_LIST)
		return false;
	node_foreach(item, list)
		if (node_text(item) && strlist_has(capabilities, node_text(item)))
			return true;
	return false;
}

static uint64_t version_number(struct str text)
{
	struct str major = str_cut(&text, '.');
	size_t digits = 0;
	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	uint64_t high = 0, low = 0;
	if (!str_to_u64(major, &high) || !str_to_u64((struct str){text.ptr, digits}, &low))
		return UINT64_MAX; /* no version: no kernel is new enough */
	return high << 32 | low;
}

static bool kernel_is_at_least(const char *wanted)
{
	struct utsname host;
	if (!wanted)
		return true;
	return !uname(&host) &&
	       version_number(str_of(host.release)) >= version_number(str_of(wanted));
}

static bool rule_applies(const struct node *rule, const struct strlist *capabilities)
{
	const struct node *includes = node_get(rule, "includes"),
			  *excludes = node_get(rule, "excludes");
	const struct node *arches = node_get(includes, "arches");
	if (arches && arches->kind == NODE_LIST && arches->children.n &&
	    !list_has(arches, ARCH_NAME))
		return false;
	if (!has_all(capabilities, node_get(includes, "caps")) ||
	    !kernel_is_at_least(node_get_text(includes, "minKernel")))
		return false;
	return !list_has(node_get(excludes, "arches"), ARCH_NAME) &&
	       !has_one(capabilities, node_get(excludes, "caps"));
}

/* The nodes move from the profile's tree, which nobody reads again. */
static int rule_encode(struct arena *arena, struct node *rule, struct node *list, struct err *err)
{
	static const char *const fields[] = {"action", "errnoRet", "args"};
	struct node *names = node_get(rule, "names"), *name = node_get(rule, "name");
	struct node *kept[ARRAY_LEN(fields)];
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		kept[i] = node_get(rule, fields[i]);
	if (!names && name) {
		names = node_new(arena, NODE_LIST);
		node_append(names, node_new_text(arena, node_text(name)));
	}
	if (!names || names->kind != NODE_LIST || !names->children.n || !node_text(kept[0]))
		return err_at(err, rule->pos,
			      "a rule of a seccomp profile needs names and an action");
	struct node *map = node_new(arena, NODE_MAP);
	node_set(arena, map, "names", names);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (kept[i] && kept[i]->kind != NODE_NULL)
			node_set(arena, map, fields[i], kept[i]);
	node_append(list, map);
	return 0;
}

static struct node *architectures_encode(struct arena *arena, struct node *profile)
{
	struct node *given = node_get(profile, "architectures"),
		    *table = node_get(profile, "archMap");
	if (given && given->kind == NODE_LIST)
		return given;
	struct node *list = node_new(arena, NODE_LIST);
	node_append(list, node_new_text(arena, ARCH_SCMP));
	if (!table || table->kind != NODE_LIST)
		return list;
	node_foreach(row, table) {
		const struct node *more = node_get(row, "subArchitectures");
		if (!text_eq(node_get_text(row, "architecture"), ARCH_SCMP) || !more ||
		    more->kind != NODE_LIST)
			continue;
		node_foreach(name, more)
			node_append(list, node_new_text(arena, node_text(name)));
	}
	return list;
}

static int profile_resolve(struct arena *arena, struct node *profile,
			   const struct strlist *capabilities, struct node **ret_map,
			   struct err *err)
{
	static const char *const fields[] = {"defaultAction", "defaultErrnoRet", "flags",
					     "listenerPath", "listenerMetadata"};
	struct node *map = node_new(arena, NODE_MAP), *list = node_new(arena, NODE_LIST);
	struct node *architectures = architectures_encode(arena, profile);
	struct node *rules = node_get(profile, "syscalls");
	if (!node_get_text(profile, "defaultAction"))
		return err_at(err, profile->pos, "a seccomp profile needs a 'defaultAction'");
	struct node *kept[ARRAY_LEN(fields)];
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		kept[i] = node_get(profile, fields[i]);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (kept[i] && kept[i]->kind != NODE_NULL)
			node_set(arena, map, fields[i], kept[i]);
	node_set(arena, map, "architectures", architectures);
	if (rules && rules->kind == NODE_LIST)
		node_foreach(rule, rules)
			if (rule_applies(rule, capabilities) && rule_encode(arena, rule, list, err))
				return -1;
	node_set(arena, map, "syscalls", list);
	*ret_map = map;
	return 0;
}

int seccomp_encode(struct arena *arena, const char *profile, const struct strlist *capabilities,
		   struct node **ret_map, struct err *err)
{
	autobuf struct buf text = {0};
	struct node *root = NULL;
	*ret_map = NULL;
	if (text_eq(profile, "unconfined"))
		return 0;
	if (!profile)
		return json_parse(arena, "seccomp.json", STR(SECCOMP_PROFILE), &root, err) ||
				       profile_resolve(arena, root, capabilities, ret_map, err)
			       ? -1
			       : 0;
	if (file_read_at(AT_FDCWD, profile, LIMIT_SECCOMP_PROFILE, &text, err) ||
	    json_parse(arena, profile, buf_str(&text), &root, err))
		return err_wrap(err, "reading the seccomp profile");
	return profile_resolve(arena, root, capabilities, ret_map, err);
}
