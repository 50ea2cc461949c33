# What a system has one of.
host:
  host.present:
    - ip: 10.1.2.3
    - names: [db.every.test, db]
host-gone:
  host.absent:
    - name: gone.every.test
    - ip: 10.9.9.9
host-only:
  host.only:
    - name: 10.8.8.8
    - hostnames: [only.every.test]
Every/Where:
  timezone.system: []
locale:
  locale.system:
    - name: C.UTF-8
locale-there:
  locale.present:
    - name: {{ pillar.locale }}
acl:
  acl.present:
    - name: /srv/old/acl
    - acl_type: user
    - acl_name: www-data
    - perms: rx
acl-default:
  acl.present:
    - name: /srv/old/acl
    - acl_type: default:group
    - acl_name: www-data
    - perms: rwx
    - recurse: true
acl-gone:
  acl.absent:
    - name: /srv/old/acl-gone
    - acl_type: user
    - acl_name: www-data
    - perms: rwx
grain:
  grains.present:
    - name: every:role
    - value: web
grain-there:
  grains.exists:
    - name: everylist
grain-gone:
  grains.absent:
    - name: everygone
    - destructive: true
grain-listed:
  grains.list_present:
    - name: everylist
    - value: [b, c]
grain-unlisted:
  grains.list_absent:
    - name: everylist
    - value: a
grain-appended:
  grains.append:
    - name: everylist
    - value: d
