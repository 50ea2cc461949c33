# Files, and the states that are theirs.
managed:
  file.managed:
    - name: /srv/every/a/managed
    - source: salt://managed.jinja
    - template: jinja
    - makedirs: true
    - user: root
    - group: www-data
    - mode: 2640
    - context: {who: world}
managed-contents:
  file.managed:
    - name: /srv/every/contents
    - contents: [one, two]
    - makedirs: true
managed-empty:
  file.managed:
    - name: /srv/every/empty
    - makedirs: true
lines:
  file.accumulated:
    - filename: /srv/every/a/managed
    - text: [charged]
    - require_in:
      - file: managed
directory:
  file.directory:
    - name: /srv/every/directory
    - user: www-data
    - group: www-data
    - mode: 2750
    - makedirs: true
    - recurse: [user, group]
directory-clean:
  file.directory:
    - name: /srv/old/cleaned
    - clean: true
recurse:
  file.recurse:
    - name: /srv/every/recurse
    - source: salt://tree
    - user: www-data
    - dir_mode: 750
    - file_mode: 640
    - clean: true
symlink:
  file.symlink:
    - name: /srv/every/symlink
    - target: contents
    - require: [{file: managed-contents}]
hardlink:
  file.hardlink:
    - name: /srv/every/hardlink
    - target: /srv/old/file
    - makedirs: true
copy:
  file.copy:
    - name: /srv/every/copy
    - source: /srv/old/file
    - makedirs: true
rename:
  file.rename:
    - name: /srv/every/renamed
    - source: /srv/old/rename
    - makedirs: true
absent:
  file.absent:
    - name: /srv/old/absent
absent-tree:
  file.absent:
    - name: /srv/old/tree
exists:
  file.exists:
    - name: /srv/old/file
missing:
  file.missing:
    - name: /srv/old/never
touch:
  file.touch:
    - name: /srv/every/touched
    - makedirs: true
decode:
  file.decode:
    - name: /srv/every/decoded
    - encoding_type: base64
    - encoded_data: aGVsbG8K
serialize:
  file.serialize:
    - name: /srv/every/serialized
    - dataset: {b: [1, 2], a: text}
    - formatter: yaml
    - makedirs: true
serialize-merged:
  file.serialize:
    - name: /srv/old/merged.json
    - dataset: {new: 1}
    - formatter: json
    - merge_if_exists: true
append:
  file.append:
    - name: /srv/old/edited
    - text: [appended, again]
prepend:
  file.prepend:
    - name: /srv/old/edited
    - text: prepended
replace:
  file.replace:
    - name: /srv/old/edited
    - pattern: '^port = \d+$'
    - repl: port = 2
replace-appended:
  file.replace:
    - name: /srv/old/edited
    - pattern: '^host = .*$'
    - repl: host = here
    - append_if_not_found: true
line-insert:
  file.line:
    - name: /srv/old/edited
    - mode: insert
    - after: ^first$
    - content: inserted
line-ensure:
  file.line:
    - name: /srv/old/edited
    - mode: ensure
    - before: ^last$
    - content: ensured
line-replace:
  file.line:
    - name: /srv/old/edited
    - mode: replace
    - match: ^old word$
    - content: new word
line-delete:
  file.line:
    - name: /srv/old/edited
    - mode: delete
    - match: ^unwanted$
    - content: ''
keyvalue:
  file.keyvalue:
    - name: /srv/old/keys
    - key_values: {known: new, fresh: 'yes', quiet: 'no'}
    - separator: '='
    - uncomment: '#'
    - append_if_not_found: true
comment:
  file.comment:
    - name: /srv/old/edited
    - regex: ^talk$
uncomment:
  file.uncomment:
    - name: /srv/old/edited
    - regex: ^silent$
zone:
  file.accumulated:
    - filename: /srv/old/edited
    - text: [x, y]
    - require_in:
      - file: blockreplace
blockreplace:
  file.blockreplace:
    - name: /srv/old/edited
    - marker_start: '# <'
    - marker_end: '# >'
    - content: inside
blockreplace-appended:
  file.blockreplace:
    - name: /srv/old/edited
    - marker_start: '# (('
    - marker_end: '# ))'
    - content: |
        more
        of it
    - append_if_not_found: true
ini:
  ini.options_present:
    - name: /srv/old/settings.ini
    - sections:
        main: {known: new, fresh: 1}
        other: {key: value}
pipe:
  file.mknod:
    - name: /srv/every/pipe
    - ntype: p
    - mode: 640
archive:
  archive.extracted:
    - name: /srv/every/archive
    - source: /srv/old/archive.tar
    - user: www-data
archive-flat:
  archive.extracted:
    - name: /srv/every/flat
    - source: /srv/old/flat.tar
    - enforce_toplevel: false
web-user:
  webutil.user_exists:
    - name: alice
    - password: secret
    - htpasswd_file: /srv/old/htpasswd
web-user-gone:
  webutil.user_absent:
    - name: bob
    - htpasswd_file: /srv/old/htpasswd
