// SPDX-License-Identifier: LGPL-2.1-or-later
// What was sent and may not be taken yet: one who never reads must not silence us for all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <sys/types.h>

#include "model/device_reading.hpp"

namespace wgnl::daemon {

/// dbus-daemon keeps what a receiver has not read, and holds it against the *sender*: with 127 MiB
/// or 64 descriptors of ours in its queues it reads nothing from us any more, whoever it is for,
/// until somebody reads. So what any receiver may leave unread is limited, long before that, and
/// the limits of all together stay below. What was taken meanwhile the bus is asked, but only when
/// there is no room: who reads costs nothing.
class Backlog {
public:
    static constexpr std::uint64_t mebibyte = 1U << 20U;
    static constexpr std::uint64_t most_of_connection = 24 * mebibyte;
    static constexpr std::uint64_t most_of_user = 32 * mebibyte;
    static constexpr std::uint64_t most_of_root = 48 * mebibyte;
    static constexpr std::uint64_t most_of_others = 56 * mebibyte; ///< of all users but root
    /// What a descriptor counts for: 52 of the bus's 64 have room.
    static constexpr std::uint64_t descriptor = 2 * mebibyte;
    /// What any answer counts for, errors too, that is not large.
    static constexpr std::uint64_t small = 1024;
    static constexpr std::uint64_t ask_from = 64 * small; ///< of one connection
    static constexpr std::uint64_t refuse_from =
        640 * small; ///< its calls are answered with errors
    static constexpr std::uint64_t ignore_from = 768 * small; ///< and then not any more
    /// No answer takes less than a tenth of what it counts for.
    static constexpr std::uint64_t overrated = 10;
    /// Where the bus cannot be asked, so much of what a connection got counts as read in a minute.
    static constexpr std::uint64_t read_in_a_minute = 32 * mebibyte;
    static constexpr std::size_t most_remembered = 4096;
    static constexpr std::chrono::nanoseconds first_pause = std::chrono::milliseconds(5);
    static constexpr std::chrono::nanoseconds longest_pause = std::chrono::milliseconds(500);

    /// How the answer to a question came out.
    struct Reported {
        enum class How : std::uint8_t {
            known,   ///< `bytes` wait for the connection; 0 if it is gone
            lost,    ///< no answer: ask again
            unknown, ///< this bus does not tell
        };
        How how{How::unknown};
        std::uint64_t bytes{};
    };
    /// Asks the bus how much waits for a connection. The bus must answer after it has taken over
    /// what was sent before.
    using Ask = std::function<void(const std::string& connection, std::function<void(Reported)>)>;
    using Clock = std::function<Boottime()>;

    Backlog(Ask ask, Clock clock) : ask_(std::move(ask)), clock_(std::move(clock)) {}
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;

    /// Calls back whenever there may be more room.
    void on_room(std::function<void()> listener) { listeners_.push_back(std::move(listener)); }

    /// Whether an answer of that weight may be sent to it now. One may always, however heavy, to a
    /// connection that has taken everything, of a user that has.
    bool has_room(const std::string& connection, uid_t user, std::uint64_t weight) const;
    /// It was sent.
    void sent(const std::string& connection, uid_t user, std::uint64_t weight);
    /// Somebody has no room: asks about those who may have read meanwhile.
    void look_again(const std::string& connection, uid_t user);

    enum class Attention : std::uint8_t { full, refuses, none };
    /// A call has come, and its answer will weigh so much: how much attention its sender deserves.
    Attention called(const std::string& connection, std::uint64_t weight = small);
    /// Its answer has more than that, though it is not large.
    void add_small(const std::string& connection, std::uint64_t weight);

    /// What is unread of the connection's and of its user's, for people.
    std::string describe(const std::string& connection, uid_t user) const;

private:
    struct Debt {
        uid_t user{};
        std::uint64_t large{};
        std::uint64_t few{};         ///< of small answers
        std::uint64_t large_asked{}; ///< of `large`, when the bus was asked
        std::uint64_t few_asked{};
        bool asking{false};
        Boottime not_before{}; ///< the next question
        std::chrono::nanoseconds pause{};
        Boottime since{}; ///< fading began
    };
    using Debts = std::unordered_map<std::string, Debt>;
    Debt& debt(const std::string& connection);
    void ask(const std::string& connection, Debt& debt);
    void take(const std::string& connection, Reported reported);
    void settle(Debt& debt, std::uint64_t waiting);
    void fade(Debt& debt);
    void set_large(Debt& debt, std::uint64_t large);
    std::uint64_t of_user(uid_t user) const;
    void make_room();

    Ask ask_;
    Clock clock_;
    std::vector<std::function<void()>> listeners_{};
    Debts debts_{};
    std::map<uid_t, std::uint64_t> users_{}; ///< sums of `large`
    std::uint64_t others_{};                 ///< of all users but root
    Boottime root_not_before_{};             ///< the next look at all of root's …
    Boottime others_not_before_{};           ///< … and of the others'
};

} // namespace wgnl::daemon
