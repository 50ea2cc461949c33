#!/bin/sh
# prepare.sh - gives a root what the state files of this folder want to change. Runs in the root, busybox suffices.
# SPDX-License-Identifier: Apache-2.0
set -eu
mkdir -p /srv/old/cleaned/sub /srv/old/tree/sub /srv/old/acl/sub /srv/old/acl-gone /srv/old/svn /etc/init.d /mnt/gone /tmp
cd /srv/old
chmod 1777 /tmp
echo file >file
echo moved >rename
touch absent cleaned/left cleaned/sub/left tree/sub/left locales acl/file
printf '{"kept": true}\n' >merged.json
printf 'first\nport = 1\nold word\nunwanted\ntalk\n#silent\n# <\n# >\nlast\n' >edited
printf 'known=old\n#quiet=yes\n' >keys
printf '[main]\nknown = old\nkept = 1\n' >settings.ini
printf 'bob:$apr1$saltsalt$9QlJ6bNO8qPjZj6bKGnQ80\n' >htpasswd
mkdir -p pack/top/sub
echo packed >pack/top/sub/file
tar -C pack -cf archive.tar top
tar -C pack/top -cf flat.tar sub
rm -r pack
echo 7 >svn/revision

# accounts
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICEMoIzaFv5D4vR7Kq4cqkTxGyBJBwx6h+1HVNkjVWqE'
printf 'everyclub:x:7310:everyleaver\neverygone:x:7311:\neveryold:x:7312:\neveryleaver:x:7313:\neveryhome:x:7314:\n' >>/etc/group
for name in old:7312 leaver:7313 home:7314; do
	id=${name#*:}
	name=every${name%:*}
	echo "$name:x:$id:$id::/home/$name:/bin/sh" >>/etc/passwd
	echo "$name:*:19000:0:99999:7:::" >>/etc/shadow
	mkdir -p "/home/$name/.ssh"
	echo "$key old" >"/home/$name/.ssh/authorized_keys"
	echo "old.example.test $key" >"/home/$name/.ssh/known_hosts"
	chmod 700 "/home/$name/.ssh"
	chmod 600 "/home/$name/.ssh/"*
	chown -R "$id:$id" "/home/$name"
done
mkdir -p /var/spool/cron/crontabs
printf '# Lines below here are managed by Salt, do not edit\nOLDVAR=1\n0 1 * * * /bin/old\n' >/var/spool/cron/crontabs/everyold
chmod 600 /var/spool/cron/crontabs/everyold

# the system's own
printf '127.0.0.1 localhost\n10.9.9.9 gone.every.test kept.every.test\n10.8.8.8 stale.every.test\n' >/etc/hosts
mkdir -p /usr/share/zoneinfo/Every
printf 'TZif2' >/usr/share/zoneinfo/Every/Where
echo 'tmpfs /mnt/gone tmpfs size=1m 0 0' >>/etc/fstab

mkdir -p /etc/salt
printf 'everygone: 1\neverylist: [a]\n' >/etc/salt/grains

command -v update-rc.d >/dev/null || mkdir -p /etc/runlevels/default

# services: init scripts of OpenRC's kind
mkdir -p /run
for name in a b c d; do
	cp "$1/every-service" "/etc/init.d/every-$name"
done
touch /run/every-service.every-b
for name in b d; do
	if command -v update-rc.d >/dev/null; then
		update-rc.d "every-$name" defaults
	else
		ln -s "/etc/init.d/every-$name" "/etc/runlevels/default/every-$name"
	fi
done
mkdir -p units
for unit in a:inactive:disabled b:active:enabled c:active:disabled d:inactive:enabled e:inactive:disabled f:inactive:masked; do
	echo "$unit" | tr : ' ' | { read -r name rest && echo "$rest" >"units/every-$name"; }
done
