FROM a
COPY <<a.txt <<'b.txt' c.txt /dst/
$one
a.txt
$two
b.txt
ADD --chmod=600 <<EOF /x
# not a comment \
EOF
COPY <<$EOF /y
$EOF
COPY ["<<a", "b"]
