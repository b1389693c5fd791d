// SPDX-License-Identifier: LGPL-2.1-or-later
// A model that takes large inputs in pieces, so that the bus never waits.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "model/device_model.hpp"

namespace wgnl::daemon {

/// No other input comes between the pieces of one: whoever changes the model gets it through.
class StagedModel {
public:
    using Done = std::function<void(const DeviceUpdate&)>;
    /// So many peers are taken in at a time.
    static constexpr std::size_t piece = 512;

    explicit StagedModel(std::string name) : model_(std::move(name)) {}

    const DeviceModel& get() const { return model_; }
    /// To be changed: what was begun is through first.
    DeviceModel& settled();
    /// For what may come between pieces: notices, what came of a reconciliation, and what is
    /// remembered of peers.
    DeviceModel& amid_pieces() { return model_; }

    /// Takes the input in, its first piece now; `done` once it is through, perhaps at once.
    void take(DeviceReading reading, bool ours, Done done);
    void declare(DeclaredDevice declared, Done done);
    bool in_pieces() const { return model_.peers().in_pieces(); }
    /// Goes on with what was begun.
    void advance();

private:
    void begun(Done done);

    DeviceModel model_;
    Done done_{};
};

} // namespace wgnl::daemon
