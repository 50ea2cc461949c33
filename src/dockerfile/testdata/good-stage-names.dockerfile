FROM scratch AS a
FROM a AS a
FROM a AS b-1_2.3
COPY --from=a x y
