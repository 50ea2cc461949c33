FROM a
RUN echo # this is not a comment
ENV a=#b
