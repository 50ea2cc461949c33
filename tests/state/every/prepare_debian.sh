#!/bin/sh
# prepare_debian.sh - packages, repositories of them, links of alternatives and a git repository for a Debian root.
# SPDX-License-Identifier: Apache-2.0
set -eu
export DEBIAN_FRONTEND=noninteractive GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
cd /srv/old

# pack DIRECTORY NAME VERSION: a package of one configuration file
pack() {
	rm -rf pack
	mkdir -p pack/DEBIAN pack/etc "$1"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Nobody <nobody@example.test>\nDescription: nothing\n' \
		"$2" "$3" >pack/DEBIAN/control
	echo "/etc/$2.conf" >pack/DEBIAN/conffiles
	echo "$3" >"pack/etc/$2.conf"
	dpkg-deb -b pack "$1/$2.deb" >/dev/null
}

# index DIRECTORY: its Packages file, sources.list(5)
index() {
	(
		cd "$1"
		for deb in *.deb; do
			dpkg-deb -f "$deb"
			printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
		done >Packages
	)
}

for name in behind removed purged upgraded kept; do
	pack there "every-$name" 1.0
done
for name in new exact held; do
	pack first "every-$name" 1.0
done
pack first every-behind 1.1
pack first every-upgraded 1.1
pack second every-second 1.0
pack . every-file 1.0
dpkg -i there/*.deb >/dev/null
index first
index second
mkdir -p /etc/apt/sources.list.d /var/lib/apt/lists
rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/old/first ./' >/etc/apt/sources.list
echo 'deb [trusted=yes] file:/srv/old/nothing ./' >/etc/apt/sources.list.d/every-nothing.list
mkdir -p nothing
: >nothing/Packages
apt-get -q update >/dev/null

# editor-b is the better one
for name in old gone manual; do
	for editor in a:10 b:20; do
		cp /bin/true "editor-${editor%:*}"
		update-alternatives --quiet --install "/usr/bin/every-$name" "every-$name" "/srv/old/editor-${editor%:*}" "${editor#*:}"
	done
done
update-alternatives --quiet --set every-manual /srv/old/editor-a
update-alternatives --quiet --set every-old /srv/old/editor-a

command -v git >/dev/null || exit 0
git init -q -b main origin
git -C origin commit -q --allow-empty -m one
git -C origin tag v1
git clone -q /srv/old/origin behind
git -C origin commit -q --allow-empty -m two
