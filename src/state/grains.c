/* grains.c - what the system is: the kernel's answers, files below the root, the environment.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No commands and no DNS: names come from /etc/hosts, addresses from the kernel's list. */
#include "state/grains_private.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/userdb.h"
#include "value/yaml.h"

#include "base/banned.h"

#define SALT_VERSION_MAJOR 3006 /* whose functions and states these are */
#define SALT_VERSION_MINOR 9
#define MAX_FILE           ((size_t)256 << 10) /* bytes of one file read for grains */
#define HOST_PID_NAMESPACE \
	"pid:[4026531836]" /* the kernel's first one: proc(5), PROC_PID_INIT_INO */

void grain_text(struct heap *heap, struct dict *grains, const char *name, struct str text)
{
	dict_set(heap, grains, name, value_text(heap, text));
}

bool grain_file(int rootfd, const char *path, struct buf *ret_text)
{
	autoerr struct err err = {0};
	autoclose int fd = -1;

	ret_text->max = MAX_FILE;
	return !beneath_open(rootfd, path, O_RDONLY, 0, &fd, &err) &&
	       !io_read_all(fd, ret_text, &err);
}

/* ---- the kernel and the process ---- */

static void kernel_grains(struct heap *heap, struct dict *grains, const struct utsname *name)
{
	struct sysinfo memory = {0};
	long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);

	grain_text(heap, grains, "kernel", str_of(name->sysname));
	grain_text(heap, grains, "kernelrelease", str_of(name->release));
	grain_text(heap, grains, "kernelversion", str_of(name->version));
	grain_text(heap, grains, "cpuarch", str_of(name->machine));
	dict_set(heap, grains, "num_cpus", value_int(n_cpus > 0 ? n_cpus : 1));
	if (sysinfo(&memory))
		return;
	dict_set(heap, grains, "mem_total",
		 value_int((int64_t)(((uint64_t)memory.totalram * memory.mem_unit) >> 20)));
	dict_set(heap, grains, "swap_total",
		 value_int((int64_t)(((uint64_t)memory.totalswap * memory.mem_unit) >> 20)));
}

/* The name of a gid in group(5). */
static struct str group_name(struct str groups, uint32_t gid)
{
	while (groups.ptr) {
		struct str line = str_cut(&groups, '\n'), name = str_cut(&line, ':');
		uint64_t number = 0;

		str_cut(&line, ':');
		struct str text = str_cut(&line, ':');
		if (str_to_u64(text, &number) && number == gid)
			return name;
	}
	return (struct str){0};
}

static void process_grains(struct heap *heap, struct dict *grains, int rootfd)
{
	autobuf struct buf passwd = {0}, group = {0}, uid = {0};
	autoerr struct err err = {0};
	cleanup(user_identity_done) struct user_identity identity = {0};
	char cwd[4096];
	const char *path = getenv("PATH"), *shell = getenv("SHELL");
	struct list *paths = list_new(heap, 8);

	dict_set(heap, grains, "uid", value_int(geteuid()));
	dict_set(heap, grains, "gid", value_int(getegid()));
	dict_set(heap, grains, "pid", value_int(getpid()));
	grain_text(heap, grains, "cwd", str_of(getcwd(cwd, sizeof(cwd)) ? cwd : "/"));
	grain_text(heap, grains, "path", str_of(path ? path : ""));
	grain_text(heap, grains, "shell", str_of(shell && *shell ? shell : "/bin/sh"));
	for (struct str rest = str_of(path); rest.ptr;)
		list_push(heap, paths, value_text(heap, str_cut(&rest, ':')));
	dict_set(heap, grains, "systempath", value_of_list(paths));
	grain_file(rootfd, "etc/passwd", &passwd);
	grain_file(rootfd, "etc/group", &group);
	buf_printf(&uid, "%u", geteuid());
	if (!userdb_resolve_text(buf_str(&passwd), buf_str(&group), buf_text(&uid), &identity,
				 &err) &&
	    identity.name)
		grain_text(heap, grains, "username", str_of(identity.name));
	else
		grain_text(heap, grains, "username", buf_str(&uid));
	grain_text(heap, grains, "groupname", group_name(buf_str(&group), getegid()));
}

/* ---- where it runs ---- */

static const char *container_kind(int rootfd)
{
	const char *named = getenv("container");
	struct stat st;
	autoerr struct err err = {0};

	if (named && *named)
		return named;
	if (!beneath_stat(rootfd, "run/.containerenv", &st, &err))
		return "podman";
	err_clear(&err);
	return beneath_stat(rootfd, ".dockerenv", &st, &err) ? NULL : "docker";
}

