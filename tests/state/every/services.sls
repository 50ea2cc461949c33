# Services of whichever manager the root has.
running:
  service.running:
    - name: every-a
    - enable: true
dead:
  service.dead:
    - name: every-b
    - enable: false
enabled:
  service.enabled:
    - name: every-c
disabled:
  service.disabled:
    - name: every-d
