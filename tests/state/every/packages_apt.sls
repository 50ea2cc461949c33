# Packages of a repository of files, with the real apt-get and dpkg.
second:
  pkgrepo.managed:
    - humanname: the second repository
    - name: deb [trusted=yes] file:/srv/old/second ./
    - file: /etc/apt/sources.list.d/every-second.list
first-gone:
  pkgrepo.absent:
    - name: deb [trusted=yes] file:/srv/old/nothing ./
installed:
  pkg.installed:
    - pkgs: [every-new, every-exact: '1.0']
from-second:
  pkg.installed:
    - name: every-second
    - require: [{pkgrepo: second}]
held:
  pkg.installed:
    - name: every-held
    - hold: true
held-there:
  pkg.installed:
    - name: every-kept
    - hold: true
from-file:
  pkg.installed:
    - sources:
      - every-file: /srv/old/every-file.deb
latest:
  pkg.latest:
    - name: every-behind
removed:
  pkg.removed:
    - name: every-removed
purged:
  pkg.purged:
    - name: every-purged
    - require: [{pkg: removed}]
all:
  pkg.uptodate:
    - refresh: true
    - order: last
