# Clones of a repository that lies beside them.
cloned:
  git.cloned:
    - name: /srv/old/origin
    - target: /srv/every/cloned
followed:
  git.latest:
    - name: /srv/old/origin
    - target: /srv/every/followed
    - rev: main
behind:
  git.latest:
    - name: /srv/old/origin
    - target: /srv/old/behind
    - rev: main
tagged:
  git.latest:
    - name: /srv/old/origin
    - target: /srv/every/tagged
    - rev: v1
by-makina-name:
  mc_git.latest:
    - name: /srv/old/origin
    - target: /srv/every/mc
    - rev: main
