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

@test "reset-perms is not led elsewhere by a user's links, nor excludes forgotten for odd names" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	mkdir -p theirs/own/sub ours/sub
	chmod 755 ours ours/sub theirs/own theirs/own/sub
	ln -s "$PWD/ours" theirs/link
	ln -s own theirs/fine
	chown -hR 4711:4711 theirs
	"$HULL_STATE" reset-perms -n --dmode 0700 --paths "$PWD/theirs/link/" --paths theirs/link/sub --paths theirs/link
	[ "$(stat -c %a ours ours/sub | sort -u)" = 755 ]
	"$HULL_STATE" reset-perms -n --dmode 0700 --paths theirs/fine/sub/
	[ "$(stat -c %a theirs/own/sub)" = 700 ]
	mkdir tree
	touch tree/$'keep\xff' tree/other
	"$HULL_STATE" reset-perms -n --fmode 0600 --excludes 'k[e]+p' --paths tree
	[ "$(stat -c %a tree/keep*)" = 644 ]
	[ "$(stat -c %a tree/other)" = 600 ]
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

@test "a signal ends a deployment behind the current state: no success, nothing put back, nothing else run" {
	new_project web
	step 100_wait <<-'END'
		wait:
		  cmd.run:
		    - name: touch /tmp/begun; while [ ! -e /tmp/go ]; do sleep 0.05; done
	END
	noting_step 200_after
	noting_step fixperms
	"$HULL_STATE" deploy --chroot "$root" web >out 2>err &
	pid=$!
	until [ -e "$root/tmp/begun" ]; do sleep 0.05; done
	kill -TERM $pid
	touch "$root/tmp/go"
	status=0
	wait $pid || status=$?
	[ "$status" -eq 2 ]
	[ "$(tail -1 err)" = "error: web: stopped by a signal" ]
	run ! grep -q 'finished successfully' out
	[ ! -e "$root/tmp/ran" ]
	run ! ls "$projects"/web/archives/*/project.failed
}

@test "accounts that are there keep home and shell; all groups of the configuration are made" {
	new_project web
	noting_step 050_conf
	cat >"$projects/web/pillar/init.sls" <<-'END'
		makina-projects.web:
		  user: www-data
		  groups: [www-data, extra]
	END
	before=$(grep ^www-data "$root/etc/passwd")
	in_root deploy web >/dev/null
	[ "$(grep ^www-data "$root/etc/passwd")" = "$before" ]
	grep -qx 'www-data:x:33:.*' "$root/etc/group"
	grep -q '^extra:x:[0-9]*:www-data$' "$root/etc/group"
	printf 'editor:x:4321:\n' >>"$root/etc/group"
	printf 'makina-projects.web: {user: root, group: editor}\n' >"$projects/web/pillar/init.sls"
	in_root deploy web --only release_sync
	grep -qx 'editor:x:4321:' "$root/etc/group"
	grep -qx 'root:x:0:0:root:/root:/bin/sh' "$root/etc/passwd"
}

@test "a project's archive.sls adds to the archive; one that needs rsync is left out where there is none" {
	new_project web
	noting_step 050_conf
	step archive <<-'END'
		{{ opts.ms_project.current_archive_dir }}/project/dump.sql:
		  file.managed:
		    - contents: dumped
	END
	in_root deploy web --only archive >/dev/null
	[ "$(cat "$projects"/web/archives/*/project/dump.sql)" = dumped ]
	[ -d "$projects"/web/archives/*/project/.salt ]
	step archive <<-'END'
		copy:
		  cmd.run:
		    - name: rsync -a --delete /nowhere/ "{{ opts.ms_project.current_archive_dir }}/"
	END
	run -0 in_root deploy web --only archive
	[[ $output == *"archive.sls is left out: it needs rsync, which is not here"* ]]
	printf '#!/bin/sh\necho "$@" >>/tmp/rsynced\n' >"$root/bin/rsync"
	chmod 755 "$root/bin/rsync"
	run -0 in_root archive web
	grep -q -- "--delete /nowhere/ /srv/projects/web/archives/$output/" "$root/tmp/rsynced"
	printf '#!/bin/sh\nexit 3\n' >"$root/bin/rsync"
	run -2 in_root archive web
	noting_step 100_never
	run -2 in_root deploy web --only archive,install,rollback
	[[ $output == *"nothing was archived"* ]]
	[ ! -e "$root/tmp/ran" ]
}

@test "a project's rollback.sls is run behind, unless it copies the trees itself" {
	failing_project
	step rollback <<-'END'
		/tmp/told:
		  file.managed:
		    - contents: {{ opts.ms_project.rollback }} {{ opts.ms_project.current_archive_dir }}
	END
	run -2 in_root deploy web
	[ "$(cat "$root/tmp/told")" = "True /srv/projects/web/archives/$(ls "$projects/web/archives")" ]
	rm "$root/tmp/told"
	step rollback <<-'END'
		# what rsync would do
		/tmp/told: file.touch
	END
	run -2 in_root deploy web
	[ ! -e "$root/tmp/told" ]
	[ "$(cat "$projects"/web/archives/*/project.failed/file | sort -u)" = changed ]
}

