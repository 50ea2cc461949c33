/* limits.h - bounds of what one request may ask of the API.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_FORM_BYTES         (16u << 10) /* of a token request's form: two tokens and scopes */
#define LIMIT_SMALL_BODY         (64u << 10) /* bytes of a body that a loop collects for a thread */
#define LIMIT_BODY_STEP          (256u << 10) /* bytes read at a time from a longer body */
#define LIMIT_PAGE               1000u /* entries of a list in one answer, unless configured */
#define LIMIT_REFERRERS_BYTES    (4000u << 10) /* of a page: the specification's 4 MiB, with room */
#define LIMIT_PUT_TAGS           64u   /* ?tag= of one manifest; the specification wants 10 */
#define LIMIT_TOKEN_SCOPES       100u  /* of one token request; long names make a useless token */
#define LIMIT_TOKEN_WORD         255u  /* bytes of account and service in a token request */
#define LIMIT_QUERY_VALUE        4096u /* bytes of one decoded value of a query */
#define LIMIT_KNOWN_TOKENS       4096u /* verified tokens that are remembered; about 1 KiB each */
/* Of one that is remembered: those with a hundred long ones each would be hundreds of MiB. */
#define LIMIT_KNOWN_TOKEN_SCOPES 32u
#define LIMIT_BEARER_BYTES       (32u << 10) /* a bearer token: the head's own limit is near */
#define LIMIT_FORWARDED_HOPS     32u         /* addresses in X-Forwarded-For that are looked at */
#define LIMIT_HOST_BYTES         261u        /* a DNS name and a port */
