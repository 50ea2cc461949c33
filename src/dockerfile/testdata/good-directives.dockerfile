# Syntax = docker/dockerfile:1.7
# ESCAPE=`
# check=skip=all
FROM a
RUN dir c:\ `
  /s
COPY a b\
ENV a="x`"y" b=c` d
