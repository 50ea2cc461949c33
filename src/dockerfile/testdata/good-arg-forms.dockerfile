ARG before
FROM a
ARG one two=2 three="3 3" four=
