include:
  - makina-states.localsettings.jdk.hooks

# The distribution's: there is no licence to accept.
makina-jdk-pkgs:
  pkg.installed:
    - pkgs: [default-jdk-headless]
    - watch:
      - mc_proxy: makina-states-jdk_begin
    - watch_in:
      - mc_proxy: makina-states-jdk_last
