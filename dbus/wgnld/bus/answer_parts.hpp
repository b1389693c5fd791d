// SPDX-License-Identifier: LGPL-2.1-or-later
// What answers take: turns, room, threads.
#pragma once

#include <memory>

#include "answers/backlog.hpp"
#include "answers/bus_gauge.hpp"
#include "answers/document_loader.hpp"
#include "answers/large_answers.hpp"
#include "answers/snapshot.hpp"
#include "sd/loop.hpp"
#include "subscriptions.hpp"

namespace wgnl::daemon {

struct AnswerParts {
    AnswerParts(sd_bus* bus, sd_event* event)
        : gauge(bus),
          backlog([this](const auto& connection, auto then) { gauge.ask(connection, then); },
                  sd::boottime_now),
          subscriptions(bus, event) {}
    AnswerParts(const AnswerParts&) = delete;
    AnswerParts& operator=(const AnswerParts&) = delete;

    BusGauge gauge;
    Backlog backlog;
    Subscriptions subscriptions;
    // There once the service is open.
    std::unique_ptr<LargeAnswers> large{};
    std::unique_ptr<Snapshots> snapshots{};
    std::unique_ptr<DocumentLoader> loader{};
};

} // namespace wgnl::daemon
