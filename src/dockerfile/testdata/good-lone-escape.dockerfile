FROM a
\
\

RUN after
