# Points around the installation of node, by the system's packages or below a prefix.
{% for kind in ['prefix', 'system'] %}
nodejs-pre-{{kind}}-install:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: nodejs-post-{{kind}}-install
nodejs-post-{{kind}}-install:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: nodejs-post-install
{% endfor %}
nodejs-post-install:
  mc_proxy.hook: []
