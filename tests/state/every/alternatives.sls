# Links of update-alternatives(1).
chosen:
  alternatives.install:
    - name: every-editor
    - link: /usr/bin/every-editor
    - path: /srv/old/editor-a
    - priority: 10
other:
  alternatives.install:
    - name: every-editor
    - link: /usr/bin/every-editor
    - path: /srv/old/editor-b
    - priority: 20
chosen-set:
  alternatives.set:
    - name: every-old
    - path: /srv/old/editor-b
fallen-back:
  alternatives.remove:
    - name: every-gone
    - path: /srv/old/editor-b
by-itself:
  alternatives.auto:
    - name: every-manual