@test "the pillar may skip steps, the call is weightier" {
	new_project web
	noting_step 050_conf
	noting_step notify
	cat >"$projects/web/pillar/init.sls" <<-'END'
		makina-projects.web: {skip_archive: true, skip_notify: false, skip_fixperms: true}
	END
	run -0 in_root deploy web
	[ "$(steps_of "$output")" = "release_sync: install: rotate_archives: rollback: notify: " ]
	run -0 in_root deploy web --only archive,fixperms
	[ "$(steps_of "$output")" = "archive: fixperms: " ]
	run -0 in_root deploy web --skip-notify
	[ "$(steps_of "$output")" = "release_sync: install: rotate_archives: rollback: " ]
	printf 'makina-projects.web: {skip_deploy: true}\n' >"$projects/web/pillar/init.sls"
	run -0 in_root deploy web
	[ "$(steps_of "$output")" = "" ]
}

@test "notify knows how the deployment went, and does not change it" {
	failing_project
	step notify <<-'END'
		/tmp/told:
		  file.managed:
		    - contents: "{{ opts.ms_project.deploy_summary }} {{ opts.ms_project.deploy_ret.result }}"
	END
	run -2 in_root deploy web --notify
	[[ $(cat "$root/tmp/told") == "Deployment "*" failed for web False" ]]
	rm "$salt/100_fail.sls"
	in_root deploy web --notify >/dev/null
	[[ $(cat "$root/tmp/told") == "Deployment "*" finished successfully for web True" ]]
	step notify <<<'it-fails: test.fail_without_changes'
	run -0 in_root deploy web --notify
	step notify <<<'it-fails: test.fail_without_chang'
	run -0 in_root deploy web --notify
}

@test "fixperms by itself runs the project's fixperms.sls too" {
	new_project web
	noting_step 050_conf
	noting_step fixperms
	in_root deploy web --only release_sync >/dev/null
	run -0 --separate-stderr in_root fixperms web
	[[ $output == *" entries changed" ]]
	grep -qx fixperms "$root/tmp/ran"
	step fixperms <<<'it-fails: test.fail_without_changes'
	run -2 --separate-stderr in_root fixperms web
	[[ $stderr == *it-fails* ]]
}

@test "an archive that was cut short is none" {
	new_project web
	noting_step 050_conf
	in_root archive web >name
	mkdir -p "$projects/web/archives/.incomplete/project"
	run -0 in_root rollback web
	[[ $output == "put back: $(cat name) "* ]]
	[ -e "$salt/050_conf.sls" ]
	in_root archive web >/dev/null
	[ ! -e "$projects/web/archives/.incomplete" ]
	[ "$(ls "$projects/web/archives" | wc -l)" -eq 2 ]
}

