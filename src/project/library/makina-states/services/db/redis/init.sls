include:
  - makina-states.services.db.redis.prerequisites
  - makina-states.services.db.redis.configuration
  - makina-states.services.db.redis.services
