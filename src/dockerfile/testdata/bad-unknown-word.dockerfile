FROM a
echo hello
