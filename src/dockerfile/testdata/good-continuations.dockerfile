FROM a
   # a comment, indented
RUN one \
  two \
# a comment inside
    # another one, indented

	three \ 
 four
RUN not continued \\
ENV a=b \
    c=d
RUN ends with \
