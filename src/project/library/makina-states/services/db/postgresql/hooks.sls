{#- `orchestrate` names the points: of the server, and of each version's groups, databases, users. -#}
{%- set pre = 'makina-postgresql-' %}
{%- set base = {'prebase': pre + 'pre-base', 'prepkg': pre + 'pre-pkg', 'postpkg': pre + 'post-pkg',
                'presetup': pre + 'presetup', 'postbase': pre + 'post-base',
                'postinst': pre + 'post-inst'} %}
{%- set orchestrate = {'base': base} %}
{%- set points = base.values()|list %}
{%- for version in salt['mc_utils.get']('makina-states.services.db.postgresql.versions', []) %}
{%-   set own = {} %}
{%-   for what in ['create-group', 'create-db', 'create-user', 'fix-owner'] %}
{%-     for when in ['pre', 'post'] %}
{%-       set point = '%s-%s%s-%s'|format(version, pre, when, what) %}
{%-       do own.update({when + what.replace('create-', '').replace('-', ''): point}) %}
{%-       do points.insert(-1, point) %}
{%-     endfor %}
{%-   endfor %}
{%-   do orchestrate.update({version|string: own}) %}
{%- endfor %}
{%- for point in points %}
{{point}}:
  mc_proxy.hook:
    - name: {{point}}
    {%- if not loop.first %}
    - watch:
      - mc_proxy: {{points[loop.index0 - 1]}}
    {%- endif %}
{%- endfor %}
pgsql-service-restart-hook:
  mc_proxy.hook: []
