/* limits.h - bounds on what an image may contain.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_MANIFEST_BYTES  (4u << 20) /* the reference registry's own limit */
#define LIMIT_CONFIG_BYTES    (8u << 20)
#define LIMIT_LAYERS          500u /* overlayfs takes about as many lower directories */
#define LIMIT_INDEX_ENTRIES   1000u
#define LIMIT_REFERENCE_TEXT  1024u
#define LIMIT_REPOSITORY_TEXT 255u /* bytes of domain and path: the reference registry's limit */
