/* jws.c - compact JSON web signatures.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/jws.h"

#include "base/encode.h"
#include "doc/json.h"
#include "pki/key_private.h"
#include "pki/limits.h"

#include "base/banned.h"

static int header_algorithm(const struct node *header, const char **ret_name, struct err *err)
{
	const char *name = node_get_text(header, "alg");
	if (!name)
		return err_set(err, ERR_INPUT, "the header names no algorithm");
	if (!key_algorithm_is_known(name))
		return err_set(err, ERR_INPUT, "algorithm '%s' is not accepted", name);
	*ret_name = name;
	return 0;
}

int jws_sign(const struct key *key, struct str header, struct str payload, struct buf *ret_text,
	     struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {.max = LIMIT_JWS_BYTES}, signature = {0};
	struct node *members;
	const char *algorithm;

	if (json_parse(&arena, "token header", header, &members, err) ||
	    header_algorithm(members, &algorithm, err))
		return -1;
	base64url_encode(&text, header.ptr, header.len);
	buf_putc(&text, '.');
	base64url_encode(&text, payload.ptr, payload.len);
	if (key_sign(key, algorithm, buf_str(&text), &signature, err))
		return -1;
	buf_putc(&text, '.');
	base64url_encode(&text, signature.ptr, signature.len);
	if (buf_check(&text, "the signed text", err))
		return -1;
	buf_done(ret_text);
	*ret_text = steal(&text);
	return 0;
}

/* One part, which must be a JSON map. */
static int part_parse(struct arena *arena, const char *name, struct str part,
		      const struct node **ret_map, struct err *err)
{
	autobuf struct buf json = {0};
	struct node *map;

	if (!base64url_decode(&json, part))
		return err_set(err, ERR_INPUT, "the %s is not base64url", name);
	if (json_parse(arena, name, buf_str(&json), &map, err))
		return -1;
	if (map->kind != NODE_MAP)
		return err_set(err, ERR_INPUT, "the %s is %s, not a map", name,
			       node_kind_name(map->kind));
	*ret_map = map;
	return 0;
}

int jws_parse(struct arena *arena, struct str text, struct jws *ret_jws, struct err *err)
{
	struct jws jws = {0};
	autobuf struct buf signature = {0};

	if (text.len > LIMIT_JWS_BYTES)
		return err_set(err, ERR_LIMIT, "the signed text is larger than %u bytes",
			       LIMIT_JWS_BYTES);
	struct str rest = text;
	struct str header = str_cut(&rest, '.');
	struct str payload = str_cut(&rest, '.');
	if (!rest.ptr || memchr(rest.ptr, '.', rest.len))
		return err_set(err, ERR_INPUT, "not three parts with dots between");
	if (part_parse(arena, "token header", header, &jws.header, err) ||
	    header_algorithm(jws.header, &jws.algorithm, err))
		return -1;
	/* RFC 7515, 4.1.11: extensions that must be understood; we understand none. */
	if (node_get(jws.header, "crit"))
		return err_set(err, ERR_INPUT, "the header has critical extensions");
	if (part_parse(arena, "token payload", payload, &jws.payload, err))
		return -1;
	if (!base64url_decode(&signature, rest))
		return err_set(err, ERR_INPUT, "the signature is not base64url");
	jws.signature = (struct str){arena_str(arena, buf_str(&signature)), signature.len};
	jws.signed_text = (struct str){text.ptr, header.len + 1 + payload.len};
	*ret_jws = jws;
	return 0;
}

int jws_verify(const struct jws *jws, const struct key *key, struct err *err)
{
	return key_verify(key, jws->algorithm, jws->signed_text, jws->signature, err);
}
