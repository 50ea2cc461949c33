# systemd's alone.
masked:
  service.masked:
    - name: every-e
unmasked:
  service.unmasked:
    - name: every-f
