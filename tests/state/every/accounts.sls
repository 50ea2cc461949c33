# Accounts, their keys and their jobs.
{% set key = 'AAAAC3NzaC1lZDI1NTE5AAAAIJXJpHiABJWBNlKAFRFgoFG9xyE3m0G3bgVpcW9mVJYO' %}
{% set other = 'AAAAC3NzaC1lZDI1NTE5AAAAICEMoIzaFv5D4vR7Kq4cqkTxGyBJBwx6h+1HVNkjVWqE' %}
team:
  group.present:
    - gid: 7300
team-members:
  group.present:
    - name: everyclub
    - members: [root, everyold]
    - require: [{user: deploy}]
group-gone:
  group.absent:
    - name: everygone
deploy:
  user.present:
    - name: everydeploy
    - uid: 7301
    - gid: 7300
    - groups: [www-data]
    - optional_groups: [nosuchgroup]
    - shell: /bin/sh
    - fullname: Every Deploy
    - home: /home/everydeploy
    - password: $6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/
    - maxdays: 90
    - require: [{group: team}]
hashed:
  user.present:
    - name: everyhashed
    - password: plain
    - hash_password: true
    - createhome: false
old-changed:
  user.present:
    - name: everyold
    - shell: /bin/false
    - home: /home/everyold
    - groups: [everyclub]
user-gone:
  user.absent:
    - name: everyleaver
    - purge: true
key:
  ssh_auth.present:
    - name: {{ key }}
    - enc: ssh-ed25519
    - comment: me
    - user: everydeploy
    - require: [{user: deploy}]
key-gone:
  ssh_auth.absent:
    - name: {{ other }}
    - user: everyold
keys-managed:
  ssh_auth.manage:
    - user: everyhome
    - ssh_keys: ['ssh-ed25519 {{ key }} me']
known:
  ssh_known_hosts.present:
    - name: git.example.test
    - user: everydeploy
    - enc: ed25519
    - key: {{ other }}
    - hash_known_hosts: false
    - require: [{user: deploy}]
known-gone:
  ssh_known_hosts.absent:
    - name: old.example.test
    - user: everyold
job:
  cron.present:
    - name: /bin/true
    - user: everydeploy
    - minute: '*/5'
    - identifier: EVERY
    - comment: a job
    - require: [{user: deploy}]
job-special:
  cron.present:
    - name: /bin/false
    - user: everydeploy
    - special: '@daily'
    - require: [{user: deploy}]
job-gone:
  cron.absent:
    - name: /bin/old
    - user: everyold
job-env:
  cron.env_present:
    - name: MAILTO
    - value: nobody@example.test
    - user: everydeploy
    - require: [{user: deploy}]
job-env-gone:
  cron.env_absent:
    - name: OLDVAR
    - user: everyold
cron-whole:
  cron.file:
    - name: salt://tree/crontab
    - user: everyhashed
    - require: [{user: hashed}]
