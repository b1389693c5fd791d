// SPDX-License-Identifier: LGPL-2.1-or-later
// What adapters find wrong with files of which no device is known.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>

#include "model/source.hpp"
#include "sd/bus.hpp"

namespace wgnl::daemon {

class FileReports {
public:
    static constexpr std::size_t most = 100; ///< of one source; the last then counts the rest

    FileReports(sd_bus* bus, std::function<void()> changed)
        : bus_(bus), changed_(std::move(changed)) {}
    FileReports(const FileReports&) = delete;
    FileReports& operator=(const FileReports&) = delete;

    /// A source has looked at its files: these are all problems of such as are no device's. They
    /// are forgotten when the sender leaves the bus.
    void report(Source source, const std::string& sender, std::vector<Problem> problems);
    std::vector<Problem> all() const;

private:
    void replace(Source source, std::vector<Problem> problems);

    sd_bus* bus_;
    std::function<void()> changed_;
    std::map<Source, std::vector<Problem>> by_source_{};
    std::map<Source, std::unique_ptr<sd::Callback>> leaving_{};
};

} // namespace wgnl::daemon
