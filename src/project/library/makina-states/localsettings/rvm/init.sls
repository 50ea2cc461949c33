{%- import "makina-states/localsettings/rvm/macros.jinja" as rvmmac with context %}
{%- set install_ruby = rvmmac.install_ruby %}
{%- set rvm = rvmmac.rvm %}
{%- set rvm_env = rvmmac.rvm_env %}
include:
  - makina-states.localsettings.rvm.hooks

# Images bring it: what is fetched at a start is not known before.
rvm-setup:
  file.exists:
    - name: {{salt['mc_locations.settings']().rvm}}
    - require:
      - mc_proxy: rvm-install-pre
    - require_in:
      - mc_proxy: rvm-install-post
