{% set cfg = opts.ms_project %}
{% set data = cfg.data %}

{{ cfg.name }}-dirs:
  file.directory:
    - names:
      - {{ data.www_dir }}
      - /etc/app
    - makedirs: true

{{ cfg.name }}-server:
  file.managed:
    - name: /etc/app/httpd.conf
    - source: salt://makina-projects/{{ cfg.name }}/files/httpd.conf
    - template: jinja
    - mode: 640
    - defaults:
        project: {{ cfg.name }}
    - require:
      - file: {{ cfg.name }}-dirs

{{ cfg.name }}-page:
  file.managed:
    - name: {{ data.www_dir }}/index.html
    - contents: |
        <h1>{{ data.title }}</h1>
        <p>{{ data.users | length }} users</p>
    - require:
      - file: {{ cfg.name }}-dirs

{% for user, settings in data.users.items() %}
{{ cfg.name }}-user-{{ user }}:
  file.managed:
    - name: {{ data.www_dir }}/{{ user }}.html
    - contents: {{ settings.get('greeting', 'Hello, {0}!').format(user) | yaml_dquote }}
    - require:
      - file: {{ cfg.name }}-dirs
{% endfor %}
