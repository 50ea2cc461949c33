{%- import "makina-states/services/monitoring/circus/macros.jinja" as circus with context %}
include:
  - makina-states.services.db.redis.hooks
  - makina-states.services.monitoring.circus.hooks

{{circus.circusAddWatcher('redis', 'redis-server /etc/redis/redis.conf --daemonize no',
                          uid='redis', gid='redis', stop_signal='TERM', copy_env=True,
                          conf_priority='50', warmup_delay='3')}}
