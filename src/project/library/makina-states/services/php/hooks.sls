# Points in the life of PHP, in this order; what changes at one is seen at all behind it.
include:
  - makina-states.services.http.apache.hooks

{% set stages = ['pre-repo', 'pre-inst', 'post-inst', 'pre-conf', 'post-conf', 'pre-restart',
                 'post-restart'] %}
{% for stage in stages %}
makina-php-{{stage}}:
  {%- if loop.last %}
  mc_proxy.hook: []
  {%- else %}
  mc_proxy.hook:
    - watch_in:
      {%- for later in stages[loop.index:] %}
      - mc_proxy: makina-php-{{later}}
      {%- endfor %}
  {%- endif %}
{% endfor %}
