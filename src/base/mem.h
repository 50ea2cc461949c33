/* mem.h - memory that is never NULL, and words for who frees it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Out of memory prints one line and aborts. This is safe only because every size that comes from
 * outside passes a named limit before it reaches an allocation (see limits.h of each module). */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#define must_check        __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define cleanup(fn)       __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *ptr, size_t size);
void *xreallocarray(void *ptr, size_t n, size_t size);
void *xmemdup(const void *ptr, size_t size);
char *xstrdup(const char *text); /* NULL gives NULL */
char *xstrndup(const char *text, size_t len);
char *xasprintf(const char *fmt, ...) printf_like(1, 2);
char *xvasprintf(const char *fmt, va_list args) printf_like(1, 0);

/* Scope lifetimes. `steal` gives the object away: the variable forgets it. */
void mem_free_at(void *ptr_to_ptr);
void mem_close_at(int *fd); /* closes when >= 0, keeps errno */
#define autofree  cleanup(mem_free_at)
#define autoclose cleanup(mem_close_at)
#define steal(p)                                         \
	({                                               \
		__typeof__(p) steal_p = (p);             \
		__typeof__(*steal_p) steal_v = *steal_p; \
		*steal_p = (__typeof__(*steal_p)){0};    \
		steal_v;                                 \
	})
static inline int steal_fd(int *fd)
{
	int stolen = *fd;
	*fd = -1;
	return stolen;
}

/* DEFINE_FREEP(struct store, store_close) makes `cleanup(store_closep)` for `struct store *`. */
#define DEFINE_FREEP(type, fn)                           \
	static inline void fn##p(__typeof__(type) **ptr) \
	{                                                \
		fn(*ptr);                                \
	}
