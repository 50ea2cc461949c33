# Points in the life of Apache, and of PHP below it, in this order.
{% set stages = ['pre-inst', 'post-inst', 'pre-conf', 'post-conf', 'pre-restart', 'post-restart'] %}
{% for kind in ['makina-apache-', 'makina-apache-php-'] %}
{%- for stage in stages %}
{{kind}}{{stage}}:
  mc_proxy.hook:
    - name: {{kind}}{{stage}}
    {%- if not loop.first %}
    - watch:
      - mc_proxy: {{kind}}{{stages[loop.index0 - 1]}}
    {%- endif %}
{% endfor %}
{%- endfor %}
