domain: app.example.org
