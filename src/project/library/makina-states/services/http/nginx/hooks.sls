# Points in the life of nginx, in this order; what changes at one is seen at all behind it.
{% set stages = ['pre-install', 'post-install', 'pre-conf', 'post-conf', 'pre-restart', 'post-restart'] %}
{% for stage in stages %}
nginx-{{stage}}-hook:
  {%- if loop.last %}
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: nginx-pre-disable
  {%- else %}
  mc_proxy.hook:
    - watch_in:
      {%- for later in stages[loop.index:] %}
      - mc_proxy: nginx-{{later}}-hook
      {%- endfor %}
  {%- endif %}
{% endfor %}

# A restart that drops connections, before the gentle one.
nginx-pre-hardrestart-hook:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: nginx-post-hardrestart-hook

nginx-post-hardrestart-hook:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: nginx-pre-restart-hook

nginx-pre-disable:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: nginx-post-disable

nginx-post-disable:
  mc_proxy.hook: []
