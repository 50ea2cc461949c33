# registry.bash - a hull-registry for a test file: configured, started, stopped; images for clients to push.
# SPDX-License-Identifier: Apache-2.0
#
#	load ../lib/registry
#	registry_certify DIR           DIR/ca.crt, DIR/registry.crt, DIR/registry.key for localhost and 127.0.0.1
#	registry_configure DIR TEXT    DIR/registry.yml: TEXT below `listen` and `storage`; sets REGISTRY to HOST:PORT
#	registry_start DIR; registry_stop DIR; registry_kill DIR
#
# The program is $HULL_REGISTRY; without it, that of the checkout this file is in.

: "${HULL_SHARE:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${HULL_REGISTRY:=$HULL_SHARE/build/cmd/hull-registry/hull-registry}"
export HULL_REGISTRY HULL_SHARE

registry_free_port() { "$HULL_SHARE/tests/lib/free_port.py"; }

registry_certify()
{
	mkdir -p "$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=test authority" \
		-addext basicConstraints=critical,CA:TRUE -keyout "$1/ca.key" -out "$1/ca.crt" 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
		-keyout "$1/registry.key" -out "$1/registry.csr" 2>/dev/null
	printf 'subjectAltName=DNS:localhost,DNS:registry.test,IP:127.0.0.1\n' >"$1/extensions"
	openssl x509 -req -in "$1/registry.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial -days 2 \
		-extfile "$1/extensions" -out "$1/registry.crt" 2>/dev/null
}

registry_configure()
{
	mkdir -p "$1"
	REGISTRY=127.0.0.1:$(registry_free_port)
	export REGISTRY
	printf 'listen: %s\nstorage: %s\n%s\n' "$REGISTRY" "$1/store" "$2" >"$1/registry.yml"
}

# Waits until it listens; its log is DIR/log, its access log DIR/access.
registry_start()
{
	local dir=$1 address
	"$HULL_REGISTRY" serve --config "$dir/registry.yml" >>"$dir/access" 2>>"$dir/log" 3>&- &
	echo $! >"$dir/pid"
	address=$(sed -n 's/^listen: //p' "$dir/registry.yml")
	for _ in $(seq 200); do
		! (exec 3<>"/dev/tcp/${address%:*}/${address##*:}") 2>/dev/null || return 0
		kill -0 "$(cat "$dir/pid")" 2>/dev/null || break
		sleep 0.05
	done
	cat "$dir/log" >&2
	return 1
}

registry_stop()
{
	local pid
	[ -f "$1/pid" ] || return 0
	pid=$(cat "$1/pid")
	rm "$1/pid"
	kill "$pid" 2>/dev/null || return 0
	for _ in $(seq 200); do
		kill -0 "$pid" 2>/dev/null || {
			registry_log_is_quiet "$1/log"
			return
		}
		sleep 0.05
	done
	kill -9 "$pid"
	echo "the server does not end" >&2
	return 1
}

# No sanitizer has found anything, when the program was built with one.
registry_log_is_quiet()
{
	[ -f "$1" ] || return 0
	! grep -E -A 40 'Sanitizer|runtime error:' "$1" >&2
}

registry_kill()
{
	local pid
	pid=$(cat "$1/pid")
	rm "$1/pid"
	kill -9 "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.01
	done
}

# An OCI layout of two architectures below one tag: registry_layout DIR [KIB-OF-THE-LAYER]
registry_layout()
{
	python3 "$HULL_SHARE/tests/lib/layout.py" "$1" "${2:-64}"
}
