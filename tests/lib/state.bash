# state.bash - a scratch root with accounts and a shell, and projects in it.
# SPDX-License-Identifier: Apache-2.0
#
#	load ../lib/state
#	setup() { state_setup; }
#
# $root: the root for --chroot; $projects: /srv/projects in it.
#
# The program is $HULL_STATE; without it that of the checkout this file is in.

: "${HULL_STATE:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/cmd/hull-state/hull-state}"
export HULL_STATE
[ -x "$HULL_STATE" ] || {
	echo "no program at '$HULL_STATE': build it, or set HULL_STATE" >&2
	exit 1
}

state_setup()
{
	dir=$BATS_TEST_TMPDIR
	root=$dir/root
	projects=$root/srv/projects
	mkdir -p "$root"/{bin,etc,tmp,run,root,srv/projects}
	cp /bin/busybox "$root/bin/busybox"
	"$root/bin/busybox" --install -s "$root/bin" 2>/dev/null || true
	find "$root/bin" -type l -exec ln -snf busybox {} \;
	printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n' >"$root/etc/passwd"
	printf 'root:x:0:\nwww-data:x:33:\n' >"$root/etc/group"
	printf 'root:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
	chmod 640 "$root/etc/shadow"
	cd "$dir" || return 1
}

# new_project NAME: its directories and a PILLAR.sample.
new_project()
{
	salt=$projects/$1/project/.salt
	mkdir -p "$salt" "$projects/$1/pillar" "$projects/$1/data/configuration"
	cat >"$salt/PILLAR.sample" <<-'END'
		makina-projects.projectname:
		  data:
		    domain: example.test
		    conf: "{data_root}/configuration"
	END
}

# step NAME: an SLS of the project, from stdin.
step() { cat >"$salt/$1.sls"; }

# A state that notes that it ran.
noting_step()
{
	step "$1" <<-END
		$1-ran:
		  file.append:
		    - name: /tmp/ran
		    - text: $1
	END
}

in_root() { "$HULL_STATE" "$1" --chroot "$root" "${@:2}"; }
