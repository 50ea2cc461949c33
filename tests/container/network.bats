#!/usr/bin/env bats
# network.bats - none, host, another container's, and a bridge with published ports.
# SPDX-License-Identifier: Apache-2.0
load setup

free_port() { "$HULL_SHARE/tests/lib/free_port.py"; }

served='mkdir /www; echo served >/www/index.html; exec httpd -f -p 80 -h /www'

@test "none has a loopback and nothing else" {
	[ "$(box box ls /sys/class/net)" = lo ]
	box box sh -c 'httpd -p 8000 -h /etc && wget -qO- http://127.0.0.1:8000/passwd' | grep -q root
}

@test "host is the host's" {
	[ "$(hull run --rm --network host box hostname)" = "$(hostname)" ]
	[ "$(hull run --rm --network host box readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ]
	run -125 hull run --rm --network host -p 80 box true
}

@test "a bridge: address, inspect, published port, and all of it released" {
	need_bridge
	need curl python3
	port=$(free_port)
	hull run -d --name web -p "127.0.0.1:$port:80" box sh -c "$served"
	ip=$(hull inspect -f '{{ .NetworkSettings.IPAddress }}' web)
	until_is 5 curl -sf -m 2 "http://$ip/" -o page
	[ "$(cat page)" = served ]
	[ "$(curl -sf -m 2 "http://127.0.0.1:$port/")" = served ]
	[[ $(hull ps --format '{{.Ports}}') == "127.0.0.1:$port->80/tcp" ]]
	[ "$(hull run --rm box wget -qO- "http://$ip/")" = served ]
	[ "$(hull run --rm --network container:web box wget -qO- http://127.0.0.1/)" = served ]
	run -125 hull run --rm -p "127.0.0.1:$port:80" box true
	hull rm -f web
	run -7 curl -sf -m 2 "http://127.0.0.1:$port/"
	hull run --rm -p "127.0.0.1:$port:80" box true
}

@test "a port of any number is chosen and told" {
	need_bridge
	hull run -d --name any -p 80 box sleep 100
	[[ $(hull inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' any) =~ ^[0-9]+$ ]]
}

@test "the network of a container that does not run cannot be joined" {
	hull create --name idle --network none box true
	run -125 hull run --rm --network container:idle box true
	[[ $output == *"it is not running"* ]]
}
