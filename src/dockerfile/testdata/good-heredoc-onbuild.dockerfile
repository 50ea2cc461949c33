FROM a
ONBUILD COPY <<one <<-two /x
1
one
	2
	two
ONBUILD RUN --network=none <<x
y
x
