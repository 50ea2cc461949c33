ARG VERSION=12 OTHER
FROM --platform=linux/amd64 debian:$VERSION AS Base_1.x-y
MAINTAINER Some One <one@example.org>
LABEL a=b "c d"="e f" g='h i'
ENV PATH=/bin:$PATH A="b c" D=e\ f
WORKDIR /srv/my dir
USER nobody:nogroup
COPY --from=0 --chown=1:2 --chmod=0755 --link a b /c/
ADD --checksum=sha256:aa --keep-git-dir --unpack=false x /y
RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t --network=none --security=sandbox make all
EXPOSE 80 443/tcp 53/udp
VOLUME /a /b
VOLUME ["/with space", "/c"]
SHELL ["/bin/bash", "-c"]
STOPSIGNAL SIGRTMIN+3
HEALTHCHECK --interval=1m30s --timeout=3s --start-period=1s --start-interval=500ms --retries=5 CMD curl -f http://localhost/
HEALTHCHECK CMD ["/bin/check", "-v"]
HEALTHCHECK NONE
ONBUILD RUN make -C /src
ENTRYPOINT ["/init"]
CMD ["serve", "--all"]
