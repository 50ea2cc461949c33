#!/usr/bin/env bats
# pillar.bats - the merged configuration of a project, as hull-state pillar prints it.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	root=$BATS_TEST_TMPDIR/projects
	mkdir -p "$root/shop/project/.salt" "$root/shop/pillar" "$root/shop/data/configuration"
	cat >"$root/shop/project/.salt/PILLAR.sample" <<'EOF'
{% set port = 8000 + 80 %}
makina-projects.projectname:
  env_defaults:
    dev:
      debug: true
  data:
    domain: "{name}.example.org"
    port: {{ port }}
    debug: false
    url: "https://{domain}:{port}/"
    aliases: [www]
    db_password: "hidden-{name}"
    dsn: "db://{user}:{db_password}@localhost"
other: {from: sample}
EOF
}

# field EXPRESSION ARGUMENT…: of the JSON that hull-state pillar prints.
field() {
	local expression=$1
	shift
	"$HULL_STATE" pillar --root "$root" shop --out json --show-secrets "$@" |
		python3 -c "import json,sys; cfg = json.load(sys.stdin); print($expression)"
}

@test "the sample alone, its placeholders resolved" {
	[ "$(field 'cfg["data"]["url"]')" = https://shop.example.org:8080/ ]
	[ "$(field 'cfg["data"]["dsn"]')" = db://shop-user:hidden-shop@localhost ]
	[ "$(field 'cfg["user"], cfg["group"], cfg["default_env"]')" = "shop-user shop-grp prod" ]
	[ "$(field 'cfg["project_root"]')" = "$root/shop/project" ]
	[ "$(field 'cfg["sls_default_pillar"]')" = "{'other': {'from': 'sample'}}" ]
}

@test "the pillar is over the sample, the volume's replaces the image's, --merge merges" {
	printf 'makina-projects.shop:\n  data: {port: 1, aliases: [a]}\n' >"$root/shop/pillar/init.sls"
	[ "$(field 'cfg["data"]["port"], cfg["data"]["aliases"]')" = "1 ['a']" ]
	printf 'makina-projects.shop.data.aliases: [b]\n' >"$root/shop/data/configuration/pillar.sls"
	[ "$(field 'cfg["data"]["port"], cfg["data"]["aliases"]')" = "8080 ['b']" ]
	[ "$(field 'cfg["data"]["port"], cfg["data"]["aliases"]' --merge)" = "1 ['b']" ]
}

@test "a file may be given instead" {
	printf 'makina-projects.shop:\n  data: {port: 1}\n' >"$root/shop/pillar/init.sls"
	printf 'makina-projects.shop: {data: {port: 2}}\n' >"$BATS_TEST_TMPDIR/mine.sls"
	[ "$(field 'cfg["data"]["port"]' --pillar "$BATS_TEST_TMPDIR/mine.sls")" = 2 ]
	[ "$(field 'cfg["data"]["port"]' --pillar - <"$BATS_TEST_TMPDIR/mine.sls")" = 2 ]
}

@test "the environment's block applies" {
	printf 'default_env: dev\n' >"$root/shop/pillar/init.sls"
	[ "$(field 'cfg["data"]["debug"]')" = True ]
}

@test "suffixes override and append" {
	cat >"$root/shop/pillar/init.sls" <<'EOF'
makina-projects.shop:
  data:
    aliases-append: [www, two]
makina-projects.shop.data.domain-overrides: {x: 1}
EOF
	[ "$(field 'cfg["data"]["aliases"], cfg["data"]["domain"]')" = "['www', 'two'] {'x': 1}" ]
}

@test "secrets are masked, wherever they stand, unless they are asked for" {
	run --separate-stderr "$HULL_STATE" pillar --root "$root" shop
	[ "$status" -eq 0 ]
	[[ $output == *"db_password: '***'"* ]]
	[[ $output == *"dsn: db://shop-user:***@localhost"* ]]
	[[ $output != *hidden-shop* ]]
	run --separate-stderr "$HULL_STATE" pillar --root "$root" shop --show-secrets
	[[ $output == *"db_password: hidden-shop"* ]]
}

@test "a directory of a project, its code or a plain tree may be the root" {
	run --separate-stderr "$HULL_STATE" pillar --root "$root/shop"
	[[ $output == *"name: shop"* ]]
	run --separate-stderr "$HULL_STATE" pillar --root "$root/shop/project"
	[[ $output == *"project_root: $root/shop/project"* ]]
	mkdir -p "$BATS_TEST_TMPDIR/checkout" "$BATS_TEST_TMPDIR/plain/pillar"
	cp -r "$root/shop/project/.salt" "$BATS_TEST_TMPDIR/checkout/"
	run --separate-stderr "$HULL_STATE" pillar --root "$BATS_TEST_TMPDIR/checkout"
	[[ $output == *"name: checkout"* ]]
	[[ $output == *"project_root: $BATS_TEST_TMPDIR/checkout"* ]]
	printf 'a: {{ 1 + 1 }}\n' >"$BATS_TEST_TMPDIR/plain/pillar/init.sls"
	run --separate-stderr "$HULL_STATE" pillar --root "$BATS_TEST_TMPDIR/plain"
	[ "$output" = "a: 2" ]
	printf 'a: 3\n' >"$BATS_TEST_TMPDIR/plain/pillar.sls"
	run --separate-stderr "$HULL_STATE" pillar --root "$BATS_TEST_TMPDIR/plain"
	[ "$output" = "a: 3" ]
}

@test "warnings name the line, errors print nothing on stdout" {
	printf 'makina-projects.shop:\n  data:\n    x: "{nobody}"\n' >"$root/shop/pillar/init.sls"
	run --separate-stderr "$HULL_STATE" pillar --root "$root" shop
	[ "$status" -eq 0 ]
	[[ $stderr == *"shop/pillar/init.sls:3:8: warning: "*"{nobody}"* ]]
	printf 'makina-projects.shop:\n  data: [1]\n' >"$root/shop/pillar/init.sls"
	run --separate-stderr "$HULL_STATE" pillar --root "$root" shop
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *"shop/pillar/init.sls:2:9: error: 'data' must be a mapping, not a list"* ]]
}

