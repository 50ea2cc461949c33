# reload.bats - users, rules, certificates and switches that change while requests go on.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # bats sets output and status
load setup

reloaded() { log_has "the configuration 'registry.yml' was read again"; }

@test "a new user comes in and an old one goes, while a download runs" {
	with_users
	serve
	head -c 6000000 /dev/urandom >layer
	t=$(token alice:wonder repository:a/b:pull,push)
	layer=$(push "$t" a/b 1 layer)
	bob=$(token bob:build repository:a/b:pull)
	[ "$(status -H "Authorization: Bearer $bob" "$(url a/b/tags/list)")" = 200 ]
	curl -sS --limit-rate 2M -H "Authorization: Bearer $t" -o got "$(url "a/b/blobs/$layer")" 3>&- &
	download=$!
	echo open-sesame | hull_registry user add carol --config registry.yml --cost 5
	hull_registry user del bob --config registry.yml
	reloaded
	token carol:open-sesame repository:a/b:pull
	[ "$(status -u bob:build "http://localhost:$PORT/token?service=hull-registry")" = 401 ]
	[ "$(status -H "Authorization: Bearer $bob" "$(url a/b/tags/list)")" = 401 ]
	wait $download
	cmp got layer
	stop
}

@test "a password change ends refresh tokens" {
	with_users
	serve
	refresh=$(request --fail -u alice:wonder \
		"http://localhost:$PORT/token?service=hull-registry&offline_token=true&scope=repository:a/b:pull" |
		jq -r .refresh_token)
	form="grant_type=refresh_token&service=hull-registry&client_id=test&scope=repository:a/b:pull"
	[ "$(status --data "$form&refresh_token=$refresh" "http://localhost:$PORT/token")" = 200 ]
	echo other | hull_registry user passwd alice --config registry.yml --cost 5
	reloaded
	[ "$(status --data "$form&refresh_token=$refresh" "http://localhost:$PORT/token")" = 401 ]
	token alice:other repository:a/b:pull
	stop
}

@test "a rule that changes holds for the next token" {
	with_users
	serve
	t=$(token bob:build repository:a/b:push)
	[ "$(status -X POST -H "Authorization: Bearer $t" "$(url a/b/blobs/uploads/)")" = 401 ]
	sed -i 's/actions: \[pull\]/actions: [pull, push]/' registry.yml
	reloaded
	t=$(token bob:build repository:a/b:pull,push)
	[ "$(status -X POST -H "Authorization: Bearer $t" "$(url a/b/blobs/uploads/)")" = 202 ]
	stop
}

@test "a replaced certificate is served to new connections" {
	registry_certify pki
	configure 'open: true
tls: {certificate: pki/registry.crt, key: pki/registry.key}'
	serve
	SCHEME=https
	serial() { openssl s_client -connect "127.0.0.1:$PORT" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
	before=$(serial)
	registry_certify other
	cp other/registry.key pki/registry.key
	cp other/registry.crt pki/registry.crt
	reloaded
	[ "$(serial)" != "$before" ]
	[ "$(status --cacert other/ca.crt "$(url '')")" = 200 ]
	stop
}

@test "a certificate and a key that do not match change nothing" {
	registry_certify pki
	configure 'open: true
tls: {certificate: pki/registry.crt, key: pki/registry.key}'
	serve
	SCHEME=https
	registry_certify other
	cp other/registry.crt pki/registry.crt
	log_has 'registry.yml:5:20: certificate: '
	log_has 'what was read before stays in force'
	[ "$(status "$(url '')")" = 200 ]
	cp other/registry.key pki/registry.key # the second half comes later
	reloaded
	[ "$(status --cacert other/ca.crt "$(url '')")" = 200 ]
	stop
}

@test "a file with a fault keeps the old one and tells the place" {
	with_users
	serve
	echo 'acl_: []' >>registry.yml
	log_has "registry.yml:11:1: unknown key 'acl_', did you mean 'acl'? (what was read before stays in force)"
	token alice:wonder repository:a/b:pull
	[ "$(curl -sS "localhost:$ADMIN/metrics" | grep -x 'hull_registry_reload_failures_total 1')" ]
	sed -i '$d' registry.yml
	reloaded
	stop
}

@test "a file that is gone is waited for" {
	with_users
	serve
	mv registry.yml away.yml
	sleep 2
	token alice:wonder repository:a/b:pull
	run ! grep -E 'again|force' log
	sed '/bob/d' away.yml >registry.yml
	reloaded
	[ "$(status -u bob:build "http://localhost:$PORT/token?service=hull-registry")" = 401 ]
	stop
}

@test "SIGHUP reads the file at once, and switches follow it" {
	configure 'open: true'
	serve
	echo layer >layer
	push x a/b 1 layer
	echo 'read_only: true' >>registry.yml
	kill -HUP "$(server_pid)"
	reloaded
	[ "$(status -X POST "$(url a/b/blobs/uploads/)")" = 405 ]
	[ "$(status "$(url a/b/manifests/1)")" = 200 ]
	sed -i 's/^read_only.*/fields: {X-Colour: blue}/' registry.yml
	kill -HUP "$(server_pid)"
	for _ in $(seq 100); do
		[ "$(grep -c 'was read again' log)" -lt 2 ] || break
		sleep 0.05
	done
	request -D - -o /dev/null "$(url '')" | grep -qi '^x-colour: blue'
	stop
}

@test "what takes a restart is told" {
	configure 'open: true'
	serve
	sed -i "s|^storage:.*|storage: elsewhere|; s|^admin:.*||" registry.yml
	kill -HUP "$(server_pid)"
	log_has "registry.yml: 'storage' has changed: that takes a restart"
	log_has "registry.yml: 'listen' has changed: that takes a restart"
	[ "$(status "$(url '')")" = 200 ]
	stop
}
