#!/usr/bin/env bats
# deploy.bats - the project engine: its steps, their order, archives and permissions.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() { state_setup; }

# steps_of OUTPUT: the steps that it tells of.
steps_of() { grep -xE 'archive:|release_sync:|install:|rotate_archives:|rollback:|fixperms:|notify:' <<<"$1" | tr '\n' ' '; }

@test "a project is deployed in the order of the engine, and says so" {
	new_project web
	noting_step 050_conf
	run -0 in_root deploy web
	[[ $output == *"Deployment "*" finished successfully for web"* ]]
	[ "$(steps_of "$output")" = \
		"archive: release_sync: install: rotate_archives: rollback: fixperms: " ]
	grep -qx 050_conf "$root/tmp/ran"
}

@test "only and skip choose steps, by comma lists" {
	new_project web
	noting_step 050_conf
	in_root deploy web --only release_sync >/dev/null
	run -0 in_root deploy web --only install,fixperms
	[ "$(steps_of "$output")" = "install: fixperms: " ]
	run -0 in_root deploy web --skip-archive --skip rotate_archives,fixperms
	[ "$(steps_of "$output")" = "release_sync: install: rollback: " ]
	[ ! -e "$projects/web/archives" ] || [ -z "$(ls "$projects/web/archives")" ]
	run -64 in_root deploy web --only instal
	[[ $output == *"did you mean 'install'?"* ]]
}

@test "state files run in bytewise order; special ones and tasks do not" {
	new_project web
	for name in 100_a 10_b 000_x fixperms archive rollback notify task_seldom; do noting_step $name; done
	run -0 in_root deploy web --only install
	[ "$(tr '\n' ' ' <"$root/tmp/ran")" = "000_x 100_a 10_b " ]
	run -0 in_root run-task web seldom
	grep -qx task_seldom "$root/tmp/ran"
	run -1 in_root run-task web never
	[[ $output == *"no task 'never'"* ]]
}

@test "steps of install are chosen with or without .sls" {
	new_project web
	for name in 000_x 050_conf 100_a; do noting_step $name; done
	run -0 in_root deploy web --only install --steps 050_conf.sls,100_a
	[ "$(tr '\n' ' ' <"$root/tmp/ran")" = "050_conf 100_a " ]
	run -1 in_root deploy web --only install --steps 050_con
	[[ $output == *"no step '050_con.sls'"* && $output == *"did you mean '050_conf.sls'"* ]]
}

@test "a project without state files is an error" {
	new_project web
	run -1 in_root deploy web
	[[ $output == *"no state files"* ]]
	run -1 in_root deploy nowhere
	[[ $output == *nowhere* ]]
}

@test "what does not compile changes nothing, and all of it is told" {
	new_project web
	noting_step 000_x
	step 100_bad <<-'END'
		one:
		  file.manged:
		    - name: /tmp/one
	END
	step 200_bad <<-'END'
		{{ opts.ms_project.data.domian }}:
		  test.nop: []
	END
	run -1 in_root deploy web
	[[ $output == *"100_bad.sls:2:"*"file.managed"* ]]
	[[ $output == *"200_bad.sls:1:"*"domain"* ]]
	[ ! -e "$root/tmp/ran" ]
	[ ! -e "$projects/web/archives" ]
}

failing_project()
{
	new_project web
	echo good >"$projects/web/project/file"
	step 000_change <<-'END'
		/srv/projects/web/project/file:
		  file.managed:
		    - contents: changed
	END
	step 100_fail <<-'END'
		it-fails:
		  test.fail_without_changes: []
	END
	noting_step 200_never
}

@test "a failed step ends the install, and the archive is put back" {
	failing_project
	run -2 in_root deploy web
	[[ $output == *"failed for web"* ]]
	[ "$(cat "$projects/web/project/file")" = good ]
	[ "$(cat "$projects"/web/archives/*/project.failed/file)" = changed ]
	[ ! -e "$root/tmp/ran" ]
}

@test "in the environment dev nothing is put back" {
	failing_project
	printf 'makina-projects.web:\n  default_env: dev\n' >"$projects/web/pillar/init.sls"
	run -2 in_root deploy web
	[ "$(cat "$projects/web/project/file")" = changed ]
}

@test "three archives are kept; rollback puts any of them back" {
	new_project web
	noting_step 050_conf
	for round in 1 2 3 4 5; do
		echo $round >"$projects/web/project/round"
		in_root deploy web >/dev/null
		sleep 1.01 # names have seconds
	done
	[ "$(ls "$projects/web/archives" | wc -l)" -eq 3 ]
	run -0 in_root rollback web "$(ls "$projects/web/archives" | head -1)"
	[ "$(cat "$projects/web/project/round")" = 3 ]
	run -0 in_root archive web
	[ -d "$projects/web/archives/$output/project/.salt" ]
	run -1 in_root rollback web no-such
}

@test "release_sync makes user, group, directories and links once" {
	new_project web
	noting_step 050_conf
	in_root deploy web >/dev/null
	grep -q '^web-user:x:' "$root/etc/passwd"
	[ "$(readlink "$root/srv/salt/makina-projects/web")" = /srv/projects/web/project/.salt ]
	[ "$(readlink "$root/srv/pillar/makina-projects/web")" = /srv/projects/web/pillar ]
	cp "$root/etc/passwd" before
	in_root deploy web >/dev/null
	cmp "$root/etc/passwd" before
	[ "$(grep -c 'makina-projects.web' "$root/srv/pillar/top.sls")" -eq 1 ]
	in_root unlink web
	[ ! -e "$root/srv/salt/makina-projects/web" ]
	[ "$(grep -c 'makina-projects.web' "$root/srv/pillar/top.sls")" -eq 0 ]
}

