/* test_pkg.c - pkg.* with package managers that only write down what they are asked.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/io.h"
#include "states/package_db.h"
#include "states/test_system.h"

#include "base/banned.h"

#define PARAGRAPH(name, status, version) \
	"Package: " name "\nStatus: " status "\nVersion: " version "\nDescription: x\n y\n\n"
#define STATUS "var/lib/dpkg/status"

static void begin(struct trial *t)
{
	autoerr struct err err = {0};

	trial_begin(t);
	trial_programs(t);
	CHECK_OK(dir_make_all(t->rootfd, "var/lib/dpkg", 0755, &err), &err);
	CHECK_OK(dir_make_all(t->rootfd, "var/lib/apt/lists", 0755, &err), &err);
	trial_write(t, "var/lib/apt/lists/x_Packages", "", 0644);
	trial_write(t, STATUS,
		    PARAGRAPH("nginx", "install ok installed", "1.2-1") PARAGRAPH(
			    "old", "deinstall ok config-files",
			    "0.9") "Package: postfix\nStatus: install ok installed\nVersion: 3\n"
				   "Provides: mail-transport-agent, x (= 1)\n\n",
		    0644);
	/* What is installed gets a paragraph; what is removed loses all of them. */
	trial_script(t, "usr/bin/apt-get",
		     "#!/bin/sh\necho \"$@\" >> /apt.log\nverb=\nfor w; do case $w in\n"
		     "install|remove|purge|update) verb=$w;;\n"
		     "-*|DPkg*) ;;\n"
		     "broken) echo E: no such package >&2; exit 100;;\n"
		     "*) name=${w%%=*}; version=2.0; case $w in *=*) version=${w#*=};; esac\n"
		     "[ $verb = install ] && echo \"Package: $name\nStatus: install ok installed\n"
		     "Version: $version\n\" >> /" STATUS ";\n"
		     "[ $verb = purge ] && sed -i \"/^Package: $name\\$/,/^\\$/d\" /" STATUS ";;\n"
		     "esac; done; exit 0\n");
}

TEST(pkg_installed_asks_for_all_that_is_missing_at_once)
{
	autotrial t;
	begin(&t);
	const struct state_def *installed = trial_state("pkg.installed");

	trial_run(&t, installed, "web", "{pkgs: [nginx, curl, {jq: '1.6'}]}");
	CHECK_STR(trial_said(&t),
		  "True|The following packages were installed/updated: curl, jq=1.6\n"
		  "The following packages were already installed: nginx|"
		  "{'curl': {'old': '', 'new': '2.0'}, 'jq': {'old': '', 'new': "
		  "'1.6'}}");
	CHECK_STR(trial_read(&t, "apt.log"),
		  "-q -y -o DPkg::Options::=--force-confold -o DPkg::Options::=--force-confdef "
		  "install -- curl jq=1.6\n");
	trial_run(&t, installed, "web", "{pkgs: [nginx, curl, {jq: '>=1.5'}]}");
	CHECK_STR(trial_said(&t), "True|All specified packages are already installed and are at "
				  "the desired version|");
	trial_run(&t, installed, "nginx", "");
	CHECK_STR(trial_said(&t), "True|All specified packages are already installed|");
	trial_again(&t, installed, "mail-transport-agent", "");
}

TEST(pkg_installed_tells_what_fails_and_what_it_would_do)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("pkg.installed"), "broken", "");
	CHECK_STR(trial_said(&t),
		  "False|An error was encountered while installing package(s): apt-get: E: no such "
		  "package\nThe following packages failed to install/update: broken|");
	t.is_test = true;
	trial_run(&t, trial_state("pkg.installed"), "curl", "");
	CHECK_STR(trial_said(&t), "None|The following packages would be installed/updated: curl|"
				  "{'curl': {'old': '', 'new': 'installed'}}");
	t.is_test = false;
	t.world.is_offline = true;
	trial_run(&t, trial_state("pkg.installed"), "curl", "");
	CHECK_STR(trial_said(&t),
		  "False|The following packages failed to install/update: curl\nthey "
		  "are not installed, and --offline forbids to fetch them|");
	trial_again(&t, trial_state("pkg.installed"), "nginx", "");
}

