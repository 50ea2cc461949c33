# colour=blue
# escape=`
FROM a`
