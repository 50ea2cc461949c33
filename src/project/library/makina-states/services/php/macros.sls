{#- macros.sls - pools of php-fpm, extensions.

    fpm_pool(domain, doc_root, ...) writes ETCDIR/fpm/pool.d/POOL.conf and the pool's directories beside
    doc_root. All arguments reach the template as JSON in `data`, over mc_php.settings; open_basedir
    and include_path add to what is open anyway, empty ones open everything. -#}
{% set phpSettings = salt['mc_php.settings']() %}
{% set phpData = phpSettings %}
{% set s_ALL = phpSettings.s_all %}
{% set locs = salt['mc_locations.settings']() %}
{% set ugs = salt['mc_usergroup.settings']() %}
{% set apacheData = salt['mc_apache.settings']() %}
{% set default_pool_template_source = 'salt://makina-states/files/etc/php5/fpm/pool.d/pool.conf' %}
{% macro paths(given, own) %}
{%- set given = given.split(':') if given and given is string else given %}
{%- if given is none or given %}{{(own + (given or []))|select|unique|join(':')}}{% endif %}
{%- endmacro %}
{% macro fpm_pool(domain, doc_root) %}
{%- set root = kwargs.get('project_root', doc_root.rsplit('/', 1)[0]) %}
{%- set pool = kwargs.get('pool_name', domain.replace('.', '_')) %}
{%- set tmp = kwargs.get('tmp_dir', root + '/tmp') %}
{%- set data = {} %}
{%- do data.update(phpSettings) %}
{%- do data.update({
      'domain': domain, 'doc_root': doc_root, 'docroot': doc_root, 'project_root': root,
      'pool_root': root, 'pool_name': pool, 'mode': 'production', 'chroot': False,
      'socket_name': pool.replace('.', '-') + '.' + phpSettings.fpm_socket_name,
      'pool_template_source': default_pool_template_source, 'private_dir': root + '/private',
      'log_dir': root + '/log', 'tmp_dir': tmp, 'sessions_dir': tmp + '/sessions',
      'session_cookie_domain': domain}) %}
{%- do data.update(kwargs) %}
{%- do data.setdefault('listen', '/var/spool/www/' + data.socket_name) %}
{%- do data.update({
      'open_basedir': paths(kwargs.get('open_basedir'),
        [doc_root, '/tmp', tmp, data.private_dir, data.log_dir, data.sessions_dir]),
      'include_path': paths(kwargs.get('include_path'), ['.', '..', doc_root, doc_root + '/include'])
    }) %}
{%- set id = 'makina-php-pool-' + pool.replace('*', 'star') %}
makina-php-pool-{{pool}}:
  file.managed:
    - name: "{{data.etcdir}}/fpm/pool.d/{{pool}}.conf"
    - source: {{data.pool_template_source}}
    - template: jinja
    - user: root
    - group: root
    - mode: 664
    - makedirs: true
    - defaults:
        data: |
              {{salt['mc_utils.json_dump'](data)}}
    - require:
      - mc_proxy: makina-php-post-inst
    - watch_in:
      - mc_proxy: makina-php-pre-restart
makina-php-pool-var-log-phpfpm-{{pool}}:
  file.symlink:
    - name: /var/log/phpfpm/{{pool}}
    - target: {{data.log_dir}}
    - makedirs: true
{%- for dir in [data.private_dir, data.sessions_dir, tmp, data.log_dir] %}
{{id}}-directories-{{dir}}:
  file.directory:
    - name: {{dir}}
    - user: {{data.fpm_user}}
    - group: {{data.fpm_group}}
    - mode: "2775"
    - makedirs: true
    - unless: test -h "{{dir}}"
    - require:
      - mc_proxy: makina-php-post-inst
    - require_in:
      - mc_proxy: makina-php-pre-restart
      - file: {{id}}-directories
{%- endfor %}
{{id}}-directories:
  file.exists:
    - name: {{doc_root}}
    - require:
      - mc_proxy: makina-php-post-inst
    - require_in:
      - mc_proxy: makina-php-pre-restart
{% endmacro %}

{% macro toggle_ext(ext, activation_status=True) %}
{%- set tool = 'phpenmod' if activation_status else 'phpdismod' %}
makina-php-{{ext}}-{{'install' if activation_status else 'disable'}}:
  cmd.run:
    - name: {{tool}} {{s_ALL}} {{ext}}
    - onlyif: command -v {{tool}}
    - {{'unless' if activation_status else 'onlyif'}}: phpquery -q -v {{phpSettings.php_ver}} -s cli -m {{ext}}
    - require:
      - mc_proxy: makina-php-pre-conf
    - watch_in:
      - mc_proxy: makina-php-post-conf
{% endmacro %}

{% macro minimal_index(doc_root) %}
{{doc_root}}-minimal-index:
  file.managed:
    - name: {{doc_root}}/index.php
    - unless: test -e "{{doc_root}}/index.php"
    - contents: '<?php phpinfo(); ?>'
    - makedirs: true
    - user: {{phpSettings.fpm_user}}
    - group: {{phpSettings.fpm_group}}
    - watch:
      - mc_proxy: makina-php-pre-conf
    - watch_in:
      - mc_proxy: makina-php-post-conf
{% endmacro %}
