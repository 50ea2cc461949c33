# cli.bats - what an operator types: init, check, users, rules, upkeep; and what wrong words get.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # bats sets output and status
load setup

@test "from nothing to a push over TLS" {
	PORT=$(registry_free_port)
	run -0 hull_registry init srv --domain localhost --user alice --user bob --cost 5 \
		--listen "127.0.0.1:$PORT" --admin "127.0.0.1:$(registry_free_port)"
	alice=$(sed -n -E 's/^    alice +//p' <<<"$output")
	bob=$(sed -n -E 's/^    bob +//p' <<<"$output")
	[ ${#alice} = 20 ] && [ ${#bob} = 20 ] && [ "$alice" != "$bob" ]
	run ! grep -r "$alice" srv
	[ "$(stat -c %a srv/hull-registry.yml)" = 600 ] || [ "$(stat -c %a srv/hull-registry.yml)" = 640 ]
	run -0 hull_registry check srv/hull-registry.yml
	[ "$output" = "srv/hull-registry.yml: good" ]
	cp -r srv/pki .
	serve srv/hull-registry.yml
	SCHEME=https
	echo layer >layer
	t=$(token "alice:$alice" repository:team/app:pull,push)
	layer=$(push "$t" team/app 1 layer)
	t=$(token "bob:$bob" repository:team/app:pull,push)
	request --fail -H "Authorization: Bearer $t" "$(url "team/app/blobs/$layer")" | cmp - layer
	run ! push "$t" team/app 2 layer
	t=$(token "bob:$bob" repository:bob/app:pull,push)
	push "$t" bob/app 1 layer
	stop
	run -1 hull_registry init srv --domain localhost --user alice
	[ "$output" = "error: 'srv/hull-registry.yml' exists already" ]
}

@test "init refuses what it cannot make" {
	local case
	while IFS='|' read -r words error; do
		# shellcheck disable=SC2086 # several words
		run -2 hull_registry init $words
		[ "$output" = "error: $error" ] || { echo "$words: $output"; false; }
		[ ! -e srv ]
	done <<-'END'
		srv --user a|--domain is missing: the name that clients use for the registry
		srv --domain a|--user is missing: nobody could use the registry
		srv --domain a --user b --user b --cost 4|--user b stands there twice
		srv --domain a --user b:c|'b:c' is no name for a user here: letters, digits, '.', '_', '-' and '@'
		srv --domain a/b --user c|--domain 'a/b' is no name
		srv --domain a --user b --storage x"y|--storage 'x"y' has a quote, a backslash or a control byte
		srv --domain a --user b --cost 3|--cost is from 4 to 31, not 3
	END
}

@test "wrong words are told with status 2" {
	while IFS='|' read -r words error; do
		# shellcheck disable=SC2086 # several words
		run -2 hull_registry $words
		[[ $output == "error: $error"* ]] || { echo "$words: $output"; false; }
	done <<-'END'
		srve|unknown command 'srve' (did you mean 'serve'?)
		user|'hull-registry user' needs the name of a command
		user ad|unknown command 'user ad' (did you mean 'add'?)
		user add|'hull-registry user add' needs exactly 1 argument
		--log-format xml serve|--log-format is 'text' or 'json', not 'xml'
		serve --confg x|unknown option '--confg'
		serve a b|'hull-registry serve' takes at most 1 argument
		serve -c a b|the configuration is named twice: 'a' and 'b'
		gc --older-than 3h -c registry.yml|--older-than is about --untagged
		why sha256:abc -c registry.yml|
		acl explain a b|'hull-registry acl explain' needs exactly 3 arguments
		check nowhere.yml|
	END
}

@test "the configuration is found by option, word and variable" {
	configure 'open: true'
	run -0 hull_registry check registry.yml
	[ "$output" = 'registry.yml: good' ]
	run -0 hull_registry check --config registry.yml
	HULL_REGISTRY_CONFIG=registry.yml run -0 hull_registry check
	REGISTRY_CONFIGURATION_PATH=registry.yml run -0 hull_registry check
	run -2 hull_registry --log-format json check nowhere.yml
	[ "$(jq -r .level <<<"$output")" = error ]
}

@test "check tells faults with their place" {
	registry_certify pki
	while IFS='|' read -r text error; do
		printf 'storage: store\nlisten: 127.0.0.1:1\n%b\n' "$text" >bad.yml
		run -2 hull_registry check bad.yml
		[[ $output == *"error: bad.yml:$error"* ]] || { echo "$text: $output"; false; }
	done <<-'END'
		lisen: x|3:1: unknown key 'lisen', did you mean 'listen'?
		open: true\ndrain: soon|4:8: 'drain' is no duration: 'soon'
		open: true\ntls: {certificate: pki/registry.crt, key: pki/ca.key}|4:20: certificate:
		users: {a: {password: x}}\nacl: []|3:
		users: {}\nusers: {}|4:1:
		auth: {}|3:1: 'auth' is a key of the reference registry's format
	END
}

@test "users are added, changed, listed and removed; comments stay" {
	with_users '# a comment of mine'
	cp registry.yml before.yml
	run -0 hull_registry user list -c registry.yml
	[ "$output" = "alice
bob" ]
	echo open-sesame | hull_registry user add carol -c registry.yml --cost 4
	grep -q '^# a comment of mine' registry.yml
	grep -qF '$2b$04$' registry.yml
	run -0 hull_registry user list -c registry.yml
	[ "$output" = "alice
bob
carol" ]
	grep -A 1 carol registry.yml | tr -d ' \n' | sed -E 's/.*password:.(.{60}).*/carol:\1/' >carol
	htpasswd -vb carol carol open-sesame
	run -1 hull_registry user add carol -c registry.yml <<<x
	[ "$output" = "error: registry.yml: the user 'carol' exists already" ]
	run -1 hull_registry user passwd dave -c registry.yml <<<x
	[ "$output" = "error: registry.yml: no user 'dave'" ]
	run -2 hull_registry user add dave -c registry.yml <<<''
	[ "$output" = 'error: no password was given' ]
	run -1 hull_registry user add dave -c registry.yml <<<"$(printf 'x%.0s' {1..73})"
	hull_registry user del carol -c registry.yml
	diff before.yml registry.yml
	run -1 hull_registry user del carol -c registry.yml
	run -0 hull_registry check registry.yml
}

@test "users of a docker_auth file are changed there" {
	cat >auth.yml <<-END
		server: {addr: ":5001"}
		token: {issuer: Acme, expiration: 600, certificate: pki/registry.crt, key: pki/registry.key}
		users:
		  alice: {password: '$(hash wonder)'}
		acl:
		  - {match: {account: alice}, actions: ['*']}
	END
	mkdir conf
	mv auth.yml conf
	printf 'storage: store\nlisten: 127.0.0.1:1\nauth_file: auth.yml\n' >conf/registry.yml
	registry_certify conf/pki
	echo secret | hull_registry user add bob -c conf/registry.yml --cost 4
	run -0 hull_registry user list --file conf/auth.yml
	[ "$output" = "alice
bob" ]
	run -0 hull_registry check conf/registry.yml
	[[ $output == *"server.addr ':5001' is not listened on"* ]]
	printf 'version: 0.1\nstorage: filesystem\n' >theirs.yml
	run -2 hull_registry user list -c theirs.yml
	[[ $output == *"theirs.yml:1:1: the reference registry keeps its users in an htpasswd file"* ]]
}

@test "acl explain names the rule, its line and why" {
	with_users
	run -0 hull_registry acl explain alice team/app push -c registry.yml
	[[ ${lines[0]} == "allowed: 'alice' may push repository team/app" ]]
	[[ ${lines[1]} == "rule: registry.yml:8:"* ]]
	run -1 hull_registry acl explain bob team/app push -c registry.yml
	[[ ${lines[0]} == "denied: 'bob' may not push repository team/app" ]]
	[[ ${lines[1]} == "rule: registry.yml:9:"* ]]
	[[ ${lines[2]} == "why: it is the first that matches, and 'push' is not among its actions" ]]
	run -1 hull_registry acl explain carol team/app pull -c registry.yml
	[[ $output == *"user: there is no 'carol'"* ]]
	[[ $output == *"rule: none matches, and what no rule allows is denied"* ]]
	run -1 hull_registry acl explain bob catalog '*' --type registry -c registry.yml
	run -2 hull_registry acl explain bob a pull --ip nowhere -c registry.yml
}

@test "acl explain tells of a pattern without end" {
	configure "users: {alice: {password: '$(hash wonder)'}}
acl:
  - {match: {name: '/^(a+)+\$/'}, actions: []}
  - {match: {}, actions: ['*']}"
	run -1 hull_registry acl explain alice aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_ pull -c registry.yml
	[[ $output == *"rule: registry.yml:6:"*"takes too long"* ]]
	run -0 hull_registry acl explain alice b pull -c registry.yml
}

@test "acl explain knows addresses and docker_auth's files" {
	cat >auth.yml <<-END
		server: {addr: ":5001"}
		token: {issuer: Acme, expiration: 600, certificate: pki/registry.crt, key: pki/registry.key}
		users:
		  alice: {password: '$(hash wonder)'}
		acl:
		  - match: {account: alice, ip: 10.0.0.0/8}
		    actions: ['*']
		    comment: from inside
	END
	registry_certify pki
	run -0 hull_registry acl explain alice a push --ip 10.1.2.3 --file auth.yml
	[[ $output == *"comment: from inside"* ]]
	run -1 hull_registry acl explain alice a push --ip 192.0.2.1 --file auth.yml
	run -1 hull_registry acl explain alice a push --file auth.yml
}

filled() # a store with one image and one blob that nothing needs
{
	configure 'open: true
gc: {grace: 1h}'
	serve
	echo layer >layer
	layer=$(push x team/app 1 layer)
	echo stray >stray
	stray=$(push_blob x team/app stray)
}

upkeep() # the same beside a server and without one
{
	run -0 hull_registry why "$layer" -c registry.yml
	[[ $output == *team/app* ]]
	run -0 hull_registry gc --dry-run -c registry.yml
	[[ $output == "dry run: 4 blobs seen, 0 condemned,"* ]] # what has just come is let live
	run -0 hull_registry verify --rate 0 -c registry.yml
	[[ $output == *"4 blobs "*" verified, 0 corrupt, 0 missing"* ]]
	run -0 hull_registry reindex -c registry.yml
	[[ $output == *"1 repositories, 1 manifests, 1 tags, 4 blobs"* ]]
}

@test "gc, verify, reindex and why beside a running server" {
	filled
	upkeep
	run -2 hull_registry gc --grace 0s -c registry.yml
	[[ $output == *"--grace while a server runs"* ]]
	[ "$(stat -c %a store/hull/control.sock)" = 600 ]
	stop
}

@test "gc, verify, reindex and why without a server" {
	filled
	stop
	upkeep
	run -0 hull_registry gc --grace 0s --dry-run -c registry.yml
	[[ $output == *"$stray"* ]]
	hull_registry gc --grace 0s -c registry.yml
	hull_registry gc --grace 0s -c registry.yml
	[ ! -e "store/docker/registry/v2/blobs/sha256/${stray:7:2}/${stray:7}/data" ]
	[ -e "store/docker/registry/v2/blobs/sha256/${layer:7:2}/${layer:7}/data" ]
	rm -f status
	serve
	request --fail "$(url "team/app/blobs/$layer")" | cmp - layer
	stop
}

@test "verify finds a damaged blob, puts it aside, and a push repairs it" {
	filled
	echo LAYER >"store/docker/registry/v2/blobs/sha256/${layer:7:2}/${layer:7}/data"
	run -1 hull_registry verify --rate 0 -c registry.yml
	[[ $output == *"$layer: "* ]]
	[[ $output == *"1 corrupt"* ]]
	[ "$(status "$(url "team/app/blobs/$layer")")" = 404 ]
	push_blob x team/app layer
	request --fail "$(url "team/app/blobs/$layer")" | cmp - layer
	run -0 hull_registry verify --rate 0 -c registry.yml
	stop
}

@test "help is there for every command" {
	run -0 hull_registry --help
	for command in check gc init reindex serve verify version why 'user add' 'user del' 'user list' 'user passwd' 'acl explain'; do
		# shellcheck disable=SC2086 # two words
		run -0 hull_registry $command --help
		[[ $output == "Usage: hull-registry $command"* ]]
	done
	run -0 hull_registry --version
	[[ $output == "hull-registry version "* ]]
	run -0 hull_registry version
}
