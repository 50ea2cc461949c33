{% set settings = salt['mc_redis.settings']() %}
include:
  - makina-states.services.db.redis.hooks

{% set owner = 'redis' if salt['user.info']('redis') else 'root' %}
makina-redis-conf:
  file.managed:
    - name: /etc/redis/redis.conf
    - source: salt://makina-states/files/etc/redis/redis.conf
    - template: jinja
    - user: {{owner}}
    - group: {{owner}}
    - mode: 640
    - makedirs: true
    - watch:
      - mc_proxy: redis-pre-conf
    - watch_in:
      - mc_proxy: redis-post-conf

makina-redis-localconf:
  file.managed:
    - name: /etc/redis/redis.local.conf
    - user: {{owner}}
    - group: {{owner}}
    - mode: 640
    - makedirs: true
    - watch:
      - mc_proxy: redis-pre-conf
    - watch_in:
      - mc_proxy: redis-post-conf
