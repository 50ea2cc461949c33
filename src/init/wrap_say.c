/* wrap_say.c - what a wrapper tells, in the words of those whose place it takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <signal.h>

#include "init/decimal.h"
#include "init/raw.h"
#include "init/spawn.h"
#include "init/wrap_private.h"

#include "base/banned.h"

#define LINE_BYTES 512

enum say_level { LEVEL_FATAL, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG, LEVEL_TRACE };

struct said {
	unsigned char level;
	const char *text; /* NULL: this dialect says nothing */
};

static const struct said native[SAY_COUNT] = {
	[SAY_SPAWNED] = {LEVEL_INFO, "'%s' runs as process %1"},
	[SAY_HANDOFF] = {LEVEL_DEBUG, "%n of the terminal, ignoring"},
	[SAY_RECEIVED] = {LEVEL_DEBUG, "%n came"},
	[SAY_FORWARDED] = {LEVEL_DEBUG, "%n sent on"},
	[SAY_DROPPED] = {LEVEL_DEBUG, "%n not sent on"},
	[SAY_CHILD_EXITED] = {LEVEL_DEBUG, "process %1 exited with %2"},
	[SAY_CHILD_KILLED] = {LEVEL_DEBUG, "process %1 ended by signal %2"},
	[SAY_ENDED] = {LEVEL_INFO, "'%s' ended with %1"},
	[SAY_REST] = {LEVEL_INFO, "%1 ms for the processes that are left"},
	[SAY_REST_KILLED] = {LEVEL_FATAL, "killing the processes that are left"},
	[SAY_NO_PROGRAM] = {LEVEL_FATAL, "running '%s': "},
	[SAY_NO_INTERPRETER] = {LEVEL_FATAL, "running '%s': it is there, its interpreter is not: "},
	[SAY_NO_START] = {LEVEL_FATAL, "starting a process: %s: "},
};

static const struct said tini[SAY_COUNT] = {
	[SAY_SPAWNED] = {LEVEL_INFO, "Spawned child process '%s' with pid '%1'"},
	[SAY_FORWARDED] = {LEVEL_DEBUG, "Passing signal: '%n'"},
	[SAY_CHILD_EXITED] = {LEVEL_DEBUG, "Reaped child with pid: '%1'"},
	[SAY_CHILD_KILLED] = {LEVEL_DEBUG, "Reaped child with pid: '%1'"},
	[SAY_ORPHAN] = {LEVEL_WARN, "Reaped zombie process with pid=%1"},
	[SAY_ENDED] = {LEVEL_INFO, "Main child exited (with status '%1')"},
	[SAY_REST] = {LEVEL_INFO, "Waiting up to %1 ms for the remaining processes"},
	[SAY_REST_KILLED] = {LEVEL_WARN, "Killing the remaining processes"},
	[SAY_NO_REAPER] =
		{LEVEL_WARN,
		 "Tini is not running as PID 1 and isn't registered as a child subreaper.\n"
		 "Zombie processes will not be re-parented to Tini, so zombie reaping won't "
		 "work.\n"
		 "To fix the problem, use the -s option or set the environment variable "
		 "TINI_SUBREAPER to register Tini as a child subreaper, or run Tini as PID 1."},
	[SAY_NO_PROGRAM] = {LEVEL_FATAL, "exec %s failed: "},
	[SAY_NO_INTERPRETER] = {LEVEL_FATAL, "exec %s failed: its interpreter: "},
	[SAY_NO_START] = {LEVEL_FATAL, "%s failed: "},
};

