// SPDX-License-Identifier: LGPL-2.1-or-later
// What polkit is asked about callers, and what happens when it does not answer.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <wgnl/state.hpp>

#include "sd/bus.hpp"

namespace wgnl::daemon {

/// What became of a question to polkit; nothing but `yes` lets anybody do anything.
enum class Decision : std::uint8_t {
    yes,
    no,         ///< also where there is no polkit
    unanswered, ///< polkit is there and says nothing
    unattended, ///< nobody answered its dialog in time
    crowded     ///< it was not asked: too many questions about this user wait
};
/// What is to be added to a refusal, as ", and …": why it is none of polkit's. Empty if it is.
std::string_view explain(Decision decision);

/// Questions under way. Each ends: by an answer, with its caller, or at its deadline.
class Polkit {
public:
    /// Who waits for an answer, each with the message that it waits with: in all, and of one user.
    static constexpr std::size_t most_waiting = 512;
    static constexpr std::size_t most_waiting_per_user = 64;
    /// The same of those for whom somebody may be typing a password.
    static constexpr std::size_t most_interactive = 64;
    static constexpr std::size_t most_interactive_per_user = 4;
    /// Polkit decides by its rules. Those who ask us wait for 25 s, as a rule.
    static constexpr std::chrono::seconds deadline{10};
    /// Somebody types a password.
    static constexpr std::chrono::seconds interactive_deadline{60};
    /// After a question that was not answered nobody else waits for so long.
    static constexpr std::chrono::seconds silence_holds{10};
    /// One that dies of a question, or is restarted meanwhile, is asked again.
    static constexpr unsigned most_tries = 2;

    explicit Polkit(sd_bus* bus) : bus_(bus) {}
    Polkit(const Polkit&) = delete;
    Polkit& operator=(const Polkit&) = delete;

    using Decided = std::function<void(Decision)>;
    /// Asks about the sender of the message, who is that user, without waiting; whoever asks the
    /// same meanwhile waits for the same answer. A password may be asked for if the message allows
    /// that. `then` may be called at once, and is never called for one who has left the bus.
    void ask(const std::string& action, sd_bus_message* message, uid_t user, Decided then);
    /// Who waits for an answer now.
    std::size_t waiting() const;

private:
    struct Key {
        std::string sender{};
        std::string action{};
        bool interactive{};
        auto operator<=>(const Key&) const = default;
    };
    struct Question {
        uid_t user{};
        unsigned tries{};
        Boottime begun{};
        std::vector<Decided> waiting{};
        std::unique_ptr<sd::Callback> answer{};
        std::unique_ptr<sd::Callback> leaving{}; ///< of the sender
    };

    bool has_room(const Key& key, uid_t user) const;
    bool begin(const Key& key, Question& question);
    bool send(const Key& key, Question& question);
    void take(const Key& key, sd_bus_message* reply);
    void drop(const Key& key);
    void end(const Key& key, Decision decision);

    sd_bus* bus_;
    std::map<Key, Question> questions_{};
    Boottime silent_until_{};
};

} // namespace wgnl::daemon
