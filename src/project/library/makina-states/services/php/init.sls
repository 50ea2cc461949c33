{%- import "makina-states/services/php/macros.sls" as macros with context %}
{%- set fpm_pool = macros.fpm_pool %}
{%- set minimal_index = macros.minimal_index %}
{%- set toggle_ext = macros.toggle_ext %}
{%- set phpData = macros.phpData %}
{%- set locs = macros.locs %}
{%- set ugs = macros.ugs %}
{%- set apacheData = macros.apacheData %}
{%- set default_pool_template_source = macros.default_pool_template_source %}
include:
  - makina-states.services.php.phpfpm
