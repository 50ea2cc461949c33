#!/usr/bin/env bats
# library.bats - what projects import from makina-states, as the program carries it.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() { state_setup; }

library() { (cd "$BATS_TEST_DIRNAME/../../src/project/library" && find makina-states "$@"); }

@test "every state file of the library compiles by itself, without a warning" {
	new_project web
	for file in $(library -name '*.sls'); do
		name=${file%.sls}
		name=${name%/init}
		printf 'include:\n  - %s\n' "${name//\//.}" >"$salt/100_one.sls"
		run -0 "$HULL_STATE" check --root "$projects/web"
		[[ $output == *" 0 errors, 0 warnings" ]]
	done
}

@test "macros that projects import are where they look for them" {
	new_project web
	step 100_all <<-'END'
		{% import "makina-states/_macros/h.jinja" as h with context %}
		{% import "makina-states/services/http/nginx/init.sls" as nginx with context %}
		{% import "makina-states/services/monitoring/circus/macros.jinja" as circus with context %}
		{% import "makina-states/services/php/init.sls" as php with context %}
		{% import "makina-states/services/php/macros.sls" as phpm with context %}
		{% import "makina-states/localsettings/rvm/init.sls" as rvm with context %}
		{% import "makina-states/services/db/postgresql/hooks.sls" as pgsql with context %}
		{% for macro in [h.deliver_config_files, h.service_restart_reload, nginx.virtualhost, nginx.toggle_virtualhost,
		                 circus.circusAddWatcher, php.fpm_pool, php.toggle_ext, php.minimal_index, phpm.fpm_pool,
		                 rvm.rvm, rvm.install_ruby, rvm.rvm_env] %}
		macro-{{ loop.index }}-{{ macro is callable }}: test.nop
		{% endfor %}
		{{ pgsql.orchestrate.base.prepkg }}: mc_proxy.hook
	END
	run -0 in_root deploy web --only install --state-output terse
	[[ $output == *"macro-12-True"* && $output == *"makina-postgresql-pre-pkg"* ]]
	run ! grep -q False <<<"$output"
}

@test "a pool of php-fpm has its file, its directories and what the caller says of it" {
	new_project web
	cat >"$projects/web/pillar/init.sls" <<-'END'
		makina-states.services.php.php_ver: "9.9"
		makina-projects.web:
		  data:
		    pool: {open_basedir: [/srv/more], include_path: "", memory_limit: 1G, fpm_user: "{user}", fpm_group: "{group}"}
	END
	step 100_php <<-'END'
		{% import "makina-states/services/php/init.sls" as php with context %}
		{% set cfg = opts.ms_project %}
		include:
		  - makina-states.services.php.hooks
		{{ php.fpm_pool('www.example.test', cfg.data_root + '/www', cfg=cfg.name, **cfg.data.pool) }}
		{{ php.fpm_pool('b.test', cfg.data_root + '/www', pool_name='b', open_basedir=[], project_root='/srv/b',
		                session_cookie_domain='', chroot=True, listen='127.0.0.1:9000') }}
	END
	mkdir -p "$projects/web/data/www"
	run -0 in_root deploy web --only release_sync,install
	pool=$root/etc/php/9.9/fpm/pool.d/www_example_test.conf
	[ "$(head -1 "$pool")" = "[www_example_test]" ]
	grep -qx 'listen = /var/spool/www/www_example_test.fpm.sock' "$pool"
	grep -qx 'user = web-user' "$pool"
	grep -qx 'php_value\[memory_limit\] = "1G"' "$pool"
	data=/srv/projects/web/data
	grep -qFx "php_admin_value[open_basedir] = \"$data/www:/tmp:$data/tmp:$data/private:$data/log:$data/tmp/sessions:/srv/more\"" "$pool"
	grep -qFx 'php_value[include_path] = ""' "$pool"
	[ "$(stat -c %a "$root$data/tmp/sessions")" = 2775 ]
	[ "$(readlink "$root/var/log/phpfpm/www_example_test")" = "$data/log" ]
	other=$root/etc/php/9.9/fpm/pool.d/b.conf
	grep -qx 'listen = 127.0.0.1:9000' "$other"
	grep -qFx 'chroot = $prefix' "$other"
	grep -qx 'prefix = /srv/b' "$other"
	run ! grep -qE 'open_basedir|cookie_domain' "$other"
	run -0 in_root deploy web --only install --out json
	[ "$(jq '[.local.steps["100_php"][] | select(.changes != {})] | length' <<<"$output")" = 0 ]
}

@test "a command of rvm runs below its ruby and gemset, with the caller's arguments behind" {
	new_project web
	step 100_rvm <<-'END'
		{% import "makina-states/localsettings/rvm/init.sls" as rvm with context %}
		include:
		  - makina-states.localsettings.rvm.hooks
		{{ rvm.install_ruby('2.4.2') }}
		{{ rvm.rvm('bundle install', state='bundled', version='2.4.2', gemset='web') }}
		    - cwd: /srv
	END
	"$HULL_STATE" check --root "$projects/web" --show-low >low.json
	[[ $(jq -r '.[] | select(.__id__ == "bundled") | .name' low.json) == *"rvm --create use 2.4.2@web && bundle install"* ]]
	[ "$(jq -r '.[] | select(.__id__ == "bundled") | .cwd' low.json)" = /srv ]
	[ "$(jq -r '.[] | select(.__id__ == "rvm-2.4.2") | .unless' low.json)" = "test -e /usr/local/rvm/rubies/*2.4.2*/bin" ]
}