@test "a step that no longer compiles when others have run is a failure: the archive is put back" {
	failing_project
	step 100_fail <<<'fine: test.nop'
	step 050_break <<-'END'
		/srv/projects/web/project/.salt/200_never.sls:
		  file.managed:
		    - contents: "broken: test.nopp"
	END
	run -2 --separate-stderr in_root deploy web
	[ "${stderr_lines[-1]}" = "error: web: the deployment failed" ]
	[ "$(cat "$projects/web/project/file")" = good ]
	run ! grep -q broken "$salt/200_never.sls"
}

@test "top.sls gets the project below '*' wherever that stands; what is not there is not linked" {
	new_project web
	noting_step 050_conf
	rmdir "$projects/web/pillar"
	mkdir -p "$root/srv/pillar"
	printf "base:\n  '*':\n    - custom\n  'db*':\n    - db\n" >"$root/srv/pillar/top.sls"
	run -0 in_root link web
	[ "$(cat "$root/srv/pillar/top.sls")" = \
		"$(printf "base:\n  '*':\n    - makina-projects.web\n    - custom\n  'db*':\n    - db\n")" ]
	[ -L "$root/srv/salt/makina-projects/web" ]
	run ! test -L "$root/srv/pillar/makina-projects/web"
	mkdir "$projects/web/pillar"
	in_root link web
	[ -L "$root/srv/pillar/makina-projects/web" ]
	rmdir "$projects/web/pillar"
	in_root link web
	run ! test -L "$root/srv/pillar/makina-projects/web"
	in_root unlink web
	[ "$(cat "$root/srv/pillar/top.sls")" = "$(printf "base:\n  '*':\n    - custom\n  'db*':\n    - db\n")" ]
	printf "base:\n  'db*':\n    - db\n" >"$root/srv/pillar/top.sls"
	in_root link web
	[ "$(cat "$root/srv/pillar/top.sls")" = "$(printf "base:\n  'db*':\n    - db")" ]
}

@test "init makes a project out of nothing, and adds no step to one that has some" {
	run -0 in_root init fresh
	[ "$(stat -c %a "$projects/fresh")" = 751 ]
	[ -f "$projects/fresh/project/.salt/050_conf.sls" ]
	run -0 in_root deploy fresh
	new_project web
	noting_step 100_own
	in_root init web
	[ "$(ls "$salt"/*.sls)" = "$salt/100_own.sls" ]
	run -1 in_root deploy nowhere
}

@test "a task's end names the tasks" {
	new_project web
	noting_step task_one
	noting_step task_two
	run -0 in_root run-task web one,task_two.sls
	[ "${lines[-1]}" = "Task(s) one,task_two.sls finished successfully for web" ]
	step task_one <<<'it-fails: test.fail_without_changes'
	run -2 --separate-stderr in_root run-task web one
	[ "${lines[-1]}" = "Task(s) one failed for web" ]
}

@test "archives may lie elsewhere; report needs no steps" {
	new_project web
	printf 'makina-projects.web: {archives_root: "/var/{name}"}\n' >"$projects/web/pillar/init.sls"
	run -0 in_root report web
	noting_step 050_conf
	in_root archive web >name
	[ -d "$root/var/web/$(cat name)/project/.salt" ]
	# what is not an archive is neither rotated away nor put back
	mkdir -p "$root"/var/web/{1-old,backups,zz}
	printf '  keep_archives: 1\n' >>"$projects/web/pillar/init.sls"
	sed -i 's/^makina-projects.web: .*/makina-projects.web:\n  archives_root: "\/var\/{name}"/' "$projects/web/pillar/init.sls"
	sleep 1.01 # names have seconds
	in_root archive web >newer
	[ "$(ls "$root/var/web" | wc -l)" -eq 4 ]
	[ -d "$root/var/web/1-old" ]
	run -0 in_root rollback web
	[[ $output == "put back: $(cat newer) "* ]]
}

