{%- import "makina-states/services/http/nginx/macros.sls" as macros %}
{%- set virtualhost = macros.virtualhost %}
{%- set toggle_virtualhost = macros.toggle_virtualhost %}
include:
  - makina-states.services.http.nginx.prerequisites
  - makina-states.services.http.nginx.vhosts
  - makina-states.services.http.nginx.services
