FROM a
RUN cat <<EOF
text
 EOF
