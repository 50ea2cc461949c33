# Distributions have these packages themselves by now.
include:
  - makina-states.services.gis.ubuntugis.hooks
