FROM a
RUN one \
  two
ENV a=b
