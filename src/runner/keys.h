/* keys.h - public keys of a volume in a managed block of authorized_keys(5).
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "ini/model.h"

/* What is in `dirs`/x.pub becomes the block, what vanished from them leaves it; keys outside the
 * block stay. Bad lines are reported in *report (one line each: "new", "no change", "replace",
 * "removed", "fail" and the file) and skipped. .ssh 0700, the file 0600, both owned by the user. */
int keys_import(int rootfd, const struct keys_spec *keys, struct buf *report,
		struct err *err) must_check;
