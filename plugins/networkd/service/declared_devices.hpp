// SPDX-License-Identifier: LGPL-2.1-or-later
// What was declared, what of a scan is news, and which absences are believed yet. Pure: no clock,
// no files, no bus.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/netdev/scan.hpp"

namespace wgnl::networkd {

/// Points of CLOCK_BOOTTIME.
using Time = std::chrono::nanoseconds;

/// How long a file must be gone, empty or unreadable before that is taken for meant.
inline constexpr Time belief_time = std::chrono::seconds(5);

/// A document of a declaration, wiped when it goes.
class Document {
public:
    explicit Document(const Declaration& declaration) : bytes_(encode_document(declaration)) {}
    Document(Document&&) noexcept = default;
    Document& operator=(Document&&) noexcept = default;
    ~Document();

    const std::vector<std::uint8_t>& bytes() const noexcept { return bytes_; }
    std::size_t digest() const noexcept;

private:
    std::vector<std::uint8_t> bytes_;
};

/// One declaration to be sent.
struct Outgoing {
    std::string device{};
    std::string origin{};
    Document document;
};

/// A device that this adapter has declared, as it is remembered over a restart.
struct Claim {
    std::string device{};
    std::string path{};
    Mode mode{Mode::sync};

    bool operator==(const Claim&) const = default;
};

class Ledger {
public:
    explicit Ledger(Root root = {}) : root_(std::move(root)) {}

    /// What an earlier run of the adapter had declared.
    void restore(const std::vector<Claim>& claims);
    std::vector<Claim> claims() const;

    struct Decision {
        std::vector<Outgoing> declare{};   ///< new or changed
        std::vector<std::string> retain{}; ///< all devices that stay declared
        /// What keeps files from declaring anything, as far as no device that stays declared has
        /// it.
        std::vector<Problem> loose{};
        /// When an absence would be believed: scan again then, even if nothing happens.
        std::optional<Time> look_again{};
    };
    Decision decide(const Scan& scan, Time now);

    /// The daemon has lost what it was told (it restarted): everything is news again.
    void forget_sent();
    /// The daemon did not take the declaration of this device: it is news again.
    void forget_sent(const std::string& device);

private:
    /// In what way a declared device's file no longer declares it.
    enum class Absence : std::uint8_t { gone, meant, empty, illegible };
    struct Entry {
        std::string path{};
        Mode mode{Mode::sync};
        std::optional<std::size_t> sent{}; ///< digest of the document
        std::optional<Absence> absence{};
        Time absent_since{};
        std::set<std::string> peer_files{}; ///< those that declared peers
        std::set<std::string> missing{};    ///< of those, what is gone and not believed yet
        Time missing_since{};
    };

    bool lacks_a_file(const Declaration& declaration, const Scan& scan, Time now,
                      Decision& decision);
    void take(const Declaration& declaration, const Scan& scan, Decision& decision);
    static bool is_due(Time since, Time now, Decision& decision);
    void send_if_new(const std::string& device, Entry& entry, const Declaration& declaration,
                     Decision& decision) const;
    std::string key_of(const std::string& path) const;
    Absence absence_of(const Entry& entry, const Scan& scan) const;
    bool withdraws(const std::string& device, Entry& entry, const Scan& scan, Time now,
                   Decision& decision) const;
    std::vector<Problem> loose_problems(const Scan& scan) const;
    Declaration held(const std::string& device, const Entry& entry, const Scan& scan) const;

    Root root_;
    std::map<std::string, Entry> entries_{};
};

} // namespace wgnl::networkd
