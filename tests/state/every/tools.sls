# States that leave the work to a tool of the root.
environment:
  virtualenv.managed:
    - name: /srv/every/venv
checkout:
  svn.latest:
    - name: file:///srv/old/svn
    - target: /srv/every/svn
