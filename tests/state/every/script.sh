echo script "$@" >>/tmp/every-log
