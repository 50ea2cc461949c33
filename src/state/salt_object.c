/* salt_object.c - the mapping `salt`: functions by name, salt['a.b'](…) and salt.a.b(…).
 * SPDX-License-Identifier: Apache-2.0
 *
 * A name that nobody has gives an undefined value whose text says what was meant, so that `is
 * defined` and `default` work on it as on any other. */
#include <stdlib.h>

#include "state/functions_private.h"

#include "base/banned.h"

/* Modules that Salt's documentation lists and that need a master, a minion or Python. Sorted. */
static const char *const salt_modules[] = {
	"acme",
	"aliases",
	"alternatives",
	"ansible",
	"apache",
	"aptpkg",
	"archive",
	"artifactory",
	"at",
	"augeas",
	"bcache",
	"beacons",
	"bigip",
	"boto3",
	"btrfs",
	"ca",
	"chocolatey",
	"chroot",
	"cloud",
	"cmd",
	"composer",
	"consul",
	"container",
	"core",
	"cp",
	"cron",
	"data",
	"debconf",
	"debian_ip",
	"devinfo",
	"devmap",
	"dig",
	"disk",
	"django",
	"dnsmasq",
	"dnsutil",
	"docker",
	"drac",
	"elasticsearch",
	"environ",
	"etcd",
	"ethtool",
	"event",
	"extfs",
	"file",
	"firewalld",
	"freezer",
	"gem",
	"git",
	"gpg",
	"group",
	"grub",
	"haproxy",
	"hg",
	"hosts",
	"http",
	"incron",
	"influxdb",
	"inspectlib",
	"ip",
	"ipmi",
	"ipset",
	"iptables",
	"jinja",
	"k8s",
	"kernelpkg",
	"key",
	"keyboard",
	"keystone",
	"kmod",
	"kubernetes",
	"ldap",
	"linux_acl",
	"locale",
	"locate",
	"logrotate",
	"lvm",
	"lxc",
	"lxd",
	"match",
	"mattermost",
	"mdadm",
	"memcached",
	"mine",
	"minion",
	"modjk",
	"mongodb",
	"mount",
	"munin",
	"mysql",
	"nacl",
	"netbox",
	"network",
	"nexus",
	"nftables",
	"nginx",
	"nova",
	"npm",
	"nspawn",
	"nvme",
	"openscap",
	"out",
	"pagerduty",
	"pam",
	"parted",
	"partition",
	"pecl",
	"peeringdb",
	"pip",
	"pkg",
	"pkg_resource",
	"postfix",
	"postgres",
	"powerpath",
	"ps",
	"publish",
	"puppet",
	"pyenv",
	"quota",
	"rabbitmq",
	"raet",
	"raid",
	"rbac",
	"rbenv",
	"redis",
	"reg",
	"restartcheck",
	"ret",
	"rsync",
	"runit",
	"rvm",
	"s3",
	"s6",
	"salt_proxy",
	"salt_version",
	"saltcheck",
	"saltutil",
	"schedule",
	"sdb",
	"seed",
	"selinux",
	"sensors",
	"serverdensity",
	"service",
	"shadow",
	"slack",
	"slsutil",
	"smbios",
	"smtp",
	"snapper",
	"solr",
	"sqlite3",
	"ssh",
	"state",
	"status",
	"supervisord",
	"svn",
	"swift",
	"sysbench",
	"sysfs",
	"syslog_ng",
	"sysmod",
	"sysrc",
	"system",
	"systemd",
	"telegram",
	"temp",
	"test",
	"timezone",
	"tls",
	"tomcat",
	"trafficserver",
	"tuned",
	"udev",
	"ufw",
	"uptime",
	"user",
	"uwsgi",
	"vagrant",
	"vault",
	"virt",
	"virtualenv",
	"vsphere",
	"webutil",
	"win_pkg",
	"x509",
	"xapi",
	"xfs",
	"xml",
	"yumpkg",
	"zabbix",
	"zcbuildout",
	"zfs",
	"zk_concurrency",
	"znc",
	"zookeeper",
	"zpool",
	"zypperpkg",
};

struct salt {
	struct object object;
	struct world *world;
	struct str module; /* of salt.MODULE; empty: of `salt` itself */
};

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_salt_module(const char *name)
{
	return bsearch(&name, salt_modules, ARRAY_LEN(salt_modules), sizeof(*salt_modules),
		       compare_texts) != NULL;
}

static size_t count_functions(const struct world *world)
{
	size_t n = 0;

	for (const struct function_table *const *t = world->functions; t && *t; t++)
		n += (*t)->n;
	return n;
}

static const char *function_name(const struct world *world, size_t i)
{
	for (const struct function_table *const *t = world->functions; t && *t; t++) {
		if (i < (*t)->n)
			return (*t)->rows[i].name;
		i -= (*t)->n;
	}
	return NULL;
}

