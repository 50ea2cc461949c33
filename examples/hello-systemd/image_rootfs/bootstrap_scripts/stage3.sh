#!/bin/bash
# The self-test of hello-systemd: what fails here never becomes a candidate.
set -eu

echo "the service answers through systemd's socket"
exec 3<>/dev/tcp/127.0.0.1/8080
printf 'GET / HTTP/1.0\r\n\r\n' >&3
answer=$(cat <&3)
case $answer in
*"Hello from a full system."*) ;;
*)
	echo "the service said: $answer" >&2
	exit 1
	;;
esac

echo "the injected ACL has arrived"
getfacl -cn /srv/hello/greeting | grep -qx 'group:65753:rw-' || {
	getfacl -n /srv/hello/greeting >&2
	exit 1
}

failed=$(systemctl list-units --failed --plain --no-legend)
if [ -n "$failed" ]; then
	echo "units failed: $failed" >&2
	exit 1
fi
echo "all is well"
