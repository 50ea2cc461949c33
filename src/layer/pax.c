/* pax.c - the records of extended headers, read by a table of keys.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/vec.h"
#include "layer/limits.h"
#include "layer/tar_private.h"

#include "base/banned.h"

void pax_done(struct pax *pax)
{
	free(pax->path);
	free(pax->link_path);
	free(pax->sparse_name);
	free(pax->acl_access);
	free(pax->acl_default);
	xattrs_done(&pax->xattrs);
	xattrs_done(&pax->encoded_xattrs);
	vec_done(&pax->pieces);
	*pax = (struct pax){0};
}

/* A record: what its key says, after the prefix for families of keys. */
struct record {
	struct str key, rest, value;
};

static int value_refuse(const struct record *record, struct err *err)
{
	autobuf struct buf key = {0};
	text_escape(&key, record->key);
	return err_set(err, ERR_CORRUPT, "extended header '%s' is malformed", buf_text(&key));
}

static int text_take(const struct record *record, char **text, struct err *err)
{
	if (memchr(record->value.ptr, '\0', record->value.len))
		return value_refuse(record, err);
	free(*text);
	*text = record->value.len ? str_dup(record->value) : NULL; /* empty: the header's again */
	return 0;
}

static int u64_take(const struct record *record, bool *ret_has, uint64_t *ret_value,
		    struct err *err)
{
	*ret_has = record->value.len > 0;
	if (!*ret_has)
		return 0;
	if (!str_to_u64(record->value, ret_value) || *ret_value > INT64_MAX)
		return value_refuse(record, err);
	return 0;
}

static int u32_take(const struct record *record, bool *ret_has, uint32_t *ret_value,
		    struct err *err)
{
	uint64_t value = 0;
	if (u64_take(record, ret_has, &value, err))
		return -1;
	if (value > UINT32_MAX)
		return value_refuse(record, err);
	*ret_value = (uint32_t)value;
	return 0;
}

static int take_path(struct pax *pax, const struct record *record, struct err *err)
{
	return text_take(record, &pax->path, err);
}

static int take_link_path(struct pax *pax, const struct record *record, struct err *err)
{
	return text_take(record, &pax->link_path, err);
}

static int take_size(struct pax *pax, const struct record *record, struct err *err)
{
	return u64_take(record, &pax->has_size, &pax->size, err);
}

static int take_uid(struct pax *pax, const struct record *record, struct err *err)
{
	return u32_take(record, &pax->has_uid, &pax->uid, err);
}

static int take_gid(struct pax *pax, const struct record *record, struct err *err)
{
	return u32_take(record, &pax->has_gid, &pax->gid, err);
}

static int take_major(struct pax *pax, const struct record *record, struct err *err)
{
	return u32_take(record, &pax->has_major, &pax->major, err);
}

static int take_minor(struct pax *pax, const struct record *record, struct err *err)
{
	return u32_take(record, &pax->has_minor, &pax->minor, err);
}

/* Decimals beyond the ninth are cut. False: not digits. */
static bool fraction_parse(struct str digits, int64_t *ret_ns)
{
	int64_t ns = 0, unit = NS_PER_SEC / 10;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		ns += (digits.ptr[i] - '0') * unit;
		unit /= 10;
	}
	*ret_ns = ns;
	return true;
}

/* "[-]seconds[.decimals]"; what 64 bits of nanoseconds cannot say (before 1677, after 2262) becomes
 * the nearest that they can. */
static int take_mtime(struct pax *pax, const struct record *record, struct err *err)
{
	struct str rest = record->value;
	pax->has_mtime = rest.len > 0;
	if (!pax->has_mtime)
		return 0;
	bool is_negative = rest.ptr[0] == '-';
	if (is_negative)
		rest = (struct str){rest.ptr + 1, rest.len - 1};
	struct str whole = str_cut(&rest, '.');
	uint64_t seconds;
	int64_t fraction = 0, ns;
	if (!str_to_u64(whole, &seconds) || (rest.ptr && !fraction_parse(rest, &fraction)))
		return value_refuse(record, err);
	if (seconds > INT64_MAX / (uint64_t)NS_PER_SEC ||
	    __builtin_add_overflow((int64_t)seconds * NS_PER_SEC, fraction, &ns))
		ns = INT64_MAX;
	pax->mtime_ns = is_negative ? -ns : ns;
	return 0;
}

static int take_xattr(struct pax *pax, const struct record *record, struct err *err)
{
	if (memchr(record->rest.ptr, '\0', record->rest.len))
		return value_refuse(record, err);
	autofree char *name = str_dup(record->rest);
	if (!xattr_is_kept(name))
		return 0;
	if (record->value.len > LIMIT_XATTR_BYTES || pax->xattrs.n >= LIMIT_XATTRS)
		return err_set(err, ERR_LIMIT, "too many or too large extended attributes");
	xattrs_set(&pax->xattrs, name, record->value.ptr, record->value.len);
	return 0;
}

static int take_encoded_xattr(struct pax *pax, const struct record *record, struct err *err)
{
	if (pax->encoded_xattrs.n >= LIMIT_XATTRS)
		return err_set(err, ERR_LIMIT, "too many extended attributes");
	return xattr_decode(record->rest, record->value, &pax->encoded_xattrs, err);
}

