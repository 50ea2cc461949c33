FROM a
CMD ["a", 'b']
CMD [ "a", "b" ] trailing
ENTRYPOINT [echo hi]
RUN [ -f /x ] && true
COPY ["a b", "c/"]
ADD [a] [b]
CMD ["\/bin\/sh", "\u00e9\n"]
CMD []
ENTRYPOINT []
