# serve.bats - the running server: start, push and pull, drain, sockets from a manager, its admin's pages, its logs.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # bats sets output and status
load setup

@test "push and pull over TLS with the users of the file" {
	registry_certify pki
	with_users "tls: {certificate: pki/registry.crt, key: pki/registry.key}"
	serve
	SCHEME=https
	head -c 300000 /dev/urandom >layer
	[ "$(status "$(url '')")" = 401 ]
	t=$(token alice:wonder repository:team/app:pull,push)
	layer=$(push "$t" team/app 1 layer)
	t=$(token bob:build repository:team/app:pull,push)
	request --fail -H "Authorization: Bearer $t" "$(url "team/app/blobs/$layer")" | cmp - layer
	request --fail -H "Authorization: Bearer $t" "$(url team/app/manifests/1)" | cmp - manifest.json
	[ "$(status -X POST -H "Authorization: Bearer $t" "$(url team/app/blobs/uploads/)")" = 401 ]
	[ "$(status -u alice:wrong "https://localhost:$PORT/token?service=hull-registry")" = 401 ]
	stop
	serve # what was pushed is still there
	t=$(token bob:build repository:team/app:pull)
	request --fail -H "Authorization: Bearer $t" "$(url "team/app/blobs/$layer")" | cmp - layer
	stop
}

@test "logs tell requests, logins and pushes, and no secrets" {
	with_users
	serve
	echo layer >layer
	t=$(token alice:wonder repository:a/b:pull,push)
	layer=$(push "$t" a/b 1 layer)
	status -u alice:guessed "http://localhost:$PORT/token?service=hull-registry"
	status -H "Authorization: Bearer forged.token.text" "$(url '')"
	stop
	grep -E '^127.0.0.1 - alice \[.*\] "PUT /v2/a/b/manifests/1 HTTP/1.1" 201 ' access
	grep -E '^audit: push time=[^ ]* status=201 account=alice address=127.0.0.1 repository=a/b ' log
	grep -E '^audit: (login|token) time=[^ ]* status=401 account=alice ' log
	run ! grep -E "wonder|guessed|forged|${t#*.}" access log
}

@test "logs as JSON are one object a line" {
	with_users 'log: {format: json}'
	serve
	token alice:wonder repository:a/b:pull
	status "$(url '')?x=\"quote\""
	stop
	jq -e . access >/dev/null
	jq -e . log >/dev/null
	[ "$(jq -r 'select(.msg == "audit") | .account' log | head -n 1)" = alice ]
}

@test "the admin's pages" {
	configure 'open: true'
	serve
	[ "$(curl -sS "localhost:$ADMIN/healthz")" = ok ]
	[ "$(curl -sS "localhost:$ADMIN/readyz")" = ok ]
	[ "$(curl -sS "localhost:$ADMIN/debug/health")" = '{}' ]
	echo layer >layer
	push x a/b 1 layer
	curl -sS "localhost:$ADMIN/metrics" >metrics
	grep -x 'hull_registry_requests_total{route="manifests",method="PUT",status="2xx"} 1' metrics
	grep -x 'hull_registry_repositories 1' metrics
	grep -x 'hull_registry_blobs 3' metrics
	grep -E '^hull_registry_build_info\{version="[0-9.]+"\} 1$' metrics
	[ "$(status "localhost:$ADMIN/v2/")" = 404 ]
	[ "$(status -X POST "localhost:$ADMIN/metrics")" = 405 ]
	[ "$(status "localhost:$PORT/metrics")" = 404 ] # not where everybody comes
	chmod 500 store/hull
	if [ "$(id -u)" != 0 ]; then
		[ "$(status "localhost:$ADMIN/readyz")" = 503 ]
	fi
	chmod 700 store/hull
	stop
}

@test "not ready below the floor" {
	with_users
	sed -i 's/^storage: .*/storage: {directory: store, floor: 9000000g}/' registry.yml
	serve
	[ "$(status "localhost:$ADMIN/readyz")" = 503 ]
	[ "$(curl -sS "localhost:$ADMIN/readyz")" = 'the storage is full' ]
	[ "$(status "localhost:$ADMIN/healthz")" = 200 ]
	stop
}

@test "SIGTERM lets a download end and takes no new connection" {
	configure 'open: true'
	serve
	head -c 6000000 /dev/urandom >layer
	layer=$(push x a/b 1 layer)
	curl -sS --limit-rate 3M -o got "$(url "a/b/blobs/$layer")" 3>&- &
	download=$!
	sleep 0.5
	kill -TERM "$(server_pid)"
	sleep 0.3
	run ! curl -sS --max-time 2 "$(url '')"
	wait $download
	cmp got layer
	[ "$(ended 10)" = 0 ]
	log_has 'SIGTERM: ending'
	run ! grep 'were cut' log
}

@test "what takes longer than the drain is cut, and told" {
	configure 'open: true
drain: 1s'
	serve
	head -c 30000000 /dev/urandom >layer
	layer=$(push x a/b 1 layer)
	curl -sS --limit-rate 100k -o got "$(url "a/b/blobs/$layer")" 3>&- 2>/dev/null &
	download=$!
	sleep 0.5
	kill -TERM "$(server_pid)"
	[ "$(ended 5)" = 0 ]
	run ! wait $download
	log_has '1 requests were cut: they took longer than 1 s'
}

@test "a second signal ends at once" {
	configure 'open: true'
	serve
	head -c 30000000 /dev/urandom >layer
	layer=$(push x a/b 1 layer)
	curl -sS --limit-rate 100k -o got "$(url "a/b/blobs/$layer")" 3>&- 2>/dev/null &
	sleep 0.5
	kill -TERM "$(server_pid)"
	log_has 'SIGTERM: ending'
	sleep 0.5
	kill -TERM "$(server_pid)"
	[ "$(ended 3)" = 143 ]
}

@test "sockets of a manager are served instead of listen" {
	command -v systemd-socket-activate >/dev/null || skip 'needs systemd-socket-activate'
	configure 'open: true'
	sed -i '/^listen:/d; /^admin:/d' registry.yml
	systemd-socket-activate -l "127.0.0.1:$PORT" -l "127.0.0.1:$ADMIN" --fdname=web:admin \
		"$HULL_REGISTRY" serve registry.yml >>access 2>>log 3>&- &
	echo $! >server.pid
	wait_for "$PORT"
	[ "$(status "$(url '')")" = 200 ]
	[ "$(curl -sS "localhost:$ADMIN/healthz")" = ok ]
	log_has "listening on 127.0.0.1:$PORT"
	log_has "admin listening on 127.0.0.1:$ADMIN"
	kill "$(server_pid)"
}

@test "the manager is told: ready, reloading, ending" {
	configure 'open: true'
	python3 - "$BATS_TEST_TMPDIR/notify" >told 3>&- <<-'END' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		while True:
		    text = s.recv(4096).decode()
		    print(text.replace("\n", " "), flush=True)
		    if "STOPPING=1" in text:
		        break
	END
	echo $! >notify.pid
	for _ in $(seq 100); do [ -S notify ] && break; sleep 0.05; done
	NOTIFY_SOCKET=$PWD/notify WATCHDOG_USEC=400000 serve
	kill -HUP "$(server_pid)"
	sleep 0.6
	stop
	wait "$(cat notify.pid)" || true
	grep -q '^READY=1 MAINPID=' told
	grep -q '^RELOADING=1 MONOTONIC_USEC=' told
	grep -q '^WATCHDOG=1' told
	grep -q '^STOPPING=1' told
}

@test "a unix socket is served without TLS" {
	registry_certify pki
	configure 'open: true
tls: {certificate: pki/registry.crt, key: pki/registry.key}'
	sed -i "s|^listen:.*|listen: ['127.0.0.1:$PORT', 'unix:$PWD/socket']|" registry.yml
	serve
	[ "$(status --unix-socket socket http://registry/v2/)" = 200 ]
	[ "$(SCHEME=https; status "$(url '')")" = 200 ]
	stop
}

@test "a taken port, a taken storage, a missing file are told with status 2 or 1" {
	configure 'open: true'
	serve
	cp registry.yml second.yml
	run -2 hull_registry serve second.yml
	[[ $output == *"second.yml:1:9: listening on '127.0.0.1:$PORT': somebody else does already"* ]]
	sed -i "s/^listen:.*/listen: 127.0.0.1:$(registry_free_port)/; /^admin/d" second.yml
	run -1 hull_registry serve second.yml
	[[ $output == *"storage '"*"/store'"* ]]
	run -2 hull_registry serve nowhere.yml
	[[ $output == *"nowhere.yml"* ]]
	stop
}

@test "a descriptor limit is raised, a socket that was left is replaced" {
	configure 'open: true'
	sed -i "s|^listen:.*|listen: ['127.0.0.1:$PORT', 'unix:$PWD/socket']|" registry.yml
	(ulimit -S -n 64 && serve)
	grep 'Max open files' "/proc/$(server_pid)/limits" | awk '$4 <= 64 { exit 1 }'
	kill -9 "$(server_pid)"
	ended 5
	rm -f status
	serve
	[ "$(status --unix-socket socket http://registry/v2/)" = 200 ]
	stop
}

@test "the reference registry's own file is served as it is" {
	PORT=$(registry_free_port)
	cat >config.yml <<-END
		version: 0.1
		log: {fields: {service: registry}}
		storage:
		  cache: {blobdescriptor: inmemory}
		  filesystem: {rootdirectory: $PWD/store}
		  delete: {enabled: true}
		http:
		  addr: 127.0.0.1:1
		  headers: {X-Content-Type-Options: [nosniff]}
		auth:
		  htpasswd: {realm: basic-realm, path: htpasswd}
		health: {storagedriver: {enabled: true, interval: 10s, threshold: 3}}
	END
	htpasswd -nbB -C 5 alice wonder >htpasswd
	REGISTRY_HTTP_ADDR=127.0.0.1:$PORT serve config.yml
	[ "$(status "$(url '')")" = 401 ]
	request -D - -o /dev/null "$(url '')" | grep -qi '^www-authenticate: basic realm="basic-realm"'
	[ "$(status -u alice:wonder "$(url '')")" = 200 ]
	[ "$(status -u alice:wrong "$(url '')")" = 401 ]
	request -u alice:wonder -D - -o /dev/null "$(url '')" | grep -qi '^x-content-type-options: nosniff'
	stop
}
