# Points around rvm and its rubies, in this order.
{% for stage, later in [('install-pre', 'install-post'), ('install-post', 'setup-pre'),
      ('setup-pre', 'setup-post'), ('setup-post', 'setup-act-pre'),
      ('setup-act-pre', 'setup-act-post'), ('setup-act-post', 'last')] %}
rvm-{{stage}}:
  mc_proxy.hook:
    - watch_in:
      - mc_proxy: rvm-{{later}}
{% endfor %}
rvm-last:
  mc_proxy.hook: []
