// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of a configuration of wg(8) and wg-quick(8), a row each: who reads its value, who writes
// it, what to write instead of a wrong one.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <wgnl/declaration.hpp>

namespace wgnl {

class InterfaceSettings;
class PeerSettings;
class WgQuickWriter;

template <typename Settings> struct WgQuickKey {
    std::string_view name{};                          ///< as it is written; it is read in any case
    void (Settings::*read)(std::string_view value){}; ///< null: kept as a line
    std::string_view hint{};                          ///< what a value is to be
};

struct InterfaceKey : WgQuickKey<InterfaceSettings> {
    /// Writes it with what the declaration has, or nothing; null: written from the line that was
    /// kept.
    void (WgQuickWriter::*write)(std::string_view name){};
    bool of_wg_quick{false}; ///< wg knows it not
};

struct PeerKey : WgQuickKey<PeerSettings> {
    void (WgQuickWriter::*write)(std::string_view name, const DeclaredPeer& peer){};
};

// In the order in which they are written.
std::span<const InterfaceKey> interface_keys();
std::span<const PeerKey> peer_keys();

/// What was meant by a key that the section does not have; empty if that cannot be told.
std::string advice_on_key(std::string_view written, bool in_peer);

} // namespace wgnl
