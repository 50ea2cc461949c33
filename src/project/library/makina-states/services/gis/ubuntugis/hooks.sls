{% set stages = ['pre-install', 'post-install', 'pre-conf', 'post-conf', 'pre-restart', 'post-restart'] %}
{% for stage in stages %}
ubuntugis-{{stage}}-hook:
  mc_proxy.hook:
    {%- if loop.first %}
    - name: ubuntugis-{{stage}}-hook
    {%- else %}
    - watch:
      - mc_proxy: ubuntugis-{{stages[loop.index0 - 1]}}-hook
    {%- endif %}
{% endfor %}

ubuntugis-pre-hardrestart-hook:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: ubuntugis-post-hardrestart-hook
ubuntugis-post-hardrestart-hook:
  mc_proxy.hook: []
