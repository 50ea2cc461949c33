include:
  - makina-states.services_managers.circus.hooks

# The supervisor is hull-init, which is in the image; it finds the watchers by this file.
circus-conf:
  file.managed:
    - name: /etc/circus/circusd.ini
    - contents: |
        [circus]
        include_dir = /etc/circus/circusd.conf.d/
    - mode: 644
    - makedirs: true
    - watch:
      - mc_proxy: circus-pre-conf2
    - watch_in:
      - mc_proxy: circus-post-conf
