{%- import "makina-states/services/php/macros.sls" as php with context %}
{%- import "makina-states/services/monitoring/circus/macros.jinja" as circus with context %}
{%- set settings = php.phpSettings %}
include:
  - makina-states.services.php.hooks
  - makina-states.services.monitoring.circus.hooks

makina-php-pkgs:
  pkg.installed:
    - pkgs: [{{settings.packages.main}}, {{settings.packages.php_fpm}}, {{settings.packages.cli}}]
    - watch:
      - mc_proxy: makina-php-pre-inst
    - watch_in:
      - mc_proxy: makina-php-post-inst

# Where pools listen.
www-socks-dir:
  file.directory:
    - name: /var/spool/www
    - user: root
    - group: root
    - mode: 1777
    - makedirs: true
    - watch_in:
      - mc_proxy: makina-php-pre-inst

makina-phpfpm-remove-default-pool:
  file.absent:
    - name: {{settings.etcdir}}/fpm/pool.d/www.conf
    - require:
      - mc_proxy: makina-php-post-inst
    - watch_in:
      - mc_proxy: makina-php-pre-restart
{% for domain, pool in settings.fpm_pools.items() %}
{%- do pool.setdefault('domain', domain) %}
{{php.fpm_pool(**pool)}}
{%- endfor %}

{{circus.circusAddWatcher('php-fpm', '/usr/sbin/php-fpm' + settings.php_ver|string + ' -F -O',
                          uid='root', gid='root', stop_signal='QUIT', copy_env=True,
                          conf_priority='50', warmup_delay='2')}}