@test "the line that an error shows holds no secret" {
	printf 'a:\n  token: very-hidden\n b: 1\n' >"$root/shop/pillar/init.sls"
	run "$HULL_STATE" pillar --root "$root" shop
	[ "$status" -eq 1 ]
	[[ $output == *"did not find expected key"* ]]
	[[ $output == *"token: ***"* ]]
	[[ $output != *very-hidden* ]]
}

@test "an unknown project is told" {
	run "$HULL_STATE" pillar --root "$root" shap
	[ "$status" -ne 0 ]
	[[ $output == *"no project 'shap'"* ]]
}

@test "printing the configuration keeps no password" {
	cat >"$root/shop/pillar/init.sls" <<'EOF'
makina-projects.shop:
  data:
    admin_password: {{ salt['mc_utils.generate_stored_password']('admin') }}
EOF
	run --separate-stderr "$HULL_STATE" pillar --root "$root" shop
	[ "$status" -eq 0 ]
	[[ $output == *"admin_password: '***'"* ]]
	[ ! -e "$root/shop/data/configuration/.hull-state" ]
}

@test "the configurations of real projects are resolved as the original does" {
	[ -n "${HULL_CORPORA:-}" ] || skip "HULL_CORPORA names no folder of reference answers"
	run "$BATS_TEST_DIRNAME/format_corpus.py" "$HULL_STATE" "$HULL_CORPORA"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "-overrides and -append are about the layer below, in either spelling" {
	cat >"$root/shop/pillar/init.sls" <<'EOF'
makina-projects.shop:
  data:
    aliases-append: [shop, www]
    tree: {a: 1}
makina-projects.shop.data:
  mail: {b: 2}
makina-projects.shop.data.mail-overrides: {c: 3}
EOF
	sed -i 's/^    debug: false/    mail: {a: 1}/' "$root/shop/project/.salt/PILLAR.sample"
	[ "$(field 'cfg["data"]["aliases"]')" = "['www', 'shop']" ]
	[ "$(field 'cfg["data"]["tree"]')" = "{'a': 1}" ]
	[ "$(field 'cfg["data"]["mail"]')" = "{'c': 3}" ]
}

@test "the root of a system is the project in it, when there is but one" {
	mkdir -p "$BATS_TEST_TMPDIR/system/srv"
	mv "$root" "$BATS_TEST_TMPDIR/system/srv/projects"
	run -0 "$HULL_STATE" pillar --root "$BATS_TEST_TMPDIR/system"
	[[ $output == *"name: shop"* ]]
	cp -r "$BATS_TEST_TMPDIR/system/srv/projects/shop" "$BATS_TEST_TMPDIR/system/srv/projects/two"
	run -64 "$HULL_STATE" pillar --root "$BATS_TEST_TMPDIR/system"
	[[ $output == *"several projects"* ]]
}

@test "the group is among the groups; what the original knows of a project is there" {
	printf 'makina-projects.shop: {group: g, groups: [x, y]}\n' >"$root/shop/pillar/init.sls"
	[ "$(field "cfg['groups']")" = "['g', 'x', 'y']" ]
	[ "$(field "cfg['group'], cfg['keep_archives'], cfg['skip_deploy'], cfg['deploy_summary']")" = "g 3 False None" ]
	[ "$(field "cfg['wired_salt_root']")" = /srv/salt/makina-projects/shop ]
}

@test "a password that is a project's name hides no file's name" {
	printf 'makina-projects.shop: {data: {db_password: shop}}\n' >"$root/shop/pillar/init.sls"
	printf 'a:\n  file.manged:\n    - name: /srv/shop\n' >"$root/shop/project/.salt/050_conf.sls"
	run -1 --separate-stderr "$HULL_STATE" check --root "$root/shop"
	[[ ${stderr_lines[0]} == *"/shop/project/.salt/050_conf.sls:2:"* ]]
	[[ $stderr != *"/srv/shop"* ]]
	run -1 --separate-stderr "$HULL_STATE" check --root "$root/shop" --out json
	[[ $output == *"/shop/project/.salt/050_conf.sls"* && $output != *"/srv/shop"* ]]
}
