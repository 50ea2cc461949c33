include:
  - makina-states.services.db.postgresql.hooks

postgresql-pkgs-client:
  pkg.installed:
    - pkgs: [postgresql-client]
    - require:
      - mc_proxy: makina-postgresql-pre-pkg
    - require_in:
      - mc_proxy: makina-postgresql-post-pkg
