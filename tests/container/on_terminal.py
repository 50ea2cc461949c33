"""on_terminal.py ROWS COLUMNS INPUT COMMAND...: a command on a terminal of that size.

Waits for the first output, types INPUT (with backslash escapes; "@ROWSxCOLUMNS@" resizes the terminal on the way), and
copies what is seen to standard output. Ends with the command's exit status.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

rows, columns = int(sys.argv[1]), int(sys.argv[2])
typed = sys.argv[3].encode().decode("unicode_escape").encode("latin-1")


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


go, went = os.pipe()
pid, master = pty.fork()
if pid == 0:
    os.read(go, 1)
    os.execvp(sys.argv[4], sys.argv[4:])
resize(master, rows, columns)
os.write(went, b"x")

deadline = time.time() + 20
pieces = re.split(rb"@(\d+x\d+)@", typed)
seen = 0
while time.time() < deadline:
    ready, _, _ = select.select([master], [], [], 0.3)
    if ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        sys.stdout.buffer.write(data)
        seen += len(data)
        continue
    if seen and pieces:
        piece = pieces.pop(0)
        if re.fullmatch(rb"\d+x\d+", piece):
            resize(master, *map(int, piece.split(b"x")))
        else:
            os.write(master, piece)
sys.stdout.flush()
if time.time() >= deadline:
    os.kill(pid, 9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
