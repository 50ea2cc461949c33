{%- import "makina-states/services/http/nginx/macros.sls" as macros %}
{%- set virtualhost = macros.virtualhost %}
{%- set toggle_virtualhost = macros.toggle_virtualhost %}
include:
  - makina-states.services.http.nginx.hooks

# The distribution's page is nobody's site.
nginx-remove-def:
  file.absent:
    - name: {{macros.settings.get('basedir', '/etc/nginx')}}/sites-enabled/default
    - require:
      - mc_proxy: nginx-pre-conf-hook
    - watch_in:
      - mc_proxy: nginx-post-conf-hook