@test "scripts of projects find reset-perms by the one word that mc_locations has for it" {
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitized program is not static, and runs below no other root"
	new_project web
	noting_step 050_conf
	step fixperms <<-'END'
		{% set locs = salt['mc_locations.settings']() %}
		reset:
		  cmd.run:
		    - name: |
		        "{{locs.resetperms}}" -q --no-acls --dmode 0711 --fmode 0600 --paths /srv/kept
	END
	mkdir -p "$root/srv/kept"
	run -2 in_root deploy web --only release_sync,fixperms
	[ ! -e "$root/usr/sbin/reset-perms" ]
	cp "$HULL_STATE" "$root/bin/hull-state"
	run -0 in_root deploy web --only release_sync,fixperms
	[ "$(readlink "$root/usr/sbin/reset-perms")" = /bin/hull-state ]
	[ "$(stat -c %a "$root/srv/kept")" = 711 ]
	rm "$root/usr/sbin/reset-perms"
	run -0 in_root fixperms web
	[ -L "$root/usr/sbin/reset-perms" ]
}

@test "the volume's directory is the project's, also when a password was the first to need it" {
	new_project web
	noting_step 050_conf
	rm -r "$projects/web/data"
	cat >"$salt/PILLAR.sample" <<-'END'
		makina-projects.projectname:
		  data:
		    word: "{{ salt['mc_utils.generate_stored_password']('word') }}"
	END
	in_root deploy web --only release_sync,install >/dev/null
	owner=$(sed -n 's/^web-user:x:\([0-9]*\):.*/\1/p' "$root/etc/passwd"):$(sed -n 's/^web-grp:x:\([0-9]*\):.*/\1/p' "$root/etc/group")
	[ "$(stat -c '%a %u:%g' "$projects/web/data")" = "750 $owner" ]
	[ "$(stat -c %a "$projects/web/data/configuration")" = 755 ]
	[ "$(stat -c '%a %u' "$projects/web/data/configuration/.hull-state")" = "700 0" ]
	chmod 2777 "$projects/web/data"
	chown 0:0 "$projects/web/data"
	in_root deploy web --only release_sync >/dev/null
	[ "$(stat -c '%a %u:%g' "$projects/web/data")" = "2750 $owner" ]
	mkdir "$root/elsewhere"
	chmod 700 "$root/elsewhere"
	rm -r "$projects/web/data"
	ln -s /elsewhere "$projects/web/data"
	in_root deploy web --only release_sync >/dev/null
	[ "$(stat -c '%a %u:%g' "$root/elsewhere")" = "700 0:0" ]
}

@test "reset-perms passes by what is not there, links, unknown accounts and what is excluded" {
	mkdir -p tree/venv/lib tree/app/deep outside
	touch tree/app/a.pyc tree/app/b.py tree/venv/lib/c outside/file
	chmod -R 755 tree outside
	ln -s "$PWD/outside" tree/link
	run -0 "$HULL_STATE" reset-perms -q -n --dmode 700 --fmode 600 -p "$PWD/nowhere" -p "$PWD/tree/link" -p "$PWD/tree" \
		--excludes '.*venv.*' --excludes '*.pyc' --excludes "$PWD/tree/app/de"
	[ -z "$output" ]
	[ "$(stat -c %a tree outside outside/file tree/venv tree/venv/lib/c tree/app/a.pyc tree/app/b.py tree/app/deep | xargs)" = \
		"700 755 755 755 755 755 600 755" ]
	run -0 --separate-stderr "$HULL_STATE" reset-perms -p "$PWD/tree/app/b.py" --users no-such-account:rwx --users 4711:r-- --fmode 640
	[[ $stderr == *no-such-account* ]]
	[[ $(getfacl -nc tree/app/b.py) == *"user:4711:r--"* ]]
}
