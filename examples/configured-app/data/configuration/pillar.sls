makina-projects.app:
  data:
    domain: app.example.org
    users:
      ada: {greeting: "Good morning, {0}"}
      brian: {}