static int take_acl_access(struct pax *pax, const struct record *record, struct err *err)
{
	return text_take(record, &pax->acl_access, err);
}

static int take_acl_default(struct pax *pax, const struct record *record, struct err *err)
{
	return text_take(record, &pax->acl_default, err);
}

static int take_sparse_size(struct pax *pax, const struct record *record, struct err *err)
{
	return u64_take(record, &pax->has_sparse_size, &pax->sparse_size, err);
}

static int take_sparse_name(struct pax *pax, const struct record *record, struct err *err)
{
	return text_take(record, &pax->sparse_name, err);
}

static int take_sparse_map(struct pax *pax, const struct record *record, struct err *err)
{
	pax->is_sparse_0 = true;
	pax->pieces.n = 0;
	return sparse_parse_map(record->value, &pax->pieces, err);
}

static int take_sparse_count(struct pax *pax, const struct record *record, struct err *err)
{
	bool has;
	uint64_t n;
	if (u64_take(record, &has, &n, err)) /* the pieces count themselves */
		return -1;
	pax->is_sparse_0 = true;
	return 0;
}

static int take_sparse_offset(struct pax *pax, const struct record *record, struct err *err)
{
	return u64_take(record, &pax->has_piece_offset, &pax->piece_offset, err);
}

static int take_sparse_len(struct pax *pax, const struct record *record, struct err *err)
{
	bool has;
	uint64_t len;
	if (u64_take(record, &has, &len, err))
		return -1;
	if (!has || !pax->has_piece_offset)
		return value_refuse(record, err);
	pax->is_sparse_0 = true;
	pax->has_piece_offset = false;
	return pieces_add(&pax->pieces, pax->piece_offset, len, err);
}

static int take_sparse_major(struct pax *pax, const struct record *record, struct err *err)
{
	return u64_take(record, &pax->is_sparse_1_0, &pax->sparse_major, err);
}

static int take_sparse_minor(struct pax *pax, const struct record *record, struct err *err)
{
	bool has;
	return u64_take(record, &has, &pax->sparse_minor, err);
}

/* Keys that end with a dot are families. All others are ignored: times of access, names of users,
 * comments, checksums of other tools. */
static const struct key {
	struct str name;
	int (*take)(struct pax *pax, const struct record *record, struct err *err);
} keys[] = {
	{STR("GNU.sparse.major"), take_sparse_major},
	{STR("GNU.sparse.map"), take_sparse_map},
	{STR("GNU.sparse.minor"), take_sparse_minor},
	{STR("GNU.sparse.name"), take_sparse_name},
	{STR("GNU.sparse.numblocks"), take_sparse_count},
	{STR("GNU.sparse.numbytes"), take_sparse_len},
	{STR("GNU.sparse.offset"), take_sparse_offset},
	{STR("GNU.sparse.realsize"), take_sparse_size},
	{STR("GNU.sparse.size"), take_sparse_size},
	{STR("LIBARCHIVE.xattr."), take_encoded_xattr},
	{STR("SCHILY.acl.access"), take_acl_access},
	{STR("SCHILY.acl.default"), take_acl_default},
	{STR("SCHILY.devmajor"), take_major},
	{STR("SCHILY.devminor"), take_minor},
	{STR("SCHILY.xattr."), take_xattr},
	{STR("gid"), take_gid},
	{STR("linkpath"), take_link_path},
	{STR("mtime"), take_mtime},
	{STR("path"), take_path},
	{STR("size"), take_size},
	{STR("uid"), take_uid},
};

static int record_take(struct pax *pax, struct str key, struct str value, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct str name = keys[i].name;
		bool is_family = name.ptr[name.len - 1] == '.';
		if (!(is_family ? str_starts(key, name) : str_eq(key, name)))
			continue;
		struct record record = {key, {key.ptr + name.len, key.len - name.len}, value};
		return keys[i].take(pax, &record, err);
	}
	return 0;
}

/* Cuts one record off; false: its length lies, or a part is missing. */
static bool record_cut(struct str *records, struct str *ret_key, struct str *ret_value)
{
	struct str rest = *records;
	struct str number = str_cut(&rest, ' ');
	uint64_t len;
	if (!rest.ptr || !str_to_u64(number, &len) || len > records->len || len <= number.len + 1)
		return false;
	struct str body = {records->ptr + number.len + 1, (size_t)len - number.len - 1};
	if (body.ptr[body.len - 1] != '\n')
		return false;
	body.len--;
	const char *equals = body.len ? memchr(body.ptr, '=', body.len) : NULL;
	if (!equals || equals == body.ptr)
		return false;
	*ret_key = (struct str){body.ptr, (size_t)(equals - body.ptr)};
	*ret_value = (struct str){equals + 1, body.len - ret_key->len - 1};
	*records = (struct str){records->ptr + len, records->len - (size_t)len};
	return true;
}

int pax_parse(struct str records, struct pax *pax, struct err *err)
{
	while (records.len) {
		struct str key, value;
		if (!record_cut(&records, &key, &value))
			return err_set(err, ERR_CORRUPT, "an extended header is malformed");
		if (record_take(pax, key, value, err))
			return -1;
	}
	return 0;
}
