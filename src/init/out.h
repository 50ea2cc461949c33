/* out.h - text on its way to a client: JSON in mapped memory that goes back when it is sent.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Not a struct buf: that aborts without memory, and this belongs to PID 1 at work. Running out, or
 * over `max`, is sticky: `failed` says so, one check at the end is enough. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct out { /* zeroed but for `max`: empty, no memory */
	char *ptr;
	size_t len, cap, max;
	bool failed;
};
void out_bytes(struct out *out, const void *bytes, size_t len);
void out_text(struct out *out, const char *text);
void out_printf(struct out *out, const char *fmt, ...) printf_like(2, 3); /* up to 1023 bytes */
char *out_reserve(struct out *out, size_t len); /* NULL: failed; fill it, then add to out->len */
void out_consume(struct out *out, size_t len);  /* drops what is at the front */
void out_done(struct out *out);                 /* gives the memory back; `max` stays */

/* JSON: commas come by themselves. */
void json_open(struct out *out, const char *name, char bracket); /* name NULL: in a list */
void json_close(struct out *out, char bracket);
void json_put_text(struct out *out, const char *name, const char *text); /* NULL: null */
void json_put_bytes(struct out *out, const char *name, const char *bytes, size_t len);
void json_put_number(struct out *out, const char *name, int64_t number);
void json_put_bool(struct out *out, const char *name, bool value);
void json_put_raw(struct out *out, const char *name, const char *json);
/* Seconds with six digits. */
void json_put_time(struct out *out, const char *name, int64_t ns);
