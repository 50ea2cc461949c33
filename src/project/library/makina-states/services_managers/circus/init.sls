include:
  - makina-states.services_managers.circus.configuration
  - makina-states.services_managers.circus.services
