include:
  - makina-states.services.db.redis.hooks

makina-redis-pkgs:
  pkg.installed:
    - pkgs: [redis-server]
    - watch:
      - mc_proxy: redis-pre-install
    - watch_in:
      - mc_proxy: redis-post-install
