// SPDX-License-Identifier: LGPL-2.1-or-later
// Pieces of one input, and what follows the last of them.
#include "staged_model.hpp"

namespace wgnl::daemon {

DeviceModel& StagedModel::settled() {
    while (model_.peers().in_pieces())
        advance();
    return model_;
}

void StagedModel::take(DeviceReading reading, bool ours, Done done) {
    settled().begin_take(std::move(reading), ours);
    begun(std::move(done));
}

void StagedModel::declare(DeclaredDevice declared, Done done) {
    settled().begin_declare(std::move(declared));
    begun(std::move(done));
}

void StagedModel::begun(Done done) {
    done_ = std::move(done);
    advance();
}

void StagedModel::advance() {
    if (!model_.peers().in_pieces())
        return;
    if (const auto update = model_.advance(piece))
        std::exchange(done_, nullptr)(*update);
}

} // namespace wgnl::daemon
