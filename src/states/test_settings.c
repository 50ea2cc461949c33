/* test_settings.c - hosts, time zone, locale, sysctl, fstab, ACLs in a scratch root.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/acl.h"
#include "base/io.h"
#include "states/test_system.h"

#include "base/banned.h"

TEST(host_present_adds_names_and_keeps_the_rest)
{
	autotrial t;
	trial_begin(&t);
	const struct state_def *present = trial_state("host.present");

	trial_write(&t, "etc/hosts", "# ours\n127.0.0.1\tlocalhost\n", 0644);
	trial_run(&t, present, "db", "{ip: 10.0.0.1}");
	CHECK_STR(trial_said(&t), "True|Added host db (10.0.0.1)|{'added': {'10.0.0.1': ['db']}}");
	trial_run(&t, present, "db2", "{ip: [10.0.0.1, '::1'], comment: two}");
	CHECK_STR(
		trial_read(&t, "etc/hosts"),
		"# ours\n127.0.0.1\tlocalhost\n10.0.0.1\t\tdb db2\t\t# two\n::1\t\tdb2\t\t# two\n");
	trial_run(&t, present, "db", "{ip: 10.0.0.1}");
	CHECK_STR(trial_said(&t), "True|Host db (10.0.0.1) already present|");
	trial_again(&t, present, "db2", "{ip: [10.0.0.1, '::1'], comment: two}");
	trial_run(&t, present, "db", "{ip: 10.0.0.2, clean: true}");
	CHECK_STR(trial_said(&t),
		  "True|Added host db (10.0.0.2)\nRemoved host db (10.0.0.1)|"
		  "{'added': {'10.0.0.2': ['db']}, 'removed': {'10.0.0.1': ['db']}}");
	trial_run(&t, present, "db", "{ip: nonsense}");
	CHECK_STR(buf_text(&t.outcome.comment), "Invalid IP Address for db (nonsense)");
	trial_run(&t, trial_state("host.absent"), "db", "{ip: 10.0.0.2}");
	CHECK_STR(trial_said(&t), "True|Removed host db (10.0.0.2)|{'host': 'db'}");
	trial_again(&t, trial_state("host.absent"), "db", "{ip: 10.0.0.2}");
	trial_run(&t, trial_state("host.only"), "10.0.0.1", "{hostnames: [a, b]}");
	CHECK_STR(trial_said(&t), "True|successfully changed 10.0.0.1 from \"db2\" to \"a b\"|"
				  "{'10.0.0.1': {'old': 'db2', 'new': 'a b'}}");
	trial_again(&t, trial_state("host.only"), "10.0.0.1", "{hostnames: [a, b]}");
}

TEST(timezone_is_a_link_and_debians_file)
{
	autoerr struct err err = {0};
	char target[100] = "";
	autotrial t;
	trial_begin(&t);

	CHECK_OK(dir_make_all(t.rootfd, "usr/share/zoneinfo/Europe", 0755, &err), &err);
	trial_write(&t, "usr/share/zoneinfo/Europe/Paris", "TZif", 0644);
	trial_write(&t, "etc/timezone", "Etc/UTC\n", 0644);
	trial_run(&t, trial_state("timezone.system"), "Europe/Paris", "");
	CHECK_STR(trial_said(&t), "True|Set timezone Europe/Paris|{'timezone': 'Europe/Paris'}");
	CHECK(readlinkat(t.rootfd, "etc/localtime", target, sizeof(target) - 1) > 0);
	CHECK_STR(target, "/usr/share/zoneinfo/Europe/Paris");
	CHECK_STR(trial_read(&t, "etc/timezone"), "Europe/Paris\n");
	trial_run(&t, trial_state("timezone.system"), "Europe/Paris", "");
	CHECK_STR(trial_said(&t), "True|Timezone Europe/Paris already set, UTC already set to "
				  "Europe/Paris|");
	trial_run(&t, trial_state("timezone.system"), "../../etc/passwd", "");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
}

TEST(locale_system_sets_lang)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "etc/locale.conf", "LC_TIME=C\nLANG=C\n", 0644);
	trial_run(&t, trial_state("locale.system"), "fr_FR.UTF-8", "");
	CHECK_STR(trial_said(&t), "True|Set system locale fr_FR.UTF-8|{'locale': 'fr_FR.UTF-8'}");
	CHECK_STR(trial_read(&t, "etc/locale.conf"), "LC_TIME=C\nLANG=fr_FR.UTF-8\n");
	trial_again(&t, trial_state("locale.system"), "fr_FR.UTF-8", "");
}

TEST(sysctl_in_an_image_is_written_for_its_start)
{
	autotrial t;
	trial_begin(&t);

	t.world.is_build = true;
	trial_run(&t, trial_state("sysctl.present"), "vm.swappiness", "{value: 10}");
	CHECK_STR(trial_said(&t),
		  "True|Updated sysctl value vm.swappiness = 10|{'vm.swappiness': 10}");
	CHECK_STR(trial_read(&t, "etc/sysctl.d/99-salt.conf"),
		  "#\n# Kernel sysctl configuration\n#\nvm.swappiness = 10\n");
	trial_again(&t, trial_state("sysctl.present"), "vm.swappiness", "{value: 10}");
}

TEST(fstab_lines_are_added_changed_and_removed)
{
	static const char args[] =
		"{device: /dev/sdz1, fstype: ext4, opts: [noatime, ro], mount: false}";
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "etc/fstab", "# table\nproc /proc proc defaults 0 0\n", 0644);
	trial_run(&t, trial_state("mount.mounted"), "/srv/my data/", args);
	CHECK_STR(trial_said(&t), "True|Added new entry to the fstab.|{'persist': 'new'}");
	CHECK_STR(trial_read(&t, "etc/fstab"),
		  "# table\nproc /proc proc defaults 0 0\n"
		  "/dev/sdz1\t\t/srv/my\\040data\text4\tnoatime,ro\t0 0\n");
	trial_again(&t, trial_state("mount.mounted"), "/srv/my data/", args);
	trial_run(&t, trial_state("mount.mounted"), "/srv/my data",
		  "{device: /dev/sdz2, fstype: ext4, mount: false}");
	CHECK_STR(trial_said(&t), "True|Updated the entry in the fstab.|{'persist': 'update'}");
	trial_run(&t, trial_state("mount.unmounted"), "/srv/my data", "{persist: true}");
	CHECK_STR(trial_read(&t, "etc/fstab"), "# table\nproc /proc proc defaults 0 0\n");
}

static const char *acl_text(struct trial *t, const char *path, const char *attribute)
{
	autoclose int fd = openat(t->rootfd, path, O_RDONLY | O_CLOEXEC);
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	char bytes[1024];
	ssize_t len = fgetxattr(fd, attribute, bytes, sizeof(bytes));

	if (len < 0)
		return "";
	CHECK_OK(acl_to_text(bytes, (size_t)len, "", &text, &err), &err);
	return heap_strdup(&t->heap, buf_str(&text));
}

TEST(acl_present_gives_and_makes_the_mask_anew)
{
	autotrial t;
	trial_begin(&t);
	const struct state_def *present = trial_state("acl.present");

	CHECK(mkdirat(t.rootfd, "tmp/d", 0750) == 0);
	trial_write(&t, "tmp/d/f", "", 0640);
	trial_run(&t, present, "/tmp/d",
		  "{acl_type: user, acl_name: app, perms: rwx, recurse: true}");
	if (strstr(trial_said(&t), "not supported"))
		test_skip("this file system has no ACLs");
	CHECK_STR(trial_said(&t),
		  "True|Applied new permissions for app|{'new': {'acl_name': 'app', "
		  "'acl_type': 'user', 'perms': 'rwx'}}");
	CHECK_STR(acl_text(&t, "tmp/d", XATTR_ACL_ACCESS),
		  "user::rwx\nuser:1000:rwx\ngroup::r-x\nmask::rwx\nother::---\n");
	CHECK_STR(acl_text(&t, "tmp/d/f", XATTR_ACL_ACCESS),
		  "user::rw-\nuser:1000:rwx\ngroup::r--\nmask::rwx\nother::---\n");
	trial_again(&t, present, "/tmp/d",
		    "{acl_type: user, acl_name: app, perms: rwx, recurse: true}");
	trial_run(&t, present, "/tmp/d", "{acl_type: user, acl_name: app, perms: r-x}");
	CHECK(strstr(trial_said(&t), "Updated permissions for app|"));
	CHECK(strstr(acl_text(&t, "tmp/d", XATTR_ACL_ACCESS), "user:1000:r-x\n"));
	CHECK(strstr(acl_text(&t, "tmp/d", XATTR_ACL_ACCESS), "mask::r-x\n"));
	trial_run(&t, present, "/tmp/d", "{acl_type: 'default:group', acl_name: www, perms: rX}");
	CHECK_STR(acl_text(&t, "tmp/d", XATTR_ACL_DEFAULT),
		  "user::rwx\ngroup::r-x\ngroup:33:r-x\nmask::r-x\nother::---\n");
	trial_run(&t, trial_state("acl.absent"), "/tmp/d", "{acl_type: user, acl_name: app}");
	CHECK(!strstr(acl_text(&t, "tmp/d", XATTR_ACL_ACCESS), "user:1000"));
	CHECK(strstr(acl_text(&t, "tmp/d", XATTR_ACL_ACCESS), "mask::"));
	trial_again(&t, trial_state("acl.absent"), "/tmp/d", "{acl_type: user, acl_name: app}");
	trial_run(&t, trial_state("acl.absent"), "/tmp/d", "{acl_type: user, acl_name: unknown}");
	CHECK_STR(trial_said(&t), "True|Permissions are in the desired state|");
	trial_run(&t, present, "/tmp/d", "{acl_type: user, acl_name: nobody-here, perms: r}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	trial_run(&t, present, "/tmp/none", "{acl_type: user, acl_name: app, perms: r}");
	CHECK_STR(trial_said(&t), "False|/tmp/none does not exist|");
}
