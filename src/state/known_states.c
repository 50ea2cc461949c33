/* known_states.c - finding a state by name, and what is said about names that are not there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/strlist.h"
#include "base/vec.h"
#include "state/compile.h"

#include "base/banned.h"

/* Modules of Salt that are not here at all: whatever they are asked for is known elsewhere. */
static const char *const foreign_modules[] = {
	"acme",
	"alias",
	"apache",
	"apache_conf",
	"apache_module",
	"apache_site",
	"aptpkg",
	"artifactory",
	"at",
	"augeas",
	"blockdev",
	"boto_s3",
	"bower",
	"btrfs",
	"buildout",
	"cabal",
	"ceph",
	"chocolatey",
	"cloud",
	"composer",
	"consul",
	"csf",
	"debconf",
	"disk",
	"docker_container",
	"docker_image",
	"docker_network",
	"docker_volume",
	"elasticsearch",
	"eselect",
	"etcd",
	"ethtool",
	"event",
	"firewall",
	"firewalld",
	"gem",
	"github",
	"glusterfs",
	"gpg",
	"grafana",
	"helm",
	"icinga2",
	"incron",
	"influxdb_database",
	"influxdb_user",
	"ipset",
	"iptables",
	"jenkins",
	"kernelpkg",
	"keyboard",
	"keystone",
	"kmod",
	"kubernetes",
	"ldap",
	"libvirt",
	"logrotate",
	"loop",
	"lvm",
	"lxc",
	"lxd",
	"makeconf",
	"mc_apache",
	"mc_php",
	"mdadm",
	"memcached",
	"mongodb_database",
	"mongodb_user",
	"monit",
	"mysql_database",
	"mysql_grants",
	"mysql_query",
	"mysql_user",
	"network",
	"nfs_export",
	"nftables",
	"npm",
	"ntp",
	"openvswitch_bridge",
	"openvswitch_port",
	"pbm",
	"pcs",
	"pecl",
	"pip",
	"pkgbuild",
	"pkgng",
	"portage_config",
	"ports",
	"postgres_cluster",
	"postgres_database",
	"postgres_extension",
	"postgres_group",
	"postgres_initdb",
	"postgres_language",
	"postgres_privileges",
	"postgres_schema",
	"postgres_tablespace",
	"postgres_user",
	"process",
	"proxy",
	"pyenv",
	"quota",
	"rabbitmq_cluster",
	"rabbitmq_plugin",
	"rabbitmq_policy",
	"rabbitmq_user",
	"rabbitmq_vhost",
	"rbenv",
	"redis",
	"reg",
	"rsync",
	"rvm",
	"salt",
	"saltutil",
	"schedule",
	"selinux",
	"slack",
	"smtp",
	"snapper",
	"sqlite3",
	"stateconf",
	"status",
	"supervisord",
	"sysfs",
	"syslog_ng",
	"tls",
	"tomcat",
	"tuned",
	"uptime",
	"vagrant",
	"vault",
	"virt",
	"x509",
	"xml",
	"zabbix_host",
	"zabbix_user",
	"zcbuildout",
	"zfs",
	"zookeeper",
	"zpool",
};

/* Functions of modules of which others are here. */
static const char *const foreign_functions[] = {
	"alternatives.auto",
	"alternatives.install",
	"alternatives.remove",
	"alternatives.set",
	"archive.extracted",
	"cmd.call",
	"cmd.wait_call",
	"cmd.wait_script",
	"cron.absent",
	"cron.env_absent",
	"cron.env_present",
	"cron.present",
	"environ.setenv",
	"file.accumulated",
	"file.append",
	"file.blockreplace",
	"file.cached",
	"file.comment",
	"file.copy",
	"file.decode",
	"file.directory",
	"file.hardlink",
	"file.keyvalue",
	"file.line",
	"file.mknod",
	"file.not_cached",
	"file.patch",
	"file.prepend",
	"file.pruned",
	"file.recurse",
	"file.rename",
	"file.replace",
	"file.retention_schedule",
	"file.serialize",
	"file.shortcut",
	"file.tidied",
	"file.touch",
	"file.uncomment",
	"git.cloned",
	"git.config_set",
	"git.config_unset",
	"git.detached",
	"git.latest",
	"git.present",
	"group.absent",
	"group.present",
	"host.absent",
	"host.only",
	"host.present",
	"ini.options_absent",
	"ini.options_present",
	"ini.sections_absent",
	"ini.sections_present",
	"locale.present",
	"locale.system",
	"mount.fstab_absent",
	"mount.fstab_present",
	"mount.mounted",
	"mount.swap",
	"mount.unmounted",
	"pkg.downloaded",
	"pkg.group_installed",
	"pkg.held",
	"pkg.patch_downloaded",
	"pkg.patch_installed",
	"pkg.unheld",
	"pkg.uptodate",
	"pkgrepo.absent",
	"pkgrepo.managed",
	"pkgrepo.migrated",
	"service.masked",
	"service.unmasked",
	"ssh_auth.absent",
	"ssh_auth.manage",
	"ssh_auth.present",
	"ssh_known_hosts.absent",
	"ssh_known_hosts.present",
	"svn.dirty",
	"svn.export",
	"svn.latest",
	"sysctl.present",
	"test.check_pillar",
	"timezone.system",
	"virtualenv.managed",
	"webutil.user_absent",
	"webutil.user_exists",
};

const struct state_def *state_find(const struct state_table *const *states, const char *name)
{
	for (; states && *states; states++)
		for (const struct state_def *const *row = (*states)->rows; *row; row++)
			if (text_eq((*row)->name, name))
				return *row;
	return NULL;
}

bool state_is_known_elsewhere(const char *name)
{
	size_t module = strcspn(name, ".");

	for (size_t i = 0; i < ARRAY_LEN(foreign_modules); i++)
		if (strlen(foreign_modules[i]) == module &&
		    strncmp(foreign_modules[i], name, module) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(foreign_functions); i++)
		if (text_eq(foreign_functions[i], name))
			return true;
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void state_names(const struct state_table *const *states, struct strlist *ret_names)
{
	for (; states && *states; states++)
		for (const struct state_def *const *row = (*states)->rows; *row; row++)
			strlist_add(ret_names, (*row)->name);
	if (ret_names->n)
		qsort(ret_names->items, ret_names->n, sizeof(*ret_names->items), by_text);
}

const char *state_nearest(const struct state_table *const *states, const char *name)
{
	autostrlist struct strlist names = {0};

	state_names(states, &names);
	const char *nearest = names.n ? str_nearest(name, (const char *const *)names.items) : NULL;
	const struct state_def *def = nearest ? state_find(states, nearest) : NULL;
	return def ? def->name : NULL;
}
