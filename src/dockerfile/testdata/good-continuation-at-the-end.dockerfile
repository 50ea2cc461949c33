FROM a
RUN last \