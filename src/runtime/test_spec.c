/* test_spec.c - config.json: what is in it for which wish, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/io.h"
#include "doc/json.h"
#include "runtime/spec_private.h"
#include "testing/test.h"

static void spec_init(struct spec *spec)
{
	*spec = (struct spec){
		.id = "0123456789ab",
		.rootfs = "/roots/one",
		.cgroup_path = "/hull/0123456789ab",
		.hostname = "one",
	};
	strlist_add(&spec->args, "true");
	strlist_add(&spec->env, "PATH=/bin");
}

static void spec_done(struct spec *spec)
{
	struct strlist *lists[] = {&spec->args,     &spec->env,        &spec->cap_add,
				   &spec->cap_drop, &spec->masked_add, &spec->annotations};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		strlist_done(lists[i]);
}

static struct node *spec_tree(struct arena *arena, const struct spec *spec)
{
	autoerr struct err err = {0};
	autofree char *text = NULL;
	struct node *root = NULL;
	CHECK_OK(spec_build(spec, &text, &err), &err);
	CHECK_OK(json_parse(arena, "config.json", str_of(text), &root, &err), &err);
	return root;
}

static void check_refused(const struct spec *spec, enum err_kind kind, const char *part)
{
	autoerr struct err err = {0};
	char *text = NULL;
	CHECK_INT(spec_build(spec, &text, &err), -1);
	CHECK(text == NULL);
	CHECK_INT(err.kind, kind);
	if (!strstr(err_text(&err), part))
		CHECK_STR(err_text(&err), part);
}

static char *texts_joined(const struct node *list)
{
	autostrlist struct strlist words = {0};
	CHECK(list && list->kind == NODE_LIST);
	node_foreach(item, list)
		strlist_add(&words, node_text(item));
	return words.n ? strlist_join(&words, " ") : xstrdup("");
}

static bool ours(int cap)
{
	return prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > 0;
}

TEST(capabilities_follow_dockers_rules)
{
	static const struct {
		const char *name, *add, *drop, *want;
	} cases[] = {
		{"the default are fourteen", "", "",
		 "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP "
		 "CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_CHROOT CAP_MKNOD CAP_AUDIT_WRITE CAP_SETFCAP"},
		{"all dropped, some added, case and prefix do not matter", "chown CAP_net_admin",
		 "all", "CAP_CHOWN CAP_NET_ADMIN"},
		{"dropped from the default", "", "MKNOD,cap_audit_write,NET_RAW,SETFCAP,SYS_CHROOT",
		 "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP "
		 "CAP_NET_BIND_SERVICE"},
		{"nothing is left", "", "ALL", ""},
	};
	if (!ours(CAP_NET_ADMIN) || !ours(CAP_MKNOD) || !ours(CAP_AUDIT_WRITE))
		test_skip("needs all of docker's default capabilities");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		cleanup(spec_done) struct spec spec;
		spec_init(&spec);
		if (*cases[i].add)
			strlist_split(&spec.cap_add, str_of(cases[i].add), ' ');
		if (*cases[i].drop)
			strlist_split(&spec.cap_drop, str_of(cases[i].drop), ',');
		struct node *caps = node_lookup(spec_tree(&arena, &spec), "process.capabilities");
		autofree char *bounding = texts_joined(node_get(caps, "bounding"));
		autofree char *effective = texts_joined(node_get(caps, "effective"));
		CHECK_STR(bounding, cases[i].want);
		CHECK_STR(effective, cases[i].want);
	}
}

TEST(all_capabilities_are_those_that_we_have)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	strlist_add(&spec.cap_add, "ALL");
	strlist_add(&spec.cap_drop, "CHOWN");
	struct node *list = node_lookup(spec_tree(&arena, &spec), "process.capabilities.bounding");
	size_t want = 0;
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		want += ours(cap);
	CHECK_INT(list->children.n, want - 1);
	CHECK_STR(node_text(list->children.first), "CAP_DAC_OVERRIDE");
}

TEST(a_misspelt_capability_is_refused_with_the_nearest)
{
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	strlist_add(&spec.cap_add, "NET_ADMN");
	check_refused(&spec, ERR_INPUT, "unknown capability 'NET_ADMN' (nearest: 'CAP_NET_ADMIN')");
}

TEST(a_capability_that_we_lack_cannot_be_added)
{
	cleanup(spec_done) struct spec spec;
	if (ours(CAP_SYS_RESOURCE))
		test_skip("needs a process without CAP_SYS_RESOURCE");
	spec_init(&spec);
	strlist_add(&spec.cap_add, "SYS_RESOURCE");
	check_refused(&spec, ERR_INPUT, "'CAP_SYS_RESOURCE' cannot be added");
}

TEST(another_user_has_a_bound_but_no_capability)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	uint32_t groups[] = {7, 8};
	spec_init(&spec);
	spec.user = (struct user_identity){
		.uid = 1000, .gid = 100, .extra_gids = groups, .n_extra_gids = 2};
	struct node *root = spec_tree(&arena, &spec);
	CHECK(node_lookup(root, "process.capabilities.bounding")->children.n > 0);
	CHECK(!node_lookup(root, "process.capabilities.effective"));
	CHECK(!node_lookup(root, "process.capabilities.ambient"));
	CHECK_INT(node_get_int(node_lookup(root, "process.user"), "uid", 0), 1000);
	CHECK_INT(node_lookup(root, "process.user.additionalGids")->children.n, 2);
}

static struct node *mount_at(const struct node *root, const char *target)
{
	struct node *found = NULL;
	node_foreach(mount, node_get(root, "mounts"))
		if (text_eq(node_get_text(mount, "destination"), target))
			found = mount;
	return found;
}

static bool mount_has(const struct node *root, const char *target, const char *option)
{
	const struct node *mount = mount_at(root, target);
	CHECK(mount != NULL);
	node_foreach(item, node_get(mount, "options"))
		if (text_eq(node_text(item), option))
			return true;
	return false;
}

TEST(paths_of_the_kernel_are_masked_and_read_only)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	strlist_add(&spec.masked_add, "/etc/secret");
	struct node *root = spec_tree(&arena, &spec);
	autofree char *masked = texts_joined(node_lookup(root, "linux.maskedPaths"));
	autofree char *read_only = texts_joined(node_lookup(root, "linux.readonlyPaths"));
	CHECK(strstr(masked, "/proc/kcore") && strstr(masked, "/sys/firmware") &&
	      strstr(masked, "/etc/secret"));
	CHECK_STR(read_only, "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger");
	CHECK(mount_has(root, "/sys", "ro"));
	CHECK(node_lookup(root, "linux.seccomp"));
}

TEST(a_privileged_container_is_not_fenced)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	spec.privileged = true;
	struct node *root = spec_tree(&arena, &spec);
	CHECK_INT(node_lookup(root, "linux.maskedPaths")->children.n, 0);
	CHECK(!node_lookup(root, "linux.readonlyPaths"));
	CHECK(!node_lookup(root, "linux.seccomp"));
	CHECK(!node_lookup(root, "process.apparmorProfile"));
	CHECK(mount_has(root, "/sys", "rw") && mount_has(root, "/sys/fs/cgroup", "rw"));
	CHECK_INT(node_lookup(root, "linux.resources.devices")->children.n, 1);
	CHECK(node_get_bool(node_lookup(root, "linux.resources.devices")->children.first, "allow",
			    false));
	bool has_null = false;
	node_foreach(device, node_lookup(root, "linux.devices"))
		has_null |= text_eq(node_get_text(device, "path"), "/dev/null");
	CHECK(has_null);
}

TEST(users_mounts_replace_ours_and_come_parents_first)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	struct spec_mount mounts[] = {
		{.kind = MOUNT_BIND, .source = (char *)"/src/deep", .target = (char *)"/srv/a/b"},
		{.kind = MOUNT_BIND, .source = (char *)"/src", .target = (char *)"/srv"},
		{.kind = MOUNT_TMPFS, .target = (char *)"/dev/shm"},
	};
	spec_init(&spec);
	strlist_add(&mounts[1].options, "ro");
	strlist_add(&mounts[1].options, "rslave");
	strlist_add(&mounts[2].options, "size=1048576");
	spec.mounts = mounts;
	spec.n_mounts = ARRAY_LEN(mounts);
	struct node *root = spec_tree(&arena, &spec);
	size_t n_shm = 0, position = 0, srv = 0, deep = 0;
	node_foreach(mount, node_get(root, "mounts")) {
		const char *target = node_get_text(mount, "destination");
		n_shm += text_eq(target, "/dev/shm");
		position++;
		srv = text_eq(target, "/srv") ? position : srv;
		deep = text_eq(target, "/srv/a/b") ? position : deep;
	}
	CHECK_INT(n_shm, 1);
	CHECK(srv && srv < deep);
	autofree char *shm = texts_joined(node_get(mount_at(root, "/dev/shm"), "options"));
	autofree char *bind = texts_joined(node_get(mount_at(root, "/srv"), "options"));
	autofree char *plain = texts_joined(node_get(mount_at(root, "/srv/a/b"), "options"));
	CHECK_STR(shm, "nosuid noexec nodev size=1048576");
	CHECK_STR(bind, "rbind ro rslave");
	CHECK_STR(plain, "rbind rprivate");
	strlist_done(&mounts[1].options);
	strlist_done(&mounts[2].options);
}

TEST(a_mount_on_the_root_is_refused)
{
	cleanup(spec_done) struct spec spec;
	struct spec_mount mount = {.kind = MOUNT_TMPFS, .target = (char *)"/"};
	spec_init(&spec);
	spec.mounts = &mount;
	spec.n_mounts = 1;
	check_refused(&spec, ERR_INPUT, "cannot mount on '/'");
}

TEST(systemd_gets_what_an_init_needs)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	spec.systemd = SYSTEMD_YES;
	spec.notify_socket = "/run/x/notify";
	struct node *root = spec_tree(&arena, &spec);
	autofree char *env = texts_joined(node_lookup(root, "process.env"));
	CHECK_STR(env, "PATH=/bin container=hull NOTIFY_SOCKET=/run/host/notify");
	CHECK_STR(node_get_text(mount_at(root, "/run"), "type"), "tmpfs");
	CHECK_STR(node_get_text(mount_at(root, "/run/lock"), "type"), "tmpfs");
	CHECK_STR(node_get_text(mount_at(root, "/tmp"), "type"), "tmpfs");
	CHECK_STR(node_get_text(mount_at(root, "/run/host/notify"), "source"), "/run/x/notify");
	CHECK(mount_has(root, "/sys", "ro"));
	if (cgroup_layout() == CGROUP_V1)
		return;
	CHECK(mount_has(root, "/sys/fs/cgroup", "rw"));
	CHECK_STR(node_get_text(mount_at(root, "/sys/fs/cgroup"), "type"),
		  cgroup_layout() == CGROUP_V2 ? "cgroup" : "bind");
	if (cgroup_layout() == CGROUP_HYBRID)
		CHECK_STR(node_get_text(mount_at(root, "/sys/fs/cgroup"), "source"),
			  "/sys/fs/cgroup/unified/hull/0123456789ab");
}

TEST(a_container_environment_of_the_user_wins)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	spec.systemd = SYSTEMD_YES;
	strlist_add(&spec.env, "container=docker");
	autofree char *env = texts_joined(node_lookup(spec_tree(&arena, &spec), "process.env"));
	CHECK_STR(env, "PATH=/bin container=docker");
}

static struct node *rlimit_of(const struct node *root, const char *type)
{
	struct node *found = NULL;
	node_foreach(item, node_lookup(root, "process.rlimits"))
		if (text_eq(node_get_text(item, "type"), type))
			found = item;
	return found;
}

TEST(default_ulimits_are_clamped_and_the_users_are_not)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	struct rlimit nofile;
	CHECK(!getrlimit(RLIMIT_NOFILE, &nofile));
	spec_init(&spec);
	struct node *root = spec_tree(&arena, &spec);
	int64_t hard = node_get_int(rlimit_of(root, "RLIMIT_NOFILE"), "hard", 0);
	CHECK(hard == 524288 || (nofile.rlim_max < 524288 && hard == (int64_t)nofile.rlim_max));
	if (ours(CAP_SYS_RESOURCE) || nofile.rlim_max == RLIM_INFINITY)
		return;
	struct spec_ulimit ulimit = {
		.name = (char *)"nofile", .soft = 10, .hard = nofile.rlim_max + 1};
	spec.ulimits = &ulimit;
	spec.n_ulimits = 1;
	check_refused(&spec, ERR_INPUT, "ulimit 'nofile' cannot be");
	ulimit.is_default = true;
	root = spec_tree(&arena, &spec);
	CHECK_INT(node_get_int(rlimit_of(root, "RLIMIT_NOFILE"), "hard", 0), nofile.rlim_max);
	CHECK_INT(node_get_int(rlimit_of(root, "RLIMIT_NOFILE"), "soft", 0), 10);
}

TEST(an_unlimited_ulimit_is_written_exactly)
{
	autoerr struct err err = {0};
	autofree char *text = NULL;
	cleanup(spec_done) struct spec spec;
	struct spec_ulimit ulimit = {.name = (char *)"core",
				     .soft = RLIM_INFINITY,
				     .hard = RLIM_INFINITY,
				     .is_default = true};
	struct rlimit core;
	CHECK(!getrlimit(RLIMIT_CORE, &core));
	if (core.rlim_max != RLIM_INFINITY)
		test_skip("needs an unlimited hard limit for core files");
	spec_init(&spec);
	spec.ulimits = &ulimit;
	spec.n_ulimits = 1;
	CHECK_OK(spec_build(&spec, &text, &err), &err);
	CHECK(strstr(
		text,
		"{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,\"soft\":18446744073709551615}"));
}

TEST(a_wrong_ulimit_is_refused)
{
	cleanup(spec_done) struct spec spec;
	struct spec_ulimit ulimit = {.name = (char *)"nofiles", .soft = 1, .hard = 2};
	spec_init(&spec);
	spec.ulimits = &ulimit;
	spec.n_ulimits = 1;
	check_refused(&spec, ERR_INPUT, "unknown ulimit 'nofiles' (nearest: 'nofile')");
	ulimit = (struct spec_ulimit){.name = (char *)"nofile", .soft = 3, .hard = 2};
	check_refused(&spec, ERR_INPUT, "the soft limit is above the hard limit");
}

TEST(limits_become_resources)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	if (!cgroup_has_controller("memory") || !cgroup_has_controller("cpu") ||
	    !cgroup_has_controller("pids"))
		test_skip("needs the cgroup controllers memory, cpu and pids");
	spec_init(&spec);
	spec.memory_bytes = 64 << 20;
	spec.nano_cpus = 1500000000;
	spec.pids_limit = 10;
	struct node *resources = node_lookup(spec_tree(&arena, &spec), "linux.resources");
	CHECK_INT(node_get_int(node_get(resources, "memory"), "limit", 0), 64 << 20);
	CHECK_INT(node_get_int(node_get(resources, "memory"), "swap", 128 << 20), 128 << 20);
	CHECK_INT(node_get_int(node_get(resources, "cpu"), "quota", 0), 150000);
	CHECK_INT(node_get_int(node_get(resources, "cpu"), "period", 0), 100000);
	CHECK_INT(node_get_int(node_get(resources, "pids"), "limit", 0), 10);
	spec.memory_bytes = 1 << 20;
	check_refused(&spec, ERR_INPUT, "below the least possible, 6m");
}

TEST(network_namespaces_are_ours_given_or_the_hosts)
{
	static const struct {
		const char *netns, *path;
		bool is_private;
	} cases[] = {
		{NULL, NULL, true}, {"/run/x/netns", "/run/x/netns", true}, {"host", NULL, false}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		cleanup(spec_done) struct spec spec;
		const char *path = NULL;
		bool is_private = false;
		spec_init(&spec);
		spec.netns = cases[i].netns;
		struct node *root = spec_tree(&arena, &spec);
		node_foreach(item, node_lookup(root, "linux.namespaces")) {
			if (!text_eq(node_get_text(item, "type"), "network"))
				continue;
			is_private = true;
			path = node_get_text(item, "path");
		}
		CHECK_INT(is_private, cases[i].is_private);
		CHECK_STR(path, cases[i].path);
		CHECK_INT(node_lookup(root, "linux.sysctl") != NULL, is_private);
	}
}

TEST(devices_are_given_with_their_rule)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	struct spec_device device = {.host_path = (char *)"/dev/full",
				     .container_path = (char *)"/dev/brim",
				     .access = "rw"};
	spec_init(&spec);
	spec.devices = &device;
	spec.n_devices = 1;
	struct node *root = spec_tree(&arena, &spec);
	struct node *node = node_lookup(root, "linux.devices")->children.first;
	struct node *rule = node_lookup(root, "linux.resources.devices")->children.last;
	CHECK_STR(node_get_text(node, "path"), "/dev/brim");
	CHECK_INT(node_get_int(node, "major", 0), 1);
	CHECK_INT(node_get_int(node, "minor", 0), 7);
	CHECK_STR(node_get_text(rule, "access"), "rw");
	CHECK(node_get_bool(rule, "allow", false));
	device.host_path = (char *)"/etc/passwd";
	check_refused(&spec, ERR_INPUT, "'/etc/passwd' is not a device");
	device.host_path = (char *)"/dev/nosuchdevice";
	check_refused(&spec, ERR_INPUT, "no device '/dev/nosuchdevice' on this host");
}

TEST(a_command_is_needed)
{
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	strlist_remove_at(&spec.args, 0);
	check_refused(&spec, ERR_INPUT, "no command was given");
}

TEST(a_process_alone_is_what_exec_needs)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autofree char *text = NULL;
	cleanup(spec_done) struct spec spec;
	struct node *root = NULL;
	spec_init(&spec);
	spec.tty = true;
	spec.tty_rows = 33;
	spec.tty_columns = 77;
	spec.cwd = "/srv";
	CHECK_OK(spec_build_process(&spec, &text, &err), &err);
	CHECK_OK(json_parse(&arena, "process.json", str_of(text), &root, &err), &err);
	CHECK_STR(node_get_text(root, "cwd"), "/srv");
	CHECK(node_get_bool(root, "terminal", false));
	CHECK_INT(node_get_int(node_get(root, "consoleSize"), "height", 0), 33);
	CHECK_INT(node_get_int(node_get(root, "consoleSize"), "width", 0), 77);
	CHECK_STR(node_text(node_get(root, "args")->children.first), "true");
}

TEST(annotations_are_key_and_value)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	strlist_add(&spec.annotations, "org.example.a=b=c");
	strlist_add(&spec.annotations, "bare");
	struct node *map = node_get(spec_tree(&arena, &spec), "annotations");
	CHECK_STR(node_get_text(map, "org.example.a"), "b=c");
	CHECK_STR(node_get_text(map, "bare"), "");
}

TEST(the_filter_comes_along_with_the_default_profile_only)
{
	autoarena struct arena arena = {0};
	cleanup(spec_done) struct spec spec;
	spec_init(&spec);
	const char *filter = node_get_text(node_get(spec_tree(&arena, &spec), "annotations"),
					   "run.oci.seccomp_bpf_data");
	CHECK(!filter || strlen(filter) > 1000); /* NULL: a machine that is not known there */
	spec.seccomp = "unconfined";
	CHECK(!node_get_text(node_get(spec_tree(&arena, &spec), "annotations"),
			     "run.oci.seccomp_bpf_data"));
}

TEST(apparmor_profiles_name_both_kinds)
{
	autobuf struct buf text = {0};
	apparmor_profile_text(&text);
	CHECK(strstr(buf_text(&text), "profile hull-default "));
	CHECK(strstr(buf_text(&text), "profile hull-init "));
	CHECK(strstr(buf_text(&text), "deny mount fstype=devpts,"));
}
