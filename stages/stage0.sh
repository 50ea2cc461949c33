#!/bin/sh
# stage0, on the host: the builder image, then its container, which runs stage1.sh.
#
# The engine gives: every MS_* value, HULL (the program), MS_STAGE0_CONTEXT (a directory of its own, kept between
# builds), TMPDIR (a directory that goes with this build).
set -eu

if [ -n "${MS_SKIP_STAGE0_BUILD:-}" ]; then
	echo "MS_SKIP_STAGE0_BUILD is set: $MS_STAGE0_TAG is taken as it is"
	"$HULL" inspect --type image --format '{{.Id}}' "$MS_STAGE0_TAG" || {
		echo "stage0: there is no image $MS_STAGE0_TAG; unset MS_SKIP_STAGE0_BUILD to make it" >&2
		exit 1
	}
else
	builder=$MS_STAGE0_CONTEXT/builder.tar
	exec 9<"$MS_STAGE0_CONTEXT"
	flock 9 # another build may be making the same
	if ! [ -s "$builder" ] && grep -q builder.tar "$MS_DOCKERFILE_STAGE0"; then
		command -v mmdebstrap >/dev/null || {
			echo "stage0: mmdebstrap is missing: install it, or set MS_DOCKERFILE_STAGE0 to a builder of your own" >&2
			exit 1
		}
		echo "making the builder's root file system with mmdebstrap"
		trap 'rm -f "$builder.tmp"' EXIT
		# shellcheck source=/dev/null
		suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
		packages=mmdebstrap,ca-certificates,xz-utils,zstd,tar,acl,git,rsync,gpg
		# What verifies Ubuntu's packages is not in every release.
		if apt-cache policy ubuntu-keyring 2>/dev/null | grep -q 'Candidate: [0-9]'; then
			packages=$packages,ubuntu-keyring
		fi
		# In a mount namespace of its own, so that nothing stays mounted whatever ends it.
		unshare --mount mmdebstrap --variant=minbase --include="$packages" --format=tar \
			"$suite" "$builder.tmp" ${MS_HOST_MIRROR:+"$MS_HOST_MIRROR"}
		mv "$builder.tmp" "$builder"
	fi
	exec 9<&-
	"$HULL" step builder
fi

# The container sees the data, the injected files and the store, so that hull inside it works on the same images.
exec "$HULL" step enter /docker/injected_volumes/bootstrap_scripts/stage1.sh
