# Commands, functions and the states that test others.
run:
  cmd.run:
    - name: echo run >>/tmp/every-log
run-once:
  cmd.run:
    - name: touch /tmp/every-once
    - creates: /tmp/every-once
run-stateful:
  cmd.run:
    - name: >-
        [ -e /tmp/every-state ] && echo "changed=no comment='as it was'" ||
        { touch /tmp/every-state; echo "changed=yes comment='made'"; }
    - stateful: true
run-unless:
  cmd.run:
    - name: touch /tmp/every-unless
    - unless: test -e /tmp/every-unless
script:
  cmd.script:
    - source: salt://script.sh
    - args: one two
wait:
  cmd.wait:
    - name: echo wait >>/tmp/every-log
    - watch: [{test: nop}]
watch:
  cmd.watch:
    - name: echo watch >>/tmp/every-log
    - watch: [{test: nop}]
wait-script:
  cmd.wait_script:
    - source: salt://script.sh
    - watch: [{test: nop}]
nop:
  test.nop: []
changes:
  test.succeed_with_changes: []
no-changes:
  test.succeed_without_changes: []
fails:
  test.fail_without_changes: []
fails-changed:
  test.fail_with_changes: []
configurable:
  test.configurable_test_state:
    - changes: false
    - result: true
    - comment: as asked
notification:
  test.show_notification:
    - text: to be read
pillar:
  test.check_pillar:
    - present: [every]
    - integer: [every:number]
hook:
  mc_proxy.hook: []
module:
  module.run:
    - name: file.file_exists
    - path: /etc/passwd
module-wait:
  module.wait:
    - name: file.file_exists
    - path: /etc/passwd
    - watch: [{test: nop}]
module-watch:
  module.watch:
    - name: file.file_exists
    - path: /etc/passwd
    - watch: [{test: nop}]
environment:
  environ.setenv:
    - name: EVERY_WORD
    - value: said
environment-read:
  cmd.run:
    - name: test "$EVERY_WORD" = said
    - require: [{environ: environment}]
asked:
  http.query:
    - name: http://127.0.0.1:7999/page
    - status: 200
    - match: here
waited-for:
  http.wait_for_successful_query:
    - name: http://localhost:7999/page
    - status: 200
    - wait_for: 10
