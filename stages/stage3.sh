#!/bin/sh
# stage3, in the new image's container: projects are deployed, then the image tests itself.
#
# This is the script to override: put yours at IMAGE_DIR/image_rootfs/bootstrap_scripts/stage3.sh, or stage3.sh into the
# project's .salt. A status other than 0 fails the build, and the old candidate stays.
set -eu
# shellcheck source=/dev/null
. /bootstrap_scripts/stage2.env

for project in /srv/projects/*/; do
	[ -d "$project" ] || continue
	name=$(basename "$project")
	if command -v hull-state >/dev/null 2>&1; then
		hull-state deploy "$name" --only install,fixperms || {
			echo "failed to build project $name" >&2
			exit 1
		}
	else
		echo "project $name: its files are in place; there is no hull-state here to deploy it"
	fi
done

# Your self-test goes here: leave with a status other than 0 when the image is not as it should be.
