FROM a
RUN cat <<"end of it" <<eo'f'
one
end of it
two
eof
RUN echo "it's <<EOF
USER b
