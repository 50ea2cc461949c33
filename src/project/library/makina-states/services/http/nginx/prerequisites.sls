include:
  - makina-states.services.http.nginx.hooks

makina-nginx-pkgs:
  pkg.installed:
    - pkgs: [nginx]
    - watch:
      - mc_proxy: nginx-pre-install-hook
    - watch_in:
      - mc_proxy: nginx-post-install-hook
