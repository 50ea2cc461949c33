FROM a
ENV one two = three
ENV key "quoted value"  kept
ENV a=1 b="2 3" c='4 5' d=6\ 7 e=
ENV f="a=b" g=h=i
ENV h ""
LABEL com.example.vendor="ACME Incorporated" \
      multi="line \
value"
