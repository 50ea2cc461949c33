FROM a
RUN \
  [["a"]]
