include:
  - makina-states.services_managers.circus.services