static const struct said dumb_init[SAY_COUNT] = {
	[SAY_SPAWNED] = {LEVEL_WARN, "Child spawned with PID %1."},
	[SAY_SESSION] = {LEVEL_WARN, "setsid complete."},
	[SAY_HANDOFF] = {LEVEL_WARN, "Ignoring tty hand-off signal %1."},
	[SAY_RECEIVED] = {LEVEL_WARN, "Received signal %1."},
	[SAY_FORWARDED] = {LEVEL_WARN, "Forwarded signal %1 to children."},
	[SAY_DROPPED] = {LEVEL_WARN, "Not forwarding signal %1 to children (ignored)."},
	[SAY_CHILD_EXITED] = {LEVEL_WARN, "A child with PID %1 exited with exit status %2."},
	[SAY_CHILD_KILLED] = {LEVEL_WARN, "A child with PID %1 was terminated by signal %2."},
	[SAY_ENDED] = {LEVEL_WARN, "Child exited with status %1. Goodbye."},
	[SAY_NO_PROGRAM] = {LEVEL_FATAL, "%s: "},
	[SAY_NO_INTERPRETER] = {LEVEL_FATAL, "%s: its interpreter: "},
	[SAY_NO_START] = {LEVEL_FATAL, "%s: "},
};

static const struct said *const dialects[WRAP_DIALECT_COUNT] = {
	[WRAP_NATIVE] = native,
	[WRAP_TINI] = tini,
	[WRAP_DUMB_INIT] = dumb_init,
};

struct line {
	size_t len;
	char text[LINE_BYTES];
};

static void append(struct line *line, const char *text)
{
	/* One byte stays for the newline. */
	while (text && *text && line->len + 1 < sizeof(line->text))
		line->text[line->len++] = *text++;
}

static void append_number(struct line *line, long number)
{
	char digits[DECIMAL_BYTES];

	decimal_format(number, digits);
	append(line, digits);
}

static void begin(struct line *line, const struct wrap *wrap, unsigned level)
{
	static const char levels[][6] = {"FATAL", "WARN ", "INFO ", "DEBUG", "TRACE"};

	switch (wrap->dialect) {
	case WRAP_TINI:
		append(line, "[");
		append(line, levels[level]);
		append(line, " tini (");
		append_number(line, raw0(SYS_getpid));
		append(line, ")] ");
		break;
	case WRAP_DUMB_INIT: append(line, "[dumb-init] "); break;
	default: append(line, "hull-init: "); break;
	}
}

static void append_format(struct line *line, const char *format, const char *text, long first,
			  long second)
{
	char one[2] = {0};

	for (; *format; format++) {
		if (*format != '%') {
			one[0] = *format;
			append(line, one);
			continue;
		}
		switch (*++format) {
		case 's': append(line, text); break;
		case '1': append_number(line, first); break;
		case '2': append_number(line, second); break;
		default:
			if (signal_name((int)first))
				append(line, signal_name((int)first));
			else
				append_number(line, first);
		}
	}
}

void wrap_say(const struct wrap *wrap, enum wrap_message message, const char *text, long first,
	      long second)
{
	const struct said *said = &dialects[wrap->dialect][message];
	struct line line;
	/* tini tells what is no trouble on stdout. */
	int fd = wrap->dialect == WRAP_TINI && said->level >= LEVEL_INFO ? 1 : 2;
	struct pollfd poll = {.fd = fd, .events = POLLOUT};
	struct timespec at_once = {0};

	if (!said->text || (int)said->level > wrap->verbosity)
		return;
	line.len = 0;
	begin(&line, wrap, said->level);
	append_format(&line, said->text, text, first, second);
	/* A failure ends in its cause. */
	if (message == SAY_NO_PROGRAM || message == SAY_NO_INTERPRETER || message == SAY_NO_START) {
		const char *cause = spawn_error_text((int)first);

		append(&line, cause ? cause : "error ");
		if (!cause)
			append_number(&line, first);
	}
	line.text[line.len++] = '\n';
	if (raw5(SYS_ppoll, &poll, 1, &at_once, NULL, SIGNALS_SET_BYTES) == 1 &&
	    poll.revents & POLLOUT)
		raw3(SYS_write, fd, line.text, line.len);
}