static void virtual_grains(struct heap *heap, struct dict *grains, int rootfd)
{
	static const struct {
		const char *kind, *name;
	} names[] = {{"docker", "Docker"},
		     {"hull", "Hullwright"},
		     {"lxc", "LXC"},
		     {"podman", "Podman"},
		     {"systemd-nspawn", "systemd-nspawn"}};
	const char *kind = container_kind(rootfd);
	char namespace[64] = {0};
	ssize_t len = readlink("/proc/self/ns/pid", namespace, sizeof(namespace) - 1);
	bool is_host = !kind && len > 0 && text_eq(namespace, HOST_PID_NAMESPACE);

	dict_set(heap, grains, "virtual", value_cstr(heap, is_host ? "physical" : "container"));
	if (is_host)
		return;
	const char *name = kind ? kind : "container";
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(kind, names[i].kind))
			name = names[i].name;
	dict_set(heap, grains, "virtual_subtype", value_cstr(heap, name));
}

static void init_grain(struct heap *heap, struct dict *grains)
{
	autobuf struct buf comm = {0};
	autoerr struct err err = {0};

	if (file_read_at(AT_FDCWD, "/proc/1/comm", MAX_FILE, &comm, &err))
		grain_text(heap, grains, "init", STR("unknown"));
	else
		grain_text(heap, grains, "init", str_trim(buf_str(&comm)));
}

/* ---- names ---- */

/* The names that /etc/hosts gives an address that `host` stands at: the first of the line is the
 * canonical one. */
static struct str hosts_name(struct str hosts, struct str host)
{
	while (hosts.ptr) {
		struct str line = str_cut(&hosts, '\n');
		struct str words = str_cut(&line, '#'), first = {0};

		for (size_t n = 0; words.len; n++) {
			size_t len = 0;

			words = str_trim(words);
			while (len < words.len && words.ptr[len] != ' ' && words.ptr[len] != '\t')
				len++;
			struct str word = {words.ptr, len};
			words = (struct str){words.ptr + len, words.len - len};
			if (n == 1)
				first = word;
			if (first.ptr && str_eq(word, host) && memchr(first.ptr, '.', first.len))
				return first;
		}
	}
	return host;
}

static void name_grains(struct heap *heap, struct dict *grains, int rootfd, struct str nodename)
{
	autobuf struct buf hosts = {0}, id = {0};
	struct str fqdn = nodename;

	if (!memchr(nodename.ptr, '.', nodename.len) && grain_file(rootfd, "etc/hosts", &hosts))
		fqdn = hosts_name(buf_str(&hosts), nodename);
	struct str domain = fqdn, host = str_cut(&domain, '.');
	grain_text(heap, grains, "nodename", nodename);
	grain_text(heap, grains, "localhost", nodename);
	grain_text(heap, grains, "host", host);
	grain_text(heap, grains, "fqdn", fqdn);
	grain_text(heap, grains, "domain", domain.ptr ? domain : STR(""));
	if (grain_file(rootfd, "etc/salt/minion_id", &id) && str_trim(buf_str(&id)).len)
		grain_text(heap, grains, "id", str_trim(buf_str(&id)));
	else
		grain_text(heap, grains, "id", fqdn);
}

/* ---- all ---- */

static void version_grains(struct heap *heap, struct dict *grains)
{
	struct value version[] = {value_int(SALT_VERSION_MAJOR), value_int(SALT_VERSION_MINOR)};
	struct list *list = list_new(heap, ARRAY_LEN(version));

	for (size_t i = 0; i < ARRAY_LEN(version); i++)
		list_push(heap, list, version[i]);
	dict_set(heap, grains, "saltversion",
		 value_printf(heap, "%d.%d", SALT_VERSION_MAJOR, SALT_VERSION_MINOR));
	dict_set(heap, grains, "saltversioninfo", value_of_list(list));
}

/* What the image's author wrote down wins over what is found. A file that cannot be read is no
 * reason to stop: its keys are missing, and a template that asks for one says so. */
static void static_grains(struct heap *heap, struct dict *grains, int rootfd)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	struct value own = {0};

	if (grain_file(rootfd, "etc/salt/grains", &text) && text.len &&
	    !value_from_yaml(heap, (struct str){heap_strdup(heap, buf_str(&text)), text.len},
			     "/etc/salt/grains", &own, &err) &&
	    own.kind == VALUE_DICT)
		dict_update(heap, grains, own.dict);
}

struct dict *grains_collect(struct heap *heap, int rootfd)
{
	struct dict *grains = dict_new(heap);
	struct utsname name = {0};

	uname(&name);
	kernel_grains(heap, grains, &name);
	name_grains(heap, grains, rootfd, str_of(name.nodename));
	os_grains(heap, grains, rootfd, name.machine);
	process_grains(heap, grains, rootfd);
	virtual_grains(heap, grains, rootfd);
	init_grain(heap, grains);
	network_grains(heap, grains, rootfd);
	version_grains(heap, grains);
	static_grains(heap, grains, rootfd);
	return grains;
}
