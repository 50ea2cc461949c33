FROM a
RUN -- --mount=x
RUN --network="none" echo
COPY --chown="a b":c --link=false --parents=true x y
RUN --mount=type=bind,target=/a\ b ls