TEST(pkg_purged_takes_what_is_left_too)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("pkg.removed"), "old", "");
	CHECK_STR(trial_said(&t), "True|All specified packages are already absent|");
	trial_run(&t, trial_state("pkg.purged"), "x", "{pkgs: [old, nginx]}");
	CHECK_STR(trial_said(&t),
		  "True|All targeted packages were purged.|{'nginx': {'old': '1.2-1', "
		  "'new': ''}}");
	trial_again(&t, trial_state("pkg.purged"), "x", "{pkgs: [old, nginx]}");
}

TEST(pkg_latest_compares_with_what_can_be_had)
{
	autotrial t;
	begin(&t);

	trial_script(&t, "usr/bin/apt-cache",
		     "#!/bin/sh\nprintf 'nginx:\\n  Installed: 1.2-1\\n  Candidate: 2.0\\n"
		     "postfix:\\n  Candidate: 3\\n'\n");
	trial_run(&t, trial_state("pkg.latest"), "x", "{pkgs: [nginx, postfix]}");
	CHECK_STR(trial_said(&t),
		  "True|The following packages were successfully installed/upgraded: "
		  "nginx|{'nginx': {'old': '1.2-1', 'new': '2.0'}}");
	trial_run(&t, trial_state("pkg.latest"), "postfix", "");
	CHECK_STR(trial_said(&t), "True|Package postfix is already up-to-date|");
	trial_run(&t, trial_state("pkg.latest"), "unheard-of", "");
	CHECK_STR(trial_said(&t), "False|No information found for 'unheard-of'.|");
}

TEST(pkgrepo_managed_writes_a_line_once)
{
	autotrial t;
	begin(&t);

	trial_run(&t, trial_state("pkgrepo.managed"), "deb http://x y main",
		  "{file: /etc/apt/sources.list.d/x.list}");
	CHECK_STR(trial_said(&t),
		  "True|Configured package repo 'deb http://x y main'|{'repo': 'deb "
		  "http://x y main'}");
	CHECK_STR(trial_read(&t, "etc/apt/sources.list.d/x.list"), "deb http://x y main\n");
	trial_again(&t, trial_state("pkgrepo.managed"), "deb http://x y main",
		    "{file: /etc/apt/sources.list.d/x.list}");
}

TEST(apk_database_is_read)
{
	autotrial t;
	trial_begin(&t);
	autoerr struct err err = {0};

	CHECK_OK(dir_make_all(t.rootfd, "lib/apk/db", 0755, &err), &err);
	trial_write(
		&t, "lib/apk/db/installed",
		"C:Q1x\nP:musl\nV:1.2.4-r2\np:so:libc.musl-x86_64.so.1=1\n\nP:nginx\nV:1.24-r1\n",
		0644);
	trial_again(&t, trial_state("pkg.installed"), "x", "{pkgs: [musl, {nginx: '1.24-r1'}]}");
	t.is_test = true;
	trial_run(&t, trial_state("pkg.installed"), "curl", "");
	CHECK_INT(t.outcome.result, RESULT_NONE);
}

TEST(package_versions_are_ordered_as_debians)
{
	static const char *const ascending[] = {"1.0~rc1", "1.0",  "1.0-1", "1.0-1+b1", "1.0+x",
						"1.2",     "1.10", "1.10a", "1:0.1",    "2:0"};

	for (size_t i = 0; i + 1 < ARRAY_LEN(ascending); i++) {
		CHECK(package_version_compare(ascending[i], ascending[i + 1]) < 0);
		CHECK(package_version_compare(ascending[i + 1], ascending[i]) > 0);
		CHECK_INT(package_version_compare(ascending[i], ascending[i]), 0);
	}
	CHECK(package_version_fits("1.2.3", ">=1.2,<2"));
	CHECK(!package_version_fits("2.0", ">=1.2,<2"));
	CHECK(package_version_fits("1.2.3", "1.2.*"));
	CHECK(package_version_fits("1.2", "=1.2") && !package_version_fits("1.2", "!=1.2"));
}