@test "fixperms gives the layout its owners and modes, follows no link and leaves the system's directories" {
	new_project web
	noting_step 050_conf
	printf 'makina-projects.web:\n  group: editor\n' >"$projects/web/pillar/init.sls"
	mkdir -p "$projects"/web/data/{data/deep,ssh}
	echo secret >"$projects/web/data/configuration/app.yml"
	echo x >"$projects/web/data/data/deep/file"
	chmod 4711 "$projects/web/data/data/deep/file"
	echo outside >"$root/etc/outside"
	chmod 600 "$root/etc/outside"
	ln -s /etc/outside "$projects/web/data/configuration/link"
	ln -s /etc "$projects/web/data/data/dirlink"
	setfacl -m u:1234:rwx "$projects/web/data/data"
	chmod 755 "$root/srv" "$projects"
	in_root deploy web --only release_sync,fixperms >/dev/null
	uid=$(sed -n 's/^web-user:x:\([0-9]*\):.*/\1/p' "$root/etc/passwd")
	modes() { stat -c '%a %u %g' "$@"; }
	[ "$(modes "$projects/web")" = "751 $uid 65753" ]
	[ "$(modes "$projects/web/pillar/init.sls")" = "770 $uid 0" ]
	[ "$(modes "$projects/web/data/configuration")" = "2750 $uid 65753" ]
	[ "$(modes "$projects/web/data/configuration/app.yml")" = "440 $uid 65753" ]
	[ "$(modes "$projects/web/data/data/deep" | cut -d' ' -f2-)" = "$uid 65753" ]
	[ "$(stat -c %A "$projects/web/data/data/deep")" = "drwxrws---" ]
	[ "$(modes "$projects/web/data/data/deep/file" | cut -d' ' -f2-)" = "$uid 65753" ]
	[ "$(modes "$root/etc/outside")" = "600 0 0" ]
	[ "$(modes "$root/etc")" != "2770 $uid 65753" ]
	[ "$(modes "$root/srv")" = "755 0 0" ]
	[[ $(getfacl -c "$projects/web/data/data" 2>/dev/null) != *1234* ]]
	run -0 in_root fixperms web
	[ "$output" = "0 entries changed" ]
}

@test "deploy-all deploys every project up to the first failure" {
	for name in one two; do
		new_project $name
		noting_step "${name}_step"
	done
	mkdir "$projects/no-project"
	run -0 "$HULL_STATE" deploy-all --chroot "$root" --projects-dir /srv/projects --only install
	[ "$(tr '\n' ' ' <"$root/tmp/ran")" = "one_step two_step " ]
}

@test "the answer as JSON has every step's results" {
	new_project web
	noting_step 050_conf
	in_root deploy web --only install --out json >out.json
	[ "$(jq -r '.local.result' out.json)" = true ]
	[ "$(jq -r '.local.steps["050_conf"] | keys[0]' out.json)" = "file_|-050_conf-ran_|-/tmp/ran_|-append" ]
}

@test "a new project gets its first files, and they deploy" {
	mkdir -p "$projects/fresh/project/.salt"
	run -0 in_root init fresh
	[ -f "$projects/fresh/pillar/init.sls" ]
	run -0 in_root deploy fresh
	run -0 in_root report fresh
	[[ $output == *050_conf.sls* && $output == *"fresh-user"* ]]
}

@test "reset-perms takes the options of projects' scripts" {
	mkdir -p tree/sub
	touch tree/sub/file
	"$HULL_STATE" reset-perms --no-acls --paths "$PWD/tree" --dmode 0751 --fmode 0640 --user root --group 65753
	[ "$(stat -c '%a %g' tree/sub)" = "751 65753" ]
	[ "$(stat -c '%a %g' tree/sub/file)" = "640 65753" ]
	ln -s "$HULL_STATE" reset-perms.py
	./reset-perms.py -n -R -p "$PWD/tree" --dmode 700 --fmode 600
	[ "$(stat -c %a tree)" = 700 ]
	[ "$(stat -c %a tree/sub)" = 751 ]
	"$HULL_STATE" reset-perms -o -p "$PWD/tree" --users 4711:r-x
	[[ $(getfacl -nc tree/sub) == *"user:4711:r-x"* ]]
	"$HULL_STATE" reset-perms -o -k -p "$PWD/tree"
	[[ $(getfacl -nc tree/sub) != *4711* ]]
	before=$(stat -c '%a %u %g' /srv)
	"$HULL_STATE" reset-perms -n -R -p /srv --dmode 0751 --group 65753
	[ "$(stat -c '%a %u %g' /srv)" = "$before" ]
	run -64 "$HULL_STATE" reset-perms
	run -64 "$HULL_STATE" reset-perms -p tree --fmode 9
}

@test "a failed deployment says so on the last line of stderr; deploy-all finds projects below --root" {
	new_project web
	cat >"$projects/web/project/.salt/050_conf.sls" <<<'a: test.fail_without_changes'
	run -2 --separate-stderr in_root deploy web --only install
	[ "${stderr_lines[-1]}" = "error: web: the deployment failed" ]
	cat >"$projects/web/project/.salt/050_conf.sls" <<<'a: test.nopp'
	run -1 --separate-stderr in_root deploy web --only install
	[ "${stderr_lines[-1]}" = "error: web: it does not compile: nothing was changed" ]
	cat >"$projects/web/project/.salt/050_conf.sls" <<<'a: test.nop'
	mkdir -p "$BATS_TEST_TMPDIR/system/srv"
	cp -r "$projects" "$BATS_TEST_TMPDIR/system/srv/projects"
	run -0 --separate-stderr "$HULL_STATE" deploy-all --root "$BATS_TEST_TMPDIR/system" --only install
	[[ $output == *"finished successfully for web"* ]]
}
