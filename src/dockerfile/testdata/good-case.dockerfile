from Image As STAGE
run echo Hi
onbuild cmd x
