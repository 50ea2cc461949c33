FROM a
COPY <<EOF /x
one

EOF
USER b
