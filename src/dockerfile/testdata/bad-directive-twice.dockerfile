# escape=\
# Escape=\
FROM a
