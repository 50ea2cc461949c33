{#- macros.sls - nginx virtual hosts from a domain, a document root and a few templates.

    virtualhost(domain, doc_root, ...) writes
      sites-available/NAME.top.conf      vh_top_source: outside the servers (upstreams)
      sites-available/NAME.content.conf  vh_content_source: inside each server
      sites-available/NAME.conf          vh_template_source: the servers around them
    and switches it on or off (active). ssl_cert and ssl_key hold PEM texts. All arguments reach the
    templates as JSON in `data`. -#}
{% set settings = salt['mc_nginx.settings']() %}

{% macro virtualhost(domain, doc_root=settings.get('doc_root', '/var/www/html')) %}
{%- set basedir = settings.get('basedir', '/etc/nginx') %}
{%- set base = kwargs.get('vhost_basename', domain) %}
{%- set ssl = (kwargs.get('ssl_dir', '/etc/ssl/nginx') + '/' + domain) %}
{%- set files = 'salt://makina-states/files/etc/nginx/sites-available/' %}
{%- set data = {
      'domain': domain, 'server_name': domain, 'server_aliases': [], 'doc_root': doc_root,
      'vhost_basename': base, 'small_name': base.replace('.', '_'), 'active': True,
      'default_server': False, 'loglevel': 'crit', 'redirect_aliases': True,
      'vh_top_source': files + 'vhost.top.conf',
      'vh_content_source': files + 'vhost.content.conf',
      'vh_template_source': files + 'vhost.conf',
      'vhost_available_file': basedir + '/sites-available/' + base + '.conf',
      'vhost_top_file': basedir + '/sites-available/' + base + '.top.conf',
      'vhost_content_file': basedir + '/sites-available/' + base + '.content.conf',
      'ssl_cert': None, 'ssl_key': None, 'ssl_cacert': None,
      'ssl_cert_path': ssl + '_ssl_cert.pem', 'ssl_key_path': ssl + '_ssl_key.pem',
      'ssl_cacert_path': ssl + '_ssl_cacert.pem', 'ssl_bundle_path': ssl + '_ssl_bundle.pem'} %}
{%- for key, value in kwargs.items() if value is not none %}
{%-   do data.update({key: value}) %}
{%- endfor %}
{%- do data.update({'with_ssl': (data.ssl_cert and data.ssl_key) and True or False}) %}
{%- set texts = {} %}
{%- if data.with_ssl %}
{%-   do texts.update({'cert': data.ssl_cert, 'key': data.ssl_key,
                       'bundle': data.ssl_cert.rstrip() + '\n' + (data.ssl_cacert or '')}) %}
{%-   if data.ssl_cacert %}{% do texts.update({'cacert': data.ssl_cacert}) %}{% endif %}
{%- endif %}
{#- keys stay out of what the templates see #}
{%- do data.update({'ssl_cert': None, 'ssl_key': None, 'ssl_cacert': None}) %}
{%- for kind, text in texts.items() %}
makina-nginx-virtualhost-{{data.small_name}}-ssl-{{kind}}:
  file.managed:
    - name: {{data['ssl_' + kind + '_path']}}
    - contents: {{(text.rstrip() + '\n')|json}}
    - user: {{kwargs.get('ssl_user', 'www-data')}}
    - group: root
    - mode: 750
    - makedirs: true
    - watch:
      - mc_proxy: nginx-pre-conf-hook
    - watch_in:
      - mc_proxy: nginx-post-conf-hook
{% endfor %}
{%- for suffix, target, source in [
      ('-top', data.vhost_top_file, data.vh_top_source),
      ('', data.vhost_available_file, data.vh_template_source),
      ('-content', data.vhost_content_file, data.vh_content_source)] %}
makina-nginx-virtualhost-{{data.small_name}}{{suffix}}:
  file.managed:
    - name: {{target}}
    - source: {{source}}
    - template: jinja
    - user: root
    - group: root
    - mode: 755
    - makedirs: true
    - defaults:
        data: |
              {{salt['mc_utils.json_dump'](data)}}
    - watch:
      - mc_proxy: nginx-pre-conf-hook
    - watch_in:
      - mc_proxy: nginx-post-conf-hook
{% endfor %}
{%- if kwargs.get('force_reload') %}
makina-nginx-virtualhost-{{data.small_name}}-reload:
  test.succeed_with_changes:
    - watch_in:
      - mc_proxy: nginx-pre-restart-hook
{%- endif %}
{%- if kwargs.get('force_restart') %}
makina-nginx-virtualhost-{{data.small_name}}-restart:
  test.succeed_with_changes:
    - watch_in:
      - mc_proxy: nginx-pre-hardrestart-hook
{%- endif %}
{{toggle_vhost(data.vhost_basename, active=data.active)}}
{% endmacro %}

{% macro toggle_vhost(site, active=True) %}
{%- set basedir = settings.get('basedir', '/etc/nginx') %}
makina-nginx-virtualhost-{{site}}-status:
{%- if active %}
  file.symlink:
    - name: {{basedir}}/sites-enabled/{{site}}.conf
    - target: {{basedir}}/sites-available/{{site}}.conf
    - makedirs: true
{%- else %}
  file.absent:
    - name: {{basedir}}/sites-enabled/{{site}}.conf
{%- endif %}
    - require:
      - mc_proxy: nginx-pre-conf-hook
    - watch_in:
      - mc_proxy: nginx-post-conf-hook
      - mc_proxy: nginx-pre-restart-hook
{% endmacro %}
{% set toggle_virtualhost = toggle_vhost %}
