FROM a
ONBUILD onbuild RUN x
