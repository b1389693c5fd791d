// SPDX-License-Identifier: LGPL-2.1-or-later
// What of signed lists becomes peers of a device, beside those of its own sections.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/peer_list.hpp>

namespace wgnl::networkd {

struct SectionContext;
struct PeerDraft;

/// Peers=, PeersSigner= and PeersWithin= of [X-Wgnl].
struct PeerListSettings {
    struct File {
        std::string path{};
        Location location{}; ///< of its Peers=
    };
    std::vector<File> files{};
    std::vector<ListSigner> signers{};
    std::vector<AllowedIp> within{};
    bool is_limited{false}; ///< PeersWithin= is there, whatever could be read of it
    Location within_location{};
    bool has_mistake{false};
    bool is_unclear{false};      ///< by what limit lists are to be held is not known: none is read
    bool gives_addresses{false}; ///< Address=peers
    Location address_location{};
};

/// What lists say of the device itself, where Address=peers asks for it.
struct ListedAddresses {
    std::vector<InterfaceAddress> addresses{};
    /// Lists are named, all of them count, and no entry is kept out: what is not here is not to be.
    bool is_known{false};
    Location location{}; ///< of Address=
};

/// One list of a device, as it was found.
struct DeviceList {
    std::string path{}; ///< of its file
    std::string name{};
    std::uint64_t
        serial{}; ///< of the list that counts; 0: none does, and what follows says nothing
    std::chrono::sys_seconds not_after{};
    std::string signer{};   ///< its fingerprint
    bool is_of_file{false}; ///< else what was kept of it counts
    std::string fresh{};    ///< see ListChoice
    bool waits_for_clock{}; ///< see ListChoice
    std::size_t peers{};    ///< in the list
    std::size_t kept_out{}; ///< of those, by PeersWithin=
};

/// Reads the lists of a device, and adds their peers behind those of the sections, which win; its
/// own public key is no peer. While a section names nobody (`declaration` keeps its peers), those
/// of lists are kept as they are. Each list that was looked at becomes one of `lists`, which the
/// drafts point into. False if one of them has no peers to go by: then no peer of the device may
/// go. The host prefixes of its own entries go to `own`.
bool add_listed_peers(const PeerListSettings& settings, const SectionContext& context,
                      const Declaration& declaration, std::vector<DeviceList>& lists,
                      std::vector<PeerDraft>& drafts, ListedAddresses& own);

/// Gives a device of mode own those addresses, beside the ones that are declared. True if they are
/// not all known: those that it was given before are to stay. Tells who asked for them in another
/// mode.
bool add_listed_addresses(const ListedAddresses& listed, Declaration& declaration);

} // namespace wgnl::networkd
