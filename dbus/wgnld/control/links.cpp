// SPDX-License-Identifier: LGPL-2.1-or-later
// What the owner of a link lacks.
#include "links.hpp"

namespace wgnl::daemon {

void LinkOwner::watch(const SourceDeclaration* declared, bool has_link, bool names_files,
                      Boottime now) {
    using Lack = OwnerWatch::Lack;
    const bool is_its = declared && declared->source == Source::networkd &&
                        declared->declaration->mode == Mode::sync;
    auto lack = Lack::nothing;
    if (is_its && !has_link)
        lack = Lack::device;
    else if (is_its && unsaid_)
        lack = Lack::word;
    else if (is_its && names_files && file_)
        lack = file_->empty() ? Lack::file : Lack::nothing;
    watch_.take(lack, now);
}

} // namespace wgnl::daemon
