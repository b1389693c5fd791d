// SPDX-License-Identifier: LGPL-2.1-or-later
// What the keys of each section make of their values.
#pragma once

#include <cstddef>
#include <string_view>

#include <wgnl/wg_quick.hpp>

#include "line_judge.hpp"
#include "peers.hpp"
#include "setting_table.hpp"

namespace wgnl {

/// Of [Interface], by wg and by wg-quick.
class InterfaceSettings {
public:
    InterfaceSettings(LineJudge& judge, ParsedWgQuick& parsed) : judge_(judge), parsed_(parsed) {}

    /// True if wg-quick keeps the line for itself, so that wg never sees it.
    bool take_quick(std::string_view setting);
    void take(const InterfaceKey& key, std::string_view value) { (this->*key.read)(value); }
    /// Once all peers are known.
    void warn_of_small_mtu();

private:
    friend struct WgQuickTable;

    void keep_line(std::string_view key, std::string_view value);
    void take_addresses(std::string_view value);
    void take_address(std::string_view word);
    void take_mtu(std::string_view value);
    void take_table(std::string_view value);
    void take_save_config(std::string_view value);
    void take_private_key(std::string_view value);
    void take_listen_port(std::string_view value);
    void take_fwmark(std::string_view value);

    LineJudge& judge_;
    ParsedWgQuick& parsed_;
    std::size_t mtu_line_{0};
    bool quick_section_{false}; ///< whether wg-quick, too, takes this for [Interface]
};

/// Of [Peer].
class PeerSettings {
public:
    explicit PeerSettings(LineJudge& judge) : judge_(judge) {}

    /// The section that is read, as far as it was.
    PeerSection& section() { return section_; }
    void take(const PeerKey& key, std::string_view value) { (this->*key.read)(value); }

private:
    friend struct WgQuickTable;

    void take_public_key(std::string_view value);
    void take_preshared_key(std::string_view value);
    void take_allowed_ips(std::string_view value);
    void take_allowed_ip(std::string_view value);
    void bad_allowed_ip(std::string_view value, std::string_view reason);
    void take_endpoint(std::string_view value);
    void take_keepalive(std::string_view value);

    LineJudge& judge_;
    PeerSection section_{};
};

} // namespace wgnl
