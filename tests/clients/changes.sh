#!/bin/sh
# changes.sh TREE: changes of attributes alone, and a few others: run in a container and on the host, with one result.
set -eu
cd "$1"
setfacl -m u:4321:rx modes/directory-0700
setfacl -d -m g:77:rwx modes/directory-2775
setfacl -b acls/access-and-default
setfacl -k acls/default-alone
setfacl -m u:9:r contents/of-1
setfattr -n user.only -v mark owners/home
setfattr -x user.dir xattrs/directory
setfattr -n user.binary -v 0x00ff0a3d00 xattrs/binary
setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 modes/file-0777
chmod 1700 contents/empty-directory
chown 12:13 times/old
rm ./names/-rf
mkdir names/new
touch -d '2001-09-09 01:46:40' names/new names
