{%- import "makina-states/services/monitoring/circus/macros.jinja" as circus with context %}
include:
  - makina-states.services.http.nginx.hooks
  - makina-states.services.monitoring.circus.hooks

# A configuration that nginx does not take never reaches a restart.
makina-nginx-conf-syntax-check:
  cmd.wait:
    - name: nginx -t
    - onlyif: command -v nginx
    - watch:
      - mc_proxy: nginx-post-conf-hook
    - require_in:
      - mc_proxy: nginx-pre-restart-hook

{{circus.circusAddWatcher('nginx', "nginx -g 'daemon off;master_process on;'",
                          uid='root', gid='root', stop_signal='INT', copy_env=True, send_hup=True,
                          rlimit_nofile='4096', conf_priority='60', warmup_delay='2')}}
