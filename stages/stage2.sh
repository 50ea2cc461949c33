#!/bin/sh
# stage2, in the new image's container: the injected files are in place, MS_COMMAND runs as PID 1.
set -eu
# shellcheck source=/dev/null
. /bootstrap_scripts/stage2.env

mkdir -p /srv/pillar /srv/mastersalt-pillar /srv/projects

# Configuration management is refreshed only when that is asked for or needed.
reason=
if [ -n "${MS_MAKINASTATES_BUILD_FORCE:-}" ]; then
	reason="MS_MAKINASTATES_BUILD_FORCE is set"
elif [ "${MS_IMAGE##*/}" = "makina-states-$MS_OS-$MS_OS_RELEASE" ]; then
	reason="this is the base image of all others"
elif ! command -v hull-state >/dev/null 2>&1; then
	reason="it is not installed"
fi
if [ -z "$reason" ]; then
	echo "configuration management: up to date, skipped"
elif [ -x /docker/hull/bin/hull-state ]; then
	echo "configuration management: refreshed ($reason)"
	install -m 755 /docker/hull/bin/hull-state /usr/bin/hull-state
else
	echo "configuration management: this hull has none to install ($reason)"
fi
