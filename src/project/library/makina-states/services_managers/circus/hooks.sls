# Points in the life of the supervisor and its watchers.
{% set stages = ['pre-install', 'post-install', 'pre-conf2', 'post-conf', 'pre-restart', 'post-restart'] %}
{% for stage in stages %}
circus-{{stage}}:
  mc_proxy.hook:
    - watch_in:
      {%- for later in stages[loop.index:] %}
      - mc_proxy: circus-{{later}}
      {%- endfor %}
      - mc_proxy: circus-post-end
{% endfor %}

# The older name of pre-conf2: what changes here restarts all.
circus-pre-conf:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: circus-post-conf
      - mc_proxy: circus-pre-hard-restart

circus-pre-hard-restart:
  mc_proxy.hook:
    - require_in:
      - mc_proxy: circus-post-hard-restart

circus-post-hard-restart:
  mc_proxy.hook:
    - require_in:
      - mc_proxy: circus-pre-restart

{% set watchers = ['pre-watchers', 'pre-conf-watchers', 'post-conf-watchers', 'post-watchers'] %}
{% for stage in watchers %}
circus-{{stage}}:
  mc_proxy.hook:
    {%- if loop.first %}
    - require:
      - mc_proxy: circus-post-hard-restart
      - mc_proxy: circus-post-restart
    {%- endif %}
    - watch_in:
      - mc_proxy: {{'circus-post-end' if loop.last else 'circus-' + watchers[loop.index]}}
{% endfor %}

circus-post-end:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: circus-pre-disable

circus-pre-disable:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: circus-post-disable

circus-post-disable:
  mc_proxy.hook: []
