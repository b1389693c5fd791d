// SPDX-License-Identifier: LGPL-2.1-or-later
// Answers that wait for polkit or for counters; Reconcile with its question to polkit.
#include "requests.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "answers/bus_errors.hpp"

namespace wgnl::daemon {

namespace {

void answer(BusService& service, sd_bus_message* message, const std::vector<std::string>& devices) {
    for (const auto& device : devices)
        service.manager().reconcile(device);
    sd_bus_reply_method_return(message, nullptr);
}

std::vector<std::string> asked_for(BusService& service, const std::string& device) {
    return device.empty() ? service.manager().registry().devices() : std::vector{device};
}

/// Whether the caller may without being asked for a password.
bool is_its_own(BusService& service, const Caller& caller, const std::string& device) {
    const auto source = service.access().authority().source_of(caller);
    const auto* entry = service.manager().registry().find(device);
    return caller.uid == 0 || (source && entry && entry->source == *source);
}

void ask_to_reconcile(BusService& service, const SharedMessage& message,
                      const std::string& device) {
    service.access().authority().ask_polkit(
        Authority::reconcile_action, message.get(), [&service, device, message](Decision decision) {
            if (decision == Decision::yes)
                answer(service, message.get(), asked_for(service, device));
            else
                reply_error(message.get(), SD_BUS_ERROR_ACCESS_DENIED,
                            fmt::format("reconciling needs root or polkit's {}{}",
                                        Authority::reconcile_action, explain(decision)));
        });
}

void reconcile_for(BusService& service, const SharedMessage& message, const Caller& caller,
                   const std::string& device) {
    if (!device.empty() && !service.manager().registry().find(device))
        return reply_error(message.get(), no_such_device,
                           fmt::format("{} is not declared", device));
    const auto source = service.access().authority().source_of(caller);
    if (device.empty() && source && caller.uid != 0)
        return answer(service, message.get(), service.manager().registry().devices_of(*source));
    if (is_its_own(service, caller, device))
        return answer(service, message.get(), asked_for(service, device));
    ask_to_reconcile(service, message, device);
}

/// One question about a device on its way.
struct Question {
    BusService* service;
    SharedMessage message;
    std::string device;
    Answer answer;
    EstimateSize estimate_size;
    Audience audience;
    bool granted{false}; ///< the caller may, whatever the device is by then
};

/// What was everybody's when it was asked for may be so no longer.
bool is_closed_to_caller(const Question& question, const DeviceModel& device) {
    return question.audience == Audience::insiders && !question.granted &&
           !question.service->access().may_read(device);
}

const std::string& not_yours() {
    static const std::string text =
        "what this device has beyond its summary " + std::string(not_for_everybody);
    return text;
}

int write_about(const Question& question, const DeviceModel& device, sd_bus_error* error) {
    if (is_closed_to_caller(question, device))
        return refuse(error, SD_BUS_ERROR_ACCESS_DENIED, not_yours());
    return question.answer(question.message.get(), device, error);
}

void write_answer(const Question& question) {
    const auto asking = question.service->access().asked_by(question.message.get());
    RaisedError error;
    const auto* device = question.service->manager().find(question.device);
    const int result = device ? write_about(question, *device, error.get())
                              : refuse(error.get(), no_such_device,
                                       fmt::format("{} is gone", printable(question.device)));
    if (result < 0 || error.is_set())
        sd_bus_reply_method_errno(question.message.get(), result, error.get());
}

/// At once, or in its turn.
void answer_in_turn(const Question& question) {
    const auto* device = question.service->manager().find(question.device);
    const auto weight = device && question.estimate_size ? question.estimate_size(*device) : 0;
    if (weight <= LargeAnswers::not_large) {
        // As many as a connection may wait for at a time have room, though each is rated high.
        question.service->answers().backlog.add_small(sender_of(question.message.get()),
                                                      std::min(weight, 3 * Backlog::small));
        return write_answer(question);
    }
    const auto begin = [question]() -> LargeAnswer::Step {
        return [question] {
            write_answer(question);
            return true;
        };
    };
    question.service->answers().large->add(question.message, {weight, begin});
}

void bring_up_to_date(Question question) {
    const auto device = question.device;
    auto& service = *question.service;
    service.when_fresh(device, [question = std::move(question)] { answer_in_turn(question); });
}

void ask_for_details(Question question, Viewers viewers) {
    auto* message = question.message.get();
    auto& authority = question.service->access().authority();
    const auto go_on = [question = std::move(question)](Decision decision) mutable {
        question.granted = decision == Decision::yes;
        if (question.granted || question.audience == Audience::all_in_part)
            bring_up_to_date(question);
        else
            reply_error(question.message.get(), SD_BUS_ERROR_ACCESS_DENIED,
                        not_yours() + std::string(explain(decision)));
    };
    authority.ask_to_inspect(message, std::move(viewers), go_on);
}

} // namespace

int answer_about(BusService& service, sd_bus_message* message, const DeviceModel& device,
                 Audience audience, Answer answer, EstimateSize estimate_size) {
    Question question{&service,          share(message),           device.name(),
                      std::move(answer), std::move(estimate_size), audience};
    if (audience == Audience::everybody || service.access().is_public(device))
        bring_up_to_date(std::move(question));
    else
        ask_for_details(std::move(question), Access::viewers_of(device));
    return 1;
}

DeviceManager::Done reply_later(sd_bus_message* message) {
    return [message = share(message)](const Result<void>& result) {
        if (result)
            sd_bus_reply_method_return(message.get(), nullptr);
        else
            reply_error(message.get(), result.error());
    };
}

std::string conflict_text(const DeclarationRegistry& registry, const std::string& device) {
    const auto* entry = registry.find(device);
    if (!entry)
        return fmt::format("{} is not declared", device);
    const bool hidden = entry->declaration->is_private || !entry->declaration->viewers.empty();
    const auto origin = hidden ? "" : fmt::format(" ({})", entry->origin);
    return fmt::format("{} is declared by {}{}; it has one declaration only", device,
                       to_string(entry->source), origin);
}

void request_reconcile(BusService& service, const SharedMessage& message,
                       const std::string& device) {
    service.access().authority().identify(message.get(),
                                          [&service, message, device](const auto& caller) {
                                              if (caller)
                                                  reconcile_for(service, message, *caller, device);
                                              else
                                                  reply_error(message.get(), caller.error());
                                          });
}

} // namespace wgnl::daemon
