/* passwords.c - passwords that came with an image are made invalid.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A random password and its hash would be the same as a random hash: nobody is told the password.
 * crypt(5): "$6$", 16 characters of salt, "$", 64 bytes as 86 characters of ./0-9A-Za-z, the last
 * of which stands for 4 bits less. */
#include "runner/passwords.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/accounts_lock.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/random.h"
#include "runner/limits.h"

#include "base/banned.h"

enum { SALT_LENGTH = 16, HASH_LENGTH = 86 };

static void put_random(struct buf *out, size_t n, void (*random)(void *out, size_t len))
{
	static const char letters[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint8_t bytes[HASH_LENGTH];
	random(bytes, n);
	for (size_t i = 0; i < n; i++)
		buf_putc(out, letters[bytes[i] & 63]);
}

static void put_hash(struct buf *out, void (*random)(void *out, size_t len))
{
	uint8_t last;
	buf_puts(out, "$6$");
	put_random(out, SALT_LENGTH, random);
	buf_putc(out, '$');
	put_random(out, HASH_LENGTH - 1, random);
	random(&last, 1);
	buf_putc(out, "./01"[last & 3]);
}

/* crypt(5): a method in dollars, or the thirteen characters of DES, or BSD's with an underscore. */
static bool is_hash(struct str text)
{
	if (!text.len || memchr(text.ptr, '*', text.len) || memchr(text.ptr, '!', text.len))
		return false;
	return text.ptr[0] == '$' || text.ptr[0] == '_' || text.len >= 13;
}

/* NAME:PASSWORD:LAST CHANGE:… */
static bool rewrite_line(struct str line, int64_t today, void (*random)(void *out, size_t len),
			 struct buf *out)
{
	struct str rest = line;
	struct str name = str_cut(&rest, ':');
	struct str password = str_cut(&rest, ':');
	struct str locks = {password.ptr, 0};
	while (locks.len < password.len && password.ptr[locks.len] == '!')
		locks.len++;
	if (!rest.ptr || !name.len || line.ptr[0] == '#' ||
	    !is_hash((struct str){password.ptr + locks.len, password.len - locks.len})) {
		buf_append_str(out, line);
		return false;
	}
	str_cut(&rest, ':');
	buf_append_str(out, name);
	buf_putc(out, ':');
	buf_append_str(out, locks);
	put_hash(out, random);
	buf_printf(out, ":%lld", (long long)today);
	if (rest.ptr) {
		buf_putc(out, ':');
		buf_append_str(out, rest);
	}
	return true;
}

size_t passwords_rewrite(struct str shadow, int64_t today, void (*random)(void *out, size_t len),
			 struct buf *ret_text)
{
	size_t n = 0;
	buf_truncate(ret_text, 0);
	while (shadow.ptr && shadow.len) {
		bool has_end = memchr(shadow.ptr, '\n', shadow.len) != NULL;
		n += rewrite_line(str_cut(&shadow, '\n'), today, random, ret_text);
		if (has_end)
			buf_putc(ret_text, '\n');
	}
	return n;
}

/* The file's own mode and owner before it has its name. */
static int replace(int etc_fd, const struct stat *st, struct str text, struct err *err)
{
	char digits[17], name[32];
	random_hex(digits, 16);
	snprintf(name, sizeof(name), ".shadow.%s", digits);
	autoclose int fd =
		openat(etc_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_err(err, "making", name);
	int result = io_write_all(fd, text.ptr, text.len, err);
	if (!result &&
	    (fchown(fd, st->st_uid, st->st_gid) || fchmod(fd, st->st_mode & 07777) || fsync(fd)))
		result = err_sys(err, "writing 'shadow'");
	if (!result && renameat(etc_fd, name, etc_fd, "shadow"))
		result = file_err(err, "replacing", "shadow");
	if (result) {
		unlinkat(etc_fd, name, 0);
		return -1;
	}
	return dir_sync(etc_fd, err);
}

static int reset(int etc_fd, size_t *ret_n, struct err *err)
{
	autobuf struct buf before = {0};
	autobuf struct buf after = {.max = 2 * LIMIT_USERDB_FILE};
	autoerr struct err missing = {0};
	struct stat st;
	*ret_n = 0;
	if (file_read_at(etc_fd, "shadow", LIMIT_USERDB_FILE, &before, &missing))
		return missing.kind == ERR_MISSING
			       ? 0
			       : err_set(err, missing.kind, "%s", err_text(&missing));
	if (fstatat(etc_fd, "shadow", &st, AT_SYMLINK_NOFOLLOW))
		return file_err(err, "examining", "shadow");
	size_t n = passwords_rewrite(buf_str(&before), clock_now_ns() / NS_PER_SEC / 86400,
				     random_bytes, &after);
	if (buf_check(&after, "shadow", err) || (n && replace(etc_fd, &st, buf_str(&after), err)))
		return -1;
	*ret_n = n;
	return 0;
}

int passwords_reset(int rootfd, size_t *ret_n, struct err *err)
{
	struct accounts_lock lock = {.fd = -1};
	autoclose int etc_fd = -1;
	autoerr struct err missing = {0};
	if (beneath_open(rootfd, "etc", O_RDONLY | O_DIRECTORY, 0, &etc_fd, &missing)) {
		*ret_n = 0;
		return missing.kind == ERR_MISSING
			       ? 0
			       : err_set(err, missing.kind, "%s", err_text(&missing));
	}
	if (accounts_lock_take(etc_fd, &lock, err))
		return -1;
	int result = reset(etc_fd, ret_n, err);
	accounts_lock_release(&lock);
	return result;
}
