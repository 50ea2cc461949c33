# Points in the life of redis.
{% set stages = ['pre-install', 'post-install', 'pre-conf', 'post-conf', 'pre-restart', 'post-restart'] %}
{% for stage in stages %}
redis-{{stage}}:
  {%- if loop.last %}
  mc_proxy.hook: []
  {%- else %}
  mc_proxy.hook:
    - watch_in:
      {%- for later in stages[loop.index:] %}
      - mc_proxy: redis-{{later}}
      {%- endfor %}
  {%- endif %}
{% endfor %}

redis-pre-hardrestart:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: redis-post-hardrestart

redis-post-hardrestart:
  mc_proxy.hook: []