static bool has_module(const struct world *world, struct str module)
{
	for (size_t i = 0; i < count_functions(world); i++) {
		const char *name = function_name(world, i);
		if (!strncmp(name, module.ptr, module.len) && name[module.len] == '.')
			return true;
	}
	return false;
}

static const char *nearest_function(struct world *world, const char *name)
{
	size_t n = count_functions(world);
	const char **names = heap_alloc(world->heap, (n + 1) * sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = function_name(world, i);
	return str_nearest(name, names);
}

/* Functions that run or change something wait for `apply`. */
static int salt_call(struct call *call, struct value *ret_value, struct err *err)
{
	const struct state_function *function = call->closure;
	const struct world *world = call_world(call);

	if (world->is_check && (function->flags & FN_RUNS))
		return err_set(err, ERR_DENIED,
			       "'%s' runs a program or changes something: not while checking",
			       function->name);
	return function->fn(call, ret_value, err);
}

/* A function, or for salt.NAME a module. */
static struct value unknown_name(struct world *world, const char *name)
{
	struct str rest = str_of(name), module = str_cut(&rest, '.');
	const char *module_name = heap_strdup(world->heap, module);
	const char *what = rest.ptr ? "function" : "module", *nearest = NULL;
	bool is_known = is_salt_module(module_name);

	if (rest.ptr && (has_module(world, module) || !is_known))
		nearest = nearest_function(world, name);
	if (nearest)
		return value_undefined(world->heap, name,
				       "'salt' has no %s '%s': did you mean '%s'?", what, name,
				       nearest);
	if (is_known)
		return value_undefined(world->heap, name,
				       "the %s '%s' is known to Salt, not implemented here", what,
				       name);
	return value_undefined(world->heap, name, "'salt' has no %s '%s'", what, name);
}

static int function_value(struct world *world, const char *name, struct value *ret_value)
{
	const struct state_function *function = world_function(world, str_of(name));

	*ret_value = function ? value_native(world->heap, function->name, salt_call, function)
			      : unknown_name(world, name);
	return 1;
}

static struct value salt_value(struct world *world, struct str module);

/* salt.get('a.b', default) */
static int salt_get(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"key", PARAM_REQUIRED}, {"default", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct world *world = call_world(call);
	struct str name = {0};

	if (call_bind(call, "get", params, values, err) || value_as_str(values[0], &name, err))
		return -1;
	if (world_function(world, name))
		function_value(world, heap_strdup(call->heap, name), ret_value);
	else
		*ret_value = param_given(values[1]) ? values[1] : value_none();
	return 0;
}

static int salt_attribute(struct heap *heap, struct object *object, struct str name,
			  struct value *ret_value, struct err *err)
{
	struct salt *salt = (struct salt *)object;
	struct world *world = salt->world;

	if (salt->module.len)
		return function_value(
			world, heap_printf(heap, "%.*s.%.*s", STR_ARG(salt->module), STR_ARG(name)),
			ret_value);
	if (str_is(name, "get"))
		*ret_value = value_native(heap, "get", salt_get, NULL);
	else if (has_module(world, name))
		*ret_value = salt_value(world, name);
	else
		*ret_value = unknown_name(world, heap_strdup(heap, name));
	return 1;
}

static int salt_item(struct heap *heap, struct object *object, struct value key,
		     struct value *ret_value, struct err *err)
{
	struct salt *salt = (struct salt *)object;
	struct str name = {0};

	if (value_as_str(key, &name, err))
		return -1;
	if (salt->module.len || !memchr(name.ptr, '.', name.len))
		return salt_attribute(heap, object, name, ret_value, err);
	return function_value(salt->world, heap_strdup(heap, name), ret_value);
}

/* Going through `salt` gives the names: `'pkg.version' in salt`. */
static int salt_at(struct heap *heap, struct object *object, size_t i, struct value *ret_value,
		   struct err *err)
{
	const struct salt *salt = (const struct salt *)object;
	const char *name = salt->module.len ? NULL : function_name(salt->world, i);

	if (!name)
		return 0;
	*ret_value = value_view(str_of(name));
	return 1;
}

static int64_t salt_length(struct object *object)
{
	return (int64_t)count_functions(((const struct salt *)object)->world);
}

static int salt_print(struct heap *heap, struct object *object, struct buf *buf, struct err *err)
{
	buf_puts(buf, "<salt>");
	return 0;
}

static const struct object_type salt_type = {
	.name = "salt",
	.attribute = salt_attribute,
	.item = salt_item,
	.print = salt_print,
	.at = salt_at,
	.length = salt_length,
};

static struct value salt_value(struct world *world, struct str module)
{
	struct salt *salt = heap_alloc(world->heap, sizeof(*salt));

	salt->object.type = &salt_type;
	salt->world = world;
	salt->module = (struct str){heap_strdup(world->heap, module), module.len};
	return value_of_object(&salt->object);
}

struct value salt_object(struct world *world)
{
	world->heap->world = world;
	return salt_value(world, STR(""));
}
