# Packages of apk; the tool is one that only keeps its database.
installed:
  pkg.installed:
    - pkgs: [every-new, every-other]
latest:
  pkg.latest:
    - name: every-behind
removed:
  pkg.removed:
    - name: every-removed
purged:
  pkg.purged:
    - name: every-purged
