makina-projects.app:
  data:
    domain: image.example.test
