// SPDX-License-Identifier: LGPL-2.1-or-later
// Which devices are declared, what of a scan is news, and which absences are believed yet. Pure: no
// clock, no files, no bus.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/state.hpp>

#include "common/sent_declarations.hpp"
#include "networkd/netdev/scan.hpp"

namespace wgnl::networkd {

/// How long a file must be gone, empty or unreadable before that is taken for meant.
inline constexpr std::chrono::nanoseconds belief_time = std::chrono::seconds(5);

/// A device that this adapter has declared, as it is remembered over a restart.
struct RememberedDevice {
    std::string name{};
    std::string path{};
    Mode mode{Mode::sync};
    std::vector<InterfaceAddress> addresses{}; ///< that it was given

    bool operator==(const RememberedDevice&) const = default;
};

/// The devices of files: those that are declared, and of which file each was.
class DeclaredDevices {
public:
    explicit DeclaredDevices(Root root = {}) : root_(std::move(root)) {}

    /// What an earlier run of the adapter had declared.
    void restore(const std::vector<RememberedDevice>& devices);
    /// What a later one is to know.
    std::vector<RememberedDevice> to_remember() const;

    struct Decision {
        std::vector<adapter::PendingDeclaration> declare{}; ///< new or changed
        std::vector<std::string> retain{};                  ///< all devices that stay declared
        /// What keeps files from declaring anything, as far as no device that stays declared has
        /// it.
        std::vector<Problem> loose{};
        /// When an absence would be believed: scan again then, even if nothing happens.
        std::optional<Boottime> look_again{};
    };
    Decision decide(const Scan& scan, Boottime now);

    /// The daemon has lost what it was told (it restarted): everything is news again.
    void forget_sent() noexcept { sent_.forget_all(); }
    /// The daemon did not take the declaration of this device: it is news again.
    void forget_sent(const std::string& device) { sent_.forget(device); }

private:
    /// In what way a declared device's file no longer declares it.
    enum class Absence : std::uint8_t { gone, meant, empty, illegible };
    struct Device {
        std::string path{};
        Mode mode{Mode::sync};
        std::vector<InterfaceAddress> addresses{}; ///< last declared
        std::optional<Absence> absence{};
        Boottime absent_since{};
        std::set<std::string> peer_files{}; ///< those that said who is a peer
        std::set<std::string> missing{};    ///< of those, what is gone and not believed yet
        Boottime missing_since{};
    };

    bool lacks_a_file(const Declaration& declaration, const Scan& scan, Boottime now,
                      Decision& decision);
    static void keep_addresses(const Device& device, Declaration& declaration);
    void take(Declaration declaration, const Scan& scan, Decision& decision);
    static bool is_due(Boottime since, Boottime now, Decision& decision);
    void send_if_new(const Device& device, const Declaration& declaration, Decision& decision);
    std::string key_of(const std::string& path) const;
    Absence absence_of(const Device& device, const Scan& scan) const;
    bool withdraws(const std::string& name, Device& device, const Scan& scan, Boottime now,
                   Decision& decision);
    std::vector<Problem> loose_problems(const Scan& scan) const;
    Declaration kept_as_it_is(const std::string& name, const Device& device,
                              const Scan& scan) const;

    Root root_;
    std::map<std::string, Device> devices_{}; ///< by name
    adapter::SentDeclarations sent_{};        ///< by name of the device
};

} // namespace wgnl::networkd
