// SPDX-License-Identifier: LGPL-2.1-or-later
// The answer of GetManagedObjects, written in pieces.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/key.hpp>

#include "answers/bus_errors.hpp"
#include "sd/handle.hpp"
#include "service.hpp"

namespace wgnl::daemon {

/// Objects that are announced while it is written would be in it as they were before, behind the
/// news of them: so it is begun again then, a few times, and at last written as a whole.
class ObjectTree {
public:
    /// Objects of one piece.
    static constexpr std::size_t piece = 128;
    static constexpr unsigned most_attempts = 3;

    ObjectTree(BusService& service, SharedMessage message)
        : service_(service), message_(std::move(message)) {}

    /// Goes on; true: the message is answered.
    bool go_on();

private:
    struct Name {
        std::string device{};
        std::optional<PublicKey> peer{};
    };
    int begin();
    int write(std::size_t objects);
    int write_one(const Name& name);
    int write_some();
    bool is_whole() const { return next_ == names_.size(); }

    BusService& service_;
    SharedMessage message_;
    sd::MessageHandle reply_{};
    std::vector<Name> names_{};
    std::size_t next_{};
    unsigned attempts_{};
    std::uint64_t announced_{}; ///< by the service, when it was begun
};

} // namespace wgnl::daemon
